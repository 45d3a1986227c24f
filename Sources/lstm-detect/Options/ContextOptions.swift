import ArgumentParser
import ResultText
import TimeSeries

/// What came before the rows that are forecast and judged.
struct ContextOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file with the rows before those of the data, such as the one that was fitted to: they are "
        + "looked back at, and neither judged nor written. It is read as the data are, has the same "
        + "columns, and its rows are before those of the data or equal to some of them.",
      valueName: "file"), completion: .file())
  var context: String?

  func validate() throws { try Check.path(context, "--context") }

  /// The file, by a name that can be opened.
  var path: String? { context.map { $0 == "-" ? "/dev/stdin" : $0 } }

  /// The file's part among others; nothing where there is none.
  var places: [Place] { path.map { [Place("--context", $0)] } ?? [] }

  /// Throws where the context and the data are both standard input, or several series.
  func check(_ reading: ReadingOptions) throws {
    guard context == nil || reading.series.isEmpty else {
      throw ValidationError(
        "--context and --series cannot be given together: several series take no context.")
    }
    guard context == "-", reading.data == "-" else { return }
    throw ValidationError("The data and --context cannot both be standard input.")
  }

  func record() -> [(name: String, value: JSONValue)] { [("context", .optional(context))] }
}
