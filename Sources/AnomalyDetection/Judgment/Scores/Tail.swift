import RealModule

/// What a sample says of values that are larger than most of it.
enum Tail {
  /// The quantile of sorted values, between neighbors in a straight line.
  static func quantile(_ probability: Double, ofSorted values: [Double]) -> Double {
    guard let last = values.last else { return .nan }
    let place = probability * Double(values.count - 1)
    let lower = min(Int(place), values.count - 1)
    guard lower + 1 < values.count else { return last }
    return values[lower] + (place - Double(lower)) * (values[lower + 1] - values[lower])
  }

  /// 1.4826 times the median distance from the median: the standard deviation of normal values, which
  /// a few wrong ones do not change.
  static func robustDeviation(_ values: [Double]) -> Double {
    let sorted = values.filter(\.isFinite).sorted()
    guard !sorted.isEmpty else { return 0 }
    let median = quantile(0.5, ofSorted: sorted)
    return 1.4826 * quantile(0.5, ofSorted: sorted.map { ($0 - median).magnitude }.sorted())
  }

  /// The value that is passed at a rate, by a generalized Pareto distribution of what lies beyond the
  /// 90 % quantile.
  ///
  /// Peaks over threshold (Siffer et al. 2017, Anomaly Detection in Streams with Extreme Value
  /// Theory); shape and scale by the first two moments of the excesses (Hosking and Wallis 1987).
  ///
  /// - Parameters:
  ///   - rate: The share of rows that may pass it by chance.
  ///   - magnitudes: |residuals|, sorted.
  /// - Returns: `nil` where there are fewer than ten excesses that differ.
  static func peakOverThreshold(rate: Double, magnitudes: [Double]) -> Double? {
    let start = quantile(0.9, ofSorted: magnitudes)
    let excesses = magnitudes.filter { $0 > start }.map { $0 - start }
    let moments = Moments(excesses)
    let variance = moments.standardDeviation * moments.standardDeviation
    guard excesses.count >= 10, variance > 0 else { return nil }
    let ratio = moments.mean * moments.mean / variance
    let shape = 0.5 * (1 - ratio)
    let scale = 0.5 * moments.mean * (ratio + 1)
    let share = rate * Double(magnitudes.count) / Double(excesses.count)
    guard share < 1 else { return quantile(1 - rate, ofSorted: magnitudes) }
    return shape.magnitude < 1e-6
      ? start - scale * Double.log(share)
      : start + scale / shape * (Double.pow(share, -shape) - 1)
  }
}
