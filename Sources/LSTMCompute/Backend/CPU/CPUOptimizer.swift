internal import CSIMD

/// An optimizer's state on the CPU.
final class CPUOptimizer {
  private let instructions: InstructionSet
  private let team: ThreadTeam
  private let first: AlignedBuffer
  private let second: AlignedBuffer
  private var steps = 0

  init(
    count: Int, instructions: InstructionSet, team: ThreadTeam, memory: inout MemoryBudget
  ) throws(LSTMError) {
    self.instructions = instructions
    self.team = team
    first = try memory.buffer(count)
    second = try memory.buffer(count)
  }

  /// Changes the parameters by one step.
  func step(
    _ optimizer: Optimizer, parameters: AlignedBuffer, gradient: AlignedBuffer,
    learningRate: Double, maximumGradientNorm: Double?
  ) {
    steps += 1
    var scale = 1.0
    if let maximum = maximumGradientNorm {
      let norm = instructions.sumOfSquares(gradient.start, count: gradient.count).squareRoot()
      scale = maximum / (norm + 1e-6)
      // A NaN stays: the parameters become NaN and the loss tells.
      if scale > 1 { scale = 1 }
    }
    team.split(parameters.count, operations: 10 * parameters.count) { range in
      let start = range.lowerBound
      switch optimizer {
      case .sgd(let momentum):
        var step = DescentPass(
          count: range.count, parameters: parameters.start + start,
          gradient: gradient.start + start, velocity: first.start + start,
          gradient_scale: Float(scale), momentum: Float(momentum), rate: Float(learningRate))
        instructions.descentStep(&step)
      case .adam(let beta1, let beta2, let epsilon):
        let corrections = AdamCorrections(
          step: steps, learningRate: learningRate, beta1: beta1, beta2: beta2)
        var step = AdamPass(
          count: range.count, parameters: parameters.start + start,
          gradient: gradient.start + start, mean: first.start + start,
          square: second.start + start, gradient_scale: Float(scale), beta1: Float(beta1),
          one_minus_beta1: Float(1 - beta1), beta2: Float(beta2),
          one_minus_beta2: Float(1 - beta2), rate: Float(corrections.rate),
          root_scale: Float(corrections.rootScale), epsilon: Float(epsilon))
        instructions.adamStep(&step)
      }
    }
  }
}
