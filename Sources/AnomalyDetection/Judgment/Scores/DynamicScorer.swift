/// Smoothed errors over a threshold that the last of them give.
///
/// The rule is that of Hundman and others (2018, "Detecting Spacecraft Anomalies Using LSTMs and
/// Nonparametric Dynamic Thresholding", section 3.2).
/// The threshold is so many deviations above the mean of the last 2,100 smoothed |residuals| as take most of
/// their mean and deviation away with the fewest stretches above it. The errors mirrored at their mean have
/// one too, so that forecasts which are suddenly perfect count. Both are told from rows before, every
/// 20 of them; the authors look at the rows after as well. Errors that are not above the largest of the
/// others by a share of it are pruned.
public struct DynamicScorer: Scorer, Hashable, Codable {
  /// So many smoothed errors are looked back at.
  private static let reach = 2100
  /// Fewer say too little; until then the rows held out do.
  private static let least = 100
  /// The threshold is found anew after so many rows.
  private static let stride = 20
  /// Deviations above the mean on the rows held out, while too few others are known.
  private static let firstDeviations = 6.0

  /// The share by which an anomaly is above the largest error that is none.
  private let pruning: Double
  /// The smallest threshold, in the target's unit.
  private let floor: Double
  private let usual: Double
  private var smoothed: Double
  /// The last smoothed errors, in order.
  private var errors: [Double] = []
  private var untilNext = 0
  private var threshold: Double
  /// The threshold of the mirrored errors, and the mean that they are mirrored at.
  private var mirror: (threshold: Double, mean: Double)? {
    mirrorThreshold.map { ($0, mirrorMean) }
  }
  private var mirrorThreshold: Double?
  private var mirrorMean = 0.0

  /// A scorer that goes on from the rows held out.
  ///
  /// - Parameters:
  ///   - calibration: What residuals were on those rows.
  ///   - pruning: The share by which an anomaly is above the largest error that is none; above 0.
  ///   - floor: The smallest threshold, in the target's unit.
  init(_ calibration: Calibration, pruning: Double, floor: Double) {
    let sustained = calibration.sustained
    self.pruning = pruning
    self.floor = max(
      floor, 1e-3 * calibration.level.standardDeviation, .leastNormalMagnitude)
    usual = max(sustained.moments.mean, 0)
    smoothed = sustained.value
    let deviation = max(sustained.moments.standardDeviation, sustained.floor)
    threshold = max(sustained.moments.mean + Self.firstDeviations * deviation, self.floor)
  }

  /// The smoothed error over its threshold, or the mirrored one over its own.
  public mutating func score(_ row: Observation) -> Score {
    let score = scoreKnown(row)
    smoothed = follow(row)
    if errors.count == Self.reach { errors.removeFirst() }
    errors.append(smoothed)
    untilNext = (untilNext + 1) % Self.stride
    if untilNext == 0, errors.count >= Self.least { findThresholds() }
    return score
  }

  /// The score that the row would have next.
  public func scoreKnown(_ row: Observation) -> Score {
    let error = follow(row)
    var value = error / threshold
    if let mirror { value = max(value, (2 * mirror.mean - error) / mirror.threshold) }
    return Score(value: value, kind: .sustained, usual: usual)
  }

  /// The values with which the smoothed error would not pass its threshold.
  public func limits(_ row: Observation) -> ClosedRange<Double> {
    let share = SmoothedMoments.share
    let distance = max(0, (threshold - (1 - share) * smoothed) / share)
    return row.expected - distance...row.expected + distance
  }

  private func follow(_ row: Observation) -> Double {
    smoothed + SmoothedMoments.share * (row.residual.magnitude - smoothed)
  }

  private mutating func findThresholds() {
    let moments = Moments(errors)
    threshold = Self.threshold(of: errors, pruning: pruning) ?? threshold
    threshold = max(threshold, floor)
    mirrorMean = moments.mean
    let mirrored = errors.map { max(0, 2 * moments.mean - $0) }
    mirrorThreshold = Self.threshold(of: mirrored, pruning: pruning).map { max($0, floor) }
  }

  /// The threshold of errors, pruning included.
  ///
  /// - Parameters:
  ///   - errors: The errors in order; 0 or more.
  ///   - pruning: See `init`.
  /// - Returns: The threshold; `nil` where the errors do not differ.
  static func threshold(of errors: [Double], pruning: Double) -> Double? {
    let all = Moments(errors)
    guard all.mean > 0, all.standardDeviation > 0 else { return nil }
    // Twelve deviations are the most that are tried, and hold where nothing stands out.
    var best = (gain: 0.0, threshold: all.mean + 12 * all.standardDeviation)
    for step in 5...24 {
      let candidate = all.mean + Double(step) / 2 * all.standardDeviation
      var below = Moments()
      var (above, stretches) = (0, 0)
      var isInside = false
      for error in errors {
        if error < candidate {
          below.add(error)
          isInside = false
        } else {
          above += 1
          if !isInside { stretches += 1 }
          isInside = true
        }
      }
      guard above > 0, stretches <= 5, 2 * above < errors.count else { continue }
      let gain =
        ((all.mean - below.mean) / all.mean
          + (all.standardDeviation - below.standardDeviation) / all.standardDeviation)
        / Double(stretches * stretches + above)
      if gain >= best.gain { best = (gain, candidate) }
    }
    let normal = errors.filter { $0 < best.threshold }.max() ?? 0
    return max(best.threshold, normal * (1 + pruning))
  }
}
