/// Forecasts that cost nothing, to hold a network's against.
public enum Baseline: Hashable, Sendable {
  /// The last value known.
  case persistence
  /// The value of so many rows before.
  case seasonalNaive(season: Int)
  /// The mean of so many rows before.
  case seasonalMean(season: Int)

  /// The number of rows after which it repeats itself.
  var period: Int {
    switch self {
    case .persistence: 1
    case .seasonalNaive(let season), .seasonalMean(let season): max(1, season)
    }
  }
}

extension Series {
  /// What was measured of a target, NaN where that is missing.
  ///
  /// - Parameters:
  ///   - target: The index into `targets`.
  ///   - rows: The rows wanted.
  /// - Returns: One value for each of the rows.
  public func actual(target: Int, rows: Range<Int>) -> [Double] {
    let values = self[targets[target]] ?? []
    return rows.map { isMissing(target: target, row: $0) ? .nan : values[$0] }
  }

  /// The forecasts that a baseline makes for some rows, NaN where it reaches before the start.
  ///
  /// A value that is missing in the file counts as known with what it was filled with.
  ///
  /// - Parameters:
  ///   - baseline: The rule.
  ///   - target: The index into `targets`.
  ///   - rows: The rows that are forecast.
  ///   - lead: How many rows ahead the forecast is made; 1 knows everything up to the row before.
  /// - Returns: One value for each of the rows.
  public func forecast(
    by baseline: Baseline, target: Int, rows: Range<Int>, lead: Int = 1
  ) -> [Double] {
    let values = self[targets[target]] ?? []
    let period = baseline.period
    if case .seasonalMean = baseline {
      var sums = [0.0]
      for value in values { sums.append((sums.last ?? 0) + value) }
      return rows.map { row in
        let end = row - max(1, lead) + 1
        return end >= period && end <= values.count
          ? (sums[end] - sums[end - period]) / Double(period) : .nan
      }
    }
    return rows.map { baseline.value(before: $0, of: values, lead: lead) }
  }
}

extension Baseline {
  /// The value that is repeated in a row; NaN where it would be before the start.
  fileprivate func value(before row: Int, of values: [Double], lead: Int) -> Double {
    let back = (max(1, lead) + period - 1) / period * period
    return row >= back ? values[row - back] : .nan
  }

  /// The forecast of a row after some values, by one of them.
  ///
  /// - Parameters:
  ///   - values: All that is known.
  ///   - lead: Which of the rows after them, from 1.
  /// - Returns: NaN where it reaches before the start.
  package func next(of values: [Double], lead: Int) -> Double {
    if case .seasonalMean = self { preconditionFailure("a mean is no single value") }
    return value(before: values.count + max(1, lead) - 1, of: values, lead: lead)
  }
}
