/// What an executor has been called for so far, and so which calls are in turn.
///
/// The one place where the contract of `Executor` is checked; `Executor` documents it as a table.
struct ExecutorProgress {
  /// What a forward pass is over.
  enum Source {
    /// Windows of the series that is bound.
    case windows
    /// A batch of sequences as they are.
    case sequences
  }

  let isForTraining: Bool
  /// What the last forward pass was over; `nil` where there is none, or its windows were replaced.
  private(set) var source: Source?
  /// Whether the pass has been taken back: that leaves derivatives in the place of the gates.
  private var isTakenBack = false
  /// Whether the parameters are others than those of the pass.
  private var hasOtherParameters = false
  private var hasGradient = false

  init(isForTraining: Bool) { self.isForTraining = isForTraining }

  // MARK: - What was done

  /// The last pass is no longer there.
  mutating func endPass() { source = nil }

  mutating func ranForward(over source: Source) {
    self.source = source
    isTakenBack = false
    hasOtherParameters = false
  }

  /// A backward pass begins; where it fails half-way, it has used up the forward pass all the same.
  mutating func beginBackward() {
    isTakenBack = true
    hasGradient = false
  }

  mutating func ranBackward() { hasGradient = true }

  mutating func replacedParameters() { hasOtherParameters = true }

  // MARK: - What is in turn

  func checkTraining(_ call: String) throws(LSTMError) {
    guard isForTraining else { throw .callOutOfTurn(call, needs: .trainingMode) }
  }

  func checkGradient(_ call: String) throws(LSTMError) {
    try checkTraining(call)
    guard hasGradient else { throw .callOutOfTurn(call, needs: .backward) }
  }

  func checkForward(_ call: String, over source: Source? = nil) throws(LSTMError) {
    guard let last = self.source, source == nil || source == last else {
      throw .callOutOfTurn(call, needs: source == .sequences ? .forwardOfSequences : .forward)
    }
  }

  func checkBackward(_ call: String, over source: Source) throws(LSTMError) {
    try checkTraining(call)
    try checkForward(call, over: source)
    guard !isTakenBack, !hasOtherParameters else {
      throw .callOutOfTurn(call, needs: hasOtherParameters ? .unchangedParameters : .newForward)
    }
  }
}
