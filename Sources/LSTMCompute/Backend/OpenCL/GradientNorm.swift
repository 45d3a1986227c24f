internal import CKernels
package import OpenCL

/// The factor that keeps a gradient's norm below a maximum: `Kernels/gradient_norm.cl`.
package final class GradientNorm {
  private static let group = WorkSize(128)
  private static let largestGroupCount = 256

  private var partsKernel: Kernel
  private var scaleKernel: Kernel
  private let parts: Buffer<Float>
  /// `[1]`, the factor by which the optimizers multiply the gradient.
  package let scale: Buffer<Float>

  package init(_ library: KernelLibrary) throws(OpenCLError) {
    let definitions = [(name: "NORM_ITEMS", value: Self.group.x)]
    partsKernel = try library.kernel(
      "gradient_norm_parts", in: .gradientNorm, definitions: definitions)
    scaleKernel = try library.kernel(
      "gradient_norm_scale", in: .gradientNorm, definitions: definitions)
    parts = try Buffer(count: Self.largestGroupCount, in: library.context)
    scale = try Buffer(count: 1, in: library.context)
  }

  /// Leaves min(1, maximum / (norm + 1e-6)) in `scale`.
  package func callAsFunction(
    on queue: CommandQueue, of gradient: Buffer<Float>, maximum: Double
  ) throws(OpenCLError) {
    let groups = min(tiles(gradient.count, of: 8 * Self.group.x), Self.largestGroupCount)
    try partsKernel(
      on: queue, global: Self.group.times(groups), local: Self.group,
      UInt64(gradient.count), gradient, parts)
    try scaleKernel(
      on: queue, global: Self.group, local: Self.group, Int32(groups), parts, Float(maximum), scale)
  }
}
