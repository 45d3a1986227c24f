/// In what a network's weights and outputs are stored on an OpenCL device.
///
/// Sums, gates, cells and gradients are float32 throughout, and so are the parameters that an
/// optimizer changes; the 16-bit ones are copies, made anew before each pass.
public enum Precision: String, CaseIterable, Hashable, Sendable {
  /// 24 bits of mantissa: nothing is rounded.
  case float32
  /// 11 bits of mantissa; numbers beyond 65504 are infinite.
  case float16
  /// 8 bits of mantissa, with the range of float32.
  case bf16

  /// As kernels know it: `STORAGE` in `Kernels/common.cl`.
  var storage: Int {
    switch self {
    case .float32: 0
    case .float16: 1
    case .bf16: 2
    }
  }
}
