/// A row of one target whose value and forecast are both there.
public struct Observation: Hashable, Sendable {
  /// The value that was measured.
  public var actual: Double
  /// The value that was forecast.
  public var expected: Double
  /// The row's time in milliseconds since 1970-01-01T00:00:00; `nil` where rows have none.
  public var time: Double?

  /// A row.
  public init(actual: Double, expected: Double, time: Double? = nil) {
    self.actual = actual
    self.expected = expected
    self.time = time
  }

  /// Actual minus expected, in the target's unit.
  public var residual: Double { actual - expected }
}

/// In which way a row is unusual.
public enum ScoreKind: String, Hashable, Sendable, Codable, CaseIterable {
  /// The value is far from its forecast, and from where values usually are.
  case surprise
  /// Forecasts have been worse than usual for some time.
  case sustained
  /// Values have been far from where they usually are for some time.
  case level
  /// The value has been the very same for longer than it ever was: a sensor that is stuck.
  case stuck
  /// The value lies far outside all that was seen before.
  case novel

  /// What counts where nothing else is said.
  public static let standard: Set<ScoreKind> = [.surprise, .sustained, .stuck]
}

/// How unusual a row is.
public struct Score: Hashable, Sendable {
  /// 1 is the threshold: a row above it is an anomaly.
  public var value: Double
  /// What makes it as high as it is.
  public var kind: ScoreKind
  /// How far off forecasts usually are at such a row, in the target's unit.
  public var usual: Double

  /// A score.
  public init(value: Double, kind: ScoreKind = .surprise, usual: Double) {
    self.value = value
    self.kind = kind
    self.usual = usual
  }
}

/// Turns rows into scores, one at a time, such that 1 is the threshold.
///
/// One scorer belongs to one target. It may keep what it has seen, so rows come to it in order, and a
/// score depends on no later row.
public protocol Scorer: Sendable {
  /// The score of the next row: above 1 is an anomaly.
  mutating func score(_ row: Observation) -> Score
  /// The score of a row that the scorer was made from, which changes nothing.
  func scoreKnown(_ row: Observation) -> Score
  /// The values between which the row would be no surprise, before it is scored.
  func limits(_ row: Observation) -> ClosedRange<Double>
}

/// |residual| over a threshold that never changes.
public struct FixedThresholdScorer: Scorer, Hashable {
  /// The residual, in the target's unit, whose score is 1.
  public let threshold: Double
  /// How far off forecasts usually are.
  private let usual: Double

  /// A scorer for a threshold above 0.
  ///
  /// - Parameters:
  ///   - threshold: The residual whose score is 1.
  ///   - usual: How far off forecasts usually are, in the same unit.
  public init(threshold: Double, usual: Double = .nan) {
    precondition(threshold > 0, "a threshold is above 0")
    self.threshold = threshold
    self.usual = usual
  }

  /// |residual| over the threshold.
  public func score(_ row: Observation) -> Score {
    Score(value: row.residual.magnitude / threshold, usual: usual)
  }

  /// |residual| over the threshold.
  public func scoreKnown(_ row: Observation) -> Score { score(row) }

  /// The forecast and the threshold to both sides.
  public func limits(_ row: Observation) -> ClosedRange<Double> {
    row.expected - threshold...row.expected + threshold
  }
}
