internal import OpenCL

/// What training needs of a network's parameters on a device: their gradient, its sum and norm, the
/// optimizer's state and its steps.
final class ParameterTraining {
  let gradient: Buffer<Float>
  private let norm: GradientNorm
  private let sum: GradientSum
  private let optimizers: OptimizerSteps
  private var stepCount = 0

  /// Reserves memory for a layout's parameters, which is zero.
  init(
    _ layout: ParameterLayout, _ library: KernelLibrary, on queue: CommandQueue
  ) throws(OpenCLError) {
    func zeros() throws(OpenCLError) -> Buffer<Float> {
      let buffer = try Buffer<Float>(count: layout.count, in: queue.context)
      try queue.fill(buffer, with: 0)
      return buffer
    }
    gradient = try zeros()
    norm = try GradientNorm(library, rangeCount: layout.slices.count)
    sum = GradientSum(library)
    optimizers = OptimizerSteps(library, firstMoment: try zeros(), secondMoment: try zeros())
  }

  /// Adds the gradient to the sum that the next step takes.
  func accumulate(weight: Double, on queue: CommandQueue) throws(OpenCLError) {
    try sum.add(gradient, weight: weight, on: queue)
  }

  /// Changes the parameters in some ranges by the sum of gradients or, without one, the gradient.
  func step(
    _ optimizer: Optimizer, on queue: CommandQueue, parameters: Buffer<Float>,
    ranges: [Range<Int>], learningRate: Double, clipping: GradientClipping
  ) throws(OpenCLError) {
    stepCount += 1
    let adjustment = GradientAdjustment(optimizer, learningRate: learningRate, clipping: clipping)
    let gradient = sum.take() ?? gradient
    var scale: Buffer<Float>?
    if let maximum = clipping.maximumNorm {
      try norm(on: queue, of: gradient, ranges, maximum: maximum)
      scale = norm.scale
    }
    try optimizers.step(
      optimizer, on: queue, number: stepCount, parameters: parameters, ranges, gradient: gradient,
      adjustment: adjustment, scale: scale, rate: learningRate)
    try queue.flush()
  }

  /// The optimizer's state.
  ///
  /// Waits for the device.
  func moments(
    on queue: CommandQueue
  ) throws(OpenCLError) -> (first: [Float], second: [Float], stepCount: Int) {
    (
      try queue.read(optimizers.firstMoment), try queue.read(optimizers.secondMoment), stepCount
    )
  }

  /// Replaces the optimizer's state, and drops a sum of gradients that was begun.
  func setMoments(
    first: [Float], second: [Float], stepCount: Int, on queue: CommandQueue
  ) throws(OpenCLError) {
    try queue.write(first, to: optimizers.firstMoment)
    try queue.write(second, to: optimizers.secondMoment)
    self.stepCount = stepCount
    _ = sum.take()
  }
}
