/// What can be wrong with a forecaster, its data or what is asked of them.
///
/// Every case carries a message of one line that names the offending value and what was expected.
public enum DetectionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A threshold that separates nothing, such as zero.
  case invalidThreshold(String)
  /// Data that the forecaster was not made for.
  case dataMismatch(String)
  /// A model file that is damaged, of another version or of another kind.
  case invalidModel(String)
  /// A training that left no model.
  case noModel(String)

  /// The message, without the name of the case.
  public var description: String {
    switch self {
    case .invalidThreshold(let message), .dataMismatch(let message),
      .invalidModel(let message), .noModel(let message):
      message
    }
  }
}
