internal import Dispatch

/// Makes a table from the pieces of a file as they are read.
///
/// A piece is turned into columns at once, so that never more than a few pieces exist as text.
struct TableBuilder {
  private let path: String
  /// How many pieces are parsed at the same time.
  private let piecesAtOnce: Int
  /// The size of the file, where it is known, and how much of it has become columns.
  private let expectedBytes: Int
  private var parsedBytes = 0
  private var splitter = RowSplitter()
  private var waiting: [[UInt8]] = []
  private var header: CSVHeader?
  private var columns: [TableColumn] = []
  private var rowCount = 0
  /// The number of rows of the file so far, the header and blank ones included.
  private var recordCount = 0
  private var blankRecords: [Int] = []
  private var isUTF8 = true

  init(path: String, expectedBytes: Int, piecesAtOnce: Int) {
    self.path = path
    self.expectedBytes = expectedBytes
    self.piecesAtOnce = piecesAtOnce
  }

  /// Takes the next bytes of the file.
  mutating func append(_ bytes: some Sequence<UInt8>) throws(TimeSeriesError) {
    guard let rows = splitter.append(bytes) else { return }
    try append(rows: rows)
  }

  /// The table of all bytes taken.
  mutating func finish() throws(TimeSeriesError) -> Table {
    if splitter.isWithinQuotes {
      try parseWaiting()
      throw failure(row: recordCount + 1, "a quote (\") is opened and never closed")
    }
    if let rows = splitter.finish() { try append(rows: rows) }
    try parseWaiting()
    guard let header else { throw failure("the file is empty") }
    if columns.count == 1 { dropBlankEnd() }
    guard rowCount > 0 else { throw failure("there are no rows below the header") }
    return Table(
      path: path, header: header.names, columns: columns, rowCount: rowCount,
      firstFileRow: header.record + 1, blankFileRows: blankRecords,
      notes: isUTF8 ? [] : ["the text is not UTF-8; it was read as Latin-1 (ISO 8859-1)"])
  }

  private mutating func append(rows: [UInt8]) throws(TimeSeriesError) {
    guard header == nil else {
      waiting.append(rows)
      if waiting.count >= piecesAtOnce { try parseWaiting() }
      return
    }
    guard let (header, rest) = try CSVHeader.read(rows, blankRecords: recordCount, of: path)
    else {
      recordCount += rows.count { $0 == UInt8(ascii: "\n") }
      return
    }
    self.header = header
    isUTF8 = header.isUTF8
    columns = Array(repeating: .numbers([]), count: header.names.count)
    recordCount = header.record
    if !rest.isEmpty { waiting.append(rest) }
  }

  private mutating func parseWaiting() throws(TimeSeriesError) {
    guard let header, !waiting.isEmpty else { return }
    let pieces = waiting
    waiting = []
    var chunks = [CSVChunk?](repeating: nil, count: pieces.count)
    chunks.withUnsafeMutableBufferPointer { chunks in
      // Each iteration writes its own element, and all are done when the call returns.
      nonisolated(unsafe) let chunks = chunks
      DispatchQueue.concurrentPerform(iterations: pieces.count) { index in
        chunks[index] = CSVChunk(
          bytes: pieces[index], delimiter: header.delimiter, width: header.names.count)
      }
    }
    for chunk in chunks.lazy.compactMap(\.self) { try append(chunk) }
    let isFirst = parsedBytes == 0
    parsedBytes += pieces.reduce(0) { $0 + $1.count }
    if isFirst { reserveCapacity() }
  }

  /// Columns that grow step by step leave holes of their former sizes in memory.
  private mutating func reserveCapacity() {
    let growth = Double(expectedBytes) / Double(parsedBytes) * 1.05
    guard growth > 1, growth.isFinite else { return }
    for index in columns.indices { columns[index].reserveCapacity(for: growth) }
  }

  private mutating func append(_ chunk: CSVChunk) throws(TimeSeriesError) {
    if let (record, reason) = chunk.failure {
      throw failure(row: recordCount + record + 1, reason)
    }
    if !chunk.isUTF8 { isUTF8 = false }
    for index in columns.indices {
      columns[index].append(chunk.columns[index], at: rowCount)
    }
    for record in chunk.blankRecords { blankRecords.append(recordCount + record + 1) }
    rowCount += chunk.rowCount
    recordCount += chunk.recordCount
  }

  /// Blank rows are missing values where there is only one column, except at the end of the file.
  private mutating func dropBlankEnd() {
    guard case .numbers(var numbers) = columns[0] else { return }
    while let last = numbers.last, last.isNaN { numbers.removeLast() }
    columns[0] = .numbers(numbers)
    rowCount = numbers.count
  }

  private func failure(row: Int? = nil, _ reason: String) -> TimeSeriesError {
    TimeSeriesError(file: path, row: row, reason: reason)
  }
}
