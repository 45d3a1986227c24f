internal import CKernels
internal import OpenCL

/// The factor that keeps a gradient's norm below a maximum: `Kernels/gradient_norm.cl`.
final class GradientNorm {
  private static let group = WorkSize(128)
  static let partsSource = KernelSource(
    "gradient_norm_parts", in: .gradientNorm, definitions: [("NORM_ITEMS", group.x)])
  static let scaleSource = KernelSource(
    "gradient_norm_scale", in: .gradientNorm, definitions: [("NORM_ITEMS", group.x)])
  private static let largestGroupCount = 256

  private var partsKernel: Kernel
  private var scaleKernel: Kernel
  private let parts: Buffer<Float>
  /// `[1]`, the factor by which the optimizers multiply the gradient.
  let scale: Buffer<Float>

  init(_ library: KernelLibrary, rangeCount: Int = 1) throws(OpenCLError) {
    partsKernel = try library.kernel(Self.partsSource)
    scaleKernel = try library.kernel(Self.scaleSource)
    parts = try Buffer(count: max(rangeCount, Self.largestGroupCount), in: library.context)
    scale = try Buffer(count: 1, in: library.context)
  }

  /// Leaves min(1, maximum / (norm + 1e-6)) in `scale`, for the norm over all elements or over
  /// those in some ranges, `rangeCount` of them at most.
  func callAsFunction(
    on queue: CommandQueue, of gradient: Buffer<Float>, _ ranges: [Range<Int>]? = nil,
    maximum: Double
  ) throws(OpenCLError) {
    let ranges = ranges ?? [0..<gradient.count]
    let largest = max(1, Self.largestGroupCount / max(1, ranges.count))
    var groups = 0
    for range in ranges {
      let count = min(tiles(range.count, of: 8 * Self.group.x), largest)
      try partsKernel(
        on: queue, global: Self.group.times(count), local: Self.group,
        UInt64(range.lowerBound), UInt64(range.count), gradient, parts, Int32(groups))
      groups += count
    }
    try scaleKernel(
      on: queue, global: Self.group, local: Self.group, Int32(groups), parts, Float(maximum), scale)
  }
}
