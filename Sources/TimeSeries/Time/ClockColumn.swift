/// A column that holds a part of the time of day: hours, minutes or seconds, or `13:00`.
struct ClockColumn {
  enum Unit: CaseIterable {
    case hour
    case minute
    case second

    /// What it is, and its numbers; hour 24 is midnight of the next day.
    var name: String {
      switch self {
      case .hour: "an hour from 0 to 24"
      case .minute: "a minute from 0 to 59"
      case .second: "a second from 0 to 59"
      }
    }
    var range: ClosedRange<Double> { self == .hour ? 0...24 : 0...59 }
    var milliseconds: Double {
      switch self {
      case .hour: 3_600_000
      case .minute: 60_000
      case .second: 1000
      }
    }
  }

  let name: String
  /// Milliseconds, one for each row.
  let values: [Double]

  /// Reads a column that the user named.
  init(_ name: String, of table: Table, unit: Unit) throws(TimeSeriesError) {
    self.name = name
    var values: [Double] = []
    values.reserveCapacity(table.rowCount)
    for row in 0..<table.rowCount {
      guard let value = Self.value(row: row, of: name, in: table, unit: unit) else {
        // Footers have no time at all, and nothing but footers comes after one.
        let rest = row..<table.rowCount
        if rest.count <= TimeColumn.mostFooters,
          rest.allSatisfy({ table.isEmpty(row: $0, column: name) })
        {
          values += rest.map { _ in .nan }
          break
        }
        throw table.failure(
          row: row, column: name,
          "expected \(unit.name), found " + table.describe(row: row, column: name))
      }
      values.append(value)
    }
    self.values = values
  }

  /// The column where it is one; `nil` otherwise.
  static func read(_ name: String, of table: Table, unit: Unit) -> ClockColumn? {
    try? ClockColumn(name, of: table, unit: unit)
  }

  /// Whether nine in ten cells of a column are hours or times of day.
  static func isMostlyHours(_ name: String, of table: Table) -> Bool {
    let count = (0..<table.rowCount).count {
      value(row: $0, of: name, in: table, unit: .hour) != nil
    }
    return 10 * count >= 9 * table.rowCount
  }

  /// Whether a name is one for hours or times of day.
  static func isHourName(_ name: String) -> Bool {
    let words = [
      "hr", "hour", "hours", "h", "time", "clock", "hour ending", "he", "stunde", "uhrzeit", "zeit",
      "heure", "hora",
    ]
    return words.contains(name.lowercased().replacing("_", with: " "))
  }

  private static func value(
    row: Int, of name: String, in table: Table, unit: Unit
  ) -> Double? {
    switch table[name] {
    case .numbers(let numbers)?:
      let number = numbers[row]
      guard unit.range.contains(number), number == number.rounded() else { return nil }
      return number * unit.milliseconds
    case .text(let column)? where unit == .hour:
      return column.cells.withBytes(of: row, TimeParser.parseTimeOfDay).map(Double.init)
    default:
      return nil
    }
  }
}
