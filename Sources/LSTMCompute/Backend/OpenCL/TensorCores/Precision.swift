/// In what an OpenCL device stores a network's weights and outputs, and in what it multiplies them.
///
/// Sums, gates, cells, biases and stored gradients are float32 throughout, and so are the parameters
/// that an optimizer changes. What is rounded, always to the nearest:
///
/// | | weights, outputs | operands of products |
/// |---|---|---|
/// | `float32` | not | not |
/// | `tf32` | not | each, as it is multiplied |
/// | `bf16` | as they are stored | on tensor cores: each, as it is multiplied; elsewhere not |
/// | `float16` | as they are stored | on tensor cores: each, as it is multiplied, but products of gradients in tf32, where small ones do not vanish; elsewhere not |
///
/// On tensor cores products with R are among them: each step rounds the state, or the gradient by the
/// gates, anew.
/// 16-bit weights are copies, made anew before each pass. Whether a device has tensor cores that can
/// be used is found by trying: see `TensorCores`.
public enum Precision: String, CaseIterable, Hashable, Sendable {
  /// 24 bits of mantissa: nothing is rounded.
  case float32
  /// Stored as float32 and multiplied by tensor cores with 11 bits of mantissa and the range of
  /// float32. Refused where there are none.
  case tf32
  /// 11 bits of mantissa; numbers beyond 65504 are infinite.
  case float16
  /// 8 bits of mantissa, with the range of float32.
  case bf16

  /// How far a rounded number is at most from the number itself, relative to that.
  public var unitRoundoff: Double {
    switch self {
    case .float32: 0x1p-24
    case .tf32, .float16: 0x1p-11
    case .bf16: 0x1p-8
    }
  }

  /// How weights and outputs lie in memory, as kernels know it: `STORAGE` in `Kernels/common.cl`.
  var storage: Int {
    switch self {
    case .float32, .tf32: 0
    case .float16: 1
    case .bf16: 2
    }
  }

  /// In what tensor cores multiply where one operand is a gradient.
  ///
  /// float16 ends at 6e-8, and gradients do not: below it they would be lost without a word. tf32 has
  /// as many digits and no such end, and every float16 is a tf32.
  var ofGradients: Precision { self == .float16 ? .tf32 : self }
}
