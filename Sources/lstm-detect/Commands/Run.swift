import AnomalyDetection
import ArgumentParser
import LSTMCompute
import ResultText
import TimeSeries

/// Everything at once: fit, forecast, judge, write.
struct Run: ParsableCommand, FittingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fit to the earlier rows, forecast and judge the rest, write everything.",
    discussion: """
      The rows are cut in three in order of time: the network is fitted to the first, the second \
      is held out to decide when to stop and how large a residual is normal, the third is judged. \
      A row is judged by the forecast made for it one row before.

      EXAMPLES
        lstm-detect run sales.csv --target units --output out
        lstm-detect run load.csv --target load --window 168 --units 64,32
        lstm-detect run load.csv --target load --train-until 2024-01-01
        lstm-detect run load.csv --target load --folds 5
      """
  )

  @OptionGroup(title: "Data") var reading: ReadingOptions
  @OptionGroup(title: "Columns") var columns: ColumnOptions
  @OptionGroup(title: "Rows") var split: SplitOptions
  @OptionGroup(title: "Network") var network: NetworkOptions
  @OptionGroup(title: "Forecasts") var forecasting: ForecastOptions
  @OptionGroup(title: "Layers", visibility: .hidden) var layers: LayerOptions
  @OptionGroup(title: "Training", visibility: .hidden) var training: TrainingOptions
  @OptionGroup(title: "Fine-tuning", visibility: .hidden) var fineTuning: FineTuningOptions
  @OptionGroup(title: "Interruption", visibility: .hidden) var checkpoints: CheckpointOptions
  @OptionGroup(title: "Judgment") var judgment: JudgmentOptions
  @OptionGroup(title: "Judgment") var labeling: LabelOptions
  @OptionGroup(title: "Judgment") var backTesting: BackTestOptions
  @OptionGroup(title: "Device") var device: DeviceOptions
  @OptionGroup(title: "Output") var folder: FolderOptions

  @Option(
    help: ArgumentHelp(
      "Where the model goes, if not to model.safetensors in the folder.", valueName: "file"),
    completion: .file())
  var model: String?

  @OptionGroup var consoleOptions: ConsoleOptions

  var season: Int? { judgment.season }
  var folds: Int? { backTesting.folds }
  var needsTestRows: Bool { true }
  var otherInputs: [String?] { [labeling.labels, judgment.ignore] }

  func validate() throws {
    try Check.path(model, "--model")
    if let share = split.trainUntil.flatMap(Double.init), share == 1 {
      throw ValidationError("--train-until 1 leaves no rows to judge; use `lstm-detect fit`.")
    }
    try validateFitting()
    try backTesting.check(split, fineTuning)
    if !reading.series.isEmpty, labeling.labels != nil {
      throw ValidationError(LabelOptions.contradiction.description)
    }
    let threshold = judgment.threshold ?? .standard(step: nil)
    if split.validation.isNone, threshold.needsHeldOutRows {
      throw ValidationError(
        "--threshold \(threshold) needs rows that are held out: give --validation above "
          + "0, or --threshold absolute:V.")
    }
  }

  func run() throws {
    let console = consoleOptions.console
    let start = ContinuousClock().now
    let modelPath = model ?? folder.path("model.safetensors")
    try checkpoints.checkDistinct(
      from: [Place("the data", reading.path), Place("the model", modelPath)] + labeling.places
        + folder.places)
    try fineTuning.checkDistinct(from: checkpoints)
    let charts = ReportWriter(style: folder.charts)
    let output =
      Processes.isFirst ? try folder.results(withModel: true, at: model, console) : nil

    let result = try naming(data: reading.path) {
      try fit(
        defaultTrainUntil: "0.8",
        room: {
          try output?.checkRoom(
            for: ResultFiles.leastSize(of: $0, network: $1, members: network.members))
        })
    }
    let forecaster = result.fitted.forecaster
    if Processes.isFirst { try result.checkEnd(model: modelPath) }
    typealias Written = (Outcome, JSONValue, ResultSet)
    let written: Written? = try KeptModel.whereFailing(forecaster, at: modelPath) {
      // What was begun takes the room that the model needs.
      defer { output?.discard() }
      return try Interrupt.whileWatching { () -> Written? in
        let backTest = try backTesting.backTest(result, season: judgment.season, console)
        var outcome = try judge(result, backTest, since: start)
        guard let output else { return nil }
        try labeling.evaluate(&outcome, console)
        let document = outcome.document
        try output.file(at: modelPath).write(bytes: forecaster.encoded())
        try outcome.write(folder.csv.files, document: document, charts: charts, to: output)
        if let file = folder.csv.prometheus {
          try output.file(at: file).write(PrometheusText(outcome, model: modelPath).text)
        }
        try output.commit(command: "run")
        return (outcome, document, output)
      }
    }
    guard let (outcome, document, output) = written else { return }

    outcome.show(on: console, folder: output.path, model: modelPath)
    console.document(document)
    if result.training.history.end == .cancelled {
      throw Interrupt.ended(forecaster, keptIn: modelPath)
    }
    if outcome.run.backTest == nil, !result.data.folds.isEmpty {
      throw Interrupt.endedBackTest(modelIn: modelPath)
    }
    try labeling.check(events: outcome.eventCount)
  }

  /// Forecasts and judges all rows with the model that was fitted.
  private func judge(
    _ result: FittingResult, _ backTest: BackTest?, since start: ContinuousClock.Instant
  ) throws -> Outcome {
    let forecaster = result.fitted.forecaster
    let threshold = judgment.threshold(for: forecaster)
    let forecasters = result.data.forecasters(of: forecaster)
    let rules = try judgment.rules(for: forecasters[0].series.time)
    func analysis(_ index: Int, on backend: any Backend) throws -> Analysis {
      let part = forecasters[index]
      do {
        return try Analysis(
          of: part.series, with: part.forecaster, split: part.split, threshold: threshold,
          kinds: judgment.kinds, rules: rules, season: judgment.season,
          forecasts: result.fitted.allForecasts[index], on: backend)
      } catch let error as DetectionError {
        guard let panel = result.data.panel else { throw error }
        throw CommandError(description: "the series \(panel.members[index].name): \(error)")
      }
    }
    // Of one series, the ranks share the rows.
    let analyses =
      forecasters.count == 1
      ? [try analysis(0, on: result.backend)]
      : try Analysis.shared(
        forecasters.map { ($0.forecaster, $0.series) }, on: result.backend
      ) { range, backend in try range.map { try analysis($0, on: backend) } }
    var notes = result.notes
    notes.addFailure(of: result.choice)
    notes.addUnjudged(analyses)
    if backTest == nil, !result.data.folds.isEmpty {
      notes.add(["there is no back-test, because the run was stopped"])
    }
    let run = RunRecord(
      command: "run", options: options(forecaster), analysis: analyses[0], forecaster: forecaster,
      checksum: try forecaster.checksum(), threshold: threshold, device: result.device,
      training: result.training,
      notes: notes.all, totalSeconds: (ContinuousClock().now - start).inSeconds,
      backTest: backTest)
    guard let panel = result.data.panel else { return .one(run) }
    return .several(
      PanelRecord(
        run: run, path: panel.path, keyColumns: panel.keyColumns,
        members: panel.members.indices.map {
          PanelRecord.Member(
            key: panel.members[$0].key, analysis: analyses[$0],
            forecaster: forecasters[$0].forecaster)
        }))
  }

  /// Throws where the known dates are not among such times.
  func check(_ axis: TimeAxis) throws {
    _ = try judgment.rules(for: axis)
  }

  /// Throws where the judgment after the training could not succeed.
  func check(_ series: Series, _ split: SplitPlan) throws {
    _ = try labeling.labels(for: series)
    guard !split.test.isEmpty else {
      let until = self.split.trainUntil ?? ""
      if case .time = SplitPlan.TrainUntil(until) {
        throw CommandError.noRows(after: until, series, "no rows are left to judge")
      }
      throw CommandError(
        description: "\(series.path): no rows are left to judge; --train-until "
          + "\(until) leaves none of the "
          + Findings.count(series.rowCount, "row"))
    }
    for target in series.targets.indices {
      let actual = series.actual(target: target, rows: split.validation)
      try (judgment.threshold ?? .standard(step: nil)).check(
        heldOut: actual.count { !$0.isNaN }, target: series.targets[target])
    }
  }

  /// Every option as it was used; of the network's and the fine-tuning's those that are on.
  private func options(_ forecaster: Forecaster) -> [(name: String, value: JSONValue)] {
    let optional = Set((layers.record() + fineTuning.record()).map(\.name))
    let fitting = fittingRecord(
      defaultTrainUntil: "0.8", window: forecaster.steps, horizon: forecaster.horizon
    )
    .filter { !optional.contains($0.name) || !$0.value.isNull }
    return fitting + checkpoints.record() + judgment.record(judgment.threshold(for: forecaster))
      + backTesting.record() + device.record() + [("charts", .string(folder.charts.rawValue))]
  }
}
