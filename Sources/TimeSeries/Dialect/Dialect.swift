/// How a table lies in a text.
struct Dialect: Sendable {
  var delimiter: Delimiter
  /// The names of the columns; one without a name has been given one.
  var names: [String]
  /// The columns that have no name in the file.
  var unnamed: Set<Int> = []
  /// The row of the file, from 1, that has the names.
  var headerRow: Int
  /// The row of the file, from 1, below which the numbers begin.
  var firstDataRow: Int
  /// Where that row starts in the bytes that were looked at.
  var dataStart: Int
  /// One-liners for the user.
  var notes: [String] = []

  /// The number of cells in each row.
  var width: Int { names.count }
}

/// A row of the text as one delimiter cuts it.
struct SampleRecord {
  /// From 1.
  var row: Int
  var cells: [String]
  /// Where the row behind it starts.
  var end: Int

  var isBlank: Bool { cells.allSatisfy(\.isEmpty) }
  var isComment: Bool { cells.first?.hasPrefix("#") == true }
}

/// What a cell looks like.
enum CellKind {
  case missing
  case number
  case time
  case text

  init(_ cell: String, missing: MissingCodes) {
    var text = cell
    self = text.withUTF8 { bytes in
      let bytes = NumberParser.trimmed(bytes)
      if let number = NumberParser.parse(bytes, missing: missing) {
        return number.isNaN ? .missing : .number
      }
      if let written = WrittenNumber(bytes), !written.forms(among: .all).isEmpty { return .number }
      let isTime = TimeParser.Order.allCases.contains {
        TimeParser(order: $0).parse(bytes) != nil
      }
      return isTime || TimeParser.parseTimeOfDay(bytes) != nil ? .time : .text
    }
  }

  /// Whether it is a value and no name.
  var isValue: Bool { self == .number || self == .time }
}
