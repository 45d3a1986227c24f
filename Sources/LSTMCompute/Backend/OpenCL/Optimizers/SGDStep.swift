internal import CKernels
package import OpenCL

/// One step of gradient descent with momentum: `Kernels/sgd_step.cl`.
package final class SGDStep {
  private let kernel: OptimizerKernel

  package init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try OptimizerKernel("sgd_step", in: .sgdStep, of: library)
  }

  /// Changes the parameters and the velocity, all or some.
  package func callAsFunction(
    on queue: CommandQueue, parameters: Buffer<Float>, _ range: Range<Int>? = nil,
    gradient: Buffer<Float>, adjustment: GradientAdjustment = GradientAdjustment(),
    velocity: Buffer<Float>, scale: Buffer<Float>?, rate: Double, momentum: Double,
    nesterov: Bool = false
  ) throws(OpenCLError) {
    var options: Set<OptimizerKernel.Option> = adjustment.isIdentity ? [] : [.adjusts]
    if nesterov { options.insert(.nesterov) }
    try kernel(
      options, on: queue, range ?? 0..<parameters.count, parameters, gradient, velocity,
      scale ?? gradient, Int32(scale == nil ? 0 : 1), Float(adjustment.limit),
      Float(adjustment.penalty), Float(rate), Float(momentum))
  }
}
