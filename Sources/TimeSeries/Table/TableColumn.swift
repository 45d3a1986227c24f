/// The cells of a column: numbers as long as all of them are, text otherwise.
enum TableColumn: Sendable {
  /// Numbers, NaN where missing.
  case numbers([Double])
  /// Text, of which some may be numbers.
  case text(TextCells)
  /// Numbers up to a row with text, which is kept beside how many cells are what: such a column can
  /// only be reported.
  case mixed(row: Int, cell: String, counts: CellCounts)
}

extension TableColumn {
  /// Adds the cells of the next piece of the file.
  ///
  /// - Parameters:
  ///   - chunk: The cells.
  ///   - row: The number of rows before.
  mutating func append(_ chunk: ChunkColumn, at row: Int) {
    switch self {
    case .mixed(let row, let cell, let counts):
      self = .mixed(row: row, cell: cell, counts: counts + chunk.text.counts)
    case .text(var cells):
      // The enum must let go of the buffer, or appending would copy it.
      self = .numbers([])
      cells.append(chunk.text)
      self = .text(cells)
    case .numbers(var numbers):
      self = .numbers([])
      if let firstText = chunk.firstText {
        if numbers.allSatisfy(\.isNaN) {
          var cells = TextCells()
          cells.appendEmpty(numbers.count)
          cells.append(chunk.text)
          self = .text(cells)
        } else {
          let before = CellCounts(numbers: numbers.count { !$0.isNaN }, texts: 0)
          self = .mixed(
            row: row + firstText, cell: chunk.text[firstText], counts: before + chunk.text.counts)
        }
      } else {
        numbers.append(contentsOf: chunk.numbers)
        self = .numbers(numbers)
      }
    }
  }

  /// Makes room for so many times the cells there are.
  mutating func reserveCapacity(for growth: Double) {
    switch self {
    case .mixed: break
    case .numbers(var numbers):
      self = .numbers([])
      numbers.reserveCapacity(Int(Double(numbers.count) * growth))
      self = .numbers(numbers)
    case .text(var cells):
      self = .numbers([])
      cells.reserveCapacity(for: growth)
      self = .text(cells)
    }
  }

  /// The first cell that is not a number, where there is one.
  var firstText: (row: Int, cell: String)? {
    switch self {
    case .numbers: return nil
    case .mixed(let row, let cell, _): return (row, cell)
    case .text(let cells):
      for row in 0..<cells.count where cells.withBytes(of: row, NumberParser.parse) == nil {
        return (row, cells[row])
      }
      return nil
    }
  }
}

extension TableColumn {
  /// Whether it is meant to hold numbers: at least half of the cells that are not missing are some.
  var isMostlyNumbers: Bool {
    let counts =
      switch self {
      case .numbers: CellCounts(numbers: 1, texts: 0)
      case .mixed(_, _, let counts): counts
      case .text(let cells): cells.counts
      }
    return counts.numbers >= counts.texts
  }
}

/// How many cells of a column are numbers, and how many other text; missing ones are neither.
struct CellCounts: Sendable {
  var numbers: Int
  var texts: Int

  static func + (left: CellCounts, right: CellCounts) -> CellCounts {
    CellCounts(numbers: left.numbers + right.numbers, texts: left.texts + right.texts)
  }
}

/// The cells of a column in one piece of the file, as numbers and as text, because what the column
/// is becomes known only when all pieces are seen.
struct ChunkColumn: Sendable {
  private(set) var numbers: [Double] = []
  private(set) var text = TextCells()
  /// The first row in the piece that is not a number.
  private(set) var firstText: Int?

  mutating func append(_ cell: UnsafeBufferPointer<UInt8>) {
    if firstText == nil {
      if let number = NumberParser.parse(cell) {
        numbers.append(number)
      } else {
        firstText = text.count
      }
    }
    text.append(cell)
  }
}
