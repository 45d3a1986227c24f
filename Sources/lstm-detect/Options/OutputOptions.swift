import ArgumentParser
import LSTMCompute

/// What a command tells its user, and how.
struct ConsoleOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Print errors only.")
  var quiet = false

  @Flag(
    help: ArgumentHelp(
      "Print one JSON document on standard output, and nothing else there: metrics.json, or what "
        + "inspect shows where no rows are judged."))
  var json = false

  var console: Console { Console(isQuiet: quiet, writesJSON: json) }
}

/// In which form predictions and anomalies are written, beside the usual files.
enum ResultFormat: String, CaseIterable, ExpressibleByArgument {
  case csv, jsonl
}

/// How results are written for programs.
struct CSVOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "csv, or jsonl: one JSON object a line, by run and detect into predictions.jsonl and "
        + "anomalies.jsonl beside the CSV files, by predict instead of CSV.",
      valueName: "form", visibility: .hidden))
  var format = ResultFormat.csv

  @Option(
    help: ArgumentHelp(
      "Write the last value, forecast, limits and score of each target, the numbers of rows and alarms "
        + "and the model's checksum into this file too, in the text format of Prometheus.",
      valueName: "file", visibility: .hidden), completion: .file())
  var prometheus: String?

  @Flag(
    help: ArgumentHelp(
      "Write target names that begin with =, +, - or @ into CSV files as they are. Otherwise an "
        + "apostrophe comes before them, so that no spreadsheet takes them for formulas.",
      visibility: .hidden))
  var keepNames = false

  func validate() throws { try Check.path(prometheus, "--prometheus") }

  var files: ResultFiles { ResultFiles(keepsNames: keepNames, writesLines: format == .jsonl) }

  /// The file for Prometheus's part among others; nothing where there is none.
  var places: [Place] { prometheus.map { [Place("--prometheus", $0)] } ?? [] }
}

/// Where a command's files go.
struct FolderOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The folder for the files that are written; made where it does not exist.",
      valueName: "folder"), completion: .directory)
  var output = "out"

  @Option(
    help: ArgumentHelp(
      "How report.html draws: live (zoom and hover, static without scripts), svg (static, without a "
        + "script), or auto, which is live.",
      valueName: "style", visibility: .hidden))
  var charts = ChartStyle.auto

  @OptionGroup var csv: CSVOptions

  func validate() throws {
    try Check.path(output, "--output")
  }

  /// The folder, without slashes at its end.
  var folder: String {
    var folder = output
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    return folder
  }

  /// The path of a file in the folder.
  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// The results that go into the folder, which no other run writes into as long as these live.
  ///
  /// - Parameters:
  ///   - hasModel: Whether there is a model among them.
  ///   - model: Where that goes, if not into the folder.
  ///   - console: Where it is told that the folder cannot be locked.
  /// - Returns: The results.
  /// - Throws: What keeps them from being written.
  func results(
    withModel hasModel: Bool = false, at model: String? = nil, _ console: Console
  ) throws -> ResultSet {
    if let file = csv.prometheus { try StagedFile.check(file) }
    let names = csv.files.names + (hasModel && model == nil ? ["model.safetensors"] : [])
    let results = try ResultSet(folder, names: names, and: model)
    if let refusal = results.lockRefusal {
      console.note("\(folder) cannot be locked (\(refusal)): no other run must write into it")
    }
    return results
  }

  /// The files that are always written.
  var places: [Place] {
    (csv.files.names + [Manifest.name]).map { Place("the result", path($0)) } + csv.places
  }
}
