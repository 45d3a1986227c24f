/// The first row of a CSV file that is not blank.
struct CSVHeader: Sendable {
  let names: [String]
  /// Comma, semicolon or tab, whichever is there most often outside quotes.
  let delimiter: Character
  /// The header's row in the file, counted from 1.
  let record: Int
  /// Whether its text is UTF-8.
  let isUTF8: Bool

  /// Reads the header.
  ///
  /// - Parameters:
  ///   - rows: Bytes from the start of a row on; every row is ended.
  ///   - blankRecords: The number of blank rows before.
  ///   - path: What messages call the file.
  /// - Returns: The header and the rows below it; `nil` where all rows are blank.
  /// - Throws: `TimeSeriesError` where a column has no name or the name of another.
  static func read(
    _ rows: [UInt8], blankRecords: Int, of path: String
  ) throws(TimeSeriesError) -> (CSVHeader, rest: [UInt8])? {
    var rows = rows[...]
    if rows.starts(with: [0xEF, 0xBB, 0xBF]) { rows.removeFirst(3) }
    if rows.starts(with: [0xFF, 0xFE]) || rows.starts(with: [0xFE, 0xFF]) {
      throw TimeSeriesError(file: path, reason: "expected a text in UTF-8, found UTF-16")
    }
    if let zero = rows.prefix(4096).firstIndex(of: 0) {
      let lines = rows[..<zero].count { $0 == UInt8(ascii: "\n") }
      throw TimeSeriesError(
        file: path, row: blankRecords + lines + 1,
        reason: "expected a CSV text, found binary data (a byte that is zero)")
    }
    var record = blankRecords + 1
    var line = takeLine(from: &rows)
    while line.allSatisfy({ [9, 10, 13, 32].contains($0) }) {
      guard !rows.isEmpty else { return nil }
      line = takeLine(from: &rows)
      record += 1
    }
    let delimiter = delimiter(of: line)
    var cells: [String] = []
    let isUTF8: Bool
    do {
      isUTF8 = try CSVChunk.forEachRow(of: Array(line), delimiter: delimiter, limit: 1) {
        cells = $0
      }
    } catch {
      throw TimeSeriesError(file: path, row: record, reason: error.reason)
    }
    let names = cells.map(trimmed)
    try check(names, row: record, of: path)
    return (
      CSVHeader(names: names, delimiter: delimiter, record: record, isUTF8: isUTF8), Array(rows)
    )
  }

  /// Throws where a column has no name or the name of another.
  static func check(
    _ names: [String], row: Int?, of path: String
  ) throws(TimeSeriesError) {
    var positions: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      guard !name.isEmpty else {
        throw TimeSeriesError(
          file: path, row: row, reason: "column \(index + 1) of \(names.count) has no name")
      }
      if let other = positions.updateValue(index, forKey: name) {
        throw TimeSeriesError(
          file: path, row: row, column: name,
          reason: "columns \(other + 1) and \(index + 1) have the same name")
      }
    }
  }

  /// The first row, which may span lines within quotes, with its end.
  private static func takeLine(from rows: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var isWithinQuotes = false
    for position in rows.indices {
      let byte = rows[position]
      if byte == UInt8(ascii: "\"") { isWithinQuotes.toggle() }
      guard !isWithinQuotes, byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
        continue
      }
      let isPair = byte == UInt8(ascii: "\r") && rows[position...].starts(with: [13, 10])
      defer { rows = rows[(position + (isPair ? 2 : 1))...] }
      return rows[..<(position + (isPair ? 2 : 1))]
    }
    defer { rows = rows[rows.endIndex...] }
    return rows
  }

  private static func delimiter(of line: ArraySlice<UInt8>) -> Character {
    var counts: [UInt8: Int] = [:]
    var isWithinQuotes = false
    for byte in line {
      if byte == UInt8(ascii: "\"") { isWithinQuotes.toggle() }
      if !isWithinQuotes { counts[byte, default: 0] += 1 }
    }
    // The first of equals: without any delimiter there is one column.
    var best: Character = ","
    for candidate in [",", ";", "\t"] as [Character] {
      func count(_ delimiter: Character) -> Int { counts[delimiter.asciiValue ?? 0] ?? 0 }
      if count(candidate) > count(best) { best = candidate }
    }
    return best
  }
}

/// A text without the blanks around it.
func trimmed(_ text: String) -> String {
  var text = text[...]
  while text.first?.isWhitespace == true { text.removeFirst() }
  while text.last?.isWhitespace == true { text.removeLast() }
  return String(text)
}
