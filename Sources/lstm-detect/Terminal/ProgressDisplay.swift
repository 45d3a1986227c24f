import LSTMCompute
import ResultText

/// A bar that redraws itself on a screen; one line for each epoch anywhere else.
final class ProgressDisplay {
  private let isScreen: Bool
  private let columns: Int
  private let blocks: (full: Character, empty: Character)
  private var lastDrawn = -1.0
  private var lastLine = 0
  private var isOnScreen = false
  /// What stands before the number of the epoch, such as the number of a fold.
  private let prefix: String

  /// A display for standard error as it is.
  convenience init(after prefix: String = "") {
    self.init(
      isScreen: Terminal.isScreen(.error), columns: Terminal.columns(.error),
      showsUnicode: Terminal.showsUnicode, after: prefix)
  }

  init(isScreen: Bool, columns: Int, showsUnicode: Bool, after prefix: String = "") {
    self.isScreen = isScreen
    self.prefix = prefix
    self.columns = columns
    blocks = showsUnicode ? ("█", "░") : ("#", ".")
  }

  /// Shows a state, at most ten times a second.
  func show(_ state: TrainingProgress, seconds: Double) {
    guard isScreen else {
      if let line = plainLine(state, seconds: seconds) { Terminal.write(line + "\n", to: .error) }
      return
    }
    guard lastDrawn < 0 || seconds - lastDrawn >= 0.1 else { return }
    lastDrawn = seconds
    isOnScreen = true
    Terminal.write("\r" + bar(state, seconds: seconds) + "\u{1B}[K", to: .error)
  }

  /// Takes the bar off the screen.
  func finish() {
    if isOnScreen { Terminal.write("\r\u{1B}[K", to: .error) }
    isOnScreen = false
  }

  /// The line of an epoch that has ended since the last call.
  func plainLine(_ state: TrainingProgress, seconds: Double) -> String? {
    guard let epoch = state.lastEpoch, epoch.number > lastLine else { return nil }
    lastLine = epoch.number
    return
      prefix
      + "epoch \(epoch.number)/\(state.epochs)  \(Self.losses(epoch))  \(Self.speed(state, seconds))"
  }

  /// The bar, as wide as the screen allows.
  func bar(_ state: TrainingProgress, seconds: Double) -> String {
    let share = Self.share(state)
    let before =
      Double(state.windowsBefore) / max(1, Double(state.epochs) * Double(state.windows))
    var parts: [String] = []
    if let epoch = state.lastEpoch { parts.append(Self.losses(epoch)) }
    parts.append(Self.speed(state, seconds))
    if share - before > 0.001 {
      parts.append(Numbers.duration(seconds * (1 - share) / (share - before)) + " left")
    }
    let head = prefix + "epoch \(state.epoch)/\(state.epochs) "
    let tail = "  " + parts.joined(separator: "  ")
    let room = min(30, columns - 1 - head.count - tail.count)
    guard room >= 8 else { return String((head + tail).prefix(columns - 1)) }
    let full = Int((share * Double(room)).rounded())
    return head + String(repeating: blocks.full, count: full)
      + String(repeating: blocks.empty, count: room - full) + tail
  }

  /// The share of all epochs' windows that are done.
  private static func share(_ state: TrainingProgress) -> Double {
    let epochs = Double(max(0, state.epoch - 1))
    let part = Double(state.windowsDone) / Double(max(1, state.windows))
    return min(1, (epochs + part) / Double(max(1, state.epochs)))
  }

  private static func losses(_ epoch: TrainingHistory.Epoch) -> String {
    let training = "loss " + Numbers.readable(Double(epoch.trainingLoss))
    guard let validation = epoch.validationLoss else { return training }
    return training + "  validation " + Numbers.readable(Double(validation))
  }

  private static func speed(_ state: TrainingProgress, _ seconds: Double) -> String {
    let windows =
      Double(max(0, state.epoch - 1)) * Double(state.windows) + Double(state.windowsDone)
    guard seconds > 0 else { return "" }
    let done = max(0, windows - Double(state.windowsBefore))
    return Numbers.readable(Checked.integer(done / seconds)) + " rows/s"
  }
}
