import ResultText
internal import Synchronization

/// What the user reads while a command runs.
///
/// Results go to standard output; notes, progress and errors to standard error.
struct Console {
  /// Whether notes, progress and the summary are left out.
  var isQuiet = false
  /// Whether standard output carries one JSON document and nothing else.
  var writesJSON = false

  /// A line of the summary.
  func line(_ text: String = "") {
    if !isQuiet, !writesJSON { Terminal.write(VisibleText.escaped(text) + "\n", to: .output) }
  }

  /// Something that was done to the data or decided, which the user may want to know.
  ///
  /// It is held back until `showNotes`: a failed run leaves one line.
  func note(_ text: String) {
    if !isQuiet { Self.notes.withLock { $0.append(text) } }
  }

  /// Something that changes what a run computes: it is shown at once, and to those who want no notes too.
  static func warn(_ text: String) {
    // A bar may be on the screen.
    let clears = Terminal.isScreen(.error) ? "\r\u{1B}[K" : ""
    let line = text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    Terminal.write("\(clears)note: \(VisibleText.escaped(line))\n", to: .error)
  }

  /// Shows the notes that were held back: when a long part begins, or all has gone well.
  static func showNotes() {
    let notes = notes.withLock { notes in
      defer { notes = [] }
      return notes
    }
    for note in notes { Terminal.write("note: \(VisibleText.escaped(note))\n", to: .error) }
  }

  private static let notes = Mutex<[String]>([])

  /// The document that `--json` asks for.
  func document(_ document: JSONValue) {
    if writesJSON { Terminal.write(document.pretty, to: .output) }
  }

  /// The one line that a failed command leaves.
  static func fail(_ message: String) {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: "; ")
    Terminal.write("lstm-detect: \(VisibleText.escaped(line))\n", to: .error)
  }
}
