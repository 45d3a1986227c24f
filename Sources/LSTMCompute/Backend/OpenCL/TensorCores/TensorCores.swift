package import OpenCL

/// The tensor cores of an OpenCL device: in what they multiply, found by trying.
///
/// No driver says what its device knows, so for each precision a small product is compiled, run and
/// compared with what must come out. Whatever goes wrong, the precision is not available, and the
/// reason is kept.
public struct TensorCores: Hashable, Sendable, CustomStringConvertible {
  /// What tensor cores can multiply in.
  static let candidates: [Precision] = [.tf32, .bf16, .float16]

  /// Those that the device was found to multiply in right, of `tf32`, `bf16` and `float16`.
  public let precisions: [Precision]
  /// Why it does not in the others.
  public let refusals: [Precision: String]

  /// Tries a device, once in a process.
  ///
  /// - Parameter device: The device.
  /// - Returns: What was found.
  /// - Throws: `LSTMError.deviceUnavailable` where there is no such device any more,
  ///   `LSTMError.deviceFailure` where it cannot be used at all.
  public static func of(_ device: OpenCLDevice) throws(LSTMError) -> TensorCores {
    let devices = try deviceCall { () throws(OpenCLError) in try Device.all() }
    guard devices.indices.contains(device.index) else {
      throw .deviceUnavailable("there is no device opencl:\(device.index) any more")
    }
    return TensorCores(
      in: try deviceCall { () throws(OpenCLError) in
        try Context.shared(for: devices[device.index])
      })
  }

  init(in context: Context) {
    var precisions: [Precision] = []
    var refusals: [Precision: String] = [:]
    for precision in Self.candidates {
      if let reason = TensorCoreProbe.refusal(of: precision, in: context) {
        refusals[precision] = reason
      } else {
        precisions.append(precision)
      }
    }
    self.precisions = precisions
    self.refusals = refusals
  }

  /// Such as `tf32, bf16, float16`, or `none`.
  public var description: String {
    precisions.isEmpty ? "none" : precisions.map(\.rawValue).joined(separator: ", ")
  }

  /// Who multiplies in a precision: nobody special in `float32`, and where 16 bits are only stored.
  ///
  /// - Parameters:
  ///   - precision: Of a network.
  ///   - context: Whose device computes.
  ///   - given: Instructions to take without asking the device.
  /// - Returns: The instructions; `nil` where products are to be computed in float32.
  /// - Throws: `LSTMError.invalidConfiguration` where the precision needs tensor cores and there are
  ///   none.
  package static func instructions(
    for precision: Precision, in context: Context, given: TensorProduct.Instructions? = nil
  ) throws(LSTMError) -> TensorProduct.Instructions? {
    guard precision != .float32 else { return nil }
    if let given { return given }
    let needed = Set([precision, precision.ofGradients])
    let refusal = candidates.filter(needed.contains).lazy
      .compactMap { TensorCoreProbe.refusal(of: $0, in: context) }.first
    guard let refusal else { return TensorCoreProbe.quickest(in: context) }
    guard precision != .tf32 else {
      throw .invalidConfiguration(
        "tf32 needs tensor cores, and \(context.device.name) has none that can be used "
          + "(\(refusal)); use the precision float32, or bf16 or float16, which need none")
    }
    return nil
  }
}
