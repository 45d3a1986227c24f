/// Makes the time of each row from the columns of a table, in the order of the file.
struct TimeFinder {
  let table: Table
  private let form: TimeColumn.Form
  /// The number of the series that each row belongs to; `nil` where all are one.
  private let groups: [Int]?
  /// One-liners for the user about what was decided.
  private(set) var notes: [String] = []

  /// - Parameters:
  ///   - table: The table.
  ///   - options: What is known of how times are written.
  ///   - groups: The number of the series that each row belongs to; `nil` where all are one.
  ///   - kind: What the times are, where that is known before they are read.
  /// - Throws: `TimeSeriesError` where the format of times has a sign that is not known.
  init(
    table: Table, options: SeriesOptions, groups: [Int]? = nil, kind: TimeAxis.Kind? = nil
  ) throws(TimeSeriesError) {
    self.table = table
    self.groups = groups
    form = TimeColumn.Form(
      format: try options.timeFormat.map { text throws(TimeSeriesError) in
        try TimeFormat(text, file: table.path)
      },
      order: options.dateOrder?.order, usualOrder: table.decimal == .comma ? .dayFirst : nil,
      kind: kind)
  }

  /// The time of each row.
  ///
  /// - Parameter names: The columns to take; `nil` finds them, an empty array takes row numbers.
  /// - Returns: An axis that need not be sorted and may have duplicates; the values of footers are
  ///   NaN.
  /// - Throws: `TimeSeriesError` where a column named does not exist or a cell of it is no time.
  mutating func axis(_ names: [String]?) throws(TimeSeriesError) -> TimeAxis {
    guard let names else { return try find() }
    for name in names { try table.checkName(name) }
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
    var unreadable: String?
    // Dates as text, and names that are nothing but a word for time, come before numbers under a
    // name that has such a word in it.
    let isSure = table.header.map { !table.isNumeric($0) || TimeColumn.isPlainName($0) }
    let names = zip(table.header, isSure)
    for (name, _) in names.filter(\.1) + names.filter({ !$0.1 }) {
      switch TimeColumn.read(name, of: table, isNamed: false, form: form) {
      case .success(let column)?:
        // What is called a time and cannot be read is rather the time than another column.
        if let unreadable, !TimeColumn.isTimeName(name) { throw unread(unreadable) }
        return try withHours(column)
      case .failure(let failure)?:
        nearly = nearly ?? failure
      case nil:
        if isUnreadTime(name) { unreadable = unreadable ?? name }
      }
    }
    if let axis = CalendarParts.find(in: table) { return axis }
    // A column that is a time in most of its rows is meant to be one in all of them.
    if let nearly { throw nearly.error }
    if let unreadable { throw unread(unreadable) }
    for name in table.header where TimeColumn.isPlainName(name) {
      guard let numbers = table.numbers(name), !numbers.contains(where: { !$0.isFinite }) else {
        continue
      }
      if isAscending(numbers) {
        return TimeAxis(kind: .numbers, columns: [name], values: numbers)
      }
    }
    try table.checkWide()
    notes.append("no column holds the time; rows are named by their number in the file")
    return rowNumbers()
  }

  /// Whether numbers grow from each row to the next one of the same series.
  private func isAscending(_ numbers: [Double]) -> Bool {
    guard let groups else { return zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 } }
    var last: [Int: Double] = [:]
    return zip(groups, numbers).allSatisfy { group, number in
      defer { last[group] = number }
      return last[group].map { $0 < number } ?? true
    }
  }

  /// Whether a column of text is called a time and is no time of day either.
  private func isUnreadTime(_ name: String) -> Bool {
    guard case .text(let column)? = table[name], column.counts.texts > 0 else { return false }
    let isCalled =
      TimeColumn.isPlainName(name) || TimeColumn.isTimeName(name) || TimeColumn.isSpanName(name)
    return isCalled && ClockColumn.read(name, of: table, unit: .hour) == nil
  }

  private func unread(_ name: String) -> TimeSeriesError {
    table.failure(
      row: 0, column: name,
      "expected a time such as '2012-10-29', found \(table.describe(row: 0, column: name)); "
        + "--time-format says how times are written, --time names another column, --row-order takes "
        + "the rows in the order of the file")
  }

  /// Dates that repeat because the hour is in a column of its own.
  private mutating func withHours(_ column: TimeColumn) throws(TimeSeriesError) -> TimeAxis {
    if !column.hasTimeOfDay, hasRepeats(column.values) {
      let others = table.header.filter { $0 != column.name }
      let named = others.filter(ClockColumn.isHourName)
      let text = others.filter { !named.contains($0) && !table.isNumeric($0) }
      for name in named + text {
        // One bad hour must not take the hours of all rows away unseen.
        let isSure = named.contains(name) && ClockColumn.isMostlyHours(name, of: table)
        guard
          let hours = isSure
            ? try ClockColumn(name, of: table, unit: .hour)
            : ClockColumn.read(name, of: table, unit: .hour)
        else { continue }
        let axis = finished(column, with: [hours])
        // A time of day that tells no rows of a day apart is something else.
        guard named.contains(name) || distinct(axis.values) > distinct(column.values) else {
          continue
        }
        notes.append("the time is in '\(excerpt(column.name))' and '\(excerpt(name))'")
        return axis
      }
    }
    return finished(column, with: [])
  }

  /// Whether a time stands twice in one series.
  private func hasRepeats(_ values: [Double]) -> Bool { distinct(values) < values.count }

  /// The number of rows that are not at the time of another one of their series.
  private func distinct(_ values: [Double]) -> Int {
    struct Place: Hashable {
      var group: Int
      var time: Double
    }
    guard let groups else { return Set(values).count }
    return Set(zip(groups, values).map(Place.init)).count
  }

  private mutating func finished(_ column: TimeColumn, with clocks: [ClockColumn]) -> TimeAxis {
    if let note = column.note, !notes.contains(note) { notes.append(note) }
    guard clocks.isEmpty, form.format == nil, column.hasTimeOfDay,
      let (values, count) = movedMidnights(column.values)
    else { return column.axis(with: clocks) }
    var column = column
    column.values = values
    notes.append(
      "\(counted(count, "midnight")) in '\(excerpt(column.name))' stood behind the day that they end and "
        + "were moved to its end; --time-format leaves them where they are")
    return column.axis(with: [])
  }

  /// Moves the midnights of each series that carry the date of the day that they end.
  private func movedMidnights(_ values: [Double]) -> (values: [Double], count: Int)? {
    guard let groups else { return Midnights.moved(values) }
    var moved = values
    var count = 0
    for rows in Dictionary(grouping: values.indices, by: { groups[$0] }).values {
      guard let own = Midnights.moved(rows.map { values[$0] }) else { continue }
      for (row, value) in zip(rows, own.values) { moved[row] = value }
      count += own.count
    }
    return count > 0 ? (moved, count) : nil
  }

  // MARK: - Columns named

  private mutating func single(_ name: String) throws(TimeSeriesError) -> TimeAxis {
    switch TimeColumn.read(name, of: table, isNamed: true, form: form) {
    case .success(let column)?: return finished(column, with: [])
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
    switch TimeColumn.read(names[0], of: table, isNamed: true, form: form) {
    case .success(let column)?:
      var clocks: [ClockColumn] = []
      for (name, unit) in zip(names.dropFirst(), ClockColumn.Unit.allCases) {
        clocks.append(try ClockColumn(name, of: table, unit: unit))
      }
      return finished(column, with: clocks)
    case .failure(let failure)?:
      throw failure.error
    case nil:
      return try CalendarParts(named: names, in: table).axis(of: table)
    }
  }
}

/// Midnights that carry the date of the day that they end.
enum Midnights {
  /// Moves midnights by a day where the rows are out of order for no other reason.
  ///
  /// - Returns: The values and how many were moved; `nil` where moving them makes no even steps.
  static func moved(_ all: [Double]) -> (values: [Double], count: Int)? {
    let day = Double(CivilDate.millisecondsPerDay)
    // Footers have no time.
    let values = all.prefix { !$0.isNaN }
    guard !zip(values, values.dropFirst()).allSatisfy({ !($1 < $0) }) else { return nil }
    let moved = values.map { $0.truncatingRemainder(dividingBy: day) == 0 ? $0 + day : $0 }
    let steps = zip(moved.dropFirst(), moved).map { $0 - $1 }
    guard let first = steps.first, steps.allSatisfy({ $0 > 0 }),
      10 * steps.count(where: { $0 != first }) <= steps.count
    else { return nil }
    return (moved + all[values.endIndex...], zip(values, moved).count { $0 != $1 })
  }
}
