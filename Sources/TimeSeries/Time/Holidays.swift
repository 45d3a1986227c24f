#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension CalendarTerms {
  /// Reads the dates of holidays from a file: one in each line, before a comma or at its end.
  ///
  /// Empty lines and those that begin with # are passed over; so is a first line that is no date, which
  /// is a header.
  ///
  /// - Parameter path: The file.
  /// - Returns: The days since 1970-01-01.
  /// - Throws: `TimeSeriesError` where the file cannot be read, has no date, or has a line that is none.
  public static func readHolidays(path: String) throws(TimeSeriesError) -> Set<Int> {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw TimeSeriesError(file: path, reason: "the file of holidays cannot be read")
    }
    let parser = TimeParser(order: .monthFirst)
    var days: Set<Int> = []
    let lines = String(decoding: data, as: UTF8.self).split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let cell = trimmed(String(line.prefix { $0 != "," && $0 != ";" && $0 != "\t" }))
      guard !cell.isEmpty, !cell.hasPrefix("#") else { continue }
      guard let time = parser.parse(cell) else {
        guard index == 0 else {
          throw TimeSeriesError(
            file: path, row: index + 1,
            reason: "expected the date of a holiday such as 2024-12-25, found '\(excerpt(cell))'")
        }
        continue
      }
      let length = CivilDate.millisecondsPerDay
      days.insert(Int((Double(time.milliseconds) / Double(length)).rounded(.down)))
    }
    guard !days.isEmpty else {
      throw TimeSeriesError(file: path, reason: "there is no date of a holiday in it")
    }
    return days
  }
}
