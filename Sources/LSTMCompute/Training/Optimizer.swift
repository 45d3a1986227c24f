/// How parameters follow their gradient.
public enum Optimizer: Hashable, Sendable, Codable {
  /// Gradient descent: v ← momentum · v + g, p ← p - rate · v, as in PyTorch.
  case sgd(momentum: Float = 0)
  /// Adam (Kingma and Ba 2015), with PyTorch's placement of ε outside the root.
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8)
}
