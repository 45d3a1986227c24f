/// A piece of a CSV file that starts and ends at the ends of rows, turned into columns.
struct CSVChunk: Sendable {
  /// What is done with the cells of a column.
  enum Use: Sendable {
    /// They are read as numbers, and kept as text too.
    case all
    /// They are read as numbers, as long as they are some.
    case numbers
    /// They are kept as text.
    case text
    case none
  }

  /// The cells of each column.
  private(set) var columns: [ChunkColumn]
  /// The number of rows with cells.
  private(set) var rowCount = 0
  /// The number of rows, those passed over included.
  private(set) var recordCount = 0
  /// The rows that were passed over: blank ones, comments and those in `ragged`; counted from the
  /// first row of the piece.
  private(set) var skippedRecords: [Int] = []
  /// The first few rows that have another number of cells, with their first cells.
  private(set) var ragged: [(record: Int, cells: Int, start: String)] = []
  /// How many rows have another number of cells.
  private(set) var raggedCount = 0
  /// The rows, of those with cells, that have nothing in them.
  private(set) var emptyRows: [Int] = []
  /// The number of comments.
  private(set) var commentCount = 0
  /// The last row with cells.
  private(set) var lastFull = -1
  /// Whether the text is UTF-8.
  let isUTF8: Bool
  /// What is wrong with the quotes of a row, counted from the first row of the piece.
  private(set) var failure: (record: Int, reason: String)?

  /// Parses a piece.
  ///
  /// - Parameters:
  ///   - bytes: Whole rows, the last one ended too.
  ///   - delimiter: What stands between cells.
  ///   - uses: What is done with the cells of each column.
  ///   - missing: What stands for a missing value.
  init(bytes: [UInt8], delimiter: Delimiter, uses: [Use], missing: MissingCodes) {
    columns = uses.map { ChunkColumn(use: $0) }
    isUTF8 = TextEncoding.isUTF8(bytes)
    var bytes = isUTF8 ? bytes : TextEncoding.fromLatin(bytes)
    bytes.withUnsafeMutableBufferPointer { bytes in
      var scanner = RecordScanner(bytes, delimiter: delimiter)
      while !scanner.isAtEnd {
        do throws(RecordScanner.QuotingError) {
          try scanner.readRecord()
        } catch {
          failure = (recordCount, error.reason)
          return
        }
        append(scanner, missing: missing)
        recordCount += 1
      }
    }
  }

  private mutating func append(_ scanner: RecordScanner, missing: MissingCodes) {
    let width = columns.count
    let count = scanner.cells.count
    if count != width || count == 1 || scanner.content(scanner.cells[0]).isEmpty {
      guard keeps(scanner) else { return }
    }
    if emptyRows.last != rowCount { lastFull = recordCount }
    rowCount += 1
    for index in 0..<width {
      columns[index].append(scanner.content(scanner.cells[index]), missing: missing)
    }
  }

  /// Whether a row that may be none is one, and notes down what it is otherwise.
  private mutating func keeps(_ scanner: RecordScanner) -> Bool {
    let width = columns.count
    let count = scanner.cells.count
    let first = scanner.content(scanner.cells[0])
    if scanner.isBlank {
      // In a file of one column a blank row is a missing value, if anything comes below it.
      if width == 1, count == 1 { return true }
      // Delimiters alone are a row without values.
      if count == width {
        emptyRows.append(rowCount)
        return true
      }
      skippedRecords.append(recordCount)
      return false
    }
    if count == width { return true }
    let hasEmptyEnd =
      count > width && scanner.cells[width...].allSatisfy { scanner.content($0).isEmpty }
    if hasEmptyEnd { return true }
    skippedRecords.append(recordCount)
    if first.first == UInt8(ascii: "#") {
      commentCount += 1
      return false
    }
    raggedCount += 1
    if ragged.count < 4 {
      ragged.append((recordCount, count, String(decoding: first.prefix(100), as: UTF8.self)))
    }
    return false
  }
}

/// The cells of a column in one piece of the file, as numbers and as text, because what the column
/// is becomes known only when all pieces are seen.
struct ChunkColumn: Sendable {
  let use: CSVChunk.Use
  private(set) var numbers: [Double] = []
  private(set) var text = TextCells()
  /// Whether a cell is no number in the plainest form.
  private(set) var hasText = false
  /// How the numbers are written.
  private(set) var shapes = NumberShapes()

  init(use: CSVChunk.Use) { self.use = use }

  mutating func append(_ cell: UnsafeBufferPointer<UInt8>, missing: MissingCodes) {
    switch use {
    case .none: return
    case .text: text.append(cell)
    case .numbers: appendNumber(cell, missing)
    case .all:
      appendNumber(cell, missing)
      text.append(cell)
    }
  }

  private mutating func appendNumber(_ cell: UnsafeBufferPointer<UInt8>, _ missing: MissingCodes) {
    guard !hasText else { return }
    if let number = NumberParser.parse(cell, missing: missing, shapes: &shapes) {
      numbers.append(number)
    } else {
      hasText = true
      numbers = []
    }
  }
}
