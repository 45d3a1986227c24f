/// Days, or stretches of time, that a file lists: those of known events.
public struct KnownDates: Hashable, Sendable {
  /// From the first millisecond of each to the last, since 1970-01-01T00:00:00.
  public let spans: [ClosedRange<Double>]

  /// Reads a file: in each line a date or time, or a first and a last one with a comma between them.
  ///
  /// A date is the whole day. Empty lines and those that begin with # are passed over; so is a first
  /// line that is none and does not begin with a digit, which is a header.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - axis: The times that they are among, whose order of day and month is theirs.
  /// - Throws: `TimeSeriesError` where the file cannot be read, has no date, has a line that is none,
  ///   or the rows have no times.
  public init(path: String, axis: TimeAxis) throws(TimeSeriesError) {
    try axis.checkDates(for: path)
    spans = try SpanFile(path: path, of: "known dates", axis: axis).spans.map(\.values)
  }
}

extension TimeAxis {
  /// Throws where rows have no dates that those of a file could be among.
  func checkDates(for path: String) throws(TimeSeriesError) {
    guard kind == .dates || kind == .times else {
      throw TimeSeriesError(
        file: path, reason: "lists dates, but the rows of the data have none; --time names a column"
      )
    }
  }
}
