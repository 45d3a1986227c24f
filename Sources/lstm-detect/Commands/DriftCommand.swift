import AnomalyDetection
import ArgumentParser
import LSTMCompute
import ResultText
import TimeSeries

/// Tells whether residuals have moved since a model was fitted.
struct DriftCommand: ParsableCommand, ModelReading {
  static let configuration = CommandConfiguration(
    commandName: "drift",
    abstract: "Tell whether forecasts have become worse since a model was fitted.",
    discussion: """
      Residuals of the rows after those that the model was fitted to are held against those of the rows \
      that were held out. Of each target three tests are made, at a third of --false-alarms each: \
      whether the level moved and whether the spread did (CUSUMs of ranks, which tell since when), and \
      whether the distribution is another one (Kolmogorov-Smirnov). Neighboring residuals are alike: \
      n of them count as n / t, where t is their autocorrelation time. Less than a quarter of a \
      deviation, or of the spread, is no drift. What to do about one: `lstm-detect update`, or fit anew.

      EXAMPLES
        lstm-detect drift this-month.csv --model load.safetensors
        lstm-detect drift today.csv --model load.safetensors \\
          --context until-yesterday.csv --fail-on-drift
      """
  )

  @OptionGroup(title: "Data") var reading: ReadingOptions
  @OptionGroup(title: "Data") var before: ContextOptions

  @Option(
    help: ArgumentHelp("The model, as fit has written it.", valueName: "file"), completion: .file())
  var model: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The probability with which a target that has not moved is said to have.", valueName: "rate"))
  var falseAlarms = 0.01

  @Flag(help: "End with exit status 3 where a target has moved, after everything is written.")
  var failOnDrift = false

  @OptionGroup(title: "Device") var device: DeviceOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The folder for drift.json; made where it does not exist.", valueName: "folder"),
    completion: .directory)
  var output: String?

  @OptionGroup var consoleOptions: ConsoleOptions

  private static let fileName = "drift.json"

  func validate() throws {
    try Check.path(model, "--model")
    try Check.path(output, "--output")
    try before.check(reading)
    guard falseAlarms > 0, falseAlarms < 0.5 else {
      throw ValidationError("--false-alarms must be above 0 and below 0.5.")
    }
  }

  func run() throws {
    let console = consoleOptions.console
    let path = output.map { "\($0)/\(Self.fileName)" }
    try Place.checkDistinct(
      [Place("the data", reading.path), Place("the model", model)] + before.places
        + (path.map { [Place("the result", $0)] } ?? []))
    let folder = try output.map { try ResultSet($0, names: [Self.fileName], hasManifest: false) }
    var notes = Notes(console: console)
    let stored = try readTensors(model, Forecaster.load)
    notes.add(stored, path: model)
    let forecaster = stored.forecaster
    guard forecaster.columns.series == nil else {
      throw CommandError(
        description:
          "\(model): a model of several series (--series), and drift tests one; fit one by --where "
          + "\(forecaster.columns.series?.first ?? "column")=VALUE for it")
    }
    let choice = try device.choice
    var limits = Drift.Limits()
    limits.rate = falseAlarms
    let analysis = try naming(data: reading.path) {
      try DriftAnalysis(
        of: readSeries(fileOptions(for: forecaster)), with: forecaster, limits: limits,
        on: choice.backend)
    }
    notes.add(analysis.series.notes)
    console.line("device    \(RunRecord.Device(choice).reason)")
    let report = DriftReport(analysis: analysis, rate: falseAlarms, model: stored.checksum)
    if let folder {
      try folder.file(Self.fileName).write(report.document.pretty)
      try folder.commit(command: "drift")
    }
    for line in report.lines { console.line(line) }
    if let path { console.line("written   \(path)") }
    console.document(report.document)
    guard failOnDrift, analysis.isDrift else { return }
    // Whoever reads the results must have them.
    try Terminal.checkOutput()
    Console.showNotes()
    Console.fail(
      "residuals have moved, and --fail-on-drift ends with exit status \(LabelOptions.status) then")
    throw ExitCode(LabelOptions.status)
  }
}
