import AnomalyDetection
import ArgumentParser
import LSTMCompute
import ResultText
import TimeSeries

/// Trains a model further on new rows.
struct Update: ParsableCommand, ModelReading {
  static let configuration = CommandConfiguration(
    abstract: "Train a model further on new rows, and keep it where it forecasts better.",
    discussion: """
      The rows of --replay, such as those that the model was fitted to, come before the new ones, and are \
      trained on too, lest they be forgotten: as many windows of them as of new ones, evenly chosen. How \
      columns are scaled, what the network sees and by whose forecasts rows are judged stay as they are; \
      the regression too. The last rows are held out: half of them decides which epoch is kept, on the \
      other half the new model and the old one are compared. Where the new one forecasts worse, nothing is \
      written and the exit status is 1, unless --even-if-worse. What rows are judged by is that of the \
      rows held out.

      EXAMPLES
        lstm-detect update new.csv --model load.safetensors --replay old.csv \\
          --output load-2.safetensors
      """
  )

  @OptionGroup(title: "Data") var reading: ReadingOptions

  @Option(
    help: ArgumentHelp("The model, as fit has written it.", valueName: "file"), completion: .file())
  var model: String

  @Option(
    help: ArgumentHelp(
      "A file with the rows before the new ones, which are trained on again.", valueName: "file"),
    completion: .file())
  var replay: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "So many windows of old rows for each of a new one, at most.", valueName: "number"))
  var replayShare = 1.0

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where the new model goes; it may take the place of the old one.", valueName: "file"),
    completion: .file())
  var output: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The largest number of passes over the windows.", valueName: "number"))
  var epochs = 5

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The optimizer's step size. (default: a tenth of that of the fit)", valueName: "number"))
  var learningRate: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The share of the new rows that is held out.", valueName: "share"))
  var heldOut = 0.3

  @Flag(help: "Write the new model even if it forecasts worse than the old one.")
  var evenIfWorse = false

  @OptionGroup(title: "Device") var device: DeviceOptions
  @OptionGroup var consoleOptions: ConsoleOptions

  /// The old rows lie before the new ones as those of a context do.
  var before: ContextOptions {
    var options = ContextOptions()
    options.context = replay
    return options
  }

  func validate() throws {
    try Check.path(model, "--model")
    try Check.path(replay, "--replay")
    try Check.path(output, "--output")
    try Check.size(epochs, "--epochs")
    guard heldOut > 0, heldOut < 1 else {
      throw ValidationError("--held-out must be above 0 and below 1.")
    }
    guard replayShare >= 0, replayShare.isFinite else {
      throw ValidationError("--replay-share must be a number of at least 0.")
    }
    if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be above 0.")
    }
    guard replay != "-" || reading.data != "-" else {
      throw ValidationError("The data and --replay cannot both be standard input.")
    }
    guard reading.series.isEmpty else {
      throw ValidationError("--series is for several series, and update trains a model of one.")
    }
  }

  func run() throws {
    let console = consoleOptions.console
    try Place.checkDistinct([
      Place("the data", reading.path), Place("--replay", replay), Place("the model", model),
    ])
    try Place.checkDistinct([
      Place("the data", reading.path), Place("--replay", replay), Place("--output", output),
    ])
    try StagedFile.check(output)
    var notes = Notes(console: console)
    let stored = try readTensors(model, Forecaster.load)
    notes.add(stored, path: model)
    let forecaster = stored.forecaster
    guard forecaster.columns.series == nil else {
      throw CommandError(
        description: "\(model): a model of several series (--series), and update trains a model of "
          + "one; fit it anew to all rows")
    }
    let choice = try device.choice
    console.line("device    \(choice.reason)")
    var options = ForecasterUpdate.Options()
    (options.epochs, options.learningRate) = (epochs, learningRate)
    (options.heldOut, options.replay) = (heldOut, replayShare)
    let display = console.isQuiet ? nil : ProgressDisplay()
    let start = ContinuousClock.now
    let update = try naming(data: reading.path) {
      let series = try readSeries(fileOptions(for: forecaster))
      notes.add(series.notes)
      return try Interrupt.whileWatching {
        defer { display?.finish() }
        return try forecaster.updated(
          on: series, options: options,
          name: model.split(separator: "/").last.map(String.init) ?? model,
          on: choice.backend,
          progress: {
            Console.showNotes()
            display?.show($0, seconds: (ContinuousClock.now - start).inSeconds)
          }, isCancelled: { Interrupt.isRequested })
      }
    }
    notes.addFailure(of: choice)
    console.line(
      "trained   on \(Findings.count(update.newWindows, "window")) of new rows and "
        + "\(Numbers.readable(update.oldWindows)) of old ones; the weights of epoch "
        + "\(update.histories.map { "\($0.bestEpoch ?? 0)" }.joined(separator: ", ")) were kept")
    for comparison in update.comparisons {
      console.line(
        "held out  \(comparison.target): off by \(text(comparison.after)), before "
          + "\(text(comparison.before)), in \(Findings.count(update.compared.count, "row"))")
    }
    let isBetter = update.ratio <= 1
    guard isBetter || evenIfWorse else {
      throw CommandError(
        description:
          "the new model forecasts worse than \(model) on rows held out ("
          + update.comparisons.map {
            "\($0.target): off by \(text($0.after)), before \(text($0.before))"
          }.joined(separator: "; ")
          + "), and was not written; --even-if-worse writes it")
    }
    try update.forecaster.save(to: output)
    console.line("written   \(output)")
    console.document(document(update))
  }

  private func text(_ metrics: Metrics) -> String {
    "\(Numbers.readable(metrics.mae)) (root mean square \(Numbers.readable(metrics.rmse)))"
  }

  private func document(_ update: ForecasterUpdate) -> JSONValue {
    func errors(_ metrics: Metrics) -> JSONValue {
      .object([("mae", .number(metrics.mae)), ("rmse", .number(metrics.rmse))])
    }
    return .object([
      ("model", .string(output)), ("initial", .string(model)),
      ("ratio", JSONValue.rounded(update.ratio)), ("rows", .integer(update.compared.count)),
      ("new_windows", .integer(update.newWindows)), ("old_windows", .integer(update.oldWindows)),
      ("epochs", .array(update.histories.map { .optional($0.bestEpoch) })),
      (
        "targets",
        .array(
          update.comparisons.map {
            .object([
              ("target", .string($0.target)), ("before", errors($0.before)),
              ("after", errors($0.after)),
            ])
          })
      ),
    ])
  }
}
