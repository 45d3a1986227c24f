/// What a user asks to run on.
public enum DeviceSelection: Hashable, Sendable, CustomStringConvertible {
  /// The best there is: an OpenCL GPU, else the CPU.
  case auto
  /// The fast backend of the processor.
  case cpu
  /// The plain loops that the others are held against.
  case reference
  /// An OpenCL device by its number in `lstm-detect devices`; the first one where none is given.
  case opencl(Int?)

  /// A selection from what a user types: `auto`, `cpu`, `reference`, `opencl` or `opencl:N`.
  public init?(_ text: String) {
    switch text {
    case "auto": self = .auto
    case "cpu": self = .cpu
    case "reference": self = .reference
    case "opencl": self = .opencl(nil)
    default:
      guard text.hasPrefix("opencl:"), let number = Int(text.dropFirst(7)), number >= 0 else {
        return nil
      }
      self = .opencl(number)
    }
  }

  /// What a user types for it.
  public var description: String {
    switch self {
    case .auto: "auto"
    case .cpu: "cpu"
    case .reference: "reference"
    case .opencl(nil): "opencl"
    case .opencl(let number?): "opencl:\(number)"
    }
  }
}
