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
  @OptionGroup(title: "Judgement") var judgement: JudgementOptions
  @OptionGroup(title: "Device") var device: DeviceOptions
  @OptionGroup(title: "Output") var folder: FolderOptions

  @Option(
    help: ArgumentHelp(
      "Where the model goes, if not to model.safetensors in the folder.", valueName: "file"))
  var model: String?

  @OptionGroup var consoleOptions: ConsoleOptions

  var season: Int? { judgement.season }
  var needsTestRows: Bool { true }

  func validate() throws {
    try Check.path(model, "--model")
    if let share = split.trainUntil.flatMap(Double.init), share == 1 {
      throw ValidationError("--train-until 1 leaves no rows to judge; use `lstm-detect fit`.")
    }
    try validateFitting()
    if !reading.series.isEmpty, folder.charts == .dygraphs {
      throw ValidationError(
        "--charts dygraphs and --series cannot be given together: charts of several series are static."
      )
    }
    if split.validation == 0, case .sigma = judgement.threshold {
      throw ValidationError(
        "--threshold \(judgement.threshold) needs rows that are held out: give --validation above "
          + "0, or --threshold absolute:V.")
    }
  }

  func run() throws {
    let console = consoleOptions.console
    let start = ContinuousClock().now
    let modelPath = model ?? folder.path("model.safetensors")
    try checkpoints.checkDistinct(
      from: [Place("the data", reading.path), Place("the model", modelPath)] + folder.places)
    try fineTuning.checkDistinct(from: checkpoints)
    let charts = ReportWriter(style: folder.charts)
    let output = try folder.results(withModel: true, at: model, console)

    let result = try naming(data: reading.path) {
      try fit(
        defaultTrainUntil: "0.8", checking: checkJudgement,
        room: { try output.checkRoom(for: ResultFiles.leastSize(of: $0, network: $1)) })
    }
    let forecaster = result.fitted.forecaster
    try result.checkEnd(model: modelPath)
    let (outcome, document) = try KeptModel.whereFailing(forecaster, at: modelPath) {
      // What was begun takes the room that the model needs.
      defer { output.discard() }
      return try Interrupt.whileWatching {
        let outcome = try judge(result, since: start)
        let document = outcome.document
        try output.file(at: modelPath).write(bytes: forecaster.encoded())
        try outcome.write(folder.csv.files, document: document, charts: charts, to: output)
        try output.commit(command: "run")
        return (outcome, document)
      }
    }

    outcome.show(on: console, folder: output.path, model: modelPath)
    console.document(document)
    if result.training.history.end == .cancelled {
      throw Interrupt.ended(forecaster, keptIn: modelPath)
    }
  }

  /// Forecasts and judges all rows with the model that was fitted.
  private func judge(
    _ result: FittingResult, since start: ContinuousClock.Instant
  ) throws -> Outcome {
    let forecaster = result.fitted.forecaster
    let forecasters = result.data.forecasters(of: forecaster)
    let analyses = try zip(forecasters, result.fitted.allForecasts).map { its, forecasts in
      try Analysis(
        of: its.series, with: its.forecaster, split: its.split, threshold: judgement.threshold,
        season: judgement.season, forecasts: forecasts, on: result.backend)
    }
    var notes = result.notes
    notes.addFailure(of: result.choice)
    notes.addUnjudged(analyses)
    let options = options(window: forecaster.steps, horizon: forecaster.horizon)
    func record(_ analysis: Analysis, _ forecaster: Forecaster) -> RunRecord {
      RunRecord(
        command: "run", options: options, analysis: analysis, forecaster: forecaster,
        threshold: judgement.threshold, device: result.device, training: result.training,
        notes: notes.all, totalSeconds: (ContinuousClock().now - start).inSeconds)
    }
    guard let panel = result.data.panel else { return .one(record(analyses[0], forecaster)) }
    return .several(
      PanelRecord(
        run: record(analyses[0], forecaster), path: panel.path, keyColumns: panel.keyColumns,
        members: panel.members.indices.map {
          PanelRecord.Member(
            key: panel.members[$0].key, analysis: analyses[$0],
            forecaster: forecasters[$0].forecaster)
        }))
  }

  /// Throws where the judgement after the training could not succeed.
  private func checkJudgement(_ series: Series, _ split: SplitPlan) throws {
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
      try judgement.threshold.check(
        heldOut: actual.count { !$0.isNaN }, target: series.targets[target])
    }
  }

  /// Every option as it was used; of the network's and the fine-tuning's those that are on.
  private func options(window: Int, horizon: Int) -> [(name: String, value: JSONValue)] {
    let optional = Set((layers.record() + fineTuning.record()).map(\.name))
    let fitting = fittingRecord(defaultTrainUntil: "0.8", window: window, horizon: horizon)
      .filter { !optional.contains($0.name) || !$0.value.isNull }
    return fitting + checkpoints.record() + judgement.record()
      + device.record() + [("charts", .string(folder.charts.rawValue))]
  }
}
