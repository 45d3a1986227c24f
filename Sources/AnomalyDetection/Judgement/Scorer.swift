/// Turns residuals into scores, one row at a time, such that 1 is the threshold.
///
/// One scorer belongs to one target. It may keep what it has seen, so rows come to it in order.
public protocol Scorer: Sendable {
  /// The score of the next row's residual: above 1 is an anomaly.
  mutating func score(_ residual: Double) -> Double
}

/// |residual| over a threshold that never changes.
public struct FixedThresholdScorer: Scorer, Hashable {
  /// The residual, in the target's unit, whose score is 1.
  public let threshold: Double

  /// A scorer for a threshold above 0.
  public init(threshold: Double) {
    precondition(threshold > 0, "a threshold is above 0")
    self.threshold = threshold
  }

  /// |residual| over the threshold.
  public func score(_ residual: Double) -> Double { residual.magnitude / threshold }
}
