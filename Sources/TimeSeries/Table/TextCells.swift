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

  /// What the cells are.
  var counts: CellCounts {
    var counts = CellCounts(numbers: 0, texts: 0)
    for row in 0..<count {
      switch withBytes(of: row, NumberParser.parse) {
      case nil: counts.texts += 1
      case let number? where !number.isNaN: counts.numbers += 1
      default: break
      }
    }
    return counts
  }

  mutating func append(_ cell: UnsafeBufferPointer<UInt8>) {
    bytes.append(contentsOf: cell)
    ends.append(bytes.count)
  }

  mutating func appendEmpty(_ count: Int) {
    ends.append(contentsOf: repeatElement(bytes.count, count: count))
  }

  mutating func append(_ other: TextCells) {
    let start = bytes.count
    bytes.append(contentsOf: other.bytes)
    ends.append(contentsOf: other.ends.lazy.map { $0 + start })
  }

  mutating func reserveCapacity(for growth: Double) {
    bytes.reserveCapacity(Int(Double(bytes.count) * growth))
    ends.reserveCapacity(Int(Double(ends.count) * growth))
  }
}
