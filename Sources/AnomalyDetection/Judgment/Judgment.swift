/// What was found about one target in one row.
public struct Judgment: Hashable, Sendable, Codable {
  /// Normal, anomalous, or neither because something to judge by was missing.
  public enum Verdict: String, Hashable, Sendable, Codable {
    /// The score is at most 1.
    case normal
    /// The score is above 1.
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
  /// How unusual the row is, in units of the threshold; `nil` where there is no residual.
  public let score: Double?
  /// In which way it is unusual; `nil` where there is no residual.
  public let kind: ScoreKind?
  /// How far off forecasts usually are at such a row, in the target's unit; `nil` as above.
  public let usual: Double?
  /// What follows from the score.
  public let verdict: Verdict

  /// Actual minus expected, in the target's unit; `nil` where one is missing.
  public var residual: Double? {
    guard let actual, let expected else { return nil }
    return actual - expected
  }

  /// Whether the row is an anomaly.
  public var isAnomaly: Bool { verdict == .anomaly }

  /// How serious the score is, 0 to 100: 50 at the threshold, 75 at twice, 95 at ten times the threshold.
  public var severity: Double? { score.map(Self.severity) }

  /// The severity of a score.
  public static func severity(_ score: Double) -> Double {
    score <= 1 ? 50 * score : 100 - 50 / score
  }
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
  ///   - time: The row's time in milliseconds since 1970, where it has one.
  ///   - isKnown: Whether the scorer was made from the row, which changes nothing then.
  ///   - rules: Which residuals can be anomalies at all.
  /// - Returns: What was found.
  public mutating func judge(
    actual: Double?, expected: Double?, time: Double? = nil, isKnown: Bool = false,
    rules: EventRules = EventRules()
  ) -> Judgment {
    let actual = actual.flatMap { $0.isFinite ? $0 : nil }
    let expected = expected.flatMap { $0.isFinite ? $0 : nil }
    guard let actual, let expected else {
      return Judgment(
        actual: actual, expected: expected, score: nil, kind: nil, usual: nil,
        verdict: actual == nil ? .noActual : .noForecast)
    }
    let row = Observation(actual: actual, expected: expected, time: time)
    let score = isKnown ? scoreKnown(row) : score(row)
    let isNormal = score.value <= 1 || !rules.concern(actual - expected, at: time)
    return Judgment(
      actual: actual, expected: expected, score: score.value, kind: score.kind,
      usual: score.usual.isNaN ? nil : score.usual, verdict: isNormal ? .normal : .anomaly)
  }
}
