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
}
