/// How many anomalies were found and missed, and how many were none.
public struct DetectionCounts: Hashable, Sendable {
  /// Known anomalies that were found.
  public let found: Int
  /// What was found and is no known anomaly.
  public let falseAlarms: Int
  /// Known anomalies that were not found.
  public let missed: Int

  /// Counts.
  public init(found: Int, falseAlarms: Int, missed: Int) {
    self.found = found
    self.falseAlarms = falseAlarms
    self.missed = missed
  }

  /// The share of what was found that is known; `nil` where nothing was found.
  public var precision: Double? { Self.share(found, of: found + falseAlarms) }
  /// The share of what is known that was found; `nil` where nothing is known.
  public var recall: Double? { Self.share(found, of: found + missed) }
  /// The harmonic mean of both; `nil` where nothing is known and nothing was found.
  public var f1: Double? { Self.share(2 * found, of: 2 * found + falseAlarms + missed) }

  private static func share(_ part: Int, of whole: Int) -> Double? {
    whole > 0 ? Double(part) / Double(whole) : nil
  }
}
