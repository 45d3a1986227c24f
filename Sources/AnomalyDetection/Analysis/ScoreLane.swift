/// The worst score of a target in stretches of time of equal length.
public struct ScoreLane: Hashable, Sendable {
  /// The worst score of each stretch; `nil` where no row of it was judged.
  ///
  /// It is at most 1 where none of the rows is an anomaly.
  public let worst: [Double?]

  /// Gathers scores.
  ///
  /// - Parameters:
  ///   - target: The target.
  ///   - times: The place of each row on the axis.
  ///   - span: What the stretches divide; rows outside are left out.
  ///   - count: The number of stretches.
  public init(
    of target: TargetAnalysis, times: [Double], span: ClosedRange<Double>, count: Int
  ) {
    precondition(count > 0, "at least one stretch")
    var worst = [Double?](repeating: nil, count: count)
    let length = span.upperBound - span.lowerBound
    for (row, judgment) in zip(target.judgedRows, target.judgments) {
      guard judgment.verdict == .normal || judgment.isAnomaly, span.contains(times[row])
      else { continue }
      let place = length > 0 ? (times[row] - span.lowerBound) / length * Double(count) : 0
      let index = min(Int(place), count - 1)
      let score = judgment.score ?? 0
      let shown =
        judgment.isAnomaly ? (score.isNaN ? .infinity : score) : min(score, 1)
      worst[index] = max(worst[index] ?? 0, shown)
    }
    self.worst = worst
  }
}
