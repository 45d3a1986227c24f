#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Stretches of rows that a text file lists, one in a line: by a time, or by a first and a last one with
/// a comma between them.
///
/// A date is the whole day, of UTC where the times of the data have offsets from it. Empty lines and those that begin with # are passed over; so is a first line
/// that is no stretch and does not begin with a digit, which is a header.
package struct SpanFile: Sendable {
  /// What a line says.
  package struct Span: Hashable, Sendable {
    /// From the first value of the axis to the last: milliseconds since 1970-01-01T00:00:00, or numbers.
    package let values: ClosedRange<Double>
    /// What stands in a third column; `nil` for nothing.
    package let name: String?
    /// The line; the first one is 1.
    package let row: Int
  }

  /// What stands in a line.
  package enum Columns: Sendable {
    /// A time, or a first and a last one.
    case span
    /// The same, then perhaps a name; the second one may be empty.
    case spanAndName
    /// A day, then anything.
    case day
  }

  /// What the lines say, in their order.
  package let spans: [Span]

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - noun: What it lists, for messages.
  ///   - axis: The times that they are among, whose order of day and month is theirs.
  ///   - columns: What stands in a line.
  /// - Throws: `TimeSeriesError` where the file cannot be read, says nothing, has a line that is no
  ///   stretch, or does not show whether day or month is first and the axis does not either.
  package init(
    path: String, of noun: String, axis: TimeAxis, columns: Columns = .span
  ) throws(TimeSeriesError) {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw TimeSeriesError(file: path, reason: "the file of \(noun) cannot be read")
    }
    let text = String(decoding: data, as: UTF8.self)
    let lines = (text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...])
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let readings = (axis.order.map { [$0] } ?? [.monthFirst, .dayFirst]).map { order in
      let reader = SpanReader(axis: axis, columns: columns, order: order)
      return Result { () throws(TimeSeriesError) -> [Span] in
        try Self.spans(of: lines, reader, path: path)
      }
    }
    let found = readings.compactMap { try? $0.get() }
    if found.isEmpty, let failed = readings.first { _ = try failed.get() }
    guard let spans = found.first, !spans.isEmpty else {
      throw TimeSeriesError(file: path, reason: "there are no \(noun) in it")
    }
    if let other = found.last, let index = spans.indices.first(where: { spans[$0] != other[$0] }) {
      throw TimeSeriesError(
        file: path, row: spans[index].row,
        reason:
          "expected a date that shows whether the day or the month is first, as no line and no "
          + "row of the data does, such as 2024-12-25; found "
          + "'\(excerpt(trimmed(String(lines[spans[index].row - 1]))))'")
    }
    self.spans = spans
  }

  /// What the lines say.
  private static func spans(
    of lines: [Substring], _ reader: SpanReader, path: String
  ) throws(TimeSeriesError) -> [Span] {
    var spans: [Span] = []
    var isFirst = true
    for (index, line) in lines.enumerated() {
      let line = trimmed(String(line))
      guard let first = line.first, first != "#" else { continue }
      defer { isFirst = false }
      do throws(SpanReader.Failure) {
        let (values, name) = try reader.read(line)
        spans.append(Span(values: values, name: name, row: index + 1))
      } catch {
        let start = line.first { $0 != "\"" } ?? "0"
        if isFirst, !start.isNumber, !"+-.,".contains(start) { continue }
        throw TimeSeriesError(file: path, row: index + 1, reason: error.reason)
      }
    }
    return spans
  }
}

/// Reads the lines of a `SpanFile`.
private struct SpanReader {
  struct Failure: Error {
    var reason: String
  }

  let axis: TimeAxis
  let columns: SpanFile.Columns
  let order: TimeParser.Order
  private var hasNames: Bool { columns == .spanAndName }

  init(axis: TimeAxis, columns: SpanFile.Columns, order: TimeParser.Order) {
    self.axis = axis
    self.columns = columns
    self.order = order
  }

  func read(_ line: String) throws(Failure) -> (ClosedRange<Double>, String?) {
    if columns == .day {
      let start = trimmed(String(line.prefix { !",;\t".contains($0) }).replacing("\"", with: ""))
      let day = try edges(of: start, in: line)
      return (day.first...day.last, nil)
    }
    let cells = try cells(of: line)
    guard cells.count <= (hasNames ? 3 : 2) else { throw unexpected(line) }
    let start = try edges(of: cells[0], in: line)
    let end =
      hasNames && (cells.count < 2 || cells[1].isEmpty)
      ? start : try edges(of: cells[cells.count < 2 ? 0 : 1], in: line)
    guard start.first <= end.last else {
      throw Failure(reason: "'\(excerpt(line))' ends before it begins")
    }
    let name = cells.count > 2 && !cells[2].isEmpty ? cells[2] : nil
    return (start.first...end.last, name)
  }

  /// The cells of a line; one in double quotes may have commas, and two quotes for one.
  private func cells(of line: String) throws(Failure) -> [String] {
    var cells: [String] = []
    var cell = ""
    var isQuoted = false
    var rest = line[...]
    while let character = rest.popFirst() {
      switch character {
      case "\"" where isQuoted && rest.first == "\"": cell.append(rest.removeFirst())
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        cells.append(trimmed(cell))
        cell = ""
      default: cell.append(character)
      }
    }
    guard !isQuoted else {
      throw Failure(reason: "'\(excerpt(line))' has a double quote that is not closed")
    }
    return cells + [trimmed(cell)]
  }

  /// The first and the last value of the axis that a cell stands for.
  private func edges(
    of cell: String, in line: String
  ) throws(Failure) -> (first: Double, last: Double) {
    guard axis.kind == .dates || axis.kind == .times else {
      guard let number = Double(cell), number.isFinite else { throw unexpected(line) }
      return (number, number)
    }
    guard let time = TimeParser(order: order).parse(cell) else {
      throw unexpected(line)
    }
    let day = Double(CivilDate.millisecondsPerDay)
    guard time.isDay || axis.step >= 7 * day else {
      throw Failure(
        reason:
          "'\(excerpt(cell))' is more than a day; "
          + (columns == .day
            ? "give each day a line"
            : "give its first and its last day, with a comma between them"))
    }
    // Whole days are those of the place where they were written down.
    guard !time.hasOffset || axis.isUTC || axis.kind == .dates else {
      throw Failure(
        reason: "'\(excerpt(cell))' has an offset from UTC, which the times of the data have not")
    }
    let first = Double(axis.isUTC ? time.milliseconds : time.localMilliseconds)
    return (first, time.hasTimeOfDay ? first : first + day - 1)
  }

  private func unexpected(_ line: String) -> Failure {
    guard columns != .day else {
      return Failure(
        reason: "expected the date of a holiday such as 2024-12-25, found '\(excerpt(line))'")
    }
    let example =
      switch axis.kind {
      case .dates: "a date such as 2024-12-25"
      case .times: "a date or time such as 2024-12-25 or 2024-12-25T13:00:00"
      case .numbers: "a number as in the column of the time"
      case .rowNumbers: "the number of a row, the header being row 1"
      }
    return Failure(
      reason: "expected \(example), or two with a comma between them"
        + (hasNames ? ", then perhaps a target" : "") + ", found '\(excerpt(line))'")
  }
}
