internal import CKernels
package import OpenCL

/// One step of RMSprop: `Kernels/rmsprop_step.cl`.
package final class RMSPropStep {
  /// The rule's constants, in Double so that 1 - alpha loses nothing.
  package struct Constants: Hashable, Sendable {
    package var rate: Double
    package var alpha: Double
    package var epsilon: Double
    package var momentum: Double

    package init(
      rate: Double, alpha: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0
    ) {
      self.rate = rate
      self.alpha = alpha
      self.epsilon = epsilon
      self.momentum = momentum
    }
  }

  private let kernel: OptimizerKernel

  package init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try OptimizerKernel("rmsprop_step", in: .rmspropStep, of: library)
  }

  /// Changes the parameters, the mean square and, where there is a momentum, the velocity; all or
  /// some.
  package func callAsFunction(
    on queue: CommandQueue, parameters: Buffer<Float>, _ range: Range<Int>? = nil,
    gradient: Buffer<Float>, adjustment: GradientAdjustment = GradientAdjustment(),
    velocity: Buffer<Float>, square: Buffer<Float>, scale: Buffer<Float>?, _ constants: Constants
  ) throws(OpenCLError) {
    var options: Set<OptimizerKernel.Option> = adjustment.isIdentity ? [] : [.adjusts]
    if constants.momentum != 0 { options.insert(.moves) }
    try kernel(
      options, on: queue, range ?? 0..<parameters.count, parameters, gradient, velocity, square,
      scale ?? gradient, Int32(scale == nil ? 0 : 1), Float(adjustment.limit),
      Float(adjustment.penalty), Float(constants.rate), Float(constants.alpha),
      Float(1 - constants.alpha), Float(constants.epsilon), Float(constants.momentum))
  }
}
