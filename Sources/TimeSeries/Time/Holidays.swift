extension CalendarTerms {
  /// Reads the dates of holidays from a file: one in each line, before a comma, a semicolon or a tab, or
  /// at its end.
  ///
  /// Empty lines and those that begin with # are passed over; so is a first line that is no date and does
  /// not begin with a digit, which is a header.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - axis: The times that they are among, whose order of day and month is theirs.
  /// - Returns: The days since 1970-01-01.
  /// - Throws: `TimeSeriesError` where the file cannot be read, has no date, has a line that is none, or
  ///   the rows have no times.
  public static func readHolidays(path: String, axis: TimeAxis) throws(TimeSeriesError) -> Set<Int>
  {
    try axis.checkDates(for: path)
    let day = Double(CivilDate.millisecondsPerDay)
    let spans = try SpanFile(path: path, of: "holidays", axis: axis, columns: .day).spans
    return Set(
      spans.flatMap { span in
        Int(
          (span.values.lowerBound / day).rounded(.down))...Int(
            (span.values.upperBound / day).rounded(.down))
      })
  }
}
