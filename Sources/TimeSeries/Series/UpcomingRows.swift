/// Rows of a file behind the last one of a series: their times, and what is known of them.
struct UpcomingRows {
  /// The names of the columns.
  var names: [String] = []
  private var times: [Double] = []
  private var fileRows: [Int32] = []
  private var columns: [[Double]] = []
  /// How many of them, the first ones, have no target yet; the others were cut off at a time.
  private var pendingCount = 0

  /// So many rows behind the last one are looked at, at most.
  static let limit = 10_000

  /// Puts rows before those that are there.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - times: Their times.
  ///   - arePending: Whether they have no target yet.
  mutating func prepend(_ rows: SeriesRows, times: [Double], arePending: Bool) {
    if arePending { pendingCount += times.count }
    self.times = times + self.times
    fileRows = rows.fileRows + fileRows
    columns = rows.columns.enumerated().map { index, values in
      values + (index < columns.count ? columns[index] : [])
    }
  }

  /// The values of columns in the rows to come, each at its time.
  ///
  /// - Parameters:
  ///   - axis: The times of the rows before.
  ///   - known: The columns that are wanted.
  ///   - path: The file.
  /// - Returns: The values, NaN where there are none, and how many rows reach to the last one that has no
  ///   target yet.
  /// - Throws: `TimeSeriesError` where a row without a target has a time that no row to come has.
  func placed(
    behind axis: TimeAxis, known: [String], path: String
  ) throws(TimeSeriesError) -> (values: [String: [Double]], pendingRows: Int) {
    let places = axis.places(of: times, limit: Self.limit)
    var numbers: [(row: Int, number: Int)] = []
    var pendingRows = pendingCount
    for (row, place) in places.enumerated() {
      switch place {
      case .row(let number):
        numbers.append((row, number))
        if row < pendingCount { pendingRows = max(pendingRows, number + 1) }
      case .between(let nearest) where row < pendingCount:
        throw failure(row, axis, path, expected: nearest)
      case .beyond where row < min(pendingCount, Self.limit):
        throw failure(
          row, axis, path, expected: axis.next(after: axis.values.last ?? 0, number: 1))
      case .between, .beyond: break
      }
    }
    let count = (numbers.last?.number ?? -1) + 1
    var values: [String: [Double]] = [:]
    for name in known {
      var column = [Double](repeating: .nan, count: count)
      if let index = names.firstIndex(of: name), index < columns.count {
        for (row, number) in numbers { column[number] = columns[index][row] }
      }
      values[name] = column
    }
    return (values, pendingRows)
  }

  private func failure(
    _ row: Int, _ axis: TimeAxis, _ path: String, expected: Double
  ) -> TimeSeriesError {
    let labels = axis.with(values: [expected, times[row]])
    return TimeSeriesError(
      file: path, row: Int(fileRows[row]),
      column: axis.columns.isEmpty ? nil : axis.columns.joined(separator: ","),
      reason: "expected a time that follows from the rows before, such as "
        + "'\(labels.label(at: 0))', found '\(labels.label(at: 1))' in a row that has no target yet; "
        + "correct it, or leave the row out")
  }
}
