/// A column of dates, of dates with times, or of seconds since 1970.
struct TimeColumn {
  /// Why a column that looks like times is none.
  struct Failure: Error {
    let error: TimeSeriesError
  }

  let name: String
  /// Milliseconds since 1970, one for each row.
  let values: [Double]
  let hasTimeOfDay: Bool
  let hasOffset: Bool
  let order: TimeParser.Order
  /// Whether day and month could be either way round in every row.
  let isAmbiguous: Bool

  /// Reads a column as times.
  ///
  /// - Parameters:
  ///   - name: The column.
  ///   - table: The table.
  ///   - isNamed: Whether the user named it; what is there must be times then, or numbers.
  /// - Returns: A failure where a column named or mostly of times has other cells; `nil` where it is
  ///   no column of times.
  static func read(_ name: String, of table: Table, isNamed: Bool) -> Result<TimeColumn, Failure>? {
    switch table[name] {
    case .text(let cells)?:
      return text(cells, name, of: table, isNamed: isNamed)
    case .numbers?:
      guard isTimeName(name) else { return nil }
      guard let values = epoch(name, of: table) ?? compactDates(name, of: table) else { return nil }
      return .success(
        TimeColumn(
          name: name, values: values,
          hasTimeOfDay: values.contains {
            $0.truncatingRemainder(dividingBy: Double(CivilDate.millisecondsPerDay)) != 0
          }, hasOffset: false, order: .monthFirst, isAmbiguous: false))
    case .mixed(let row, let cell, _)?:
      guard isNamed else { return nil }
      return .failure(
        Failure(
          error: table.failure(
            row: row, column: name, "expected a number, found '\(excerpt(trimmed(cell)))'")))
    case nil:
      return nil
    }
  }

  /// The axis of this column, with times of day added.
  func axis(with clocks: [ClockColumn], notes: inout [String]) -> TimeAxis {
    if isAmbiguous {
      notes.append("dates in '\(name)' were read as month/day/year; day/month/year fits as well")
    }
    var values = values
    for clock in clocks {
      for row in values.indices { values[row] += clock.values[row] }
    }
    return TimeAxis(
      kind: hasTimeOfDay || !clocks.isEmpty ? .times : .dates,
      columns: [name] + clocks.map(\.name), values: values, isUTC: hasOffset, order: order)
  }

  // MARK: - Names

  /// Whether a column of numbers may be seconds since 1970 or days written as one number.
  static func isTimeName(_ name: String) -> Bool {
    isPlainName(name)
      || !timeWords.isDisjoint(with: words(name))
  }

  private static let timeWords: Set = [
    "timestamp", "datetime", "date", "time", "epoch", "unix", "unixtime",
  ]

  /// The words of a name in lower case: `event_time`, `event time` and `eventTime` have two.
  private static func words(_ name: String) -> [String] {
    var words = [""]
    var previous: Character = " "
    for character in name {
      if !character.isLetter || (character.isUppercase && previous.isLowercase) { words.append("") }
      if character.isLetter { words[words.count - 1] += character.lowercased() }
      previous = character
    }
    return words
  }

  /// Whether ascending numbers under this name are the time and not a quantity.
  static func isPlainName(_ name: String) -> Bool {
    ["time", "timestamp", "date", "datetime", "epoch", "ts", "ds", "t", "year"].contains(
      name.lowercased())
  }

  // MARK: - Numbers

  /// Seconds or milliseconds since 1970, all of them between 1973 and 2286.
  private static func epoch(_ name: String, of table: Table) -> [Double]? {
    guard let numbers = table.numbers(name) else { return nil }
    func all(_ range: Range<Double>) -> Bool { numbers.allSatisfy(range.contains) }
    if all(1e8..<1e10) { return numbers.map { ($0 * 1000).rounded() } }
    return all(1e11..<1e13) ? numbers.map { $0.rounded() } : nil
  }

  /// Days written as `20121029`.
  static func compactDates(_ name: String, of table: Table) -> [Double]? {
    guard isTimeName(name), let numbers = table.numbers(name) else { return nil }
    var values: [Double] = []
    values.reserveCapacity(numbers.count)
    for number in numbers {
      guard let number = Int(exactly: number), (1000_01_01...9999_12_31).contains(number),
        let date = CivilDate(
          year: number / 10_000, month: number / 100 % 100, day: number % 100)
      else { return nil }
      values.append(Double(date.daysSince1970 * CivilDate.millisecondsPerDay))
    }
    return values
  }

  // MARK: - Text

  private static func text(
    _ cells: TextCells, _ name: String, of table: Table, isNamed: Bool
  ) -> Result<TimeColumn, Failure>? {
    func mixed(_ row: Int) -> Result<TimeColumn, Failure> {
      .failure(
        Failure(
          error: table.failure(
            row: row, column: name,
            "expected an offset from UTC in every row or in none, found "
              + "\(table.describe(row: row, column: name)) after "
              + table.describe(row: 0, column: name))))
    }
    let first = parse(cells, name, .monthFirst)
    if case .mixed(let row) = first { return mixed(row) }
    guard case .failure(let row, let parsedCount) = first else {
      guard case .success(let column, let usedOrder) = first else { return nil }
      guard usedOrder, case .success = parse(cells, name, .dayFirst) else {
        return .success(column)
      }
      return .success(column.ambiguous())
    }
    let second = parse(cells, name, .dayFirst)
    if case .success(let column, _) = second { return .success(column) }
    if case .mixed(let row) = second { return mixed(row) }
    guard case .failure(let otherRow, let otherCount) = second else { return nil }
    guard isNamed || max(parsedCount, otherCount) > cells.count / 2 else { return nil }
    let bad = otherCount > parsedCount ? otherRow : row
    return .failure(
      Failure(
        error: table.failure(
          row: bad, column: name,
          "expected a time such as '2012-10-29', found \(table.describe(row: bad, column: name))")))
  }

  private enum Parsed {
    case success(TimeColumn, usedOrder: Bool)
    /// The first row whose offset from UTC is missing, or there where others have none.
    case mixed(row: Int)
    /// The first bad row, and how many were good.
    case failure(row: Int, parsedCount: Int)
  }

  private static func parse(
    _ cells: TextCells, _ name: String, _ order: TimeParser.Order
  ) -> Parsed {
    let parser = TimeParser(order: order)
    var values: [Double] = []
    values.reserveCapacity(cells.count)
    var hasTimeOfDay = false
    var hasOffset = false
    var usedOrder = false
    var mixedRow: Int?
    for row in 0..<cells.count {
      guard let time = cells.withBytes(of: row, parser.parse) else {
        // Whether it is a column of times at all is told by a look at the rest.
        let sample = stride(from: 0, to: cells.count, by: max(1, cells.count / 1000))
        let good = sample.count { cells.withBytes(of: $0, parser.parse) != nil }
        return .failure(row: row, parsedCount: good * max(1, cells.count / 1000))
      }
      values.append(Double(time.milliseconds))
      if time.hasTimeOfDay { hasTimeOfDay = true }
      if row > 0, time.hasOffset != hasOffset { mixedRow = mixedRow ?? row }
      if row == 0 { hasOffset = time.hasOffset }
      if time.usedOrder { usedOrder = true }
    }
    if let mixedRow { return .mixed(row: mixedRow) }
    let column = TimeColumn(
      name: name, values: values, hasTimeOfDay: hasTimeOfDay, hasOffset: hasOffset, order: order,
      isAmbiguous: false)
    return .success(column, usedOrder: usedOrder)
  }

  private func ambiguous() -> TimeColumn {
    TimeColumn(
      name: name, values: values, hasTimeOfDay: hasTimeOfDay, hasOffset: hasOffset, order: order,
      isAmbiguous: true)
  }
}
