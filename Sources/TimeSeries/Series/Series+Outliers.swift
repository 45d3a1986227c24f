extension Series {
  /// A value so many times the spread of the middle half away from it is no measurement.
  private static let absurdDistance = 1000.0

  /// The series without values in some rows that are absurdly far from all others, and a note on
  /// each: they are missing then, so that one of them does not set the scale of a column.
  ///
  /// - Parameter rows: The rows that a model is fitted to or validated with; others are judged, and
  ///   an absurd value there is what is looked for.
  /// - Returns: The series, unchanged where no value is absurd.
  public func droppingAbsurdValues(in rows: Range<Int>) -> Series {
    var columns = columns
    var missingTargets = missingTargets
    var notes = notes
    for (index, column) in columns.enumerated() {
      let absurd = Self.absurdRows(column.values, in: rows)
      guard !absurd.isEmpty else { continue }
      var values = column.values
      // The value before, or at the very start the middle of all.
      for row in absurd {
        values[row] = row > 0 ? values[row - 1] : column.values[rows].sorted()[rows.count / 2]
      }
      columns[index] = Column(name: column.name, values: values)
      if let target = targets.firstIndex(of: column.name) {
        if missingTargets[target].isEmpty {
          missingTargets[target] = Array(repeating: false, count: rowCount)
        }
        for row in absurd { missingTargets[target][row] = true }
      }
      let shown = absurd.map { row in
        let value = column.values[row]
        return "\(Int(exactly: value).map { "\($0)" } ?? "\(value)") in row \(fileRow(row))"
      }
      notes.append(
        "taken for missing in '\(excerpt(column.name))', because all other values are far from it: "
          + listed(shown))
    }
    return Series(
      path: path, time: time, features: features, targets: targets, columns: columns, notes: notes,
      pendingRows: pendingRows, reading: reading, known: known, upcoming: upcoming,
      fileRows: fileRows, missingTargets: missingTargets, context: context)
  }

  /// Rows, one in a hundred at most, whose values are absurdly far from the middle half.
  private static func absurdRows(_ values: [Double], in rows: Range<Int>) -> [Int] {
    let sorted = values[rows].sorted()
    guard sorted.count >= 20 else { return [] }
    let low = sorted[sorted.count / 4]
    let high = sorted[3 * sorted.count / 4]
    // A column that mostly stands still has no spread to compare with.
    guard high > low else { return [] }
    let reach = absurdDistance * (high - low)
    let absurd = rows.filter { values[$0] < low - reach || values[$0] > high + reach }
    return absurd.count <= max(1, rows.count / 100) ? absurd : []
  }
}
