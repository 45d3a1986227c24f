extension Series {
  /// A value so many times the spread of the middle half away from it is no measurement.
  private static let absurdDistance = 1000.0

  /// The series without values in some rows that are absurdly far from all others, and a note on
  /// each: they are missing then, so that one of them does not set the scale of a column.
  ///
  /// Those before all others stay: there is no value before them that could stand for them, and none after
  /// them may. `init(table:options:judgedFrom:)` leaves their rows out.
  ///
  /// - Parameter rows: The rows that a model is fitted to or validated with; others are judged, and
  ///   an absurd value there is what is looked for.
  /// - Returns: The series, unchanged where no value is absurd.
  public func droppingAbsurdValues(in rows: Range<Int>) -> Series {
    var columns = columns
    var missingTargets = missingTargets
    var notes = notes
    for (index, column) in columns.enumerated() {
      let target = targets.firstIndex(of: column.name)
      let all = Self.absurdRows(column.values, in: rows) { row in
        // What fills a gap behind an absurd value is no further one.
        guard row > rows.lowerBound else { return false }
        return target.map { isMissing(target: $0, row: row) }
          ?? (column.values[row] == column.values[row - 1])
      }
      let start = zip(all, 0...).prefix { $0 == $1 }.count
      let absurd = all.dropFirst(start)
      guard !absurd.isEmpty else { continue }
      var values = column.values
      for row in absurd { values[row] = values[row - 1] }
      columns[index] = Column(name: column.name, values: values)
      let shown = absurd.filter { row in
        target.map { !isMissing(target: $0, row: row) }
          ?? (column.values[row] != column.values[row - 1])
      }
      if let target {
        if missingTargets[target].isEmpty {
          missingTargets[target] = Array(repeating: false, count: rowCount)
        }
        for row in absurd { missingTargets[target][row] = true }
      }
      notes.append(
        Self.note(
          onAbsurd: shown.map { (column.values[$0], fileRow($0)) }, of: column.name))
    }
    return Series(
      path: path, time: time, features: features, targets: targets, columns: columns, notes: notes,
      pendingRows: pendingRows, reading: reading, known: known, upcoming: upcoming,
      fileRows: fileRows, missingTargets: missingTargets, context: context)
  }

  static func note(onAbsurd found: [(value: Double, row: Int)], of name: String) -> String {
    let shown = found.map { value, row in
      "\(Int(exactly: value).map { "\($0)" } ?? "\(value)") in row \(row)"
    }
    return "taken for missing in '\(excerpt(name))', because all other values are far from it: "
      + listed(shown)
  }

  /// Rows, one in a hundred at most, whose values are absurdly far from the middle half.
  ///
  /// - Parameters:
  ///   - values: The values; NaN is missing.
  ///   - rows: The rows that are looked at.
  ///   - isFilling: Whether a row has no value of its own, so that it does not count.
  /// - Returns: The rows, those of fillings too.
  static func absurdRows(
    _ values: [Double], in rows: Range<Int>, isFilling: (Int) -> Bool = { _ in false }
  ) -> [Int] {
    let sorted = values[rows].filter { !$0.isNaN }.sorted()
    guard sorted.count >= 20 else { return [] }
    let low = sorted[sorted.count / 4]
    let high = sorted[3 * sorted.count / 4]
    // A column that mostly stands still has no spread to compare with.
    guard high > low else { return [] }
    let reach = absurdDistance * (high - low)
    let absurd = rows.filter { values[$0] < low - reach || values[$0] > high + reach }
    return absurd.count(where: { !isFilling($0) }) <= max(1, rows.count / 100) ? absurd : []
  }
}

extension SeriesBuilder {
  /// Takes absurd values before all others for missing, so that their rows are left out: nothing before
  /// them can stand for them.
  mutating func dropAbsurdStart(_ all: inout Columns) {
    guard let judgedFrom, options.missing != .error, before == nil else { return }
    let count = all.time.count
    let end =
      switch judgedFrom {
      case .fraction(let part): min(count, Int((Double(count) * part).rounded()))
      case .time(let text): all.time.firstRow(notBefore: text) ?? count
      }
    for (index, name) in all.names.enumerated() {
      let values = all.rows.columns[index]
      let absurd = Set(Series.absurdRows(values, in: 0..<end))
      let start = (0..<end).prefix { absurd.contains($0) || values[$0].isNaN }
        .filter(absurd.contains)
      guard !start.isEmpty else { continue }
      for row in start { all.rows.columns[index][row] = .nan }
      notes.append(
        Series.note(
          onAbsurd: start.map { (values[$0], Int(all.rows.fileRows[$0])) }, of: name))
    }
  }
}
