/// How parameters follow their gradient.
///
/// The numbers are Double because 1 - β₂ of a rounded β₂ would be off by a hundred thousandth.
public enum Optimizer: Hashable, Sendable, Codable {
  /// Gradient descent: v ← momentum · v + g, p ← p - rate · v, as in PyTorch.
  case sgd(momentum: Double = 0)
  /// Adam (Kingma and Ba 2015), with PyTorch's placement of ε outside the root.
  case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)

  /// Throws where a number lies outside the range in which the rule makes sense.
  func check() throws(LSTMError) {
    switch self {
    case .sgd(let momentum):
      guard (0..<1).contains(momentum) else {
        throw .invalidConfiguration("momentum is \(momentum); it must be 0 or more and below 1")
      }
    case .adam(let beta1, let beta2, let epsilon):
      guard (0..<1).contains(beta1), (0..<1).contains(beta2), epsilon > 0 else {
        throw .invalidConfiguration(
          "Adam's betas are \(beta1) and \(beta2), epsilon \(epsilon); betas must be 0 or more and "
            + "below 1, epsilon above 0")
      }
    }
  }
}
