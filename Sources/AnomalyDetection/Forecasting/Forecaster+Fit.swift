public import LSTMCompute
public import TimeSeries

/// A forecaster and how its training went.
public struct FittedForecaster: Sendable {
  /// The forecaster, with the best parameters there were when the training ended.
  public let forecaster: Forecaster
  /// What happened in each epoch; of an ensemble in those of the first network, and how the training of
  /// all of them ended.
  public let history: TrainingHistory
  /// The same for each network.
  public let memberHistories: [TrainingHistory]
  /// What the backend chose for the network's shapes.
  public let plan: String
  /// What was chosen on the rows held out, in a line; empty where nothing was left open.
  public let choice: String
  /// For each series the forecasts of all its rows, and of those after the last one; of a network that
  /// judges alone those of the rows held out.
  public let allForecasts: [Forecasts]

  /// The forecasts of the series that was fitted to; of the first one, where there are several.
  public var forecasts: Forecasts { allForecasts[0] }
}

/// What comes of a training before rows are judged.
struct TrainedNetwork {
  var forecaster: Forecaster
  var fitting: Fitting
  /// That of the first network, with the end of all.
  var history: TrainingHistory
  var memberHistories: [TrainingHistory]
  var plan: String
}

extension Forecaster {
  /// Fits a network to a series.
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - split: The rows to fit to and those to hold out.
  ///   - options: The network and its training.
  ///   - backend: What it runs on.
  ///   - initial: A model with the same network whose parameters are started from, and its name.
  ///   - resuming: What to go on from; see `Trainer.fit`.
  ///   - checkpoints: When checkpoints are taken, and where they go.
  ///   - willFit: Called before each network of an ensemble is fitted, with its number from 0.
  ///   - progress: Called before, during and after every epoch.
  ///   - isCancelled: Asked before every batch; the best parameters so far are kept, of an ensemble
  ///     those of the networks that have some.
  /// - Returns: The forecaster. `history.end` says whether the training was cut short. Where the device
  ///   has failed, the residuals of the rows held out are those on the processor.
  /// - Throws: `DetectionError.noModel` where it was cut short before one epoch was complete, or
  ///   an error of the data, the checkpoint or the device.
  public static func fit(
    _ series: Series, split: SplitPlan, options: FittingOptions,
    on backend: any Backend, initial: (forecaster: Forecaster, name: String)? = nil,
    resuming: Checkpoint? = nil, checkpoints: CheckpointPolicy? = nil,
    willFit: (Int) -> Void = { _ in }, progress: (TrainingProgress) -> Void = { _ in },
    isCancelled: () -> Bool = { false }
  ) throws -> FittedForecaster {
    try options.training.loss.checkForecasting()
    if let contradiction = options.limits.contradiction(targets: series.targets) {
      throw DetectionError.dataMismatch(contradiction)
    }
    if let initial {
      try initial.forecaster.checkUnits()
      try options.check(
        initial: initial.forecaster, targets: series.targets, features: series.features)
    }
    let scaler = Scaler(kind: options.scaler, series: series, rows: split.training)
    try check(scaler.columns, of: series)
    let part = FittingPart(series: series, split: split)
    var trained = try train(
      [part], columns: series.reading(), scaler: scaler, options: options, on: backend,
      initial: initial, resuming: resuming, checkpoints: checkpoints, willFit: willFit,
      progress: progress, isCancelled: isCancelled)
    trained.forecaster.origin.describe(series, split: split)
    return try judged(trained, part, options.judge, on: backend)
  }

  /// Chooses by which forecasts the rows of one series are judged.
  private static func judged(
    _ trained: TrainedNetwork, _ part: FittingPart, _ judge: FittingOptions.Judge,
    on backend: any Backend
  ) throws -> FittedForecaster {
    var (forecaster, history) = (trained.forecaster, trained.history)
    let prepared = trained.fitting.prepared[0]
    var forecasts = try Self.forecasts(
      [(forecaster, prepared)], held: [part.split.validation], on: backend, &history.end)[0]
    forecaster.judge(judge, by: &forecasts, of: prepared, rows: part.split.validation)
    // A model of the first version is written as ever.
    if forecaster.recipe != nil {
      forecaster.bands = Bands(forecasts, of: part.series, rows: part.split.validation)
      forecaster.bands?.apply(
        to: &forecasts, limits: forecaster.limits, targets: forecaster.targets)
    }
    forecaster.residuals = forecaster.residuals(
      forecasts, of: part.series, rows: part.split.validation)
    forecaster.calibrations = forecaster.calibrations(
      forecasts, of: part.series, split: part.split)
    return FittedForecaster(
      forecaster: forecaster, history: history, memberHistories: trained.memberHistories,
      plan: trained.plan,
      choice: trained.fitting.notes.joined(separator: " "), allForecasts: [forecasts])
  }

  /// Chooses what is open and trains a network; see `fit`.
  static func train(
    _ parts: [FittingPart], columns: SeriesOptions, scaler: Scaler, options: FittingOptions,
    on backend: any Backend, initial: (forecaster: Forecaster, name: String)?,
    resuming: Checkpoint?, checkpoints: CheckpointPolicy?, willFit: (Int) -> Void,
    progress: (TrainingProgress) -> Void, isCancelled: () -> Bool
  ) throws -> TrainedNetwork {
    try options.checkMembers(hasCheckpoints: resuming != nil || checkpoints != nil)
    let series = parts[0].series
    var fitting = try Fitting(
      parts, options: options, scaler: scaler, initial: initial?.forecaster)
    try check(fitting.coding.scales, of: series)
    try fitting.search(on: backend, isCancelled: isCancelled)
    let given = try options.initialParameters(
      for: fitting.options.specification(
        features: fitting.prepared[0].inputSize, targets: series.targets.count))
    let set = try fitting.trainingSet()
    fitting.noteShare(of: set.training.windows.count)
    let (first, others) = try fitting.fitMembers(on: backend) { member, trainer in
      willFit(member)
      let result = try trainer.fit(
        training: set.training, validation: set.validation,
        initial: initial?.forecaster.network.parameters ?? given,
        resuming: resuming, checkpoints: checkpoints, progress: progress, isCancelled: isCancelled)
      // The networks before are a model of their own.
      if member > 0, result.history.end == .cancelled, result.history.bestEpoch == nil {
        return nil
      }
      try check(result.history, configuration: fitting.options.training)
      return result
    }
    let histories = [first.history] + others.map(\.history)
    var history = first.history
    // One that did not end as it should counts for all; a missing one was cancelled.
    history.end =
      histories.map(\.end).first { !$0.isOrderly }
      ?? (histories.count < options.members ? .cancelled : history.end)
    return TrainedNetwork(
      forecaster: Forecaster(
        network: try first.network.forForecasts(), scaler: scaler, coding: fitting.coding,
        columns: columns, steps: options.steps, horizon: options.horizon, residuals: [],
        origin: Origin(
          options: fitting.options, device: backend.name,
          bestEpochs: histories.compactMap(\.bestEpoch),
          initial: initial?.name ?? options.initialNetwork?.name),
        recipe: fitting.recipe, limits: options.limits,
        others: try others.map { try $0.network.forForecasts() }),
      fitting: fitting, history: history, memberHistories: histories, plan: first.plan)
  }

  /// Chooses by which forecasts rows are judged, on the rows held out.
  mutating func judge(
    _ judge: FittingOptions.Judge, by forecasts: inout Forecasts, of prepared: PreparedSeries,
    rows: Range<Int>
  ) {
    guard recipe != nil, judge != .network, !rows.isEmpty else { return }
    recipe?.blend = Blend(judge, forecasts, of: prepared.series, rows: rows)
    blend(&forecasts, of: prepared.series)
    forecasts.hide(prepared.unknownRows)
  }

  /// The forecasts of all rows after a training, whose model must not be lost with the device.
  ///
  /// - Parameters:
  ///   - all: For each series the forecaster in its units, and the series prepared by it.
  ///   - held: The rows held out.
  ///   - allRows: Whether all rows are forecast of a network that judges alone, too.
  ///   - backend: What the network runs on, as long as it does.
  ///   - end: Why the training ended, from here on also that the device failed.
  /// - Returns: The forecasts of each series.
  /// - Throws: An error of the data, or of the processor.
  static func forecasts(
    _ all: [(forecaster: Forecaster, prepared: PreparedSeries)], held: [Range<Int>],
    allRows: Bool = false, on backend: any Backend, _ end: inout TrainingHistory.End
  ) throws -> [Forecasts] {
    // Where recent errors decide what counts, all rows have a part in it.
    let rows = zip(all, held).map { its, held in
      its.forecaster.recipe == nil && !allRows ? held : 0..<its.prepared.series.rowCount + 1
    }
    if case .deviceFailed = end {
    } else {
      do {
        let forecasts = try forecasts(all, rows: rows, on: backend)
        // The training has seen losses of the rows held out that were numbers.
        if zip(forecasts, held).allSatisfy({ $0.areNumbers(in: $1) }) { return forecasts }
        end = .deviceFailed(
          "\(backend.name) forecasts what is no number with a network that is whole")
      } catch LSTMError.deviceFailure(let reason) {
        end = .deviceFailed(reason)
      }
    }
    return try forecasts(all, rows: rows, on: CPUBackend())
  }

  /// Throws where values lie so far apart that their spread is no number.
  static func check(
    _ scales: [Scaler.Column], of series: Series
  ) throws(TimeSeriesError) {
    guard let bad = scales.first(where: { !$0.isUsable }) else { return }
    throw TimeSeriesError(
      file: series.path, column: bad.name,
      reason: "the spread of its values is not a usable number; expected values of at most "
        + "about 1e130")
  }

  /// Throws where a training left nothing worth keeping.
  private static func check(
    _ history: TrainingHistory, configuration: TrainingConfiguration
  ) throws(DetectionError) {
    guard history.bestEpoch == nil else { return }
    switch history.end {
    case .diverged(let epoch):
      throw .noModel(
        "the loss became infinite or not a number in epoch \(epoch), before there was a model to "
          + "keep; the learning rate of \(configuration.learningRate) may be too high")
    case .cancelled:
      throw .noModel("stopped before the first epoch was complete, so there is no model")
    case .completed, .stoppedEarly, .deviceFailed:
      throw .noModel("the training ended without a model")
    }
  }

  /// What each target's residuals and values were on the rows fitted to and held out.
  func calibrations(
    _ forecasts: Forecasts, of series: Series, split: SplitPlan
  ) -> [Calibration] {
    let rows = split.fit
    let season = recipe?.season ?? series.season(in: rows)
    let clock = season.flatMap { SeasonClock(series.time, season: $0) }
    return targets.indices.map { target in
      Calibration(
        actual: series.actual(target: target, rows: rows),
        expected: forecasts.expected(rows: rows, target: target),
        times: Array(series.time.values[rows]),
        step: series.time.moment(of: 0) == nil ? nil : series.time.step,
        held: split.validation.count, clock: clock)
    }
  }

  /// The statistics of each target's residuals in some rows, one step ahead.
  func residuals(
    _ forecasts: Forecasts, of series: Series, rows: Range<Int>
  ) -> [Moments] {
    guard !rows.isEmpty else { return targets.map { _ in Moments() } }
    return targets.indices.map { target in
      let actual = series.actual(target: target, rows: rows)
      let expected = forecasts.expected(rows: rows, target: target)
      return Moments(zip(actual, expected).map { $0 - $1 })
    }
  }
}

extension Series {
  /// A checksum of what was measured of the targets in some rows.
  func checksum(of rows: Range<Int>) -> String {
    let values = targets.indices.flatMap { actual(target: $0, rows: rows) }
    return values.withUnsafeBytes { Checksum.text(of: $0) }
  }

  /// The options that read a file with the same columns.
  func reading() -> SeriesOptions {
    var columns = reading
    columns.from = nil
    columns.until = nil
    columns.time = time.columns
    columns.features = features
    columns.targets = targets
    columns.known = known.isEmpty ? nil : known
    return columns
  }
}

extension Forecaster.Origin {
  /// How a network was fitted; `describe` says from what.
  fileprivate init(
    options: FittingOptions, device: String, bestEpochs: [Int], initial: String?
  ) {
    self.init(
      file: "", firstTime: "", lastTime: "", trainingRows: 0, validationRows: 0,
      configuration: options.training, device: device, bestEpoch: bestEpochs.first,
      memberEpochs: bestEpochs.count > 1 ? bestEpochs : nil,
      head: options.head == .last ? nil : options.head, initial: initial)
  }

  /// Takes the rows that were fitted to.
  mutating func describe(_ series: Series, split: SplitPlan) {
    let fitted = split.fit
    file = series.fileName
    firstTime = series.time.label(at: fitted.lowerBound)
    lastTime = series.time.label(at: max(fitted.lowerBound, fitted.upperBound - 1))
    trainingRows = split.training.count
    validationRows = split.validation.count
    checksum = series.time.kind == .rowNumbers ? series.checksum(of: fitted) : nil
  }
}
