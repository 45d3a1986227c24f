extension Series {
  /// The series without the features that only count the rows, and a note on them.
  ///
  /// A column such as a running number says nothing that the order of the rows does not say, and
  /// leaves the range that a network was fitted to with the first row after it.
  ///
  /// - Parameter rows: The rows that a model is fitted to.
  /// - Returns: The series, unchanged where no feature, targets aside, counts rows.
  public func droppingCounters(in rows: Range<Int>) -> Series {
    let counters = columns.filter { column in
      !targets.contains(column.name) && Self.isCounter(column.values[rows])
    }.map(\.name)
    let kept = features.filter { !counters.contains($0) }
    guard !counters.isEmpty, !kept.isEmpty else { return self }
    let names = listed(counters.map { "'\(excerpt($0))'" })
    return without(
      counters, features: kept, notes: ["left out, because they only count the rows: \(names)"])
  }

  /// Whether values grow, or shrink, by the same amount from each to the next.
  ///
  /// - Parameter values: The values, in order.
  /// - Returns: `false` for fewer than three values, of which two would always do.
  static func isCounter(_ values: ArraySlice<Double>) -> Bool {
    guard values.count > 2, let first = values.first, let last = values.last else { return false }
    let step = (last - first) / Double(values.count - 1)
    guard step != 0, step.isFinite else { return false }
    return values.enumerated().allSatisfy { index, value in
      (value - (first + Double(index) * step)).magnitude <= 1e-6 * step.magnitude
    }
  }
}
