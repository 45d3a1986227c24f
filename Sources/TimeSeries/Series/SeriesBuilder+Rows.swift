extension SeriesBuilder {
  /// Leaves out the rows at the end that have no time, such as sums.
  mutating func dropFooters(_ rows: inout SeriesRows, _ time: inout TimeAxis) {
    guard time.values.last?.isNaN == true else { return }
    let kept = time.values.indices.filter { !time.values[$0].isNaN }
    for row in time.values.indices where time.values[row].isNaN {
      let cell = table.describe(row: row, column: time.columns[0])
      notes.append("row \(table.fileRow(row)) was passed over as a footer: \(cell)")
    }
    rows = rows.picking(kept)
    time = time.with(values: kept.map { time.values[$0] })
  }

  /// Brings rows into order of time and merges those of the same time.
  mutating func order(
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
      var rule = options.duplicates
      if rule == .error {
        guard time.kind == .times, !time.isUTC, ClockChange.explains(values) else {
          throw duplicate(in: values, rows, time, repeats)
        }
        rule = .mean
      }
      rows = rows.merging(starts: starts, keepsLast: rule == .last)
      values = starts.map { values[$0] }
      let how = rule == .last ? "the last one was kept" : "their means were taken"
      let cause = options.duplicates == .error ? ", in the hour when clocks go back" : ""
      notes.append("\(counted(repeats, "row")) had the time of another\(cause); \(how)")
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
        + "once; --duplicates last or mean makes one row of them, --time DATE,CLOCK takes the time of "
        + "day from another column")
  }

  /// Leaves out the rows before and after the times that the user gives.
  mutating func cut(_ rows: inout SeriesRows, _ time: TimeAxis) throws(TimeSeriesError) -> TimeAxis
  {
    func row(_ text: String?, _ option: String, or other: Int) throws(TimeSeriesError) -> Int {
      guard let text else { return other }
      guard let row = time.firstRow(notBefore: text) else {
        throw failure(
          "\(option) '\(excerpt(text))' is no time such as '\(time.label(at: 0))'")
      }
      return row
    }
    let start = try row(options.from, "--from", or: 0)
    let end = try row(options.until, "--until", or: time.count)
    guard start > 0 || end < time.count else { return time }
    guard start < end else { throw failure("no row is left between --from and --until") }
    let rest = end..<min(time.count, end + UpcomingRows.limit)
    upcoming.prepend(
      rows.picking(Array(rest)), times: Array(time.values[rest]), arePending: false)
    rows = rows.picking(Array(start..<end))
    return time.with(values: Array(time.values[start..<end]))
  }

  /// Sets rows at the end without any target aside: they are to be forecast.
  mutating func cutEnd(
    _ rows: inout SeriesRows, _ time: inout TimeAxis, names: [String]
  ) throws(TimeSeriesError) {
    let targets = options.targets.compactMap { names.firstIndex(of: $0) }
    var end = rows.fileRows.count
    while end > 0, targets.allSatisfy({ rows.columns[$0][end - 1].isNaN }) { end -= 1 }
    guard end < rows.fileRows.count, end > 0, options.missing != .error else { return }
    let pendingRows = time.count - end
    upcoming.prepend(
      rows.picking(Array(end..<time.count)), times: Array(time.values[end...]), arePending: true)
    rows = rows.picking(Array(0..<end))
    time = time.with(values: Array(time.values[..<end]))
    let list = listed(options.targets.map { "'\(excerpt($0))'" })
    notes.append(
      "the last \(counted(pendingRows, "row")) \(pendingRows == 1 ? "has" : "have") no \(list) yet: "
        + "\(pendingRows == 1 ? "it is" : "they are") to be forecast and not judged")
  }

  /// Leaves out features whose values begin late: that costs less than the rows before them.
  ///
  /// - Returns: The names of the columns and features that are left.
  mutating func dropLate(
    _ rows: inout SeriesRows, names: [String], features: [String]
  ) throws(TimeSeriesError) -> (names: [String], features: [String]) {
    guard options.missing == .forward, options.features == nil else { return (names, features) }
    let count = rows.fileRows.count
    let starts = rows.columns.map { values in values.firstIndex { !$0.isNaN } ?? count }
    let late = names.indices.filter {
      !options.targets.contains(names[$0]) && starts[$0] > max(5, count / 10)
    }
    guard !late.isEmpty else { return (names, features) }
    let list = late.map { index in
      let start = starts[index]
      let place =
        start < count ? "from row \(rows.fileRows[start]) on" : "in no row that has a target"
      return "'\(excerpt(names[index]))' (\(place))"
    }
    notes.append("left out, because their values begin late: \(listed(list))")
    var left = names
    for index in late.reversed() {
      rows.columns.remove(at: index)
      left.remove(at: index)
    }
    let kept = features.filter { left.contains($0) }
    guard !kept.isEmpty else { throw failure("there is no feature left to learn from") }
    return (left, kept)
  }

  /// Leaves out the rows before each column has a value, so that none is filled from later ones.
  private mutating func cutStart(
    _ rows: inout SeriesRows, _ time: inout TimeAxis, names: [String], missing: inout [[Bool]]
  ) throws(TimeSeriesError) {
    let count = rows.fileRows.count
    let starts = rows.columns.map { values in values.firstIndex { !$0.isNaN } ?? count }
    let first = starts.max() ?? 0
    guard first > 0 else { return }
    guard first < count else {
      throw failure("no row has a value in each column, be it from a row before")
    }
    let list = names.indices.filter { starts[$0] > 0 }.map { "'\(excerpt(names[$0]))'" }
    rows = rows.picking(Array(first..<count))
    time = time.with(values: Array(time.values[first...]))
    for index in missing.indices where !missing[index].isEmpty {
      missing[index].removeFirst(first)
      if !missing[index].contains(true) { missing[index] = [] }
    }
    notes.append(
      "the first \(counted(first, "row")) \(first == 1 ? "was" : "were") left out: there is no value yet "
        + "in \(listed(list))")
  }

  /// Fills or drops what is missing.
  ///
  /// - Returns: For each target which rows were missing.
  mutating func fill(
    _ rows: inout SeriesRows, time: inout TimeAxis, names: [String]
  ) throws(TimeSeriesError) -> [[Bool]] {
    var missing = rows.columns.map { $0.contains(where: \.isNaN) ? $0.map(\.isNaN) : [] }
    if options.missing == .forward {
      for index in rows.columns.indices where !missing[index].isEmpty {
        Gaps.fillForward(
          &rows.columns[index], after: before?.lastValue(of: names[index], before: time) ?? .nan)
      }
      try cutStart(&rows, &time, names: names, missing: &missing)
    }
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
      notes.append("\(cells) \(total == 1 ? "was" : "were") filled with the value before")
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

  mutating func noteGaps(in time: TimeAxis) {
    guard time.kind == .dates || time.kind == .times, time.step > 0 else { return }
    if let months = time.months {
      let numbers = time.values.map(MonthSteps.monthNumber)
      let gaps = zip(numbers.dropFirst(), numbers).reduce(0) { sum, pair in
        sum + max(0, (pair.0 - pair.1) / months - 1)
      }
      noteGaps(gaps, of: counted(months, "month"))
      return
    }
    var gaps = 0
    var uneven = 0
    for (value, next) in zip(time.values, time.values.dropFirst()) {
      let steps = (next - value) / time.step
      if steps != steps.rounded() {
        uneven += 1
      } else if steps > 1 {
        gaps += time.calendar?.missing(between: value, and: next) ?? Int(steps) - 1
      }
    }
    let step = duration(milliseconds: time.step)
    if uneven > 0 {
      notes.append(
        "\(grouped(uneven)) of \(grouped(time.count)) rows \(uneven == 1 ? "is" : "are") not a whole number of steps (\(step)) after the one "
          + "before; windows count rows, not time")
    } else {
      noteGaps(gaps, of: step)
    }
  }

  private mutating func noteGaps(_ count: Int, of step: String) {
    guard count > 0 else { return }
    notes.append(
      "\(counted(count, "step")) of \(step) \(count == 1 ? "is" : "are") missing; windows run "
        + "across such gaps")
  }
}

/// Times that repeat because clocks were put back.
private enum ClockChange {
  /// Whether all times that stand twice lie in one hour of a night in autumn, at most two such
  /// nights a year.
  static func explains(_ values: [Double]) -> Bool {
    let day = Double(CivilDate.millisecondsPerDay)
    var nights: [Int: Set<Int>] = [:]
    for index in values.indices.dropFirst() where values[index] == values[index - 1] {
      if index >= 2, values[index] == values[index - 2] { return false }
      let number = Int((values[index] / day).rounded(.down))
      nights[number, default: []].insert(Int(values[index] - Double(number) * day) / 3_600_000)
    }
    for (number, hours) in nights {
      let date = CivilDate(daysSince1970: number)
      // Clocks go back in October or November in the north, in April in the south.
      guard hours.count == 1, let hour = hours.first, hour <= 3, [4, 10, 11].contains(date.month)
      else { return false }
    }
    let years = nights.keys.map { CivilDate(daysSince1970: $0).year }
    return Set(years).count * 2 >= years.count
  }
}
