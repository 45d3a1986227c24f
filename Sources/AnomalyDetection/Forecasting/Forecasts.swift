/// The forecasts of a run of windows, in the targets' units.
public struct Forecasts: Sendable {
  /// The rows at which the windows' forecasts start.
  public let rows: Range<Int>
  /// The number of rows that each window forecasts.
  public let horizon: Int
  /// The number of targets.
  public let targetCount: Int
  /// What is said beside each forecast.
  public let uncertainties: [Uncertainty]
  /// `[rows, horizon, targets]`.
  let values: DecodedOutputs
  /// Whether all that the network put out is finite, whatever the values around it are.
  let areNumbers: Bool

  init(
    rows: Range<Int>, horizon: Int, targetCount: Int, uncertainties: [Uncertainty],
    values: DecodedOutputs, areNumbers: Bool
  ) {
    self.rows = rows
    self.horizon = horizon
    self.targetCount = targetCount
    self.uncertainties = uncertainties
    self.values = values
    self.areNumbers = areNumbers
  }

  /// What was expected of a row.
  ///
  /// - Parameters:
  ///   - row: The row.
  ///   - target: The target's number.
  ///   - lead: How many rows before the row the forecast was made, 1 to `horizon`.
  /// - Returns: NaN where no window made this forecast.
  public func expected(row: Int, target: Int, lead: Int = 1) -> Double {
    index(row: row, target: target, lead: lead).map { values.forecasts[$0] } ?? .nan
  }

  /// What was expected of some rows, NaN where no window forecasts them.
  public func expected(rows: Range<Int>, target: Int, lead: Int = 1) -> [Double] {
    rows.map { expected(row: $0, target: target, lead: lead) }
  }

  /// What was said beside the forecast of a row.
  ///
  /// - Parameters:
  ///   - number: Which of the `uncertainties`.
  ///   - row: The row.
  ///   - target: The target's number.
  ///   - lead: How many rows before the row the forecast was made, 1 to `horizon`.
  /// - Returns: NaN where no window made this forecast.
  public func uncertainty(_ number: Int, row: Int, target: Int, lead: Int = 1) -> Double {
    index(row: row, target: target, lead: lead).map { values.uncertainties[number][$0] } ?? .nan
  }

  private func index(row: Int, target: Int, lead: Int) -> Int? {
    let start = row - lead + 1
    guard rows.contains(start) else { return nil }
    return ((start - rows.lowerBound) * horizon + lead - 1) * targetCount + target
  }
}
