/// How the residuals of the judged rows of a target are distributed.
public struct ResidualSummary: Hashable, Sendable {
  /// One bar of the histogram.
  public struct Bin: Hashable, Sendable {
    /// The residuals that are counted, in the target's unit.
    ///
    /// The first and the last bin also count all beyond them.
    public let range: ClosedRange<Double>
    /// How many there are.
    public let count: Int
  }

  /// The bars, in ascending order.
  public let bins: [Bin]
  /// The number of residuals.
  public let count: Int
  /// The median of the residuals: what forecasts are wrong by on the whole.
  public let median: Double
  /// The number of rows whose value is within the limits of no surprise.
  public let countInside: Int

  /// Counts the residuals of the judged rows; `nil` where there is none.
  ///
  /// - Parameters:
  ///   - target: The target.
  ///   - binCount: The number of bars.
  public init?(of target: TargetAnalysis, binCount: Int = 41) {
    let residuals = target.judgments.compactMap(\.residual).sorted()
    guard let first = residuals.first, let last = residuals.last, binCount > 0 else { return nil }
    count = residuals.count
    median = Tail.quantile(0.5, ofSorted: residuals)
    var inside = 0
    for (index, judgment) in target.judgments.enumerated() where judgment.residual != nil {
      guard let actual = judgment.actual else { continue }
      if actual >= target.lowest[index], actual <= target.highest[index] { inside += 1 }
    }
    countInside = inside
    // The bars reach a little beyond the threshold, so that a few absurd values do not fill the axis;
    // a threshold far beyond all residuals does not either.
    var reach = max(first.magnitude, last.magnitude)
    if target.threshold <= 4 * reach {
      reach = min(max(reach, 1.1 * target.threshold), 1.6 * target.threshold)
    }
    guard reach > 0, reach < .greatestFiniteMagnitude / 8 else {
      bins = []
      return
    }
    let width = 2 * reach / Double(binCount)
    var counts = [Int](repeating: 0, count: binCount)
    for residual in residuals {
      let place = ((residual + reach) / width).rounded(.down)
      counts[Int(min(max(place, 0), Double(binCount - 1)))] += 1
    }
    bins = counts.enumerated().map { index, count in
      let low = -reach + Double(index) * width
      return Bin(range: low...low + width, count: count)
    }
  }
}

/// How often judged values are where they should be with some probability.
public struct Coverage: Hashable, Sendable {
  /// The share of values that should be there.
  public let wanted: Double
  /// The share that is.
  public let share: Double
  /// The number of rows.
  public let count: Int
}

extension Analysis {
  /// How often the judged values of a target are below each quantile that the network tells; nothing with
  /// most losses.
  public func quantileCoverages(of target: TargetAnalysis) -> [Coverage] {
    zip(uncertainties, target.uncertainties).compactMap { uncertainty, values in
      guard case .quantile(let quantile) = uncertainty else { return nil }
      let rows = target.judgedRows.filter {
        target.actual[$0].isFinite && values[$0].isFinite
      }
      guard !rows.isEmpty else { return nil }
      let below = rows.count { target.actual[$0] <= values[$0] }
      return Coverage(
        wanted: Double(quantile), share: Double(below) / Double(rows.count), count: rows.count)
    }
  }
}

extension TargetAnalysis {
  /// How many judged residuals lie where a share of those on held-out rows lay: as many, where judged rows
  /// are like them.
  ///
  /// - Parameter calibration: What residuals were on held-out rows.
  /// - Returns: The middle 50, 80, 90, 95 and 99 %; nothing where there are fewer than 20 of either.
  public func coverages(beside calibration: Calibration) -> [Coverage] {
    let residuals = judgments.compactMap(\.residual)
    let sample = calibration.sample
    guard residuals.count >= 20, sample.count >= 20 else { return [] }
    return [0.5, 0.8, 0.9, 0.95, 0.99].map { wanted in
      let low = Tail.quantile((1 - wanted) / 2, ofSorted: sample)
      let high = Tail.quantile((1 + wanted) / 2, ofSorted: sample)
      let inside = residuals.count { $0 >= low && $0 <= high }
      return Coverage(
        wanted: wanted, share: Double(inside) / Double(residuals.count), count: residuals.count)
    }
  }
}
