/// A column while it is being read.
struct ColumnReader {
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
