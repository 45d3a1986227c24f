/// Makes the time of each row from the columns of a table, in the order of the file.
struct TimeFinder {
  let table: Table
  /// One-liners for the user about what was decided.
  private(set) var notes: [String] = []

  init(table: Table) {
    self.table = table
  }

  /// The time of each row.
  ///
  /// - Parameter names: The columns to take; `nil` finds them, an empty array takes row numbers.
  /// - Returns: An axis that need not be sorted and may have duplicates.
  /// - Throws: `TimeSeriesError` where a column named does not exist or a cell of it is no time.
  mutating func axis(_ names: [String]?) throws(TimeSeriesError) -> TimeAxis {
    guard let names else { return try find() }
    for name in names where table[name] == nil { throw table.unknownColumn(name) }
    switch names.count {
    case 0: return rowNumbers()
    case 1: return try single(names[0])
    default: return try combined(names)
    }
  }

  private func rowNumbers() -> TimeAxis {
    TimeAxis(
      kind: .rowNumbers, columns: [],
      values: (0..<table.rowCount).map { Double(table.fileRow($0)) })
  }

  // MARK: - Columns found

  private mutating func find() throws(TimeSeriesError) -> TimeAxis {
    var nearly: TimeColumn.Failure?
    // Dates as text, and names that are nothing but a word for time, come before numbers under a
    // name that has such a word in it.
    let isSure = table.header.map { !table.isNumeric($0) || TimeColumn.isPlainName($0) }
    let names = zip(table.header, isSure)
    for (name, _) in names.filter(\.1) + names.filter({ !$0.1 }) {
      switch TimeColumn.read(name, of: table, isNamed: false) {
      case .success(let column)?:
        return try withHours(column)
      case .failure(let failure)?:
        nearly = nearly ?? failure
      case nil:
        break
      }
    }
    if let axis = CalendarParts.find(in: table) { return axis }
    // A column that is a time in most of its rows is meant to be one in all of them.
    if let nearly { throw nearly.error }
    for name in table.header where TimeColumn.isPlainName(name) {
      guard let numbers = table.numbers(name), !numbers.contains(where: { !$0.isFinite }) else {
        continue
      }
      if zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }) {
        return TimeAxis(kind: .numbers, columns: [name], values: numbers)
      }
    }
    notes.append("no column holds the time; rows are named by their number in the file")
    return rowNumbers()
  }

  /// Dates that repeat because the hour is in a column of its own.
  private mutating func withHours(_ column: TimeColumn) throws(TimeSeriesError) -> TimeAxis {
    if !column.hasTimeOfDay, Set(column.values).count < column.values.count {
      for name in table.header where ["hr", "hour", "time"].contains(name.lowercased()) {
        if let hours = ClockColumn.read(name, of: table, unit: .hour) {
          return column.axis(with: [hours], notes: &notes)
        }
      }
    }
    return column.axis(with: [], notes: &notes)
  }

  // MARK: - Columns named

  private mutating func single(_ name: String) throws(TimeSeriesError) -> TimeAxis {
    switch TimeColumn.read(name, of: table, isNamed: true) {
    case .success(let column)?: return column.axis(with: [], notes: &notes)
    case .failure(let failure)?: throw failure.error
    case nil: break
    }
    let numbers = table.numbers(name) ?? []
    if let row = numbers.firstIndex(where: { !$0.isFinite }) {
      throw table.failure(
        row: row, column: name, "expected a time, found \(table.describe(row: row, column: name))")
    }
    return TimeAxis(kind: .numbers, columns: [name], values: numbers)
  }

  private mutating func combined(_ names: [String]) throws(TimeSeriesError) -> TimeAxis {
    if table.isNumeric(names[0]), TimeColumn.compactDates(names[0], of: table) == nil {
      return try CalendarParts(named: names, in: table).axis(of: table)
    }
    switch TimeColumn.read(names[0], of: table, isNamed: true) {
    case .success(let column)?:
      var clocks: [ClockColumn] = []
      for (name, unit) in zip(names.dropFirst(), ClockColumn.Unit.allCases) {
        clocks.append(try ClockColumn(name, of: table, unit: unit))
      }
      return column.axis(with: clocks, notes: &notes)
    case .failure(let failure)?:
      throw failure.error
    case nil:
      return try CalendarParts(named: names, in: table).axis(of: table)
    }
  }
}

extension Table {
  /// An error that lists the columns there are.
  func unknownColumn(_ name: String) -> TimeSeriesError {
    let shown = header.prefix(40).map { excerpt($0) }.joined(separator: ", ")
    let more = header.count > 40 ? " and \(header.count - 40) more" : ""
    return TimeSeriesError(
      file: path,
      reason: "there is no column '\(excerpt(name))'; the columns are \(shown)\(more)")
  }

  /// What a cell holds, for a message.
  func describe(row: Int, column: String) -> String {
    switch self[column] {
    case .numbers(let numbers)?:
      let number = numbers[row]
      if number.isNaN { return "a missing value" }
      return number.isInfinite ? "an infinity" : Int(exactly: number).map { "\($0)" } ?? "\(number)"
    case .text(let cells)?:
      let cell = trimmed(cells[row])
      return cell.isEmpty ? "an empty cell" : "'\(excerpt(cell))'"
    case .mixed(let textRow, let cell, _)? where textRow == row:
      return "'\(excerpt(cell))'"
    case .mixed?, nil:
      return "another"
    }
  }
}
