internal import Dispatch

/// Makes a table from the bytes of a file.
///
/// Pieces of the file are turned into columns as they are read, so that never more than a few exist
/// as text. A column of numbers keeps no text; where a later piece shows that it has some, the file
/// is read once more for it.
struct TableReader {
  private let source: ByteSource
  private let options: TableOptions
  private let missing: MissingCodes
  /// How many pieces are parsed at the same time.
  private let piecesAtOnce: Int
  /// How many bytes are looked at to find out how the table lies in the file.
  private let sampleSize: Int

  private var dialect: Dialect?
  private var columns: [ColumnReader] = []
  private var rowCount = 0
  /// The number of rows of the file so far, the header and blank ones included.
  private var recordCount = 0
  private var skippedRows: [Int] = []
  private var ragged: [(row: Int, cells: Int, start: String)] = []
  private var raggedCount = 0
  private var commentCount = 0
  private var lastFullRow = 0
  private var emptyRows: [Int] = []
  private var isUTF8 = true
  private var parsedBytes = 0

  init(_ source: ByteSource, options: TableOptions, piecesAtOnce: Int, sampleSize: Int = 1 << 16) {
    self.source = source
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
      decimal: decimal.map { $0 == NumberForm.comma ? .comma : .point })
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
  private mutating func text(of sample: [UInt8]) throws(TimeSeriesError) -> [UInt8] {
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
  private func forEachRows(
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

  private func chunks(of pieces: [[UInt8]], uses: [CSVChunk.Use]) -> [CSVChunk] {
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
    // Columns that grow step by step leave holes of their former sizes in memory.
    let growth = Double(source.expectedBytes) / Double(max(1, parsedBytes)) * 1.05
    guard isFirst, growth > 1, growth.isFinite else { return }
    for index in columns.indices { columns[index].reserveCapacity(for: growth) }
  }

  // MARK: - The second reading

  /// Reads some columns as text.
  private mutating func readText(of wanted: Set<Int>) throws(TimeSeriesError) {
    for index in wanted { columns[index] = ColumnReader(text: TextCells()) }
    let uses = columns.indices.map { wanted.contains($0) ? CSVChunk.Use.text : .none }
    var sample: [UInt8]? = []
    var waiting: [[UInt8]] = []
    var open = false
    func parse() {
      for chunk in chunks(of: waiting, uses: uses) {
        for index in wanted { columns[index].append(chunk.columns[index]) }
      }
      waiting = []
    }
    try forEachRows(isOpenAtEnd: &open) { rows throws(TimeSeriesError) in
      guard let first = sample else {
        waiting.append(rows)
        if waiting.count >= piecesAtOnce { parse() }
        return
      }
      sample = first + rows
      if first.count + rows.count >= sampleSize { try finishSample() }
    }
    if sample != nil { try finishSample() }
    parse()

    func finishSample() throws(TimeSeriesError) {
      let bytes = try text(of: sample ?? [])
      waiting.append(Array(bytes[(dialect?.dataStart ?? 0)...]))
      sample = nil
    }
  }

  // MARK: - What is left out

  /// Throws where rows have too few or too many cells, unless they are the last ones.
  private func checkRagged(_ dialect: Dialect) throws(TimeSeriesError) {
    guard let first = ragged.first else { return }
    // A remark is a few words; a number or a time is a row that was cut off.
    let areFooters = ragged.allSatisfy { row in
      row.row > lastFullRow && row.cells < dialect.width
        && CellKind(row.start, missing: missing) == .text
    }
    guard raggedCount > 3 || !areFooters else { return }
    let expected = dialect.width == 1 ? "1 cell" : "\(dialect.width) cells"
    throw failure(row: first.row, "expected \(expected) as in the header, found \(first.cells)")
  }

  private func notes(_ dialect: Dialect, _ repeated: Set<String>) -> [String] {
    var notes = dialect.notes
    if !isUTF8 { notes.append("the text is not UTF-8; it was read as Windows-1252 (Latin-1)") }
    if commentCount > 0 { notes.append("\(counted(commentCount, "comment")) (#) passed over") }
    for (row, _, start) in ragged {
      notes.append("row \(row) was passed over as a footer: '\(excerpt(start))'")
    }
    for name in repeated.sorted() {
      notes.append(
        "'\(excerpt(name))' names several columns; the later ones are called "
          + "'\(excerpt(name)).2' and so on")
    }
    return notes
  }

  /// Blank rows are missing values where there is only one column, except at the end of the file;
  /// there rows of delimiters are none either.
  private mutating func dropBlankEnd(_ dialect: Dialect) {
    if dialect.width == 1 {
      rowCount = columns[0].dropBlankEnd()
      return
    }
    var count = rowCount
    while emptyRows.last == count - 1, count > 0 {
      emptyRows.removeLast()
      count -= 1
    }
    for index in columns.indices where count < rowCount {
      columns[index].dropLast(rowCount - count)
    }
    rowCount = count
  }

  /// Delimiters at the end of each row make columns of nothing.
  private func dropEmptyUnnamed(_ dialect: inout Dialect, _ columns: inout [TableColumn]) {
    for index in dialect.unnamed.sorted(by: >) where columns.count > 1 {
      guard case .numbers(let numbers) = columns[index], numbers.allSatisfy(\.isNaN) else {
        continue
      }
      columns.remove(at: index)
      dialect.names.remove(at: index)
    }
  }

  /// Gives each column a name of its own.
  ///
  /// - Returns: The names that several had.
  private static func makeDistinct(_ names: inout [String]) -> Set<String> {
    var seen = Set(names)
    guard seen.count < names.count else { return [] }
    var met: Set<String> = []
    var repeated: Set<String> = []
    for index in names.indices where !met.insert(names[index]).inserted {
      let name = names[index]
      repeated.insert(name)
      var number = 2
      while !seen.insert("\(name).\(number)").inserted { number += 1 }
      names[index] = "\(name).\(number)"
    }
    return repeated
  }

  private func failure(row: Int? = nil, _ reason: String) -> TimeSeriesError {
    TimeSeriesError(file: source.path, row: row, reason: reason)
  }
}

/// A column while it is being read.
private struct ColumnReader {
  private(set) var numbers: [Double] = []
  private(set) var text: TextCells?
  private(set) var shapes = NumberShapes()
  /// Whether text has been met after numbers whose text was not kept.
  private var isLost = false
  private var isFirst = true

  init() {}

  init(text: TextCells) {
    self.text = text
    isFirst = false
  }

  /// What is done with the cells of the next pieces.
  var use: CSVChunk.Use { isLost ? .none : text == nil ? .numbers : .text }

  /// Whether the file must be read again for it.
  ///
  /// - Parameter decimalForced: Whether a point is said not to be before decimals.
  /// - Returns: Whether it has met text that was not kept, or its points may mean something else.
  func needsText(decimalForced: Bool) -> Bool {
    guard text == nil else { return false }
    return isLost || shapes == .group || decimalForced && !shapes.isEmpty
  }

  mutating func append(_ chunk: ChunkColumn) {
    shapes.formUnion(chunk.shapes)
    defer { isFirst = false }
    if isFirst, chunk.hasText || shapes == .group {
      text = chunk.text
    } else if text != nil {
      text?.append(chunk.text)
    } else if chunk.hasText || isLost {
      isLost = true
      numbers = []
    } else {
      numbers.append(contentsOf: chunk.numbers)
    }
  }

  /// Makes room for so many times the cells there are.
  mutating func reserveCapacity(for growth: Double) {
    if text != nil {
      text?.reserveCapacity(for: growth)
    } else {
      numbers.reserveCapacity(Int(Double(numbers.count) * growth))
    }
  }

  mutating func dropLast(_ count: Int) {
    if text == nil { numbers.removeLast(count) } else { text?.dropLast(count) }
  }

  /// - Returns: The number of cells left.
  mutating func dropBlankEnd() -> Int {
    if let count = text?.dropBlankEnd() { return count }
    while let last = numbers.last, last.isNaN { numbers.removeLast() }
    return numbers.count
  }
}
