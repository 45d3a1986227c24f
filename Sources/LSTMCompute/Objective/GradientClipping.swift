/// How a gradient is kept small before an optimizer takes it.
///
/// First the whole gradient is scaled down to the norm, then each element is cut to the value:
/// cutting never makes a norm larger, so that both bounds hold in the end. Weight decay comes after
/// both. A NaN stays a NaN, so that the loss tells.
public struct GradientClipping: Hashable, Sendable {
  /// The largest Euclidean norm over all trained parameters, as PyTorch's `clip_grad_norm_` has it;
  /// `nil` leaves the norm as it is.
  public var maximumNorm: Double?
  /// The largest absolute value of an element, as PyTorch's `clip_grad_value_` has it; `nil` leaves
  /// the elements as they are.
  public var maximumValue: Double?

  /// Bounds on the norm, the elements, both or nothing.
  public init(maximumNorm: Double? = nil, maximumValue: Double? = nil) {
    self.maximumNorm = maximumNorm
    self.maximumValue = maximumValue
  }

  /// Throws where a bound is not above 0.
  func check() throws(LSTMError) {
    if let maximumNorm, !(maximumNorm > 0 && maximumNorm.isFinite) {
      throw .invalidConfiguration(
        "the maximum gradient norm is \(maximumNorm); it must be above 0 and finite")
    }
    if let maximumValue, !(maximumValue > 0 && maximumValue.isFinite) {
      throw .invalidConfiguration(
        "the maximum gradient value is \(maximumValue); it must be above 0 and finite")
    }
  }
}

/// What an optimizer's loop does to an element of the scaled gradient before it takes it.
package struct GradientAdjustment: Hashable, Sendable {
  /// The element is cut to ± this.
  package var limit: Double
  /// So many parts of the parameter are added to it.
  package var penalty: Double
  /// So many parts of the parameter are taken from the parameter itself, beside the step.
  package var shrinkage: Double

  package init(limit: Double? = nil, penalty: Double = 0, shrinkage: Double = 0) {
    self.limit = limit ?? .infinity
    self.penalty = penalty
    self.shrinkage = shrinkage
  }

  init(_ optimizer: Optimizer, learningRate: Double, clipping: GradientClipping) {
    self.init(
      limit: clipping.maximumValue, penalty: optimizer.penalty,
      shrinkage: learningRate * (optimizer.weightDecay - optimizer.penalty))
  }

  /// Whether there is nothing to do, so that the loops without it serve.
  package var isIdentity: Bool { limit == .infinity && penalty == 0 && shrinkage == 0 }
}
