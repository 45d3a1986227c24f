internal import CKernels
internal import OpenCL

/// The sum of the gradients of several batches: `Kernels/gradient_sum.cl`.
///
/// Everything is made at the first use, so that a training without it pays nothing.
final class GradientSum {
  private final class Parts {
    var kernel: Kernel
    let buffer: Buffer<Float>
    init(_ kernel: consuming Kernel, _ buffer: Buffer<Float>) {
      self.kernel = kernel
      self.buffer = buffer
    }
  }

  static let source = KernelSource("gradient_sum", in: .gradientSum)
  private static let group = WorkSize(64)

  private let library: KernelLibrary
  private var parts: Parts?
  private var isEmpty = true

  init(_ library: KernelLibrary) { self.library = library }

  /// Adds a gradient times a weight.
  func add(
    _ gradient: Buffer<Float>, weight: Double, on queue: CommandQueue
  ) throws(OpenCLError) {
    if parts == nil {
      parts = Parts(
        try library.kernel(Self.source),
        try Buffer(count: gradient.count, in: library.context))
    }
    guard let parts else { return }
    try parts.kernel(
      on: queue, global: Self.group.times(tiles(gradient.count, of: Self.group.x)),
      local: Self.group, UInt64(gradient.count), gradient, Float(weight), Int32(isEmpty ? 0 : 1),
      parts.buffer)
    isEmpty = false
  }

  /// The sum, if anything was added since it was taken last.
  func take() -> Buffer<Float>? {
    defer { isEmpty = true }
    return isEmpty ? nil : parts?.buffer
  }
}
