/// How large a residual may be before its row is an anomaly, as a user states it.
public enum Threshold: Hashable, Sendable, CustomStringConvertible {
  /// So many standard deviations of the residuals on held-out rows.
  case sigma(Double)
  /// A number in the target's own unit.
  case absolute(Double)

  /// A threshold from what a user types: `sigma:3` or `absolute:120`.
  ///
  /// - Returns: `nil` where the text is neither, or the number is not finite and above 0.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Double(parts[1]), number.isFinite, number > 0 else {
      return nil
    }
    switch parts[0] {
    case "sigma": self = .sigma(number)
    case "absolute": self = .absolute(number)
    default: return nil
    }
  }

  /// What a user types for it.
  public var description: String {
    switch self {
    case .sigma(let factor): "sigma:\(Self.plain(factor))"
    case .absolute(let value): "absolute:\(Self.plain(value))"
    }
  }

  /// The largest residual that is still normal, in the target's unit.
  ///
  /// - Parameters:
  ///   - statistics: The residuals on rows that the network was not fitted to.
  ///   - target: The target's name, for the message.
  ///   - least: The threshold where the residuals do not differ, as of a series that is always the
  ///     same and forecast to the last digit: 0 where there is to be none.
  /// - Returns: The number that a |residual| must exceed to be an anomaly.
  /// - Throws: `DetectionError.invalidThreshold` where the held-out residuals give no threshold
  ///   above 0.
  public func value(
    for statistics: ResidualStatistics, target: String, least: Double = 0
  ) throws(DetectionError) -> Double {
    switch self {
    case .absolute(let value): return value
    case .sigma(let factor):
      try check(heldOut: statistics.count, target: target)
      let value = max(factor * statistics.standardDeviation, least)
      guard value > 0, value.isFinite else {
        throw .invalidThreshold(
          "the held-out residuals of target '\(target)' do not differ, so \(self) is no "
            + "threshold; give one in its own unit, as absolute:VALUE")
      }
      return value
    }
  }

  /// The smallest number of residuals that have a spread.
  public static let leastHeldOut = 2

  /// Finds out whether so many held-out residuals are enough, before there are any.
  ///
  /// - Parameters:
  ///   - count: The number of held-out rows with a value.
  ///   - target: The target's name, for the message.
  /// - Throws: `DetectionError.invalidThreshold` where they are too few.
  public func check(heldOut count: Int, target: String) throws(DetectionError) {
    guard case .sigma = self, count < Self.leastHeldOut else { return }
    throw .invalidThreshold(
      "target '\(target)' has \(count) held-out \(count == 1 ? "residual" : "residuals"), too "
        + "few for \(self); give a threshold in its own unit, as absolute:VALUE")
  }

  private static func plain(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? "\(number)"
  }
}
