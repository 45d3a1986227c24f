/// How the words of a column become numbers: a column of 1 and 0 for each word, or for each of some
/// groups of words.
public struct Categories: Hashable, Sendable, Codable {
  /// The column of words.
  public let column: String
  /// The words that have a column each; none where there are groups.
  public let words: [String]
  /// The number of groups that words fall into by their hash; 0 where each has its own column.
  public let groups: Int

  /// More words than this fall into groups.
  static let mostWords = 12
  static let usualGroups = 16
  /// A word stands in so many rows at least, taken over all words; otherwise they are free text.
  static let leastRows = 3

  /// The names of the columns of numbers.
  public var names: [String] {
    groups > 0
      ? (1...groups).map { "\(column)#\($0)" } : words.map { "\(column)=\($0)" }
  }

  /// The words of a column.
  ///
  /// - Returns: `nil` where all rows have the same one, or nearly each has its own.
  init?(_ cells: TextCells, column: String, missing: MissingCodes) {
    var found: Set<String> = []
    for row in 0..<cells.count {
      guard let word = Self.word(cells, row, missing) else { continue }
      found.insert(word)
      guard found.count * Self.leastRows <= cells.count else { return nil }
    }
    guard found.count >= 2 else { return nil }
    self.column = column
    groups = found.count > Self.mostWords ? Self.usualGroups : 0
    words = groups > 0 ? [] : found.sorted()
  }

  /// Whether words differ, and groups are no more than are ever made.
  package var isUsable: Bool {
    Set(words).count == words.count && words.count <= Self.mostWords
      && (0...Self.usualGroups).contains(groups) && words.isEmpty == (groups > 0)
  }

  /// The columns of numbers, and how many cells have a word that is not among those known.
  func encode(_ cells: TextCells, missing: MissingCodes) -> (columns: [[Double]], unknown: Int) {
    var columns = names.map { _ in [Double](repeating: 0, count: cells.count) }
    var unknown = 0
    let places = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0) })
    for row in 0..<cells.count {
      guard let word = Self.word(cells, row, missing) else { continue }
      if groups > 0 {
        columns[Self.hash(word, groups)][row] = 1
      } else if let place = places[word] {
        columns[place][row] = 1
      } else {
        unknown += 1
      }
    }
    return (columns, unknown)
  }

  private static func word(_ cells: TextCells, _ row: Int, _ missing: MissingCodes) -> String? {
    let isMissing = cells.withBytes(of: row) { missing.contains(NumberParser.trimmed($0)) }
    return isMissing ? nil : trimmed(cells[row])
  }

  /// FNV-1a, which is the same in every run and on every machine.
  private static func hash(_ word: String, _ groups: Int) -> Int {
    let hash = word.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01B3
    }
    return Int(hash % UInt64(groups))
  }
}
