/// The number, mean and spread of values that come one at a time, such as residuals.
///
/// Welford's recurrence (1962) in Double: no sum of squares that could cancel, and no second pass. A value
/// that lies too far off can be taken for one at the edge, so that what is judged does not spoil what it
/// is judged by (winsorizing).
public struct Moments: Hashable, Sendable, Codable {
  /// The number of values that were counted.
  public private(set) var count = 0
  /// Their mean; 0 where there are none.
  public private(set) var mean = 0.0
  /// The number of values that were not a finite number and are in nothing else here.
  public private(set) var skipped = 0
  private var sumOfSquares = 0.0

  /// Moments of nothing yet.
  public init() {}

  /// Moments of some values.
  public init(_ values: some Sequence<Double>) {
    for value in values { add(value) }
  }

  /// Reads moments; those of earlier versions have skipped none.
  ///
  /// - Parameter decoder: Where they are read from.
  /// - Throws: Where a number is missing or none.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    count = try values.decode(Int.self, forKey: .count)
    mean = try values.decode(Double.self, forKey: .mean)
    skipped = try values.decodeIfPresent(Int.self, forKey: .skipped) ?? 0
    sumOfSquares = try values.decode(Double.self, forKey: .sumOfSquares)
  }

  /// Takes one more value into account; one that is not finite is only counted as skipped.
  public mutating func add(_ value: Double) {
    guard value.isFinite else {
      skipped += 1
      return
    }
    count += 1
    let distance = value - mean
    mean += distance / Double(count)
    sumOfSquares += distance * (value - mean)
  }

  /// Takes one more value into account, as if it were at most `reach` from the mean.
  mutating func add(_ value: Double, within reach: Double) {
    add(min(max(value, mean - reach), mean + reach))
  }

  /// The same of values that are so many times as large.
  func scaled(by factor: Double) -> Moments {
    var scaled = self
    scaled.mean *= factor
    scaled.sumOfSquares *= factor * factor
    return scaled
  }

  /// The population standard deviation about the mean; 0 where there are no values.
  public var standardDeviation: Double {
    count == 0 ? 0 : (sumOfSquares / Double(count)).squareRoot()
  }

  /// Whether these can be the moments of something.
  var isUsable: Bool {
    count >= 0 && skipped >= 0 && mean.isFinite && sumOfSquares >= 0 && sumOfSquares.isFinite
  }
}

/// The name of before.
@available(*, deprecated, renamed: "Moments")
public typealias ResidualStatistics = Moments

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
