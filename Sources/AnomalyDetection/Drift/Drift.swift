import RealModule

/// Whether the residuals of one target have moved against those of the rows held out at the fit.
///
/// Each residual becomes its rank among those held out, between 0 and 1: as long as nothing has moved, ranks
/// spread evenly, whatever the residuals' distribution is, and one absurd value is no more than the largest
/// rank. Three tests look at them, each at a third of the false-alarm rate:
///
/// - level: the mean of the last j ranks against ½, for each j (a CUSUM against a known level, Page 1954);
/// - spread: the same of |2 rank − 1|, after a level that has moved was taken back;
/// - shape: the two-sample test of Kolmogorov and Smirnov on all of them.
///
/// Neighboring residuals are alike, so that n of them say less than n: all tests count them as n / τ, where
/// τ = 1 + 2 Σ ρₖ is the autocorrelation time of the ranks about their means before and after the change
/// (Sokal 1997, the sum ends at 5 τ). What passes a test and is smaller than `leastLevel`, `leastSpread` or
/// `leastDistance` is no drift to anybody: the rows held out had a part in the fit, and are forecast a little
/// better than new ones.
///
/// In simulations with 300 residuals held out and 1,000 new ones, normal or of Student's t with three degrees
/// of freedom, each 0 to 0.8 times the one before plus noise, 1 to 2 in 100 targets that had not moved raised a
/// false alarm at the rate 0.01, before `leastLevel` and the others. Fewer than 40 that count as independent
/// raise more, and no verdict is given.
public struct Drift: Hashable, Sendable {
  /// In which way residuals have moved.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// They are higher or lower.
    case level
    /// They spread more or less.
    case spread
    /// They are distributed otherwise, with neither of the above.
    case shape
  }

  /// One of the tests.
  public struct Test: Hashable, Sendable {
    /// What it looks at.
    public let kind: Kind
    /// The largest deviation of a mean of ranks, in its standard deviations; the largest distance of two
    /// distribution functions for `shape`.
    public let statistic: Double
    /// The probability of such a statistic where nothing has moved, by an approximation; at most 1.
    public let probability: Double
    /// The first of the residuals that have moved, as far as is known.
    public let start: Int
    /// So many neighboring residuals say as much as one.
    public let correlationTime: Double
    /// How far they have moved: deviations of those held out, a ratio of spreads, a distance.
    public let size: Double
    /// Whether it is a drift.
    public let isDrift: Bool

    /// The name of the test.
    public var name: String {
      kind == .shape ? "Kolmogorov-Smirnov" : "CUSUM of ranks"
    }
  }

  /// What is a drift.
  public struct Limits: Hashable, Sendable {
    /// The probability of a false alarm for a target.
    public var rate = 0.01
    /// The smallest change of level, in deviations of the residuals held out.
    public var leastLevel = 0.25
    /// The smallest ratio of spreads, larger over smaller.
    public var leastSpread = 1.25
    /// The smallest distance of two distribution functions.
    public var leastDistance = 0.1

    /// The usual limits.
    public init() {}
  }

  /// The tests, of level, spread and shape.
  public let tests: [Test]
  /// The number of residuals, and of those held out.
  public let count: Int
  /// See `count`.
  public let heldOut: Int

  /// Fewer residuals than these, as independent ones, say nothing.
  public static let leastCount = 40
  /// A change is looked for among at least so many of the last residuals.
  static let shortestSegment = 20

  /// So many independent residuals the new ones, or those held out if they are fewer, count as.
  public var effectiveCount: Double {
    Double(min(count, heldOut)) / (tests.map(\.correlationTime).max() ?? 1)
  }
  /// Whether there are enough to tell.
  public var isTold: Bool { effectiveCount >= Double(Self.leastCount) }
  /// In which ways residuals have moved.
  public var kinds: [Kind] { isTold ? tests.filter(\.isDrift).map(\.kind) : [] }
  /// Whether they have moved.
  public var isDrift: Bool { !kinds.isEmpty }
  /// The first of the residuals that have moved; `nil` where none has.
  public var start: Int? { isTold ? tests.filter(\.isDrift).map(\.start).min() : nil }

  /// Tests residuals; `nil` where there are fewer than `leastCount`, as few were held out, or those do not
  /// differ.
  ///
  /// - Parameters:
  ///   - residuals: Those of new rows in order of time, all finite.
  ///   - calibration: What the model keeps of those held out.
  ///   - limits: What is a drift.
  public init?(
    _ residuals: [Double], against calibration: Calibration, limits: Limits = Limits()
  ) {
    let sample = calibration.sample
    heldOut = calibration.heldOut
    count = residuals.count
    let deviation = Tail.robustDeviation(sample)
    guard count >= Self.leastCount, heldOut >= Self.leastCount, deviation > 0 else { return nil }
    let usual = Tail.quantile(0.5, ofSorted: sample)
    let rate = limits.rate / 3
    let held = Double(heldOut)

    let ranks = residuals.map { Self.rank(of: $0, in: sample) }
    let level = RankScan(ranks, heldOut: held)
    let moved = Tail.quantile(0.5, ofSorted: residuals[level.start...].sorted()) - usual
    let levelTest = Test(
      kind: .level, statistic: level.statistic, probability: level.probability,
      start: level.start, correlationTime: level.time, size: moved / deviation,
      isDrift: level.probability < rate && moved.magnitude >= limits.leastLevel * deviation)

    let settled = residuals.enumerated().map { row, value in
      levelTest.isDrift && row >= level.start ? value - moved : value
    }
    let settledRanks = levelTest.isDrift ? settled.map { Self.rank(of: $0, in: sample) } : ranks
    let spread = RankScan(settledRanks.map { (2 * $0 - 1).magnitude }, heldOut: held)
    let ratio = Tail.robustDeviation(Array(settled[spread.start...])) / deviation
    let spreadTest = Test(
      kind: .spread, statistic: spread.statistic, probability: spread.probability,
      start: spread.start, correlationTime: spread.time, size: ratio,
      isDrift: spread.probability < rate
        && max(ratio, 1 / max(ratio, .leastNormalMagnitude)) >= limits.leastSpread)

    let time = max(level.time, spread.time)
    let distance = Self.distance(ranks)
    let probability = Self.kolmogorov(
      distance, effective: Double(count) * held / (Double(count) + held) / time)
    let shape = Test(
      kind: .shape, statistic: distance, probability: probability, start: 0,
      correlationTime: time, size: distance,
      isDrift: !levelTest.isDrift && !spreadTest.isDrift && probability < rate
        && distance >= limits.leastDistance)
    tests = [levelTest, spreadTest, shape]
  }

  /// The share of a sorted sample that is below a value, those equal to it by half.
  private static func rank(of value: Double, in sample: [Double]) -> Double {
    func place(_ isBefore: (Double) -> Bool) -> Int {
      var range = sample.indices
      while !range.isEmpty {
        let middle = range.lowerBound + range.count / 2
        range =
          isBefore(sample[middle]) ? middle + 1..<range.upperBound : range.lowerBound..<middle
      }
      return range.lowerBound
    }
    return Double(place { $0 < value } + place { $0 <= value }) / Double(2 * sample.count)
  }

  /// The largest distance between the distribution of ranks and the even one.
  private static func distance(_ ranks: [Double]) -> Double {
    let sorted = ranks.sorted()
    let count = Double(sorted.count)
    return sorted.enumerated().reduce(0) { largest, its in
      max(
        largest, (Double(its.offset + 1) / count - its.element).magnitude,
        (its.element - Double(its.offset) / count).magnitude)
    }
  }

  /// The probability of a larger distance by chance (Stephens 1970).
  private static func kolmogorov(_ distance: Double, effective count: Double) -> Double {
    let root = count.squareRoot()
    let value = (root + 0.12 + 0.11 / root) * distance
    guard value > 0.2 else { return 1 }
    var sum = 0.0
    for term in 1...100 {
      let next = Double.exp(-2 * Double(term * term) * value * value)
      sum += term % 2 == 1 ? next : -next
      if next < 1e-16 { break }
    }
    return min(1, max(0, 2 * sum))
  }
}
