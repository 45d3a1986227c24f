/// The forecasts of a run of rows, in the targets' units.
public struct Forecasts: Sendable {
  /// The rows at which the forecasts start.
  public let rows: Range<Int>
  /// The number of rows that are forecast from each.
  public let horizon: Int
  /// The number of targets.
  public let targetCount: Int
  /// What is said beside each forecast.
  public let uncertainties: [Uncertainty]
  /// `[rows, horizon, targets]`, the forecasts that rows are judged by, and what is said beside them.
  var values: DecodedOutputs
  /// The same of each who makes a forecast.
  var bySource: [ForecastSource: [Double]]

  init(
    rows: Range<Int>, horizon: Int, targetCount: Int, uncertainties: [Uncertainty],
    values: DecodedOutputs, bySource: [ForecastSource: [Double]] = [:]
  ) {
    self.rows = rows
    self.horizon = horizon
    self.targetCount = targetCount
    self.uncertainties = uncertainties
    self.values = values
    self.bySource = bySource.isEmpty ? [.network: values.forecasts] : bySource
  }

  /// Who makes forecasts, in a fixed order.
  public var sources: [ForecastSource] { ForecastSource.allCases.filter { bySource[$0] != nil } }

  /// What was expected of a row.
  ///
  /// - Parameters:
  ///   - row: The row.
  ///   - target: The target's number.
  ///   - lead: How many rows before the row the forecast was made, 1 to `horizon`.
  ///   - source: Who made it; `nil` is the forecast that rows are judged by.
  /// - Returns: NaN where there is no such forecast.
  public func expected(
    row: Int, target: Int, lead: Int = 1, by source: ForecastSource? = nil
  ) -> Double {
    guard let index = index(row: row, target: target, lead: lead) else { return .nan }
    guard let source else { return values.forecasts[index] }
    return bySource[source]?[index] ?? .nan
  }

  /// What was expected of some rows, NaN where nothing was.
  public func expected(
    rows: Range<Int>, target: Int, lead: Int = 1, by source: ForecastSource? = nil
  ) -> [Double] {
    rows.map { expected(row: $0, target: target, lead: lead, by: source) }
  }

  /// What was said beside the forecast of a row.
  ///
  /// - Parameters:
  ///   - number: Which of the `uncertainties`.
  ///   - row: The row.
  ///   - target: The target's number.
  ///   - lead: How many rows before the row the forecast was made, 1 to `horizon`.
  /// - Returns: NaN where there is no such forecast.
  public func uncertainty(_ number: Int, row: Int, target: Int, lead: Int = 1) -> Double {
    index(row: row, target: target, lead: lead).map { values.uncertainties[number][$0] } ?? .nan
  }

  /// Whether the network's forecasts of some rows, of those that it makes, are numbers.
  func areNumbers(in judged: Range<Int>) -> Bool {
    judged.clamped(to: rows.lowerBound..<max(rows.lowerBound, rows.upperBound)).allSatisfy { row in
      (0..<targetCount).allSatisfy { expected(row: row, target: $0, by: .network).isFinite }
    }
  }

  private func index(row: Int, target: Int, lead: Int) -> Int? {
    let start = row - lead + 1
    guard rows.contains(start) else { return nil }
    return ((start - rows.lowerBound) * horizon + lead - 1) * targetCount + target
  }
}
