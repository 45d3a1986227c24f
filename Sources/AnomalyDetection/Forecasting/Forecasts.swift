/// The forecasts of a run of windows, in the targets' units.
public struct Forecasts: Sendable {
  /// The rows at which the windows' forecasts start.
  public let rows: Range<Int>
  /// The number of rows that each window forecasts.
  public let horizon: Int
  /// The number of targets.
  public let targetCount: Int
  /// `[rows, horizon, targets]`.
  let values: [Double]

  /// What was expected of a row.
  ///
  /// - Parameters:
  ///   - row: The row.
  ///   - target: The target's number.
  ///   - lead: How many rows before the row the forecast was made, 1 to `horizon`.
  /// - Returns: NaN where no window made this forecast.
  public func expected(row: Int, target: Int, lead: Int = 1) -> Double {
    let start = row - lead + 1
    guard rows.contains(start) else { return .nan }
    return values[((start - rows.lowerBound) * horizon + lead - 1) * targetCount + target]
  }

  /// What was expected of some rows, NaN where no window forecasts them.
  public func expected(rows: Range<Int>, target: Int, lead: Int = 1) -> [Double] {
    rows.map { expected(row: $0, target: target, lead: lead) }
  }
}
