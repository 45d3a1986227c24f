/// The cells of a column.
enum TableColumn: Sendable {
  /// Numbers, NaN where missing.
  case numbers([Double])
  /// Text, of which some may be numbers.
  case text(TextColumn)
}

/// A column with cells that are no numbers.
struct TextColumn: Sendable {
  let cells: TextCells
  /// How many cells are what.
  let counts: CellCounts
  /// The first cell that is no number, and what was expected of it instead.
  let firstText: (row: Int, reason: String)?
  /// Whether all are numbers, of which it cannot be known what the sign in them is.
  var isAmbiguous = false

  /// Whether it is meant to hold numbers: at least half of the cells that are not missing are some.
  var isMostlyNumbers: Bool { counts.numbers >= counts.texts }

  /// Whether nearly all cells are words: numbers with many bad cells among them are no categories.
  var isWords: Bool { 4 * counts.numbers <= counts.texts }
}

/// How many cells of a column are numbers, and how many other text; missing ones are neither.
struct CellCounts: Sendable {
  var numbers = 0
  var texts = 0
}
