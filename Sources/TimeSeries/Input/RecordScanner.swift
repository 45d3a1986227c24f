/// What stands between the cells of a row.
struct Delimiter: Hashable, Sendable {
  var byte: UInt8
  /// Whether several in a row are one, as blanks are.
  var mergesRuns: Bool

  init(_ letter: Unicode.Scalar) {
    byte = UInt8(ascii: letter)
    mergesRuns = letter == " "
  }

  /// In the order in which the first of equals is taken; without any there is one column.
  static let candidates = [",", ";", "\t", "|", " "].map { Delimiter($0) }

  /// What messages call it.
  var name: String {
    switch byte {
    case UInt8(ascii: "\t"): "tab"
    case UInt8(ascii: " "): "blank"
    default: String(Unicode.Scalar(byte))
    }
  }
}

/// Walks over the rows of a CSV text and cuts them into cells.
///
/// Cells within quotes are freed of them where they stand, so the text is changed.
struct RecordScanner {
  /// A piece of the text.
  struct Cell {
    var start: Int
    var end: Int
  }

  struct QuotingError: Error {
    let reason = "a quote (\") inside a cell must be doubled, and the cell be within quotes"
  }

  private let bytes: UnsafeMutableBufferPointer<UInt8>
  private let delimiter: Delimiter
  private(set) var position = 0
  /// The cells of the row that was read last.
  private(set) var cells: [Cell] = []

  init(_ bytes: UnsafeMutableBufferPointer<UInt8>, delimiter: Delimiter) {
    self.bytes = bytes
    self.delimiter = delimiter
  }

  var isAtEnd: Bool { position >= bytes.count }

  /// The bytes of a cell.
  func content(_ cell: Cell) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: bytes[cell.start..<cell.end])
  }

  /// Whether the row that was read last has nothing in it.
  var isBlank: Bool {
    cells.allSatisfy { cell in
      content(cell).allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }
  }

  /// Reads the next row into `cells`.
  mutating func readRecord() throws(QuotingError) {
    cells.removeAll(keepingCapacity: true)
    if delimiter.mergesRuns { skipBlanks() }
    while true {
      if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
        try readQuoted()
      } else {
        let start = position
        let separator = delimiter.byte
        while position < bytes.count {
          let byte = bytes[position]
          // Most bytes are above all that end a cell.
          if byte == separator || byte == 10 || byte == 13 { break }
          if byte == UInt8(ascii: "\"") {
            guard bytes[start..<position].allSatisfy({ $0 == UInt8(ascii: " ") }) else {
              throw QuotingError()
            }
            break
          }
          position += 1
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { continue }
        cells.append(Cell(start: start, end: position))
      }
      guard position < bytes.count, bytes[position] == delimiter.byte else { break }
      position += 1
      if delimiter.mergesRuns {
        skipBlanks()
        if position >= bytes.count || bytes[position] == 10 || bytes[position] == 13 { break }
      }
    }
    endLine()
  }

  private mutating func skipBlanks() {
    while position < bytes.count, bytes[position] == delimiter.byte { position += 1 }
  }

  private mutating func endLine() {
    guard position < bytes.count else { return }
    let isReturn = bytes[position] == 13
    position += 1
    if isReturn, position < bytes.count, bytes[position] == 10 { position += 1 }
  }

  private mutating func readQuoted() throws(QuotingError) {
    position += 1
    let start = position
    var end = start
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        guard position < bytes.count, bytes[position] == byte else { break }
        position += 1
      }
      if end != position - 1 { bytes[end] = byte }
      end += 1
    }
    // Blanks may follow, and nothing else.
    while position < bytes.count, bytes[position] == UInt8(ascii: " "),
      delimiter.byte != UInt8(ascii: " ")
    {
      position += 1
    }
    guard
      position >= bytes.count || [delimiter.byte, 10, 13].contains(bytes[position])
    else { throw QuotingError() }
    cells.append(Cell(start: start, end: end))
  }
}
