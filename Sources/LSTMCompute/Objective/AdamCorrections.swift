internal import RealModule

/// Adam's bias corrections folded into two numbers, computed in Double once for each step:
/// p ← p - rate · m / (√v · rootScale + ε).
struct AdamCorrections {
  /// The learning rate over 1 - β₁ᵗ.
  let rate: Double
  /// 1 / √(1 - β₂ᵗ).
  let rootScale: Double

  init(step: Int, learningRate: Double, beta1: Double, beta2: Double) {
    rate = learningRate / (1 - .pow(beta1, step))
    rootScale = 1 / (1 - Double.pow(beta2, step)).squareRoot()
  }

  /// Those of an optimizer, which for all but Adam's kind correct nothing.
  init(_ optimizer: Optimizer, step: Int, learningRate: Double) {
    switch optimizer {
    case .adam(let beta1, let beta2, _, _), .adamW(let beta1, let beta2, _, _):
      self.init(step: step, learningRate: learningRate, beta1: beta1, beta2: beta2)
    case .sgd, .rmsprop:
      self.init(step: step, learningRate: learningRate, beta1: 0, beta2: 0)
    }
  }
}
