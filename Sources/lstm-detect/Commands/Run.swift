import AnomalyDetection
import ArgumentParser
import LSTMCompute
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
      "Where the model goes, if not to model.safetensors in the folder.", valueName: "file"))
  var model: String?

  @OptionGroup var consoleOptions: ConsoleOptions

  var season: Int? { judgment.season }
  var folds: Int? { backTesting.folds }

  func validate() throws {
    try Check.path(model, "--model")
    if let share = split.trainUntil.flatMap(Double.init), share == 1 {
      throw ValidationError("--train-until 1 leaves no rows to judge; use `lstm-detect fit`.")
    }
    try validateFitting()
    try backTesting.check(split, fineTuning)
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
    let output = try folder.results(withModel: true, at: model, console)

    let result = try naming(data: reading.path) {
      try fit(
        defaultTrainUntil: "0.8", checking: checkJudgment,
        room: {
          try output.checkRoom(
            for: ResultFiles.leastSize(of: $0, $1, network: $2, members: network.members))
        })
    }
    let forecaster = result.fitted.forecaster
    try result.checkEnd(model: modelPath)
    let (record, document) = try KeptModel.whereFailing(forecaster, at: modelPath) {
      // What was begun takes the room that the model needs.
      defer { output.discard() }
      return try Interrupt.whileWatching {
        let backTest = try backTesting.backTest(result, season: judgment.season, console)
        var record = try judge(result, backTest, since: start)
        try labeling.evaluate(&record, console)
        let document = MetricsDocument.make(record)
        try output.file(at: modelPath).write(bytes: forecaster.encoded())
        try folder.csv.files.write(record, document: document, charts: charts, to: output)
        try output.commit(command: "run")
        return (record, document)
      }
    }

    Summary(console: console).show(record, folder: output.path, model: modelPath)
    console.document(document)
    if result.training.history.end == .cancelled {
      throw Interrupt.ended(forecaster, keptIn: modelPath)
    }
    if record.backTest == nil, !result.folds.isEmpty {
      throw Interrupt.endedBackTest(modelIn: modelPath)
    }
    try labeling.check(events: record.analysis.eventCount)
  }

  /// Forecasts and judges all rows with the model that was fitted.
  private func judge(
    _ result: FittingResult, _ backTest: BackTest?, since start: ContinuousClock.Instant
  ) throws -> RunRecord {
    let forecaster = result.fitted.forecaster
    let analysis = try Analysis(
      of: result.series, with: forecaster, split: result.split,
      threshold: judgment.threshold(for: forecaster), kinds: judgment.kinds,
      rules: try judgment.rules(for: result.series.time), season: judgment.season,
      forecasts: result.fitted.forecasts, on: result.backend)
    var notes = result.notes
    notes.addFailure(of: result.choice)
    notes.addUnjudged(analysis)
    if backTest == nil, !result.folds.isEmpty {
      notes.add(["there is no back-test, because the run was stopped"])
    }
    return RunRecord(
      command: "run", options: options(forecaster),
      analysis: analysis,
      forecaster: forecaster,
      threshold: judgment.threshold(for: forecaster), device: result.device,
      training: result.training,
      notes: notes.all, totalSeconds: (ContinuousClock().now - start).inSeconds,
      backTest: backTest)
  }

  /// Throws where the judgment after the training could not succeed.
  private func checkJudgment(_ series: Series, _ split: SplitPlan) throws {
    _ = try judgment.rules(for: series.time)
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
