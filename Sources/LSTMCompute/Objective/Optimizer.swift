/// How parameters follow their gradient g.
///
/// The rules and their defaults are PyTorch's. `weightDecay` is an L2 penalty, except in `adamW`:
/// it adds weightDecay · p to the gradient, after the gradient was clipped. What is 0 costs nothing.
///
/// The numbers are Double because 1 - β₂ of a rounded β₂ would be off by a hundred thousandth.
public enum Optimizer: Hashable, Sendable, Codable {
  /// Gradient descent: v ← momentum · v + g, p ← p - rate · v; with Nesterov's momentum
  /// p ← p - rate · (g + momentum · v).
  case sgd(momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0)
  /// RMSprop (Hinton 2012), not centered: s ← alpha · s + (1 - alpha) · g²,
  /// v ← momentum · v + g / (√s + ε), p ← p - rate · v.
  case rmsprop(
    alpha: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0, weightDecay: Double = 0)
  /// Adam (Kingma and Ba 2015), with PyTorch's placement of ε outside the root.
  case adam(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0)
  /// Adam with decoupled weight decay (Loshchilov and Hutter 2019): p ← p - rate · weightDecay · p
  /// beside Adam's step, so that the decay is not divided by the gradient's size.
  case adamW(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01)

  /// How strongly parameters are drawn to zero.
  public var weightDecay: Double {
    get {
      switch self {
      case .sgd(_, _, let decay), .rmsprop(_, _, _, let decay), .adam(_, _, _, let decay),
        .adamW(_, _, _, let decay):
        decay
      }
    }
    set {
      switch self {
      case .sgd(let momentum, let nesterov, _):
        self = .sgd(momentum: momentum, nesterov: nesterov, weightDecay: newValue)
      case .rmsprop(let alpha, let epsilon, let momentum, _):
        self = .rmsprop(alpha: alpha, epsilon: epsilon, momentum: momentum, weightDecay: newValue)
      case .adam(let beta1, let beta2, let epsilon, _):
        self = .adam(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: newValue)
      case .adamW(let beta1, let beta2, let epsilon, _):
        self = .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: newValue)
      }
    }
  }

  /// What is added to the gradient, in parts of the parameter: the decay where it is an L2 penalty.
  var penalty: Double {
    if case .adamW = self { return 0 }
    return weightDecay
  }

  /// Throws where a number lies outside the range in which the rule makes sense.
  func check() throws(LSTMError) {
    switch self {
    case .sgd(let momentum, let nesterov, _):
      try Self.checkShare(momentum, "momentum")
      guard !nesterov || momentum > 0 else {
        throw .invalidConfiguration("Nesterov's rule needs a momentum above 0")
      }
    case .rmsprop(let alpha, let epsilon, let momentum, _):
      try Self.checkShare(alpha, "RMSprop's alpha")
      try Self.checkShare(momentum, "momentum")
      try Self.checkEpsilon(epsilon)
    case .adam(let beta1, let beta2, let epsilon, _), .adamW(let beta1, let beta2, let epsilon, _):
      try Self.checkShare(beta1, "Adam's beta1")
      try Self.checkShare(beta2, "Adam's beta2")
      try Self.checkEpsilon(epsilon)
    }
    guard weightDecay >= 0, Float(weightDecay).isFinite else {
      throw .invalidConfiguration("the weight decay is \(weightDecay); it must be 0 or more")
    }
  }

  private static func checkShare(_ value: Double, _ name: String) throws(LSTMError) {
    guard (0..<1).contains(value) else {
      throw .invalidConfiguration("\(name) is \(value); it must be 0 or more and below 1")
    }
  }

  private static func checkEpsilon(_ epsilon: Double) throws(LSTMError) {
    guard epsilon > 0, epsilon.isFinite else {
      throw .invalidConfiguration("epsilon is \(epsilon); it must be above 0")
    }
  }
}

extension Optimizer {
  private enum Number: String, CodingKey {
    case momentum, nesterov, alpha, epsilon, beta1, beta2, weightDecay
  }

  /// Reads an optimizer.
  ///
  /// Numbers that are missing have their defaults, except that the decay is 0, as it was before
  /// there was one.
  ///
  /// - Parameter decoder: Where it is read from.
  /// - Throws: Where it is no known rule, or a number is none.
  public init(from decoder: any Decoder) throws {
    let rules = try decoder.container(keyedBy: CodingKeys.self)
    guard let rule = rules.allKeys.first, rules.allKeys.count == 1 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "not one optimizer"))
    }
    let values = try rules.nestedContainer(keyedBy: Number.self, forKey: rule)
    func number(_ key: Number, _ other: Double) throws -> Double {
      try values.decodeIfPresent(Double.self, forKey: key) ?? other
    }
    let decay = try number(.weightDecay, 0)
    switch rule {
    case .sgd:
      self = .sgd(
        momentum: try number(.momentum, 0),
        nesterov: try values.decodeIfPresent(Bool.self, forKey: .nesterov) ?? false,
        weightDecay: decay)
    case .rmsprop:
      self = .rmsprop(
        alpha: try number(.alpha, 0.99), epsilon: try number(.epsilon, 1e-8),
        momentum: try number(.momentum, 0), weightDecay: decay)
    case .adam:
      self = .adam(
        beta1: try number(.beta1, 0.9), beta2: try number(.beta2, 0.999),
        epsilon: try number(.epsilon, 1e-8), weightDecay: decay)
    case .adamW:
      self = .adamW(
        beta1: try number(.beta1, 0.9), beta2: try number(.beta2, 0.999),
        epsilon: try number(.epsilon, 1e-8), weightDecay: decay)
    }
  }
}
