/// Cells of text, kept in one buffer: a string for each would take several times the memory.
struct TextCells: Sendable {
  private var bytes: [UInt8] = []
  /// Where each cell ends in `bytes`.
  private var ends: [Int] = []

  var count: Int { ends.count }

  /// The text of a cell.
  subscript(row: Int) -> String { withBytes(of: row) { String(decoding: $0, as: UTF8.self) } }

  /// Calls a body with the bytes of a cell, blanks around it included.
  func withBytes<Result>(of row: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    let start = row == 0 ? 0 : ends[row - 1]
    return bytes.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[start..<ends[row]]))
    }
  }

  mutating func append(_ cell: UnsafeBufferPointer<UInt8>) {
    bytes.append(contentsOf: cell)
    ends.append(bytes.count)
  }

  mutating func append(_ other: TextCells) {
    let start = bytes.count
    bytes.append(contentsOf: other.bytes)
    ends.append(contentsOf: other.ends.lazy.map { $0 + start })
  }

  /// Some of the cells, in the order given.
  func picking(_ rows: [Int]) -> TextCells {
    var picked = TextCells()
    for row in rows { withBytes(of: row) { picked.append($0) } }
    return picked
  }

  mutating func dropLast(_ count: Int) {
    ends.removeLast(count)
    bytes.removeLast(bytes.count - (ends.last ?? 0))
  }

  /// Takes cells without anything in them off the end.
  ///
  /// - Returns: The number of cells left.
  mutating func dropBlankEnd() -> Int {
    while count > 0, withBytes(of: count - 1, { NumberParser.trimmed($0).isEmpty }) {
      ends.removeLast()
    }
    bytes.removeLast(bytes.count - (ends.last ?? 0))
    return count
  }

  mutating func reserveCapacity(for growth: Double) {
    bytes.reserveCapacity(Int(Double(bytes.count) * growth))
    ends.reserveCapacity(Int(Double(ends.count) * growth))
  }
}
