// Several series in one table.

extension SeriesBuilder {
  /// Makes a series of the rows of each key.
  mutating func panel() throws(TimeSeriesError) -> Panel {
    let keyColumns = options.series ?? []
    try chooseRows()
    try check(keyColumns)
    let keys = try SeriesKeys(table, columns: keyColumns)
    var finder = try TimeFinder(table: table, options: options, groups: keys.groups)
    let time = try finder.axis(options.time)
    notes += finder.notes
    if let column = time.columns.first(where: keyColumns.contains) {
      throw failure("it is the time, and cannot tell series apart", column: column)
    }
    var rows = Array(0..<table.rowCount)
    let all = try columns(time: time, groups: keys.groups)
    // Footers have no time.
    if all.time.count < rows.count { rows.removeAll { time.values[$0].isNaN } }
    let groups = rows.map { keys.groups[$0] }
    if let place = groups.firstIndex(of: -1) {
      let column = keyColumns.first { table.isEmpty(row: rows[place], column: $0) }
      throw TimeSeriesError(
        file: table.path, row: Int(all.rows.fileRows[place]), column: column,
        reason: "expected the key of a series, found an empty cell")
    }
    try checkFurtherSeries(all.time, groups, keyColumns)
    if let from = options.from { try check(from, "--from", all.time) }
    if let until = options.until { try check(until, "--until", all.time) }

    var byGroup = [[Int]](repeating: [], count: keys.keys.count)
    for (place, group) in groups.enumerated() { byGroup[group].append(place) }
    return try panel(of: all, keys: keys, rows: byGroup)
  }

  /// Each series by itself.
  private mutating func panel(
    of all: Columns, keys: SeriesKeys, rows: [[Int]]
  ) throws(TimeSeriesError) -> Panel {
    var ordered: [(key: [String], builder: SeriesBuilder, columns: Columns)] = []
    var leftOut: [(name: String, reason: String)] = []
    for group in keys.order where !rows[group].isEmpty {
      let name = Panel.name(of: keys.keys[group])
      var own = Columns(
        time: all.time.with(values: rows[group].map { all.time.values[$0] }),
        features: all.features, names: all.names, rows: all.rows.picking(rows[group]))
      if let empty = options.targets.first(where: { target in
        all.names.firstIndex(of: target).map { own.rows.columns[$0].allSatisfy(\.isNaN) } ?? false
      }) {
        leftOut.append((name, "there is no value in '\(excerpt(empty))'"))
        continue
      }
      var builder = self
      builder.notes = []
      do {
        try builder.order(&own)
        ordered.append((keys.keys[group], builder, own))
      } catch {
        // A time that is none was found before.
        guard error.row == nil else { throw named(error, name) }
        leftOut.append((name, error.reason))
      }
    }
    let late = options.missing == .forward && options.features == nil ? lateFeatures(ordered) : []
    var members: [Panel.Member] = []
    for (key, builder, columns) in ordered {
      var (builder, columns) = (builder, columns)
      for index in columns.names.indices.reversed() where late.contains(columns.names[index]) {
        columns.rows.columns.remove(at: index)
        columns.names.remove(at: index)
      }
      columns.features.removeAll(where: late.contains)
      let name = Panel.name(of: key)
      guard !columns.features.isEmpty else {
        throw failure("there is no feature left to learn from")
      }
      do {
        members.append(Panel.Member(key: key, series: try builder.series(of: &columns)))
      } catch {
        guard error.row == nil, options.missing != .error else { throw named(error, name) }
        leftOut.append((name, error.reason))
      }
    }
    guard !members.isEmpty else {
      throw failure(
        leftOut.first.map { "no series can be used; of \(excerpt($0.name)): \($0.reason)" }
          ?? "there is no series")
    }
    if !late.isEmpty {
      notes.append(
        "left out, because in most series their values begin late: "
          + listed(late.map { "'\(excerpt($0))'" }))
    }
    notes += Panel.notes(leavingOut: leftOut)
    return Panel(
      path: table.path, keyColumns: options.series ?? [], members: members, notes: notes)
  }

  /// The features whose values begin late in most of the series; see `dropLate`.
  private func lateFeatures(
    _ all: [(key: [String], builder: SeriesBuilder, columns: Columns)]
  ) -> [String] {
    guard let names = all.first?.columns.names else { return [] }
    return names.indices.filter { index in
      guard !options.targets.contains(names[index]) else { return false }
      let count = all.count { its in
        let values = its.columns.rows.columns[index]
        return values.firstIndex { !$0.isNaN } ?? values.count > max(5, values.count / 10)
      }
      return 2 * count > all.count
    }.map { names[$0] }
  }

  private func named(_ error: TimeSeriesError, _ series: String) -> TimeSeriesError {
    var error = error
    error.reason = "in the series \(excerpt(series)), " + error.reason
    return error
  }

  private func check(_ keyColumns: [String]) throws(TimeSeriesError) {
    guard !keyColumns.isEmpty else { throw failure("no column is named that tells series apart") }
    let columns = options.targets + (options.features ?? []) + (options.known ?? [])
    if let name = keyColumns.first(where: columns.contains) {
      throw failure(
        "it tells series apart, and cannot be a target or a feature as well", column: name)
    }
  }

  private func check(
    _ text: String, _ option: String, _ time: TimeAxis
  ) throws(TimeSeriesError) {
    guard time.firstRow(notBefore: text) == nil else { return }
    throw failure("\(option) '\(excerpt(text))' is no time such as '\(time.label(at: 0))'")
  }

  /// Throws where rows of one key are still several series.
  private func checkFurtherSeries(
    _ time: TimeAxis, _ groups: [Int], _ keyColumns: [String]
  ) throws(TimeSeriesError) {
    guard time.kind != .rowNumbers, options.duplicates == .error, time.count == table.rowCount
    else { return }
    struct Place: Hashable {
      var group: Int
      var time: Double
    }
    var places: [Place: Double] = [:]
    let values = zip(groups, time.values).map { group, value in
      let place = Place(group: group, time: value)
      let number = places[place] ?? Double(places.count)
      places[place] = number
      return number
    }
    guard places.count < values.count else { return }
    let finder = SeriesFinder(
      table: table,
      others: Set(time.columns + options.targets + options.excluded)
        .union(options.columnsOfRows))
    guard let found = finder.columns(separating: values) else { return }
    throw failure(
      "rows of the same \(Self.list(keyColumns)) are still several series, told apart by "
        + found.columns.map { "'\(excerpt($0))'" }.joined(separator: " and ")
        + "; --series \(Self.list(keyColumns + found.columns)) takes each as one")
  }
}
