internal import SwiftCSV

/// A piece of a CSV file that starts and ends at the ends of rows, turned into columns.
struct CSVChunk: Sendable {
  /// The cells of each column.
  private(set) var columns: [ChunkColumn]
  /// The number of rows with cells.
  private(set) var rowCount = 0
  /// The number of rows, blank ones included.
  private(set) var recordCount = 0
  /// The blank rows, counted from the first row of the piece.
  private(set) var blankRecords: [Int] = []
  /// Whether the text is UTF-8.
  private(set) var isUTF8 = true
  /// What is wrong with the first bad row, counted from the first row of the piece.
  private(set) var failure: (record: Int, reason: String)?

  /// Parses a piece.
  ///
  /// - Parameters:
  ///   - bytes: Whole rows, the last one ended too.
  ///   - delimiter: What stands between cells.
  ///   - width: The number of cells in each row.
  init(bytes: [UInt8], delimiter: Character, width: Int) {
    columns = Array(repeating: ChunkColumn(), count: width)
    do {
      isUTF8 = try CSVChunk.forEachRow(of: bytes, delimiter: delimiter) { append($0) }
    } catch {
      failure = failure ?? (recordCount, error.reason)
    }
  }

  private mutating func append(_ cells: [String]) {
    defer { recordCount += 1 }
    guard failure == nil else { return }
    guard cells.count == columns.count else {
      if cells.count == 1, cells[0].utf8.isEmpty {
        blankRecords.append(recordCount)
      } else {
        let expected = columns.count == 1 ? "1 cell" : "\(columns.count) cells"
        failure = (recordCount, "expected \(expected) as in the header, found \(cells.count)")
      }
      return
    }
    rowCount += 1
    for (index, var cell) in cells.enumerated() {
      cell.withUTF8 { columns[index].append($0) }
    }
  }

  struct QuotingError: Error {
    let reason: String
  }

  /// Calls a body with the cells of each row.
  ///
  /// SwiftCSV's streaming call is used, which keeps no rows; its tables would, and would fill up rows
  /// that are too short. It is asked for no rows when it is made, because it parses then already.
  ///
  /// - Returns: Whether the text is UTF-8. If not, it is most likely in the Latin alphabet of an old
  ///   spreadsheet, of which any byte is a letter.
  static func forEachRow(
    of bytes: [UInt8], delimiter: Character, limit: Int? = nil, _ body: ([String]) -> Void
  ) throws(QuotingError) -> Bool {
    let valid = String(validating: bytes, as: UTF8.self)
    let text = valid ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    do {
      let csv = try EnumeratedCSV(
        string: text, delimiter: .character(delimiter), loadColumns: false, rowLimit: 0)
      try withoutActuallyEscaping(body) { body in
        try csv.enumerateAsArray(startAt: 0, rowLimit: limit, body)
      }
      return valid != nil
    } catch {
      throw QuotingError(
        reason: "a quote (\") inside a cell must be doubled, and the cell be within quotes")
    }
  }
}
