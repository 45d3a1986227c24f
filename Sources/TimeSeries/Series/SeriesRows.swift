/// The columns of a series while its rows are being ordered and merged.
struct SeriesRows {
  /// The row of the file that each row is from.
  var fileRows: [Int32]
  /// Values, NaN where missing.
  var columns: [[Double]]

  /// Some of the rows, in the order given.
  func picking(_ rows: [Int]) -> SeriesRows {
    SeriesRows(
      fileRows: rows.map { fileRows[$0] },
      columns: columns.map { values in rows.map { values[$0] } })
  }

  /// One row for each group of rows that follow each other.
  ///
  /// - Parameters:
  ///   - starts: Where each group starts.
  ///   - keepsLast: Whether the group's last row stands for it; the means of its values otherwise.
  /// - Returns: The rows, each with the time of its group.
  func merging(starts: [Int], keepsLast: Bool) -> SeriesRows {
    let ends = starts.dropFirst() + [fileRows.count]
    let lasts = ends.map { $0 - 1 }
    guard !keepsLast else { return picking(lasts) }
    let means = columns.map { values in
      zip(starts, ends).map { start, end in
        let present = values[start..<end].filter { !$0.isNaN }
        return present.isEmpty ? .nan : present.reduce(0, +) / Double(present.count)
      }
    }
    return SeriesRows(fileRows: lasts.map { fileRows[$0] }, columns: means)
  }
}

/// What is put where values are missing.
enum Gaps {
  /// Repeats the value before; rows before the first value stay as they are where nothing is known of
  /// the rows before them.
  static func fillForward(_ values: inout [Double], after first: Double = .nan) {
    var last = first
    for row in values.indices {
      if values[row].isNaN { values[row] = last } else { last = values[row] }
    }
  }
}
