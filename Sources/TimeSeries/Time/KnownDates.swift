#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Days, or stretches of time, that a file lists: those of known events.
public struct KnownDates: Hashable, Sendable {
  /// From the first millisecond of each to the last, since 1970-01-01T00:00:00.
  public let spans: [ClosedRange<Double>]

  /// Reads a file: in each line a date or time, or a first and a last one with a comma between them.
  ///
  /// A date is the whole day. Empty lines and those that begin with # are passed over; so is a first
  /// line that has no date, which is a header.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - axis: The times that they are among, whose order of day and month is theirs.
  /// - Throws: `TimeSeriesError` where the file cannot be read, has no date, has a line that is none,
  ///   or the rows have no times.
  public init(path: String, axis: TimeAxis) throws(TimeSeriesError) {
    guard axis.kind == .dates || axis.kind == .times else {
      throw TimeSeriesError(
        file: path, reason: "lists dates, but the rows of the data have none; --time names a column"
      )
    }
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw TimeSeriesError(file: path, reason: "the file of known dates cannot be read")
    }
    let parser = TimeParser(order: axis.order ?? .monthFirst)
    var spans: [ClosedRange<Double>] = []
    let lines = String(decoding: data, as: UTF8.self).split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        .map { trimmed(String($0)) }
      guard let first = cells.first, !first.isEmpty, !first.hasPrefix("#") else { continue }
      let ends = cells.map { parser.parse($0) }
      guard cells.count <= 2, let start = ends[0], let end = ends.last ?? nil else {
        if index == 0, ends[0] == nil { continue }
        throw TimeSeriesError(
          file: path, row: index + 1,
          reason: "expected a date such as 2024-12-25, or two with a comma between them, found "
            + "'\(excerpt(String(line)))'")
      }
      let day = Double(CivilDate.millisecondsPerDay)
      let last = Double(end.milliseconds)
      let isDay = last.truncatingRemainder(dividingBy: day) == 0
      guard Double(start.milliseconds) <= last else {
        throw TimeSeriesError(
          file: path, row: index + 1, reason: "'\(excerpt(String(line)))' ends before it begins")
      }
      spans.append(Double(start.milliseconds)...last + (isDay ? day - 1 : 0))
    }
    guard !spans.isEmpty else {
      throw TimeSeriesError(file: path, reason: "there is no date in it")
    }
    self.spans = spans
  }
}
