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
    return candidates.min {
      seasonalError($0, in: compared) < seasonalError($1, in: compared)
    }
  }

  /// The same for several series together.
  ///
  /// - Parameter parts: The series, at least one, and the rows of each that are looked at.
  /// - Returns: The number of rows.
  package static func season(of parts: [(series: Series, rows: Range<Int>)]) -> Int? {
    let counts = parts.map(\.rows.count).sorted()
    // Of a typical length, because the shortest ones would tell nothing.
    let typical = counts[counts.count / 2]
    guard let first = parts.first(where: { $0.rows.count == typical }) else { return nil }
    guard parts.count > 1 else { return first.series.season(in: first.rows) }
    let candidates = first.series.time.seasons.filter { 2 * $0 <= typical }
    guard candidates.count > 1, let longest = candidates.max() else {
      return candidates.first ?? first.series.time.season
    }
    func error(_ season: Int) -> Double {
      parts.reduce(0) { sum, part in
        guard part.rows.count > longest else { return sum }
        return sum
          + part.series.seasonalError(
            season, in: part.rows.lowerBound + longest..<part.rows.upperBound)
      }
    }
    return candidates.min { error($0) < error($1) }
  }

  /// How far off the values of a season before are in some rows, beside the size of the targets.
  private func seasonalError(_ season: Int, in compared: Range<Int>) -> Double {
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
}
