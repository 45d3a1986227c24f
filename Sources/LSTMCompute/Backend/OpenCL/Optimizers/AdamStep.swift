internal import CKernels
package import OpenCL

/// One step of Adam or AdamW: `Kernels/adam_step.cl`.
package final class AdamStep {
  /// The rule's constants, in Double so that 1 - β loses nothing.
  package struct Constants: Hashable, Sendable {
    package var rate: Double
    package var beta1: Double
    package var beta2: Double
    package var epsilon: Double

    package init(rate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
      self.rate = rate
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
    }
  }

  private let kernel: OptimizerKernel

  package init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try OptimizerKernel("adam_step", in: .adamStep, of: library)
  }

  /// Changes the parameters and the two moments, all or some, in step `number`, from 1.
  package func callAsFunction(
    on queue: CommandQueue, number: Int, parameters: Buffer<Float>, _ range: Range<Int>? = nil,
    gradient: Buffer<Float>, adjustment: GradientAdjustment = GradientAdjustment(),
    firstMoment: Buffer<Float>, secondMoment: Buffer<Float>, scale: Buffer<Float>?,
    _ constants: Constants
  ) throws(OpenCLError) {
    let (beta1, beta2) = (constants.beta1, constants.beta2)
    let corrections = AdamCorrections(
      step: number, learningRate: constants.rate, beta1: beta1, beta2: beta2)
    try kernel(
      adjustment.isIdentity ? [] : [.adjusts], on: queue, range ?? 0..<parameters.count,
      parameters, gradient, firstMoment, secondMoment,
      scale ?? gradient, Int32(scale == nil ? 0 : 1),
      Float(adjustment.limit), Float(adjustment.penalty), Float(adjustment.shrinkage),
      Float(corrections.rate), Float(corrections.rootScale), Float(beta1), Float(1 - beta1),
      Float(beta2), Float(1 - beta2), Float(constants.epsilon))
  }
}
