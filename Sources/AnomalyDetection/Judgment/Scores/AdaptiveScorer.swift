import RealModule

/// How far a value is from its forecast, in what is usual by now, and from where values usually are.
///
/// The surprise of a row is z^0.7 w^0.3: z is the residual in standard deviations of the residuals
/// before it, those on rows held out first; w is the distance of the value from the mean of all
/// before, in their standard deviations, and at least 1. A value that is far from its forecast but where
/// values often are needs to be further off than one that has not been seen. Where residuals spread
/// more at some places of the season, z is in the spread of that place. Residuals beyond eight
/// deviations, and values beyond eight, count as ones of eight: an anomaly hides later ones a little, as an
/// alarm that is repeated should be, but a single absurd value changes little.
public struct AdaptiveScorer: Scorer, Hashable {
  /// The share of the level in the surprise.
  private static let levelShare = 0.3
  /// Residuals beyond so many deviations count as ones of so many.
  private static let reach = 8.0
  /// Scores beyond this are no more unusual to anybody, and stay finite.
  private static let largest = 1e6
  /// Smoothed residuals, and smoothed values, that are so many deviations off have the score 1.
  private static let sustainedDeviations = 6.0
  private static let levelDeviations = 4.0
  /// What smoothing leaves of the deviation of |residuals|, 0.6 of that of normal residuals.
  private static let smoothing =
    0.6 * (SmoothedMoments.share / (2 - SmoothedMoments.share)).squareRoot()

  /// The surprise whose score is 1.
  public let factor: Double
  /// What counts.
  public let kinds: Set<ScoreKind>
  /// What residuals and values were up to now.
  private(set) var calibration: Calibration
  /// The smallest deviation of residuals that counts, in the target's unit.
  private let floor: Double
  /// The smallest deviation of smoothed values that counts: of values that never changed, a hundredth
  /// of their magnitude has the score 1.
  private let levelFloor: Double
  /// How far smoothed values follow one that is off, at least: of values that never changed, as far as
  /// their magnitude.
  private let levelReach: Double

  /// A scorer that goes on from the rows that a forecaster was fitted to.
  ///
  /// - Parameters:
  ///   - calibration: What residuals and values were on those rows.
  ///   - factor: The surprise whose score is 1.
  ///   - kinds: What counts; the score is the largest of them.
  ///   - floor: The smallest deviation of residuals that counts, in the target's unit.
  public init(
    _ calibration: Calibration, factor: Double, kinds: Set<ScoreKind>, floor: Double
  ) {
    precondition(factor > 0 && !kinds.isEmpty, "something counts, with a factor above 0")
    self.calibration = calibration
    self.factor = factor
    self.kinds = kinds
    let level = calibration.level
    self.floor = max(floor, 1e-3 * level.standardDeviation, .leastNormalMagnitude)
    let isSteady = !(level.standardDeviation > 1e-9 * level.mean.magnitude)
    levelReach = isSteady ? level.mean.magnitude : 0
    levelFloor = max(self.floor, 0.01 / Self.levelDeviations * levelReach)
  }

  /// The same scorer where another one was after some rows.
  func goingOn(from calibration: Calibration) -> AdaptiveScorer {
    var scorer = self
    scorer.calibration = calibration
    return scorer
  }

  /// What the next row is measured in.
  private struct Measure {
    /// The value that is no surprise at all.
    var center: Double
    /// The deviation of residuals, in the target's unit.
    var deviation: Double
    var level: Moments
    var levelDeviation: Double
    /// How much more residuals spread at the row's place in the season.
    var spread: Double

    func surprise(_ value: Double) -> Double {
      let distance = (value - center).magnitude / deviation
      let height = max(1, (value - level.mean).magnitude / levelDeviation)
      guard distance > 0 else { return 0 }
      return Double.exp(
        (1 - AdaptiveScorer.levelShare) * Double.log(distance) + AdaptiveScorer.levelShare
          * Double.log(height))
    }
  }

  private func measure(_ row: Observation) -> Measure {
    let spread = row.time.flatMap { calibration.seasonal?.factor(at: $0) } ?? 1
    let residuals = calibration.residuals
    return Measure(
      center: row.expected + residuals.mean * spread,
      deviation: max(residuals.standardDeviation * spread, floor), level: calibration.level,
      levelDeviation: max(calibration.level.standardDeviation, floor), spread: spread)
  }

  /// The largest score of those that count.
  public mutating func score(_ row: Observation) -> Score {
    let measure = measure(row)
    var best = surprise(row, measure)
    func consider(_ value: Double, _ kind: ScoreKind) {
      guard kinds.contains(kind), !(value <= best.value) else { return }
      best.value = min(value, Self.largest)
      best.kind = kind
    }
    let deviation = max(calibration.residuals.standardDeviation, floor)
    let residual = row.residual / measure.spread
    // One value, however far off, is no state that lasts.
    let held = min(residual.magnitude, Self.reach * deviation)
    let reach = Self.reach * measure.levelDeviation
    let mean = measure.level.mean
    func clamped(_ value: Double, within reach: Double) -> Double {
      min(max(value, mean - reach), mean + reach)
    }
    let actual = clamped(row.actual, within: reach)
    consider(
      calibration.sustained.follow(held, floor: Self.smoothing * deviation)
        / Self.sustainedDeviations, .sustained)
    consider(
      calibration.sustainedLevel.follow(
        clamped(row.actual, within: max(reach, levelReach)),
        floor: max(0.1 * measure.level.standardDeviation, levelFloor)
      ).magnitude / Self.levelDeviations, .level)
    if let length = calibration.runs?.follow(row.actual) { consider(length, .stuck) }
    consider(calibration.novelty(of: row.actual), .novel)
    if let time = row.time { calibration.seasonal?.add(row.residual, at: time) }
    calibration.residuals.add(residual, within: Self.reach * deviation)
    calibration.level.add(actual)
    return best
  }

  /// The surprise alone, where it counts: how long a state has lasted is known only of rows in order.
  public func scoreKnown(_ row: Observation) -> Score { surprise(row, measure(row)) }

  private func surprise(_ row: Observation, _ measure: Measure) -> Score {
    var score = Score(value: 0, usual: measure.deviation)
    if kinds.contains(.surprise) {
      let value = measure.surprise(row.actual) / factor
      score.value = value <= Self.largest ? value : Self.largest
    }
    return score
  }

  /// The values next to the forecast whose surprise is the factor.
  public func limits(_ row: Observation) -> ClosedRange<Double> {
    guard kinds.contains(.surprise) else { return -.infinity ... .infinity }
    let measure = measure(row)
    // Further off than this any value is a surprise.
    let furthest = Double.pow(factor, 1 / (1 - Self.levelShare)) * measure.deviation
    /// Newton's method on the logarithm, which is concave: from outside it comes close in a few steps.
    func edge(_ sign: Double) -> Double {
      var distance = furthest
      for _ in 0..<20 {
        let value = measure.center + sign * distance
        let surprise = measure.surprise(value)
        guard surprise > 0 else { break }
        let height = sign * (value - measure.level.mean)
        let grows = height.magnitude > measure.levelDeviation
        let slope =
          (1 - Self.levelShare) / distance + (grows ? Self.levelShare / height : 0)
        guard slope > 0 else { break }
        let next = distance - Double.log(surprise / factor) / slope
        let step = min(max(next, distance / 4), furthest) - distance
        distance += step
        if step.magnitude <= 1e-10 * distance { break }
      }
      return measure.center + sign * distance
    }
    let (low, high) = (edge(-1), edge(1))
    return low <= high ? low...high : -.infinity ... .infinity
  }
}
