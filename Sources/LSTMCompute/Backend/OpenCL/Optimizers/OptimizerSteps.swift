internal import OpenCL

/// The optimizers on a device and their state; a kernel is built when it is first needed.
final class OptimizerSteps {
  /// The momentum, or Adam's mean of the gradient.
  let firstMoment: Buffer<Float>
  /// The mean of the squared gradient.
  let secondMoment: Buffer<Float>
  private let sgd: OptimizerKernel
  private let rmsprop: OptimizerKernel
  private let adam: OptimizerKernel

  /// The moments are as large as the parameters, and zeros.
  init(_ library: KernelLibrary, firstMoment: Buffer<Float>, secondMoment: Buffer<Float>) {
    self.firstMoment = firstMoment
    self.secondMoment = secondMoment
    sgd = OptimizerKernel(OptimizerKernel.sgd, of: library)
    rmsprop = OptimizerKernel(OptimizerKernel.rmsprop, of: library)
    adam = OptimizerKernel(OptimizerKernel.adam, of: library)
  }

  /// Changes the parameters in some ranges by one step of the number `number`, from 1.
  ///
  /// The constants are Doubles up to here, so that 1 - β loses nothing.
  func step(
    _ optimizer: Optimizer, on queue: CommandQueue, number: Int, parameters: Buffer<Float>,
    _ ranges: [Range<Int>], gradient: Buffer<Float>,
    adjustment: GradientAdjustment = GradientAdjustment(), scale: Buffer<Float>?, rate: Double
  ) throws(OpenCLError) {
    var buffers = OptimizerKernel.Buffers(
      parameters: parameters, gradient: gradient, firstMoment: firstMoment,
      secondMoment: secondMoment, scale: scale, adjustment: adjustment)
    switch optimizer {
    case .sgd(let momentum, let nesterov, _):
      buffers.secondMoment = nil
      try sgd(
        nesterov ? [.nesterov] : [], on: queue, ranges, buffers, Float(rate), Float(momentum))
    case .rmsprop(let alpha, let epsilon, let momentum, _):
      try rmsprop(
        momentum != 0 ? [.moves] : [], on: queue, ranges, buffers, Float(rate), Float(alpha),
        Float(1 - alpha), Float(epsilon), Float(momentum))
    case .adam(let beta1, let beta2, let epsilon, _), .adamW(let beta1, let beta2, let epsilon, _):
      let corrections = AdamCorrections(optimizer, step: number, learningRate: rate)
      try adam(
        on: queue, ranges, buffers, Float(adjustment.shrinkage), Float(corrections.rate),
        Float(corrections.rootScale), Float(beta1), Float(1 - beta1), Float(beta2),
        Float(1 - beta2), Float(epsilon))
    }
  }
}
