/// What was found about one target in one row.
public struct Judgement: Hashable, Sendable {
  /// Normal, anomalous, or neither because something to judge by was missing.
  public enum Verdict: Hashable, Sendable {
    /// The residual is within the threshold.
    case normal
    /// The residual is beyond the threshold.
    case anomaly
    /// The row's value is missing.
    case noActual
    /// There is no finite forecast for the row.
    case noForecast
  }

  /// The value that was measured; `nil` where it is missing.
  public let actual: Double?
  /// The value that was forecast; `nil` where there is no finite one.
  public let expected: Double?
  /// |residual| in units of the threshold; `nil` where there is no residual.
  public let score: Double?
  /// What follows from the score.
  public let verdict: Verdict

  /// Actual minus expected, in the target's unit; `nil` where one is missing.
  public var residual: Double? {
    guard let actual, let expected else { return nil }
    return actual - expected
  }

  /// Whether the residual is beyond the threshold.
  public var isAnomaly: Bool { verdict == .anomaly }
}

extension Scorer {
  /// Judges the next row of this scorer's target.
  ///
  /// A value that is not finite is taken for missing. A score that is not a number is one that
  /// nothing vouches for, so it counts as an anomaly and not as normal.
  ///
  /// - Parameters:
  ///   - actual: The value that was measured.
  ///   - expected: The value that was forecast.
  /// - Returns: What was found.
  public mutating func judge(actual: Double?, expected: Double?) -> Judgement {
    let actual = actual.flatMap { $0.isFinite ? $0 : nil }
    let expected = expected.flatMap { $0.isFinite ? $0 : nil }
    guard let actual, let expected else {
      return Judgement(
        actual: actual, expected: expected, score: nil,
        verdict: actual == nil ? .noActual : .noForecast)
    }
    let score = score(actual - expected)
    return Judgement(
      actual: actual, expected: expected, score: score, verdict: score <= 1 ? .normal : .anomaly)
  }
}
