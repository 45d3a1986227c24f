internal import Dispatch

/// Makes a table from the bytes of a file.
///
/// Pieces of the file are turned into columns as they are read, so that never more than a few exist
/// as text. A column of numbers keeps no text; where a later piece shows that it has some, the file
/// is read once more for it.
struct TableReader {
  let source: ByteSource
  let options: TableOptions
  let missing: MissingCodes
  /// How many pieces are parsed at the same time.
  let piecesAtOnce: Int
  /// How many bytes are looked at to find out how the table lies in the file.
  let sampleSize: Int

  var dialect: Dialect?
  var columns: [ColumnReader] = []
  var rowCount = 0
  /// The number of rows of the file so far, the header and blank ones included.
  var recordCount = 0
  var skippedRows: [Int] = []
  private(set) var ragged: [(row: Int, cells: Int, start: String)] = []
  private(set) var raggedCount = 0
  private(set) var commentCount = 0
  private(set) var lastFullRow = 0
  var emptyRows: [Int] = []
  var isUTF8 = true
  var parsedBytes = 0
  /// Who wants to know how far the reading is.
  let progress: ((ReadingProgress) -> Void)?

  init(
    _ source: ByteSource, options: TableOptions, piecesAtOnce: Int, sampleSize: Int = 1 << 16,
    progress: ((ReadingProgress) -> Void)? = nil
  ) {
    self.source = source
    self.progress = progress
    self.options = options
    self.piecesAtOnce = piecesAtOnce
    self.sampleSize = sampleSize
    missing = MissingCodes(options.missingValues)
  }

  /// The table.
  mutating func read() throws(TimeSeriesError) -> Table {
    try readAll()
    guard var dialect else { throw failure("the file is empty") }
    try checkRagged(dialect)
    let decimalForced = options.decimal == .comma || options.thousands == .point
    let lost = columns.indices.filter { columns[$0].needsText(decimalForced: decimalForced) }
    if !lost.isEmpty { try readText(of: Set(lost)) }
    dropBlankEnd(dialect)
    guard rowCount > 0 else { throw failure("there are no rows below the header") }

    var reader = NumberReader(options: options, delimiter: dialect.delimiter)
    var made = columns.map { TableColumn.numbers($0.numbers) }
    var cells: [Int: TextCells] = [:]
    for (index, column) in columns.enumerated() {
      if let text = column.text { cells[index] = text }
    }
    let hasDecimalPoint = columns.contains { $0.text == nil && $0.shapes.contains(.fraction) }
    columns = []
    let decimal = reader.read(
      names: dialect.names, columns: &made, cells: cells, hasDecimalPoint: hasDecimalPoint)
    dropEmptyUnnamed(&dialect, &made)
    var names = dialect.names
    let repeated = Self.makeDistinct(&names)
    return Table(
      path: source.path, header: names, columns: made, rowCount: rowCount,
      firstFileRow: dialect.firstDataRow - (source.isJSON ? 1 : 0), blankFileRows: skippedRows,
      notes: notes(dialect, repeated) + reader.notes, repeatedNames: repeated, emptyRows: emptyRows,
      decimal: decimal.map { $0 == NumberForm.comma ? .comma : .point }, numberReader: reader)
  }

  // MARK: - The first reading

  private mutating func readAll() throws(TimeSeriesError) {
    var sample: [UInt8] = []
    var waiting: [[UInt8]] = []
    var uses: [CSVChunk.Use] = []
    var open = false
    try forEachRows(isOpenAtEnd: &open) { rows throws(TimeSeriesError) in
      guard dialect == nil else {
        waiting.append(rows)
        if waiting.count >= piecesAtOnce { try parse(&waiting, uses: uses) }
        return
      }
      sample += rows
      if sample.count >= sampleSize { uses = try start(&sample) }
    }
    if dialect == nil { _ = try start(&sample) }
    try parse(&waiting, uses: uses)
    if open { throw failure(row: recordCount + 1, "a quote (\") is opened and never closed") }
  }

  /// Finds the dialect and parses the rows of the sample.
  ///
  /// - Returns: What is done with the cells of the rows that follow.
  private mutating func start(_ sample: inout [UInt8]) throws(TimeSeriesError) -> [CSVChunk.Use] {
    let bytes = try text(of: sample)
    sample = []
    guard let dialect = try DialectFinder(bytes, options: options, path: source.path).find() else {
      return []
    }
    self.dialect = dialect
    recordCount = dialect.firstDataRow - 1
    columns = dialect.names.map { _ in ColumnReader() }
    var rest = [Array(bytes[dialect.dataStart...])]
    try parse(&rest, uses: columns.map { _ in .all })
    return columns.map(\.use)
  }

  /// The first rows in UTF-8, without a mark before them.
  mutating func text(of sample: [UInt8]) throws(TimeSeriesError) -> [UInt8] {
    var bytes = sample
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    if let zero = bytes.prefix(4096).firstIndex(of: 0) {
      let lines = bytes[..<zero].count { $0 == UInt8(ascii: "\n") }
      throw failure(row: lines + 1, "expected a CSV text, found binary data (a byte that is zero)")
    }
    guard !TextEncoding.isUTF8(bytes) else { return bytes }
    isUTF8 = false
    return TextEncoding.fromLatin(bytes)
  }

  /// Calls a body with whole rows, in order.
  func forEachRows(
    isOpenAtEnd: inout Bool, _ body: ([UInt8]) throws(TimeSeriesError) -> Void
  ) throws(TimeSeriesError) {
    var splitter = RowSplitter()
    try source.forEachPiece { piece throws(TimeSeriesError) in
      if let rows = splitter.append(piece) { try body(rows) }
      return true
    }
    isOpenAtEnd = splitter.isWithinQuotes
    // What is within an open quote is no row; its start is told in the error.
    if let rows = splitter.isWithinQuotes ? nil : splitter.finish() { try body(rows) }
  }

  func chunks(of pieces: [[UInt8]], uses: [CSVChunk.Use]) -> [CSVChunk] {
    guard let delimiter = dialect?.delimiter else { return [] }
    var chunks = [CSVChunk?](repeating: nil, count: pieces.count)
    let missing = missing
    chunks.withUnsafeMutableBufferPointer { chunks in
      // Each iteration writes its own element, and all are done when the call returns.
      nonisolated(unsafe) let chunks = chunks
      DispatchQueue.concurrentPerform(iterations: pieces.count) { index in
        chunks[index] = CSVChunk(
          bytes: pieces[index], delimiter: delimiter, uses: uses, missing: missing)
      }
    }
    return chunks.compactMap(\.self)
  }

  private mutating func parse(
    _ pieces: inout [[UInt8]], uses: [CSVChunk.Use]
  ) throws(TimeSeriesError) {
    for chunk in chunks(of: pieces, uses: uses) {
      if let (record, reason) = chunk.failure {
        throw failure(row: recordCount + record + 1, reason)
      }
      if !chunk.isUTF8 { isUTF8 = false }
      for index in columns.indices { columns[index].append(chunk.columns[index]) }
      skippedRows += chunk.skippedRecords.map { recordCount + $0 + 1 }
      for (record, cells, start) in chunk.ragged where ragged.count < 4 {
        ragged.append((recordCount + record + 1, cells, start))
      }
      emptyRows += chunk.emptyRows.map { rowCount + $0 }
      raggedCount += chunk.raggedCount
      commentCount += chunk.commentCount
      if chunk.lastFull >= 0 { lastFullRow = recordCount + chunk.lastFull + 1 }
      rowCount += chunk.rowCount
      recordCount += chunk.recordCount
    }
    let isFirst = parsedBytes == 0
    parsedBytes += pieces.reduce(0) { $0 + $1.count }
    pieces = []
    progress?(
      ReadingProgress(bytes: parsedBytes, expectedBytes: source.expectedBytes, isAgain: false))
    // Columns that grow step by step leave holes of their former sizes in memory.
    let growth = Double(source.expectedBytes) / Double(max(1, parsedBytes)) * 1.05
    guard isFirst, growth > 1, growth.isFinite else { return }
    for index in columns.indices { columns[index].reserveCapacity(for: growth) }
  }

  func failure(row: Int? = nil, _ reason: String) -> TimeSeriesError {
    TimeSeriesError(file: source.path, row: row, reason: reason)
  }
}
