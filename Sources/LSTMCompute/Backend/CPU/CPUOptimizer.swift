internal import CSIMD

/// An optimizer's state on the CPU.
final class CPUOptimizer {
  private let instructions: InstructionSet
  private let team: ThreadTeam
  /// The momentum, or Adam's mean of the gradient.
  let first: AlignedBuffer
  /// The mean of the squared gradient.
  let second: AlignedBuffer
  var steps = 0

  init(
    count: Int, instructions: InstructionSet, team: ThreadTeam, memory: inout MemoryBudget
  ) throws(LSTMError) {
    self.instructions = instructions
    self.team = team
    first = try memory.buffer(count)
    second = try memory.buffer(count)
  }

  /// Changes the parameters in some ranges by one step.
  func step(
    _ optimizer: Optimizer, parameters: AlignedBuffer, gradient: AlignedBuffer,
    ranges: [Range<Int>], learningRate: Double, clipping: GradientClipping
  ) {
    steps += 1
    let corrections = AdamCorrections(optimizer, step: steps, learningRate: learningRate)
    let adjustment = GradientAdjustment(optimizer, learningRate: learningRate, clipping: clipping)
    let scale = scale(of: gradient, ranges, clipping)
    for range in ranges {
      team.split(range.count, operations: 10 * range.count) { part in
        let start = range.lowerBound + part.lowerBound
        let pass = OptimizerPass(
          count: part.count, parameters: parameters.start + start,
          gradient: gradient.start + start, first: first.start + start,
          second: second.start + start, gradient_scale: Float(scale),
          adjusts: !adjustment.isIdentity, limit: Float(adjustment.limit),
          penalty: Float(adjustment.penalty), shrinkage: Float(adjustment.shrinkage))
        run(optimizer, pass, rate: learningRate, corrections)
      }
    }
  }

  private func run(
    _ optimizer: Optimizer, _ pass: OptimizerPass, rate: Double, _ corrections: AdamCorrections
  ) {
    switch optimizer {
    case .sgd(let momentum, let nesterov, _):
      var step = DescentPass(
        common: pass, nesterov: nesterov, momentum: Float(momentum), rate: Float(rate))
      instructions.descentStep(&step)
    case .rmsprop(let alpha, let epsilon, let momentum, _):
      var step = RMSPropPass(
        common: pass, alpha: Float(alpha), one_minus_alpha: Float(1 - alpha),
        epsilon: Float(epsilon), momentum: Float(momentum), rate: Float(rate))
      instructions.rmspropStep(&step)
    case .adam(let beta1, let beta2, let epsilon, _), .adamW(let beta1, let beta2, let epsilon, _):
      var step = AdamPass(
        common: pass, beta1: Float(beta1), one_minus_beta1: Float(1 - beta1),
        beta2: Float(beta2), one_minus_beta2: Float(1 - beta2), rate: Float(corrections.rate),
        root_scale: Float(corrections.rootScale), epsilon: Float(epsilon))
      instructions.adamStep(&step)
    }
  }

  /// The factor that brings the norm over the ranges below its maximum.
  private func scale(
    of gradient: AlignedBuffer, _ ranges: [Range<Int>], _ clipping: GradientClipping
  ) -> Double {
    guard let maximum = clipping.maximumNorm else { return 1 }
    let squares = ranges.reduce(0.0) {
      $0 + instructions.sumOfSquares(gradient.start + $1.lowerBound, count: $1.count)
    }
    let scale = maximum / (squares.squareRoot() + 1e-6)
    // A NaN stays: the parameters become NaN and the loss tells.
    return scale > 1 ? 1 : scale
  }
}
