import LSTMCompute

/// How far a training has come, as a user may see it.
struct ProgressState {
  var epoch: Int
  var epochs: Int
  /// The share of this epoch's windows that are done.
  var share: Double
  var lastEpoch: TrainingHistory.Epoch?
  /// Windows seen so far, in all epochs.
  var windows: Int
  var seconds: Double
}

/// A bar that redraws itself on a screen; one line for each epoch anywhere else.
final class ProgressDisplay {
  private let isScreen: Bool
  private let columns: Int
  private let blocks: (full: Character, empty: Character)
  private var lastDrawn = -1.0
  private var lastLine = 0
  private var isOnScreen = false

  /// A display for standard error as it is.
  convenience init() {
    self.init(
      isScreen: Terminal.isScreen(.error), columns: Terminal.columns(.error),
      showsUnicode: Terminal.showsUnicode)
  }

  init(isScreen: Bool, columns: Int, showsUnicode: Bool) {
    self.isScreen = isScreen
    self.columns = columns
    blocks = showsUnicode ? ("█", "░") : ("#", ".")
  }

  /// Shows a state, at most ten times a second.
  func show(_ state: ProgressState) {
    guard isScreen else {
      if let line = plainLine(state) { Terminal.write(line + "\n", to: .error) }
      return
    }
    guard lastDrawn < 0 || state.seconds - lastDrawn >= 0.1 else { return }
    lastDrawn = state.seconds
    isOnScreen = true
    Terminal.write("\r" + bar(state) + "\u{1B}[K", to: .error)
  }

  /// Takes the bar off the screen.
  func finish() {
    if isOnScreen { Terminal.write("\r\u{1B}[K", to: .error) }
    isOnScreen = false
  }

  /// The line of an epoch that has ended since the last call.
  func plainLine(_ state: ProgressState) -> String? {
    guard let epoch = state.lastEpoch, epoch.number > lastLine else { return nil }
    lastLine = epoch.number
    return "epoch \(epoch.number)/\(state.epochs)  \(Self.losses(epoch))  \(Self.speed(state))"
  }

  /// The bar, as wide as the screen allows.
  func bar(_ state: ProgressState) -> String {
    let done = (Double(state.epoch - 1) + state.share) / Double(max(1, state.epochs))
    let share = min(1, max(0, done))
    var parts: [String] = []
    if let epoch = state.lastEpoch { parts.append(Self.losses(epoch)) }
    parts.append(Self.speed(state))
    if share > 0.001 {
      parts.append(Numbers.duration(state.seconds * (1 - share) / share) + " left")
    }
    let head = "epoch \(state.epoch)/\(state.epochs) "
    let tail = "  " + parts.joined(separator: "  ")
    let room = min(30, columns - 1 - head.count - tail.count)
    guard room >= 8 else { return String((head + tail).prefix(columns - 1)) }
    let full = Int((share * Double(room)).rounded())
    return head + String(repeating: blocks.full, count: full)
      + String(repeating: blocks.empty, count: room - full) + tail
  }

  private static func losses(_ epoch: TrainingHistory.Epoch) -> String {
    let training = "loss " + Numbers.fixed(Double(epoch.trainingLoss), decimals: 4)
    guard let validation = epoch.validationLoss else { return training }
    return training + "  validation " + Numbers.fixed(Double(validation), decimals: 4)
  }

  private static func speed(_ state: ProgressState) -> String {
    guard state.seconds > 0 else { return "" }
    return Numbers.readable(Int(Double(state.windows) / state.seconds)) + " rows/s"
  }
}
