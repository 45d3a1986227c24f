/// Reads a column of text as times.
struct TimeTextReader {
  let cells: TextCells
  let name: String
  let table: Table
  let form: TimeColumn.Form

  /// - Parameter isNamed: Whether the user named the column; its cells must be times then.
  /// - Returns: `nil` where it is no column of times.
  func read(isNamed: Bool) -> Result<TimeColumn, TimeColumn.Failure>? {
    if let format = form.format {
      switch parse(order: nil, format.parse) {
      case .success(let column, _): return .success(column)
      case .mixed(let row): return mixed(row)
      case .failure(let row, let good):
        return isNamed || good > cells.count / 2
          ? failure(row, "expected a time in the format that --time-format tells") : nil
      }
    }
    let orders = form.order.map { [$0] } ?? TimeParser.Order.allCases
    var found: [TimeColumn] = []
    var best: (row: Int, good: Int) = (0, -1)
    for order in orders {
      switch parse(order: order, TimeParser(order: order).parse) {
      case .mixed(let row): return mixed(row)
      case .success(let column, let usedOrder):
        // All orders read the same where none is needed.
        guard usedOrder else { return .success(column) }
        found.append(column)
      case .failure(let row, let good):
        if good > best.good { best = (row, good) }
      }
    }
    if !found.isEmpty { return choose(found) }
    guard isNamed || best.good > cells.count / 2 else { return nil }
    let known =
      form.order.map { " with the \($0.rawValue.replacing("First", with: "")) first" } ?? ""
    return failure(best.row, "expected a time such as '2012-10-29'\(known)")
  }

  // MARK: - Day and month

  /// Of several orders the one whose rows follow each other evenly.
  private func choose(_ columns: [TimeColumn]) -> Result<TimeColumn, TimeColumn.Failure> {
    let rated = columns.map { ($0, Regularity.irregularSteps($0.values)) }.sorted { $0.1 < $1.1 }
    var (best, irregular) = rated[0]
    guard rated.count > 1, rated[1].0.values != best.values else { return .success(best) }
    if rated[1].1 > 2 * irregular {
      best.note =
        "dates in '\(excerpt(name))' were read with the \(Self.word(best)) first, because their steps "
        + "are even then; --date-order says otherwise"
      return .success(best)
    }
    let even = rated.filter { $0.1 <= 2 * irregular }.map(\.0)
    if let usual = form.usualOrder, var column = even.first(where: { $0.order == usual }) {
      column.note =
        "dates in '\(excerpt(name))' were read with the \(Self.word(column)) first, as files with a "
        + "decimal comma have it; --date-order says otherwise"
      return .success(column)
    }
    return failure(
      0,
      "expected a date that shows whether the day or the month is first, as no row of the file does; "
        + "--date-order \(even.map(Self.word).joined(separator: " or ")) says it")
  }

  private static func word(_ column: TimeColumn) -> String {
    switch column.order {
    case .dayFirst: "day"
    case .yearFirst: "year"
    case .monthFirst, nil: "month"
    }
  }

  // MARK: - Cells

  private enum Parsed {
    case success(TimeColumn, usedOrder: Bool)
    /// The first row whose offset from UTC is missing, or there where others have none.
    case mixed(row: Int)
    /// The first bad row, and how many were good.
    case failure(row: Int, good: Int)
  }

  private func parse(
    order: TimeParser.Order?, _ read: (UnsafeBufferPointer<UInt8>) -> TimeParser.Time?
  ) -> Parsed {
    var times: [TimeParser.Time] = []
    times.reserveCapacity(cells.count)
    var mixedRow: Int?
    var footers = 0
    for row in 0..<cells.count {
      guard let time = cells.withBytes(of: row, read) else {
        // What has no time in the last rows is a sum or a remark.
        if row >= max(2, cells.count - TimeColumn.mostFooters),
          (row..<cells.count).allSatisfy({ cells.withBytes(of: $0, read) == nil && isNoTime($0) })
        {
          footers = cells.count - row
          break
        }
        // Whether it is a column of times at all is told by a look at the rest.
        let stride = max(1, cells.count / 1000)
        let good = Swift.stride(from: 0, to: cells.count, by: stride).count {
          cells.withBytes(of: $0, read) != nil
        }
        return .failure(row: row, good: good * stride)
      }
      if let first = times.first, time.hasOffset != first.hasOffset { mixedRow = mixedRow ?? row }
      times.append(time)
    }
    if let mixedRow { return .mixed(row: mixedRow) }
    let usedOrder = times.contains(where: \.usedOrder)
    // Midnights of the place where they were written down are its days.
    let day = CivilDate.millisecondsPerDay
    let areDays =
      form.kind != .times && times.first?.hasOffset == true
      && times.allSatisfy { $0.localMilliseconds % day == 0 }
    return .success(
      TimeColumn(
        name: name,
        values: times.map { Double(areDays ? $0.localMilliseconds : $0.milliseconds) }
          + [Double](repeating: .nan, count: footers),
        hasTimeOfDay: !areDays && times.contains(where: \.hasTimeOfDay),
        hasOffset: !areDays && times.first?.hasOffset == true, order: usedOrder ? order : nil),
      usedOrder: usedOrder)
  }

  /// Whether a cell is a time in no order of day and month.
  private func isNoTime(_ row: Int) -> Bool {
    TimeParser.Order.allCases.allSatisfy { order in
      cells.withBytes(of: row, TimeParser(order: order).parse) == nil
    }
  }

  private func mixed(_ row: Int) -> Result<TimeColumn, TimeColumn.Failure> {
    .failure(
      TimeColumn.Failure(
        error: table.failure(
          row: row, column: name,
          "expected an offset from UTC in every row or in none, found "
            + "\(table.describe(row: row, column: name)) after "
            + table.describe(row: 0, column: name))))
  }

  private func failure(_ row: Int, _ expected: String) -> Result<TimeColumn, TimeColumn.Failure> {
    .failure(
      TimeColumn.Failure(
        error: table.failure(
          row: row, column: name,
          "\(expected), found \(table.describe(row: row, column: name))")))
  }
}
