import ResultText
import TimeSeries

/// How far the reading of a large file is, and how long it will take; on a screen only.
final class ReadingDisplay {
  /// A file that is read in less time than this needs no display.
  private static let leastSeconds = 0.5

  private let name: String
  private let columns: Int
  private let start = ContinuousClock.now
  private var lastDrawn = 0.0
  private var isOnScreen = false
  /// When the reading began that goes on.
  private var passStart = 0.0
  private var isAgain = false
  private var lastSeen = 0.0

  init(path: String, columns: Int = Terminal.columns(.error)) {
    name = VisibleText.escaped(path.split(separator: "/").last.map(String.init) ?? path)
    self.columns = columns
  }

  /// Reads a table, with a display where standard error is a screen.
  static func read(_ path: String, _ options: TableOptions, isQuiet: Bool) throws(TimeSeriesError)
    -> Table
  {
    guard !isQuiet, Terminal.isScreen(.error) else {
      return try Table.read(path: path, options: options)
    }
    let display = ReadingDisplay(path: path)
    defer { display.finish() }
    return try Table.read(path: path, options: options) { display.show($0) }
  }

  /// Shows a state, at most ten times a second.
  private func show(_ state: ReadingProgress) {
    guard let line = line(state, seconds: (ContinuousClock.now - start).inSeconds) else { return }
    isOnScreen = true
    Terminal.write("\r" + line + "\u{1B}[K", to: .error)
  }

  /// The line of a state; `nil` where none is due.
  func line(_ state: ReadingProgress, seconds: Double) -> String? {
    if state.isAgain != isAgain { (isAgain, passStart) = (state.isAgain, lastSeen) }
    lastSeen = seconds
    guard seconds >= Self.leastSeconds, lastDrawn == 0 || seconds - lastDrawn >= 0.1 else {
      return nil
    }
    lastDrawn = seconds
    let share = min(1, Double(state.bytes) / Double(max(1, state.expectedBytes)))
    var text = "reading \(name)\(isAgain ? " again, for text" : ""): \(Numbers.percent(share))"
    if share > 0.01 {
      text += ", \(Numbers.duration((seconds - passStart) * (1 - share) / share)) left"
    }
    return String(text.prefix(max(1, columns - 1)))
  }

  /// Takes the line off the screen.
  private func finish() {
    if isOnScreen { Terminal.write("\r\u{1B}[K", to: .error) }
    isOnScreen = false
  }
}
