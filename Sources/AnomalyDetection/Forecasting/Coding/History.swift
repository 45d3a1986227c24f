import TimeSeries

/// The columns of a series as forecasts look at them: what was measured, what is known of the rows to
/// come, and the time of both.
final class History {
  /// The number of rows that have been measured.
  let count: Int
  private var columns: [String: [Double]]
  private let knownColumns: [String: [Double]]
  private let times: [Double]
  private var means: [MeanKey: [Double]] = [:]
  private var calendars: [(terms: CalendarTerms, rows: [[Double]])] = []

  private struct MeanKey: Hashable {
    var name: String
    var count: Int
  }

  /// The history of some rows.
  ///
  /// - Parameters:
  ///   - count: The number of rows that have been measured.
  ///   - columns: Their values, by the names of the columns.
  ///   - known: The values of the columns that are known ahead, those of the rows to come included.
  ///   - times: The times of all of these rows.
  init(
    count: Int, columns: [String: [Double]], known: [String: [Double]], times: [Double]
  ) {
    self.count = count
    self.columns = columns
    self.times = times
    knownColumns = known
  }

  /// The history of a series.
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - horizon: The number of rows after it that are forecast.
  convenience init(_ series: Series, horizon: Int) {
    self.init(
      count: series.rowCount,
      columns: Dictionary(uniqueKeysWithValues: series.columns.map { ($0.name, $0.values) }),
      known: Dictionary(
        uniqueKeysWithValues: series.known.map { name in
          let upcoming = (series.upcoming[name] ?? []).prefix(horizon)
          let missing = [Double](repeating: .nan, count: horizon - upcoming.count)
          return (name, (series[name] ?? []) + upcoming + missing)
        }),
      times: series.time.extended(by: horizon).values)
  }

  /// The values of a column.
  subscript(name: String) -> [Double] { columns[name] ?? [] }

  /// Puts another value into a column.
  func replace(_ name: String, row: Int, by value: Double) {
    columns[name]?[row] = value
    for key in means.keys.filter({ $0.name == name }) {
      // The means that the value has a part in.
      for end in row + 1..<min(row + 1 + key.count, count + 1) { means[key]?[end] = .nan }
    }
  }

  /// The values of a column that is known ahead, those of the rows to come included; NaN where they
  /// are not there.
  func known(_ name: String) -> [Double] { knownColumns[name] ?? [] }

  /// The mean of some values of a column.
  ///
  /// It is summed up of these values alone, and not from sums of all before, so that it is the same to
  /// the last bit however many rows the history begins before them.
  ///
  /// - Parameters:
  ///   - name: The column.
  ///   - count: The number of values, at least 1.
  ///   - end: The row after the last of them.
  /// - Returns: The mean.
  func mean(_ name: String, _ count: Int, before end: Int) -> Double {
    let key = MeanKey(name: name, count: count)
    if let known = means[key]?[end], !known.isNaN { return known }
    let mean = self[name].withUnsafeBufferPointer { values in
      Self.sum(UnsafeBufferPointer(rebasing: values[end - count..<end])) / Double(count)
    }
    means[key, default: [Double](repeating: .nan, count: self.count + 1)][end] = mean
    return mean
  }

  /// The sum in four parts, which a processor adds side by side.
  private static func sum(_ values: UnsafeBufferPointer<Double>) -> Double {
    var parts = SIMD4<Double>(repeating: 0)
    var place = 0
    while place + 4 <= values.count {
      parts += SIMD4(values[place], values[place + 1], values[place + 2], values[place + 3])
      place += 4
    }
    var sum = parts[0] + parts[1] + (parts[2] + parts[3])
    while place < values.count {
      sum += values[place]
      place += 1
    }
    return sum
  }

  /// What a calendar says of a row, which may be one to come.
  func calendar(_ terms: CalendarTerms, at row: Int) -> [Double] {
    let number =
      calendars.firstIndex { $0.terms == terms }
      ?? {
        calendars.append((terms, [[Double]](repeating: [], count: times.count)))
        return calendars.count - 1
      }()
    if calendars[number].rows[row].isEmpty {
      calendars[number].rows[row] = terms.values(at: times[row])
    }
    return calendars[number].rows[row]
  }
}
