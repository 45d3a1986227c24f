extension Series {
  /// How many rows make a season: of those that the time axis allows the one whose values, repeated,
  /// are the nearest to what follows; `nil` where the axis knows none.
  ///
  /// - Parameter rows: The rows that are looked at: none that are judged.
  /// - Returns: The number of rows.
  public func season(in rows: Range<Int>) -> Int? {
    let candidates = time.seasons.filter { 2 * $0 <= rows.count }
    guard candidates.count > 1, let longest = candidates.max() else {
      return candidates.first ?? time.season
    }
    let compared = rows.lowerBound + longest..<rows.upperBound
    func error(_ season: Int) -> Double {
      targets.indices.reduce(0) { sum, target in
        let actual = actual(target: target, rows: compared)
        let expected = forecast(
          by: .seasonalNaive(season: season), target: target, rows: compared)
        guard let metrics = Metrics(actual: actual, expected: expected) else { return sum }
        // Targets of different units count alike.
        let size = actual.reduce(0) { $1.isNaN ? $0 : $0 + $1.magnitude } / Double(metrics.count)
        return sum + metrics.mae / (size > 0 ? size : 1)
      }
    }
    return candidates.min { error($0) < error($1) }
  }
}
