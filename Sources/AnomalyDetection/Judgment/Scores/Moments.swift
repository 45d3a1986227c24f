/// The number, mean and variance of values that come one at a time.
///
/// Welford's recurrence (1962). A value that lies too far off can be taken for one at the edge, so that
/// what is judged does not spoil what it is judged by (winsorizing).
public struct Moments: Hashable, Sendable, Codable {
  /// The number of values.
  public private(set) var count = 0.0
  /// Their mean; 0 where there are none.
  public private(set) var mean = 0.0
  private var sumOfSquares = 0.0

  /// Moments of nothing yet.
  public init() {}

  /// Moments of some values.
  public init(_ values: some Sequence<Double>) {
    for value in values where value.isFinite { add(value) }
  }

  /// The population standard deviation; 0 where there are no values.
  public var standardDeviation: Double {
    count > 0 ? (sumOfSquares / count).squareRoot() : 0
  }

  /// Takes one more value into account.
  public mutating func add(_ value: Double) {
    count += 1
    let distance = value - mean
    mean += distance / count
    sumOfSquares += distance * (value - mean)
  }

  /// Takes one more value into account, as if it were at most `reach` from the mean.
  public mutating func add(_ value: Double, within reach: Double) {
    add(min(max(value, mean - reach), mean + reach))
  }

  /// Whether these can be the moments of something.
  var isUsable: Bool {
    count >= 0 && count.isFinite && mean.isFinite && sumOfSquares >= 0 && sumOfSquares.isFinite
  }
}

/// A value that follows another one slowly, and how it spreads.
public struct SmoothedMoments: Hashable, Sendable, Codable {
  /// The share of a new value: 1 in 50, so that about 50 rows count.
  static let share = 0.02

  /// The smoothed value.
  public private(set) var value: Double
  /// The moments of the smoothed value.
  public private(set) var moments: Moments
  /// The standard deviation that smoothing leaves of independent values: it is the least one, since
  /// neighboring smoothed values are alike and a few say little of their spread.
  let floor: Double

  /// Starts at the mean of some values and follows them.
  init(_ values: [Double]) {
    let all = Moments(values)
    value = all.mean
    floor = all.standardDeviation * (Self.share / (2 - Self.share)).squareRoot()
    moments = Moments()
    for each in values where each.isFinite {
      value += Self.share * (each - value)
      moments.add(value)
    }
  }

  /// Follows the next value.
  ///
  /// - Returns: How many standard deviations the smoothed value is above its mean.
  mutating func follow(_ next: Double, floor least: Double) -> Double {
    value += Self.share * (next - value)
    let deviations = (value - moments.mean) / max(moments.standardDeviation, floor, least)
    moments.add(value)
    return deviations
  }

  var isUsable: Bool { value.isFinite && moments.isUsable && floor >= 0 && floor.isFinite }
}
