/// Columns that hold year, month, day and so on, each a number.
struct CalendarParts {
  private let names: [String]

  private static let parts: [(name: String, synonyms: [String], range: ClosedRange<Int>)] = [
    ("a year such as 2012", ["year"], 1000...9999),
    ("a month from 1 to 12", ["month"], 1...12),
    ("a day from 1 to 31", ["day"], 1...31),
    ("an hour from 0 to 24", ["hour", "hr"], 0...24),
    ("a minute from 0 to 59", ["minute", "min"], 0...59),
    ("a second from 0 to 59", ["second", "sec"], 0...59),
  ]

  /// Columns named by the user, in the order from the year on.
  init(named names: [String], in table: Table) throws(TimeSeriesError) {
    guard names.count <= Self.parts.count else {
      throw TimeSeriesError(
        file: table.path,
        reason: "\(names.count) columns are named for the time; at most year, month, day, hour, "
          + "minute and second make one")
    }
    self.names = names
  }

  /// The time from columns called year, month, day and so on; year and month at least.
  ///
  /// Columns of these names that hold something else are no time, and no error either.
  static func find(in table: Table) -> TimeAxis? {
    var names: [String] = []
    for part in parts {
      guard let name = table.header.first(where: { part.synonyms.contains($0.lowercased()) }),
        table.isNumeric(name) || part.range == 1...12
      else { break }
      names.append(name)
    }
    guard names.count >= 2 else { return nil }
    return try? CalendarParts(named: names, in: table).axis(of: table)
  }

  /// Months by their names, NaN for other words.
  private static func months(_ table: Table, _ name: String) -> [Double] {
    guard case .text(let column)? = table[name] else { return [] }
    return (0..<column.cells.count).map { row in
      NamedDate.month(trimmed(column.cells[row]).lowercased()).map(Double.init) ?? .nan
    }
  }

  /// The time of each row.
  func axis(of table: Table) throws(TimeSeriesError) -> TimeAxis {
    let columns = names.enumerated().map { index, name in
      table.numbers(name) ?? (index == 1 ? Self.months(table, name) : [])
    }
    var values: [Double] = []
    values.reserveCapacity(table.rowCount)
    for row in 0..<table.rowCount {
      var parts = [1970, 1, 1, 0, 0, 0]
      for (index, column) in columns.enumerated() {
        let part = Self.parts[index]
        guard row < column.count, let value = Int(exactly: column[row]), part.range.contains(value)
        else {
          throw table.failure(
            row: row, column: names[index],
            "expected \(part.name), found \(table.describe(row: row, column: names[index]))")
        }
        parts[index] = value
      }
      guard let date = CivilDate(year: parts[0], month: parts[1], day: parts[2]) else {
        throw table.failure(
          row: row, column: names[2],
          "expected a day of month \(parts[0])-\(padded(parts[1], 2)), found \(parts[2])")
      }
      let seconds = (date.daysSince1970 * 24 + parts[3]) * 3600 + parts[4] * 60 + parts[5]
      values.append(Double(seconds) * 1000)
    }
    return TimeAxis(kind: names.count > 3 ? .times : .dates, columns: names, values: values)
  }
}
