/// Which series each row of a table belongs to, by the words or numbers of its key columns.
struct SeriesKeys {
  /// The number of each row's series; -1 where a key is missing.
  private(set) var groups: [Int] = []
  /// The key of each series, in the order in which they come first in the file.
  private(set) var keys: [[String]] = []
  /// The key columns that hold numbers.
  private var isNumeric: [Bool] = []

  /// Numbers beyond this are no longer told apart.
  private static let largestNumber = 9_007_199_254_740_992.0

  /// - Throws: `TimeSeriesError` where a column is not there or its numbers cannot be told apart.
  init(_ table: Table, columns: [String]) throws(TimeSeriesError) {
    groups = Array(repeating: 0, count: table.rowCount)
    keys = [[]]
    for name in columns {
      try table.checkName(name)
      let (codes, words) = try Self.words(of: name, in: table)
      isNumeric.append(table.isNumeric(name))
      join(codes, words)
    }
  }

  /// Tells each series apart by one more column.
  private mutating func join(_ codes: [Int], _ words: [String]) {
    struct Pair: Hashable {
      var group: Int
      var code: Int
    }
    var numbers: [Pair: Int] = [:]
    var joined: [[String]] = []
    for row in groups.indices {
      guard groups[row] >= 0, codes[row] >= 0 else {
        groups[row] = -1
        continue
      }
      let pair = Pair(group: groups[row], code: codes[row])
      let number = numbers[pair] ?? joined.count
      if number == joined.count {
        numbers[pair] = number
        joined.append(keys[pair.group] + [words[pair.code]])
      }
      groups[row] = number
    }
    keys = joined
  }

  /// A number for the word in each row, -1 for none, and the words.
  private static func words(
    of name: String, in table: Table
  ) throws(TimeSeriesError) -> (codes: [Int], words: [String]) {
    var places: [String: Int] = [:]
    var words: [String] = []
    var codes: [Int] = []
    codes.reserveCapacity(table.rowCount)
    for row in 0..<table.rowCount {
      let word: String
      switch table[name] {
      case .text(let column)?:
        word = column.cells.withBytes(of: row) { Self.word($0) } ?? ""
      case .numbers(let numbers)?:
        let number = numbers[row]
        guard !(number.magnitude >= largestNumber) else {
          throw table.failure(
            row: row, column: name,
            "expected a key of less than 16 digits, found \(number), which other keys may be too")
        }
        word = number.isNaN ? "" : written(number)
      case nil: word = ""
      }
      guard !word.isEmpty else {
        codes.append(-1)
        continue
      }
      let place = places[word] ?? words.count
      if place == words.count {
        places[word] = place
        words.append(word)
      }
      codes.append(place)
    }
    return (codes, words)
  }

  /// The key in a cell, which is the same whatever else stands in its column; `nil` where there is none.
  static func word(_ cell: UnsafeBufferPointer<UInt8>) -> String? {
    let number = NumberParser.parseDecimal(NumberParser.trimmed(cell))
    if let number, number.magnitude < largestNumber { return written(number) }
    let word = trimmed(String(decoding: cell, as: UTF8.self))
    return word.isEmpty ? nil : word
  }

  private static func written(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  /// The numbers of the series in the order of their keys, which no order of rows changes.
  var order: [Int] {
    keys.indices.sorted { first, second in
      for (column, (left, right)) in zip(keys[first], keys[second]).enumerated()
      where left != right {
        if isNumeric[column], let left = Double(left), let right = Double(right) {
          return left < right
        }
        return left < right
      }
      return false
    }
  }
}
