import ArgumentParser

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

/// How names from the data are written into CSV files.
struct CSVOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Write target names that begin with =, +, - or @ into CSV files as they are. Otherwise an "
        + "apostrophe comes before them, so that no spreadsheet takes them for formulas.",
      visibility: .hidden))
  var keepNames = false

  var files: ResultFiles { ResultFiles(keepsNames: keepNames) }
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
    let names = ResultFiles.names + (hasModel && model == nil ? ["model.safetensors"] : [])
    let results = try ResultSet(folder, names: names, and: model)
    if let refusal = results.lockRefusal {
      console.note("\(folder) cannot be locked (\(refusal)): no other run must write into it")
    }
    return results
  }

  /// The files that are always written.
  var places: [Place] {
    (ResultFiles.names + [Manifest.name]).map { Place("the result", path($0)) }
  }
}
