/// What a caller of this library can get wrong, or what the surroundings refused.
///
/// Every case carries a message of one line that names the offending value and what was expected.
public enum LSTMError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A network specification that describes no network.
  case invalidSpecification(String)
  /// Data whose shape does not fit the network or itself.
  case shapeMismatch(String)
  /// A training configuration that cannot be trained with.
  case invalidConfiguration(String)
  /// A device that was asked for and does not exist, or cannot do the work.
  case deviceUnavailable(String)
  /// A call that the device refused, with the call, its status and, for a build, the log.
  case deviceFailure(String)
  /// A model or tensor file that is damaged, of another version or of another network.
  case invalidFile(String)
  /// A file that could not be read or written.
  case fileSystem(String)
  /// A call of an executor that is not in turn, and what has to come before it.
  case callOutOfTurn(_ call: String, needs: ExecutorRequirement)
  /// A batch of windows that there are not, or of more than the executor was made for.
  case invalidBatch(_ batch: Range<Int>, windowCount: Int, batchSize: Int)

  /// The message, without the name of the case.
  public var description: String {
    switch self {
    case .invalidSpecification(let message), .shapeMismatch(let message),
      .invalidConfiguration(let message), .deviceUnavailable(let message),
      .deviceFailure(let message), .invalidFile(let message), .fileSystem(let message):
      message
    case .callOutOfTurn(let call, let requirement):
      "\(call) is out of turn: it needs \(requirement.description)"
    case .invalidBatch(let batch, let windowCount, let batchSize):
      "a batch of the windows \(batch.lowerBound) ..< \(batch.upperBound); there are "
        + "\(windowCount), and the executor was made for 1 to \(batchSize) at a time"
    }
  }
}

/// What has to come before a call of an `Executor`.
public enum ExecutorRequirement: Hashable, Sendable, CustomStringConvertible {
  /// `bind`.
  case boundSeries
  /// `forward` of windows, after the last `bind`, `setWindows` or `predict`.
  case forward
  /// `forward` of a batch of sequences.
  case forwardOfSequences
  /// A `forward` that no `backward` has used up.
  case newForward
  /// A `forward` by the parameters as they are now.
  case unchangedParameters
  /// `backward`.
  case backward
  /// A configuration for training.
  case trainingMode
  /// A network with a head.
  case head
  /// An executor from `Backend.makeSequenceExecutor`.
  case sequenceExecutor

  /// What it is, in words.
  public var description: String {
    switch self {
    case .boundSeries: "a series from bind(_:)"
    case .forward: "forward(_:) of windows since they were set"
    case .forwardOfSequences: "forward(_:) of a batch of sequences"
    case .newForward: "a new forward(_:), since backward(_:) uses up what one leaves"
    case .unchangedParameters: "a new forward(_:), since the parameters have changed"
    case .backward: "backward(_:) first"
    case .trainingMode: "an executor made for training"
    case .head: "a network with a head"
    case .sequenceExecutor: "an executor from makeSequenceExecutor(for:configuration:)"
    }
  }
}
