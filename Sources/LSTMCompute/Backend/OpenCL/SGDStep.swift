internal import CKernels
package import OpenCL

/// One step of gradient descent with momentum: `Kernels/sgd_step.cl`.
package final class SGDStep {
  private static let group = WorkSize(64)

  private var kernel: Kernel

  package init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try library.kernel("sgd_step", in: .sgdStep)
  }

  /// Changes the parameters and the velocity.
  package func callAsFunction(
    on queue: CommandQueue, parameters: Buffer<Float>, gradient: Buffer<Float>,
    velocity: Buffer<Float>, scale: Buffer<Float>?, rate: Double, momentum: Double
  ) throws(OpenCLError) {
    try kernel(
      on: queue, global: Self.group.times(tiles(parameters.count, of: Self.group.x)),
      local: Self.group,
      UInt64(parameters.count), parameters, gradient, velocity, scale ?? gradient,
      Int32(scale == nil ? 0 : 1), Float(rate), Float(momentum))
  }
}
