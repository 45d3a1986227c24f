import RealModule

/// The last of some numbers between 0 and 1 whose mean is the furthest from ½, by its deviation.
struct RankScan {
  /// The first of them.
  private(set) var start = 0
  /// How far off their mean is, in its standard deviations.
  private(set) var statistic = 0.0
  private(set) var probability = 1.0
  /// The autocorrelation time.
  private(set) var time = 1.0

  /// - Parameters:
  ///   - values: Even between 0 and 1 where nothing has moved.
  ///   - heldOut: The number of residuals that they are ranks among.
  init(_ values: [Double], heldOut: Double) {
    start = Self.furthest(values, heldOut: heldOut, shortest: Drift.shortestSegment).start
    time = Self.correlationTime(values, change: start)
    let shortest = min(values.count, max(Drift.shortestSegment, Int(5 * time)))
    let found = Self.furthest(values, heldOut: heldOut, shortest: shortest)
    start = found.start
    statistic = found.statistic / time.squareRoot()
    // The deviation is a Brownian motion B(v) over √v, with v = 1/j + 1/m for the last j values and m held
    // out (the mean of fewer values is that of more and an independent part). The probability that it
    // passes c anywhere is by Siegmund (Sequential Analysis, 1985, chapter 4).
    let ratio =
      (1 / Double(shortest) + 1 / heldOut) / (1 / Double(values.count) + 1 / heldOut)
    let density = Double.exp(-statistic * statistic / 2) / (2 * Double.pi).squareRoot()
    guard statistic > 1 else { return }
    probability = min(
      1,
      density
        * ((statistic - 1 / statistic) * Double.log(max(1, ratio)) + 4 / statistic))
  }

  /// Where the mean of the values to the end is the furthest from ½.
  private static func furthest(
    _ values: [Double], heldOut: Double, shortest: Int
  ) -> (start: Int, statistic: Double) {
    var best = (start: 0, statistic: 0.0)
    var sum = 0.0
    for start in values.indices.reversed() {
      sum += values[start] - 0.5
      let count = Double(values.count - start)
      guard values.count - start >= shortest else { continue }
      // 1/12 is the variance of even numbers between 0 and 1.
      let deviation = ((1 / count + 1 / heldOut) / 12).squareRoot()
      let statistic = (sum / count).magnitude / deviation
      if statistic > best.statistic { best = (start, statistic) }
    }
    return best
  }

  /// How many neighboring values say as much as one: 1 + 2 Σ ρₖ up to five times as many.
  private static func correlationTime(_ values: [Double], change: Int) -> Double {
    func centered(_ values: ArraySlice<Double>) -> [Double] {
      let mean = values.reduce(0, +) / Double(max(1, values.count))
      return values.map { $0 - mean }
    }
    let values = centered(values[..<change]) + centered(values[change...])
    let variance = values.reduce(0) { $0 + $1 * $1 }
    guard variance > 0 else { return 1 }
    var time = 1.0
    for lag in 1...max(1, values.count / 10) {
      var sum = 0.0
      for place in lag..<values.count { sum += values[place] * values[place - lag] }
      time += 2 * sum / variance
      if Double(lag) >= 5 * max(1, time) { break }
    }
    return max(1, time)
  }
}
