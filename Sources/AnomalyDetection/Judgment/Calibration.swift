import TimeSeries

/// What one target's residuals and values were on the rows that a forecaster was fitted to: all that
/// judging needs later.
public struct Calibration: Hashable, Sendable, Codable {
  /// So many residuals are kept.
  static let sampleSize = 512

  /// Residuals on the rows held out in ascending order, in the target's unit: all of them, or as many
  /// as are kept, each standing for as many neighbors.
  public let sample: [Double]
  /// The time from one row to the next in milliseconds; `nil` where rows have none.
  let step: Double?
  /// The moments of the residuals on the rows held out, over the spread of their place in the season.
  var residuals: Moments
  /// Of |residuals| of the same rows.
  var sustained: SmoothedMoments
  /// The moments of all values.
  var level: Moments
  /// Of all values.
  var sustainedLevel: SmoothedMoments
  /// How much more residuals spread at some places of the season.
  var seasonal: SeasonalSpread?
  /// How long the value stays the very same; `nil` where it does so for long as it is, and in models of
  /// earlier versions.
  var runs: RunLengths?
  /// The smallest and the largest value, in the target's unit; `nil` in models of earlier versions, and where
  /// there are none.
  public internal(set) var seen: ClosedRange<Double>?

  /// Finds out what is usual.
  ///
  /// - Parameters:
  ///   - actual: The value of each row that was fitted to, then of those held out; NaN where one is
  ///     missing.
  ///   - expected: The forecasts; NaN where there is none.
  ///   - times: The times of the rows.
  ///   - step: The time from one row to the next; `nil` where rows have none.
  ///   - held: The number of rows held out.
  ///   - clock: Tells places in the season; `nil` where there is none.
  init(
    actual: [Double], expected: [Double], times: [Double], step: Double? = nil, held: Int,
    clock: SeasonClock?
  ) {
    let all = zip(actual, expected).map { $0 - $1 }
    let fitted = all.count - held
    var spread: SeasonalSpread?
    // Seven rows of each place say something of its spread.
    if let clock, all.count(where: \.isFinite) >= 7 * clock.count {
      spread = SeasonalSpread(clock, residuals: all.filter(\.isFinite))
    }
    var kept: [Double] = []
    for (row, residual) in all.enumerated() where residual.isFinite {
      if row >= fitted { kept.append(residual / (spread?.factor(at: times[row]) ?? 1)) }
      spread?.add(residual, at: times[row])
    }
    self.step = step
    residuals = Moments(kept)
    sustained = SmoothedMoments(kept.map(\.magnitude))
    let values = actual.filter(\.isFinite)
    level = Moments(values)
    sustainedLevel = SmoothedMoments(values)
    seasonal = spread
    runs = RunLengths(actual)
    seen = values.min().flatMap { least in values.max().map { least...$0 } }
    let sorted = all[fitted...].filter(\.isFinite).sorted()
    sample =
      sorted.count <= Self.sampleSize
      ? sorted
      : (0..<Self.sampleSize).map { sorted[(2 * $0 + 1) * sorted.count / (2 * Self.sampleSize)] }
  }

  /// The number of rows held out that had a value and a forecast.
  var heldOut: Int { residuals.count }

  /// How far a value lies outside all that was seen, which it is from then on.
  ///
  /// The unit is a quarter of the range that was seen, or of values that never changed a hundredth of
  /// their magnitude. An absurd value counts as one that is a range further out.
  mutating func novelty(of value: Double) -> Double {
    guard let seen, value.isFinite else { return 0 }
    let (low, high) = (seen.lowerBound, seen.upperBound)
    let largest = max(low.magnitude, high.magnitude)
    let isSteady = !(high - low > 1e-9 * largest)
    let unit = max(isSteady ? 0.01 * largest : 0.25 * (high - low), .leastNormalMagnitude)
    let reach = isSteady ? max(largest, 1) : high - low
    self.seen = max(min(low, value), low - reach)...min(max(high, value), high + reach)
    return max(low - value, value - high, 0) / unit
  }

  /// |residuals| of the sample in ascending order.
  var magnitudes: [Double] { sample.map(\.magnitude).sorted() }

  /// Whether all numbers are finite, and the sample is in order.
  var isUsable: Bool {
    sample.count <= Self.sampleSize && step.map { $0 > 0 && $0.isFinite } ?? true
      && sample.allSatisfy(\.isFinite)
      && zip(sample, sample.dropFirst()).allSatisfy(<=)
      && residuals.isUsable && sustained.isUsable && level.isUsable && sustainedLevel.isUsable
      && seasonal?.isUsable ?? true && runs?.isUsable ?? true
      && seen.map { $0.lowerBound.isFinite && $0.upperBound.isFinite } ?? true
  }
}
