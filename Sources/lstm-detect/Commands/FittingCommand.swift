import AnomalyDetection
import ArgumentParser
import LSTMCompute
import ResultText
import TimeSeries

/// A command that reads a file and fits a network to it.
protocol FittingCommand {
  var reading: ReadingOptions { get }
  var columns: ColumnOptions { get }
  var split: SplitOptions { get }
  var network: NetworkOptions { get }
  var forecasting: ForecastOptions { get }
  var layers: LayerOptions { get }
  var training: TrainingOptions { get }
  var fineTuning: FineTuningOptions { get }
  var checkpoints: CheckpointOptions { get }
  var device: DeviceOptions { get }
  var consoleOptions: ConsoleOptions { get }
  /// The number of rows after which the series repeats itself, where it is told.
  var season: Int? { get }
  /// The number of cut-offs of a back-test; `nil` for none.
  var folds: Int? { get }
  /// Whether a series without rows to judge is of no use.
  var needsTestRows: Bool { get }
  /// What else is read beside the data.
  var otherInputs: [String?] { get }
  /// Throws where what comes after the training could not succeed with times of a kind.
  func check(_ axis: TimeAxis) throws
  /// Throws where what comes after the training could not succeed with a series.
  func check(_ series: Series, _ split: SplitPlan) throws
}

/// What a fitting command has made.
struct FittingResult {
  var data: FittingData
  var fitted: FittedForecaster
  var choice: Backends.Choice
  var training: RunRecord.Training
  var notes: Notes
  /// Why the training was ended before its time, where a checkpoint could not be written.
  var checkpointFailure: (any Error)?
  /// What was fitted.
  var options: FittingOptions

  var backend: any Backend { choice.backend }
  /// What the network runs on by now.
  var device: RunRecord.Device { .init(choice) }

  /// Throws where the training ended so that its model must not take the place of another, and keeps
  /// the model beside that place.
  func checkEnd(model path: String) throws {
    let epoch = fitted.forecaster.origin.bestEpoch ?? 0
    let reason: String
    let word: String
    if let checkpointFailure {
      (reason, word) = ("\(checkpointFailure), which ended the training", "kept")
    } else if case .diverged(let epoch) = training.history.end {
      (reason, word) = ("the loss became infinite or not a number in epoch \(epoch)", "diverged")
    } else if case .deviceFailed(let failure) = training.history.end {
      (reason, word) = (
        "\(device.name): \(ErrorText.line(LSTMError.deviceFailure(failure)))", "kept"
      )
    } else {
      return
    }
    let place = Place.free(path, else: word)
    try KeptModel.whereFailing(fitted.forecaster, at: path) {
      try fitted.forecaster.save(to: place)
    }
    throw CommandError(description: "\(reason); the model of epoch \(epoch) was kept in \(place)")
  }
}

extension FittingCommand {
  /// Reads the data and fits a network.
  ///
  /// - Parameters:
  ///   - defaultTrainUntil: Where the fitted rows end if the user does not say.
  ///   - checkRoom: Throws where there is no room for what is written after it.
  /// - Returns: The forecaster and what it was made from.
  /// - Throws: An error of the data, the device or the training.
  func fit(
    defaultTrainUntil: String,
    room checkRoom: ([FittingData.Part], NetworkSpecification) throws -> Void
  ) throws -> FittingResult {
    let console = consoleOptions.console
    var notes = Notes(console: console)
    try Processes.checkInputs(
      [reading.path, forecasting.holidays, fineTuning.initial, checkpoints.resume] + otherInputs)
    var initial =
      try columns.target.isEmpty || columns.target.names == ["all"]
      ? nil : fineTuning.model(for: fittingOptions(steps: 1), targets: columns.target.names)
    let choice = try device.choice
    let backend = choice.backend
    console.line("device    \(choice.reason)")

    let table = try ReadingDisplay.read(
      reading.path, reading.form.table(), isQuiet: console.isQuiet)
    let targets = try columns.targets(
      in: table, time: reading.timeColumns, series: reading.series.names)
    let limits = try forecasting.limits(for: targets)
    initial = try initial ?? fineTuning.model(for: fittingOptions(steps: 1), targets: targets)
    var options = SeriesOptions(
      targets: targets, time: reading.timeColumns, features: columns.features.given,
      excluded: columns.exclude.names, duplicates: reading.duplicates ?? .error,
      missing: reading.missing ?? .forward)
    reading.form.apply(to: &options)
    options.known = forecasting.known.given
    options.series = reading.series.given
    let until = SplitPlan.TrainUntil(split.trainUntil ?? defaultTrainUntil)
    let data =
      options.series == nil
      ? try FittingData(
        self, Series(table: table, options: options, judgedFrom: until), until: until)
      : try FittingData(
        self, Panel(table: table, options: options, judgedFrom: until), until: until)
    let (series, steps, horizon) = (data.parts[0].series, data.steps, data.horizon)
    notes.add(data.notes)
    console.line("data      \(data.line)")

    var fitting = try fittingOptions(steps: steps, horizon: horizon)
    fitting.holidays = try forecasting.holidays(among: series.time)
    fitting.season = season
    fitting.limits = limits
    notes.addBeyond(limits, series)
    let specification = try fitting.specification(
      features: series.features.count, targets: series.targets.count)
    console.line(
      "network   \(NetworkDescription.text(specification, members: fitting.members)), window \(steps), "
        + "\(Findings.count(series.features.count, "feature")), "
        + Findings.count(series.targets.count, "target"))
    if initial == nil { fitting.initialNetwork = try fineTuning.network() }
    if let given = fitting.initialNetwork {
      console.line(
        "initial   the weights of "
          + NetworkDescription.initial(given.name, frozen: fitting.training.frozen))
    }
    if let initial {
      try fineTuning.check(
        initial.forecaster, for: fitting, targets: series.targets, features: series.features)
      console.line(
        "initial   the weights of "
          + NetworkDescription.initial(initial.name, frozen: fitting.training.frozen))
    }

    try checkRoom(data.parts, specification)
    let checkpoints = try Checkpoints(
      self.checkpoints,
      record: trainingRecord(
        defaultTrainUntil: defaultTrainUntil, window: steps, horizon: horizon)
        + [
          (
            Checkpoints.initialWeights,
            .optional(
              (initial?.forecaster.network ?? fitting.initialNetwork?.network)?.weightsChecksum)
          )
        ],
      found: network.window == nil ? ["window"] : [], training: training)
    if let start = checkpoints.start { console.line(start) }
    let clock = ContinuousClock()
    let start = clock.now
    var display = console.isQuiet ? nil : ProgressDisplay()
    var memberStart = start
    let fitted = try Interrupt.whileWatching {
      defer { display?.finish() }
      do {
        return try data.fit(
          fitting, on: backend, initial: initial, checkpoints,
          willFit: { member in
            guard fitting.members > 1, !console.isQuiet else { return }
            display?.finish()
            display = ProgressDisplay(after: "member \(member + 1) of \(fitting.members), ")
            memberStart = clock.now
          },
          progress: {
            Console.showNotes()
            display?.show($0, seconds: (clock.now - memberStart).inSeconds)
          })
      } catch { throw checkpoints.failure ?? checkpoints.naming(error) }
    }
    let seconds = (clock.now - start).inSeconds
    if !fitted.choice.isEmpty { console.line("chosen    \(fitted.choice)") }
    if let note = checkpoints.note(fitted, on: backend) { notes.add([note]) }
    for (member, history) in fitted.memberHistories.enumerated() where fitting.members > 1 {
      console.line(
        "member    \(member + 1) of \(fitting.members): \(TrainingSection.outcome(history))")
    }
    if fitted.memberHistories.count < fitting.members {
      notes.add([
        "the model has \(Findings.count(fitted.memberHistories.count, "network")) of the "
          + "\(fitting.members) that were asked for, because the training was stopped"
      ])
    }
    console.line(
      "training  "
        + (fitting.members > 1
          ? Findings.count(fitted.memberHistories.count, "network")
          : TrainingSection.outcome(fitted.history)) + " (\(Numbers.duration(seconds)))")
    var rounding: Rounding?
    do {
      rounding = try self.rounding(of: fitted.forecaster, data, on: backend)
      if let rounding { console.line(rounding.line) }
    } catch LSTMError.deviceFailure(let reason) {
      // The model is not lost for that.
      notes.add(["what \(device.precision.rawValue) costs is not known: \(reason)"])
    }
    if fitted.history.end == .cancelled, checkpoints.failure == nil,
      let path = self.checkpoints.path
    {
      console.line("checkpoint \(path): go on with the same options and --resume \(path)")
    }
    return FittingResult(
      data: data, fitted: fitted, choice: choice,
      training: .init(
        history: fitted.history, members: fitted.memberHistories, plan: fitted.plan,
        seconds: seconds, rounding: rounding),
      notes: notes, checkpointFailure: checkpoints.failure, options: fitting)
  }

  /// What the precision costs the fitted network; `nil` in float32.
  private func rounding(
    of forecaster: Forecaster, _ data: FittingData, on backend: any Backend
  ) throws -> Rounding? {
    guard device.precision != .float32 else { return nil }
    return Rounding(
      precision: device.precision,
      error: try forecaster.precisionError(
        of: data.forecasters(of: forecaster), on: backend, against: device.exactBackend))
  }

  /// The options that a training depends on, as they were used, without those that may be larger when
  /// it goes on.
  private func trainingRecord(
    defaultTrainUntil: String, window: Int, horizon: Int
  ) -> [(name: String, value: JSONValue)] {
    fittingRecord(defaultTrainUntil: defaultTrainUntil, window: window, horizon: horizon)
      .filter { !["data", "epochs", "patience"].contains($0.name) }
  }
}

/// What was done to the data and decided; kept for the report, and shown when nothing of the input
/// can fail any more.
struct Notes {
  let console: Console
  private(set) var all: [String] = []

  init(console: Console) { self.console = console }

  /// Rows that are neither normal nor anomalous must not go unnoticed.
  mutating func addUnjudged(_ analyses: [Analysis]) {
    guard let first = analyses.first else { return }
    for (index, target) in first.targets.enumerated() {
      func count(_ verdict: Judgment.Verdict) -> Int {
        analyses.reduce(0) { sum, analysis in
          sum + analysis.targets[index].judgments.count { $0.verdict == verdict }
        }
      }
      let values = count(.noActual)
      let forecasts = count(.noForecast)
      if values > 0 {
        add(["\(Findings.count(values, "row")) of '\(target.name)' not judged: no value"])
      }
      if forecasts > 0 {
        add([
          "\(Findings.count(forecasts, "row")) of '\(target.name)' not judged: the network's "
            + "forecast is not a number"
        ])
      }
    }
  }

  /// Values that are beyond what no forecast is beyond.
  mutating func addBeyond(_ limits: ForecastLimits, _ series: Series) {
    for target in series.targets {
      let count = limits.countBeyond(target, of: series)
      let all = [("below", "floor", count.below), ("above", "ceiling", count.above)]
      for (word, option, count) in all where count > 0 {
        add([
          "\(Findings.count(count, "value")) of '\(target)' \(count == 1 ? "is" : "are") \(word) "
            + "--\(option), where no forecast is"
        ])
      }
    }
  }

  /// That the device has failed, which was shown when it did.
  mutating func addFailure(of choice: Backends.Choice) {
    if let note = DeviceOptions.failureNote(of: choice.backend) { all.append(note) }
  }

  mutating func add(_ notes: [String]) {
    for note in notes {
      console.note(note)
      all.append(note)
    }
  }
}

extension Duration {
  /// The duration in seconds.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
