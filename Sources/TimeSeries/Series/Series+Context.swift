extension Series {
  /// Rows of another file that come before those of a series: they are looked back at and not judged.
  public struct Context: Hashable, Sendable {
    /// The file, as it was given.
    public let path: String
    /// How many of its rows come before the others: the first rows of the series.
    public let rowCount: Int

    /// The file's name without its folder.
    public var fileName: String { Table.name(of: path) }
  }

  /// The rows of the series' own file.
  public var ownRows: Range<Int> { (context?.rowCount ?? 0)..<rowCount }

  /// A series from the columns of a table, with the rows of another table before them.
  ///
  /// Both are read by the same options, except that `from` and `until` are of the first one's rows.
  /// Missing values of the first rows are filled from the context.
  ///
  /// - Parameters:
  ///   - table: The table.
  ///   - context: The table whose rows come before.
  ///   - options: What to take from them.
  /// - Throws: `TimeSeriesError` with the row and the column where a cell cannot be used, the times of
  ///   the context are of another kind, or one of them is not before those of `table`, unless `table`
  ///   has an equal row, which is taken instead.
  public init(
    table: Table, context: Table, options: SeriesOptions
  ) throws(TimeSeriesError) {
    var earlier = options
    earlier.from = nil
    earlier.until = nil
    var contextBuilder = SeriesBuilder(table: context, options: earlier)
    contextBuilder.isContext = true
    var builder = SeriesBuilder(table: table, options: options)
    builder.before = try contextBuilder.build()
    self = try builder.build()
  }

  /// The number of rows that come before the first one of an axis; all where rows have no times.
  fileprivate func rowCount(before time: TimeAxis) -> Int {
    guard time.kind != .rowNumbers, let first = time.values.first else { return rowCount }
    return self.time.values.firstIndex { $0 >= first } ?? rowCount
  }

  /// The last value of a column before the first row of an axis; NaN where there is none.
  func lastValue(of name: String, before time: TimeAxis) -> Double {
    let count = rowCount(before: time)
    return count > 0 ? self[name]?[count - 1] ?? .nan : .nan
  }
}

/// The rows of a context and those after them, as one.
struct JointRows {
  private let context: Series
  /// How many rows of the context come before the others.
  private let count: Int
  /// The time of all rows.
  let time: TimeAxis

  /// Throws where the times do not go together.
  init(_ context: Series, before time: TimeAxis) throws(TimeSeriesError) {
    func failure(_ reason: String) -> TimeSeriesError {
      TimeSeriesError(file: context.path, reason: reason)
    }
    self.context = context
    guard context.time.kind == time.kind, context.time.isUTC == time.isUTC else {
      throw failure(
        "its times, such as '\(context.time.label(at: 0))', are of another kind than those of the rows "
          + "after it, such as '\(time.label(at: 0))'")
    }
    let count = context.rowCount(before: time)
    guard count > 0 else {
      throw failure(
        "no row of it comes before the first one that is judged, '\(time.label(at: 0))'; its first is "
          + "'\(context.time.label(at: 0))'")
    }
    self.count = count
    var earlier = Array(context.time.values.prefix(count))
    if time.kind == .rowNumbers, let first = time.values.first {
      // They are counted back from the first row after them.
      earlier = (0..<count).map { first - Double(count - $0) }
    }
    self.time = time.with(values: earlier + time.values)
  }

  /// The series with the context's rows before it.
  ///
  /// - Throws: `TimeSeriesError` where the context has rows that are neither before the others nor
  ///   equal to one of them.
  func joined(to series: Series) throws(TimeSeriesError) -> Series {
    if time.kind != .rowNumbers { try checkLater(series) }
    let columns = series.columns.map { column in
      Series.Column(
        name: column.name, values: (context[column.name] ?? []).prefix(count) + column.values)
    }
    let missing = zip(context.missingTargets, series.missingTargets).map { before, own -> [Bool] in
      guard !before.isEmpty || !own.isEmpty else { return [] }
      func flags(_ flags: [Bool], _ count: Int) -> [Bool] {
        flags.isEmpty ? Array(repeating: false, count: count) : Array(flags.prefix(count))
      }
      return flags(before, count) + flags(own, series.rowCount)
    }
    return Series(
      path: series.path, time: time, features: series.features, targets: series.targets,
      columns: columns, notes: context.notes.map { "\(context.path): \($0)" } + series.notes,
      pendingRows: series.pendingRows, reading: series.reading, known: series.known,
      upcoming: series.upcoming, fileRows: context.fileRows.prefix(count) + series.fileRows,
      missingTargets: missing,
      context: Series.Context(path: context.path, rowCount: count))
  }

  /// Throws where a row of the context that is not before the others is none of them.
  private func checkLater(_ series: Series) throws(TimeSeriesError) {
    var own = 0
    for row in count..<context.rowCount {
      let time = context.time.values[row]
      while own < series.rowCount, series.time.values[own] < time { own += 1 }
      let isSame =
        own < series.rowCount && series.time.values[own] == time
        && series.columns.allSatisfy { column in
          let target = series.targets.firstIndex(of: column.name)
          let (isMissing, isMissingHere) = (
            target.map { context.isMissing(target: $0, row: row) } ?? false,
            target.map { series.isMissing(target: $0, row: own) } ?? false
          )
          guard !isMissing, !isMissingHere else { return isMissing == isMissingHere }
          return context[column.name]?[row] == column.values[own]
        }
      guard !isSame else { continue }
      throw TimeSeriesError(
        file: context.path, row: context.fileRow(row),
        reason:
          "'\(context.time.label(at: row))' is not before '\(series.time.label(at: 0))', the first "
          + "row of \(series.path), which has no equal row; expected rows that come before")
    }
  }
}
