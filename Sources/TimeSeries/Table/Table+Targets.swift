extension Table {
  /// The columns that may be forecast: numbers that vary and are more than two, no time and no row
  /// count.
  public var possibleTargets: [String] {
    header.filter { name in
      guard isNumeric(name), !TimeColumn.isTimeName(name), !TimeColumn.isSpanName(name),
        let numbers = numbers(name)
      else { return false }
      var found: Set<Double> = []
      for value in numbers where !value.isNaN && found.insert(value).inserted {
        guard found.count < 3 else { return !Series.isCounter(numbers[...]) }
      }
      return false
    }
  }

  /// Throws where the header holds dates, so that each row is a series.
  ///
  /// - Throws: `TimeSeriesError` that says how to turn the table.
  public func checkWide() throws(TimeSeriesError) {
    let times = header.filter { TimeParser(order: .monthFirst).parse($0) != nil }
    guard times.count >= 3, 2 * times.count > header.count else { return }
    throw TimeSeriesError(
      file: path,
      reason:
        "the header holds times, from '\(excerpt(times[0]))' on, so each row is a series of its "
        + "own; turn the table so that each time is a row and each series a column (in pandas: "
        + "read_csv(FILE, index_col=0).T)")
  }
}
