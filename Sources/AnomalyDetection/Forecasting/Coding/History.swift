import TimeSeries

/// The columns of a series as forecasts look at them: what was measured, what is known of the rows to
/// come, and the time of both.
final class History {
  /// The number of rows that have been measured.
  let count: Int
  private var columns: [String: [Double]]
  private let knownColumns: [String: [Double]]
  private let times: [Double]
  private var sums: [String: [Double]] = [:]
  /// What the sums from some row on lack, because values before it were replaced.
  private var shifts: [String: (from: Int, change: Double)] = [:]
  private var calendarRows: [CalendarTerms: [[Double]]] = [:]

  /// The history of a series.
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - horizon: The number of rows after it that are forecast.
  init(_ series: Series, horizon: Int) {
    count = series.rowCount
    columns = Dictionary(uniqueKeysWithValues: series.columns.map { ($0.name, $0.values) })
    times = series.time.extended(by: horizon).values
    knownColumns = Dictionary(
      uniqueKeysWithValues: series.known.map { name in
        let upcoming = (series.upcoming[name] ?? []).prefix(horizon)
        let missing = [Double](repeating: .nan, count: horizon - upcoming.count)
        return (name, (series[name] ?? []) + upcoming + missing)
      })
  }

  /// The values of a column.
  subscript(name: String) -> [Double] { columns[name] ?? [] }

  /// Puts another value into a column; rows are changed in order.
  func replace(_ name: String, row: Int, by value: Double) {
    let change = value - (columns[name]?[row] ?? value)
    columns[name]?[row] = value
    settle(name, before: row)
    shifts[name] = (row + 1, (shifts[name]?.change ?? 0) + change)
  }

  /// Brings the sums of the values before a row up to date with the values replaced.
  func settle(_ name: String, before row: Int) {
    guard let shift = shifts[name], sums[name] != nil, shift.from <= row else { return }
    for index in shift.from...row { sums[name]?[index] += shift.change }
    shifts[name] = (row + 1, shift.change)
  }

  /// The values of a column that is known ahead, those of the rows to come included; NaN where they
  /// are not there.
  func known(_ name: String) -> [Double] { knownColumns[name] ?? [] }

  /// The sums of a column's first values: `count + 1` of them.
  func sums(_ name: String) -> [Double] {
    if let known = sums[name] { return known }
    var sum = 0.0
    var all = [0.0]
    for value in self[name] {
      sum += value
      all.append(sum)
    }
    sums[name] = all
    return all
  }

  /// What a calendar says of each row, those to come included.
  func calendar(_ terms: CalendarTerms) -> [[Double]] {
    if let known = calendarRows[terms] { return known }
    let all = times.map(terms.values(at:))
    calendarRows[terms] = all
    return all
  }
}
