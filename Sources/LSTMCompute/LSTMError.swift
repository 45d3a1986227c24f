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

  /// The message, without the name of the case.
  public var description: String {
    switch self {
    case .invalidSpecification(let message), .shapeMismatch(let message),
      .invalidConfiguration(let message), .deviceUnavailable(let message),
      .deviceFailure(let message), .invalidFile(let message), .fileSystem(let message):
      message
    }
  }
}
