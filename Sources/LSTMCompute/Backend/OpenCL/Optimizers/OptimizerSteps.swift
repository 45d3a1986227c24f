internal import OpenCL

/// The optimizers on a device and their state; a kernel is built when it is first needed.
final class OptimizerSteps {
  private let library: KernelLibrary
  /// The momentum, or Adam's mean of the gradient.
  let firstMoment: Buffer<Float>
  /// The mean of the squared gradient.
  let secondMoment: Buffer<Float>
  private var sgd: SGDStep?
  private var rmsprop: RMSPropStep?
  private var adam: AdamStep?

  /// The moments are as large as the parameters, and zeros.
  init(_ library: KernelLibrary, firstMoment: Buffer<Float>, secondMoment: Buffer<Float>) {
    self.library = library
    self.firstMoment = firstMoment
    self.secondMoment = secondMoment
  }

  /// Changes the parameters in some ranges by one step of the number `number`, from 1.
  func step(
    _ optimizer: Optimizer, on queue: CommandQueue, number: Int, parameters: Buffer<Float>,
    _ ranges: [Range<Int>], gradient: Buffer<Float>, adjustment: GradientAdjustment,
    scale: Buffer<Float>?, rate: Double
  ) throws(OpenCLError) {
    switch optimizer {
    case .sgd(let momentum, let nesterov, _):
      if sgd == nil { sgd = try SGDStep(library) }
      for range in ranges {
        try sgd?(
          on: queue, parameters: parameters, range, gradient: gradient, adjustment: adjustment,
          velocity: firstMoment, scale: scale, rate: rate, momentum: momentum, nesterov: nesterov)
      }
    case .rmsprop(let alpha, let epsilon, let momentum, _):
      if rmsprop == nil { rmsprop = try RMSPropStep(library) }
      for range in ranges {
        try rmsprop?(
          on: queue, parameters: parameters, range, gradient: gradient, adjustment: adjustment,
          velocity: firstMoment, square: secondMoment, scale: scale,
          RMSPropStep.Constants(rate: rate, alpha: alpha, epsilon: epsilon, momentum: momentum))
      }
    case .adam(let beta1, let beta2, let epsilon, _), .adamW(let beta1, let beta2, let epsilon, _):
      if adam == nil { adam = try AdamStep(library) }
      for range in ranges {
        try adam?(
          on: queue, number: number, parameters: parameters, range, gradient: gradient,
          adjustment: adjustment, firstMoment: firstMoment, secondMoment: secondMoment,
          scale: scale,
          AdamStep.Constants(rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon))
      }
    }
  }
}
