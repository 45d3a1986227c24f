import AnomalyDetection
import ArgumentParser
import LSTMCompute
import ResultText
import TimeSeries

/// Fits a network and keeps it.
struct Fit: ParsableCommand, FittingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fit a network to a file and keep it as a model.",
    discussion: """
      All rows are fitted to, unless --train-until says otherwise; the last of them are held out \
      to decide when to stop and how large a residual is normal.

      The model is one safetensors file. It holds all that predict and detect need: the weights \
      with the names that PyTorch gives them, the columns, how they are scaled, the window.

      Where it was built with --traits MPI, `mpirun -n 4 lstm-detect fit ...` shares each batch \
      among four processes.

      EXAMPLES
        lstm-detect fit sales.csv --target units --model sales.safetensors
        lstm-detect fit sales.csv --target units,stock --horizon 14 \\
          --model m.safetensors
        lstm-detect fit big.csv --target units --model m.safetensors \\
          --checkpoint c.safetensors
        lstm-detect fit big.csv --target units --model m.safetensors \\
          --resume c.safetensors
        lstm-detect fit load.csv --target load --units 64,64 --dropout 0.2 \\
          --model m.safetensors
        lstm-detect fit new.csv --target load --initial m.safetensors \\
          --freeze lstm --model n.safetensors
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
  @OptionGroup(title: "Device") var device: DeviceOptions

  @Option(help: ArgumentHelp("Where the model goes.", valueName: "file"), completion: .file())
  var model: String

  @OptionGroup var consoleOptions: ConsoleOptions

  /// Nothing is judged here that a season would be compared with.
  var season: Int? { nil }
  var folds: Int? { nil }
  var needsTestRows: Bool { false }
  var otherInputs: [String?] { [] }

  func validate() throws {
    try Check.path(model, "--model")
    try validateFitting()
  }

  func run() throws {
    let console = consoleOptions.console
    try checkpoints.checkDistinct(
      from: [Place("the data", reading.path), Place("the model", model)])
    try fineTuning.checkDistinct(from: checkpoints)
    if Processes.isFirst { try StagedFile.check(model) }
    let result = try naming(data: reading.path) {
      try fit(
        defaultTrainUntil: "1",
        room: {
          guard Processes.isFirst else { return }
          try StagedFile.check(
            model, size: ResultFiles.leastSize(ofModel: $1, members: network.members))
        })
    }
    guard Processes.isFirst else { return }
    let forecaster = result.fitted.forecaster
    try result.checkEnd(model: model)
    try KeptModel.whereFailing(forecaster, at: model) { try forecaster.save(to: model) }
    if forecaster.residuals.contains(where: { $0.count < Threshold.leastHeldOut }) {
      let few = result.data.parts.allSatisfy(\.split.validation.isEmpty) ? "no" : "too few"
      console.note(
        "\(few) rows were held out, so detect needs --threshold absolute:V with this model")
    }
    for (target, residuals) in zip(forecaster.targets, forecaster.residuals)
    where residuals.count > 0 {
      console.line(
        "held out  \(target): residuals of \(Numbers.readable(residuals.mean)) ± "
          + Numbers.readable(residuals.standardDeviation)
          + (forecaster.panel == nil ? "" : ", in units of each series' scale"))
    }
    console.line("written   \(model)")
    console.document(ModelDescription.document(forecaster, training: result.training))
    if result.training.history.end == .cancelled {
      throw Interrupt.ended(forecaster, keptIn: model)
    }
  }

  /// Throws where a time to fit until leaves no row out, so that it would do nothing.
  func check(_ series: Series, _ split: SplitPlan) throws {
    guard let until = self.split.trainUntil, case .time = SplitPlan.TrainUntil(until),
      split.test.isEmpty
    else { return }
    throw CommandError.noRows(after: until, series, "leave the option out to fit to all rows")
  }
}

extension Interrupt {
  /// Says that a back-test was ended early, after a training that was not.
  ///
  /// - Returns: The exit status to end with.
  static func endedBackTest(modelIn path: String) -> ExitCode {
    Console.fail("stopped by \(name) before the back-test was complete; the model is in \(path)")
    return ExitCode(status)
  }

  /// Says where the best model of a training is that was ended early.
  ///
  /// - Returns: The exit status to end with.
  static func ended(_ forecaster: Forecaster, keptIn path: String) -> ExitCode {
    Console.fail(
      "stopped by \(name); the model of epoch \(forecaster.origin.bestEpoch ?? 0), the best so far, "
        + "was kept in \(path)")
    return ExitCode(status)
  }
}
