/// What stands in cells for a value that is missing.
struct MissingCodes: Hashable, Sendable {
  /// Words, in lower case.
  private let words: Set<String>
  /// Numbers.
  let numbers: Set<Double>

  static let standard = MissingCodes([])

  /// The usual words and some more.
  ///
  /// - Parameter more: Words and numbers that a user names.
  init(_ more: [String]) {
    words = Self.usual.union(more.map { $0.lowercased() })
    numbers = Set(more.compactMap { Double($0) })
  }

  /// Whether a cell, without the blanks around it, says that its value is missing.
  func contains(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
    guard cell.count <= 40 else { return false }
    return words.contains(String(decoding: cell, as: UTF8.self).lowercased())
  }

  private static let usual: Set<String> = [
    "", "nan", "-nan", "na", "n/a", "#n/a", "#n/a n/a", "#na", "<na>", "null", "none", "(null)",
    "\\n", "-1.#ind", "-1.#qnan", "1.#ind", "1.#qnan", "nat", "nil",
    "-", "--", "---", ".", "..", "...", "?", "\u{2013}", "\u{2014}", "n.a.", "n.a", "n.d.", "n/d",
    "k.a.", "s.o.", "unknown", "unavailable", "missing", "not available", "no data", "nodata",
    "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!",
  ]
}
