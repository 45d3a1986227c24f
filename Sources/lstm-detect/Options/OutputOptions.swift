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

/// Where a command's files go.
struct FolderOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The folder for the files that are written; made where it does not exist.",
      valueName: "folder"))
  var output = "out"

  @Option(
    help: ArgumentHelp(
      "How report.html draws: dygraphs (zoom and hover), svg (static), or auto, which takes "
        + "dygraphs where the Debian package libjs-dygraphs is installed.",
      valueName: "style"))
  var charts = ChartStyle.auto

  func validate() throws {
    try Check.path(output, "--output")
  }
}
