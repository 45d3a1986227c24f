/// Makes a series from a table: chooses columns, orders rows, fills what is missing.
struct SeriesBuilder {
  let table: Table
  let options: SeriesOptions
  var notes: [String] = []

  init(table: Table, options: SeriesOptions) {
    self.table = table
    self.options = options
    notes = table.notes
  }

  mutating func build() throws(TimeSeriesError) -> Series {
    try checkTargets()
    var finder = TimeFinder(table: table)
    var time = try finder.axis(options.time)
    notes += finder.notes
    let features = try chooseFeatures(time: time)
    let names = features + options.targets.filter { !features.contains($0) }

    var rows = SeriesRows(
      fileRows: (0..<table.rowCount).map { Int32(table.fileRow($0)) },
      columns: names.map { table.numbers($0) ?? [] })
    for (name, values) in zip(names, rows.columns) {
      if let row = values.firstIndex(where: \.isInfinite) {
        throw table.failure(row: row, column: name, "expected a finite number, found an infinity")
      }
      guard values.contains(where: { !$0.isNaN }) else {
        throw TimeSeriesError(file: table.path, column: name, reason: "there is no value in it")
      }
    }
    time = try order(&rows, by: time)
    let missing = try fill(&rows, time: &time, names: names)
    noteGaps(in: time)
    return Series(
      path: table.path, time: time, features: features, targets: options.targets,
      columns: zip(names, rows.columns).map { Series.Column(name: $0, values: $1) }, notes: notes,
      fileRows: rows.fileRows, missingTargets: missing)
  }

  // MARK: - Columns

  private func failure(_ reason: String, column: String? = nil) -> TimeSeriesError {
    TimeSeriesError(file: table.path, column: column, reason: reason)
  }

  private func checkTargets() throws(TimeSeriesError) {
    guard !options.targets.isEmpty else { throw failure("no target is named") }
    for (index, target) in options.targets.enumerated() {
      guard !options.targets[..<index].contains(target) else {
        throw failure("the target is named twice", column: target)
      }
      try checkNumeric(target)
    }
  }

  private func checkNumeric(_ name: String) throws(TimeSeriesError) {
    guard let column = table[name] else { throw table.unknownColumn(name) }
    if case .numbers = column { return }
    guard let (row, cell) = column.firstText else { return }
    throw table.failure(row: row, column: name, "expected a number, found \(quoted(cell))")
  }

  /// A cell that is no number, and what to do where that is a matter of writing.
  private func quoted(_ cell: String) -> String {
    let cell = trimmed(cell)
    return "'\(excerpt(cell))'" + (hint(onCommaIn: cell).map { "; \($0)" } ?? "")
  }

  /// What to do about a text that is a number but for a comma; `nil` for all others.
  private func hint(onCommaIn text: String) -> String? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
      Double(parts[0].filter { $0 != "." } + "." + parts[1]) != nil
    else { return nil }
    // Three digits may be thousands.
    return parts[1].count == 3
      ? "a comma is no part of a number here, neither as decimal point nor between thousands"
      : "a comma is no decimal point here, write a point"
  }

  private mutating func chooseFeatures(time: TimeAxis) throws(TimeSeriesError) -> [String] {
    var features: [String] = []
    if let named = options.features {
      for name in named where !features.contains(name) {
        try checkNumeric(name)
        features.append(name)
      }
    } else {
      // Where the features are named, those left out need not be there at all.
      for name in options.excluded where table[name] == nil { throw table.unknownColumn(name) }
      features = try defaultFeatures(time: time)
    }
    features.removeAll { options.excluded.contains($0) }
    guard !features.isEmpty else { throw failure("there is no feature left to learn from") }
    return features
  }

  private mutating func defaultFeatures(
    time: TimeAxis
  ) throws(TimeSeriesError) -> [String] {
    var text: [String] = []
    var hint: String?
    var empty: [String] = []
    var features: [String] = []
    for name in table.header where !time.columns.contains(name) && !options.excluded.contains(name)
    {
      guard let numbers = table.numbers(name) else {
        guard let column = table[name], let (row, cell) = column.firstText else { continue }
        // One bad cell must not take a whole column away unseen.
        guard !column.isMostlyNumbers else {
          throw table.failure(
            row: row, column: name,
            "expected a number as in most cells of the column, found \(quoted(cell)); correct it, or "
              + "leave the column out by --exclude")
        }
        text.append(
          "'\(excerpt(name))' (such as in row \(table.fileRow(row)) '\(excerpt(trimmed(cell)))')")
        hint = hint ?? self.hint(onCommaIn: trimmed(cell))
        continue
      }
      if numbers.contains(where: { !$0.isNaN }) || options.targets.contains(name) {
        features.append(name)
      } else {
        empty.append("'\(excerpt(name))'")
      }
    }
    if !text.isEmpty {
      let hint = hint.map { "; \($0)" } ?? ""
      notes.append("left out, because they hold text: \(listed(text))\(hint)")
    }
    if !empty.isEmpty { notes.append("left out, because they hold no value: \(listed(empty))") }
    return features
  }

  // MARK: - Rows

  /// Brings rows into order of time and merges those of the same time.
  private mutating func order(
    _ rows: inout SeriesRows, by time: TimeAxis
  ) throws(TimeSeriesError) -> TimeAxis {
    var values = time.values
    if zip(values, values.dropFirst()).allSatisfy({ $0 < $1 }) { return time }
    if !zip(values, values.dropFirst()).allSatisfy({ $0 <= $1 }) {
      let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
      values = order.map { values[$0] }
      rows = rows.picking(order)
      notes.append("the rows were not in order of time and have been sorted")
    }
    var starts = [0]
    for row in values.indices.dropFirst() where values[row] != values[row - 1] {
      starts.append(row)
    }
    let repeats = values.count - starts.count
    if repeats > 0 {
      if options.duplicates == .error { throw duplicate(in: values, rows, time, repeats) }
      rows = rows.merging(starts: starts, keepsLast: options.duplicates == .last)
      values = starts.map { values[$0] }
      let rule = options.duplicates == .last ? "the last one was kept" : "their means were taken"
      notes.append("\(counted(repeats, "row")) had the time of another; \(rule)")
    }
    return time.with(values: values)
  }

  private func duplicate(
    in values: [Double], _ rows: SeriesRows, _ time: TimeAxis, _ repeats: Int
  ) -> TimeSeriesError {
    let row = values.indices.dropFirst().first { values[$0] == values[$0 - 1] } ?? 0
    let label = time.with(values: values).label(at: row)
    let others = repeats == 1 ? "" : ", and \(counted(repeats - 1, "more row")) like it"
    return TimeSeriesError(
      file: table.path, row: Int(rows.fileRows[row]),
      column: time.columns.isEmpty ? nil : time.columns.joined(separator: ","),
      reason:
        "\(label) is the time of row \(rows.fileRows[row - 1]) too\(others); expected each time "
        + "once; --duplicates last or mean makes one row of them")
  }

  /// Fills or drops what is missing.
  ///
  /// - Returns: For each target which rows were missing.
  private mutating func fill(
    _ rows: inout SeriesRows, time: inout TimeAxis, names: [String]
  ) throws(TimeSeriesError) -> [[Bool]] {
    let missing = rows.columns.map { $0.contains(where: \.isNaN) ? $0.map(\.isNaN) : [] }
    let counts = missing.map { $0.count { $0 } }
    let total = counts.reduce(0, +)
    let none = [[Bool]](repeating: [], count: options.targets.count)
    guard total > 0 else { return none }
    let affected = zip(names, counts).filter { $1 > 0 }
    let list =
      affected.count == 1
      ? "'\(excerpt(affected[0].0))'"
      : listed(affected.map { "'\(excerpt($0.0))' (\(grouped($0.1)))" })
    let cells = "\(counted(total, "missing value")) in \(list)"
    switch options.missing {
    case .error:
      throw firstMissing(missing, rows, names)
    case .drop:
      let complete = rows.fileRows.indices.filter { row in
        missing.allSatisfy { $0.isEmpty || !$0[row] }
      }
      guard !complete.isEmpty else { throw failure("every row has a missing value") }
      let dropped = rows.fileRows.count - complete.count
      rows = rows.picking(complete)
      time = time.with(values: complete.map { time.values[$0] })
      notes.append(
        "\(counted(dropped, "row")) with \(cells) \(dropped == 1 ? "was" : "were") left out")
      return none
    case .forward:
      for index in rows.columns.indices where !missing[index].isEmpty {
        Gaps.fillForward(&rows.columns[index])
      }
      // Towards the start there is no value before.
      let leading = missing.reduce(0) { $0 + $1.prefix { $0 }.count }
      let how =
        switch leading {
        case 0: " with the value before"
        case total: " with the first value after, as there is none before"
        default:
          ": \(grouped(total - leading)) with the value before, \(grouped(leading)) at the start "
            + "with the first value after"
        }
      notes.append("\(cells) \(total == 1 ? "was" : "were") filled\(how)")
      return options.targets.map { target in names.firstIndex(of: target).map { missing[$0] } ?? []
      }
    }
  }

  private func firstMissing(
    _ missing: [[Bool]], _ rows: SeriesRows, _ names: [String]
  ) -> TimeSeriesError {
    for row in rows.fileRows.indices {
      for (index, name) in names.enumerated() where !missing[index].isEmpty && missing[index][row] {
        return TimeSeriesError(
          file: table.path, row: Int(rows.fileRows[row]), column: name,
          reason: "expected a number, found a missing value")
      }
    }
    return failure("a value is missing")
  }

  private mutating func noteGaps(in time: TimeAxis) {
    guard time.kind == .dates || time.kind == .times, time.months == nil, time.step > 0 else {
      return
    }
    var gaps = 0.0
    var uneven = 0
    for (value, next) in zip(time.values, time.values.dropFirst()) {
      let steps = (next - value) / time.step
      if steps == steps.rounded() { gaps += steps - 1 } else { uneven += 1 }
    }
    let step = duration(milliseconds: time.step)
    if uneven > 0 {
      notes.append(
        "\(grouped(uneven)) of \(grouped(time.count)) rows \(uneven == 1 ? "is" : "are") not a whole number of steps (\(step)) after the one "
          + "before; windows count rows, not time")
    } else if gaps > 0 {
      notes.append(
        "\(counted(Int(gaps), "step")) of \(step) \(gaps == 1 ? "is" : "are") missing; windows run "
          + "across such gaps")
    }
  }
}

/// A number with a noun, such as "2,067 rows".
package func counted(_ count: Int, _ noun: String) -> String {
  "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")"
}

/// A whole number, thousands apart.
func grouped(_ count: Int) -> String {
  var digits = Array("\(count.magnitude)")
  for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
  return (count < 0 ? "-" : "") + String(digits)
}

/// Some names in a sentence, the first few of many.
func listed(_ items: [String]) -> String {
  guard items.count > 6 else { return items.joined(separator: ", ") }
  return items.prefix(5).joined(separator: ", ") + " and \(items.count - 5) more"
}

/// A time span in the largest unit of which it is a whole number.
func duration(milliseconds: Double) -> String {
  let units = [("day", 86_400_000.0), ("hour", 3_600_000), ("minute", 60_000), ("second", 1000)]
  for (name, size) in units where milliseconds.truncatingRemainder(dividingBy: size) == 0 {
    return counted(Int(milliseconds / size), name)
  }
  return "\(milliseconds / 1000) seconds"
}
