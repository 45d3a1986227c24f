/// Makes a series from a table: chooses columns, orders rows, fills what is missing.
struct SeriesBuilder {
  var table: Table
  var options: SeriesOptions
  var notes: [String] = []
  /// The rows behind the last one.
  var upcoming = UpcomingRows()
  let words: MissingCodes
  /// What came before the rows of the table.
  var before: Series?
  /// Whether the rows come before those of another table, with which gaps are told.
  var isContext = false
  /// Where the rows that are judged begin; they do not tell which numbers are codes.
  var judgedFrom: SplitPlan.TrainUntil?

  init(table: Table, options: SeriesOptions) {
    self.table = table
    self.options = options
    notes = table.notes
    words = MissingCodes(options.table?.missingValues ?? [])
  }

  /// The columns of a table that a series is made of, its rows in the order of the file.
  struct Columns {
    var time: TimeAxis
    var features: [String]
    /// The features, then those targets that are not among them.
    var names: [String]
    var rows: SeriesRows
  }

  mutating func build() throws(TimeSeriesError) -> Series {
    guard options.series == nil else {
      throw failure("the options tell several series apart, which are read as a panel")
    }
    try chooseRows()
    var finder = try TimeFinder(table: table, options: options)
    let time = try finder.axis(options.time)
    notes += finder.notes
    try checkSeries(time)
    var all = try columns(time: time)
    try order(&all)
    let kept = try dropLate(&all.rows, names: all.names, features: all.features)
    (all.names, all.features) = (kept.names, kept.features)
    return try series(of: &all)
  }

  /// Leaves out the rows that are not wanted.
  mutating func chooseRows() throws(TimeSeriesError) {
    dropEmptyRows()
    try filterRows()
    try checkTargets()
  }

  /// Chooses the columns, and takes codes in them for missing values.
  ///
  /// - Parameters:
  ///   - time: The time of each row.
  ///   - groups: The number of the series that each row belongs to; `nil` where all are one.
  /// - Returns: The columns, their rows in the order of the file.
  /// - Throws: `TimeSeriesError` where a column cannot be used.
  mutating func columns(
    time: TimeAxis, groups: [Int]? = nil
  ) throws(TimeSeriesError) -> Columns {
    var time = time
    try addCategories(time: time)
    let features = try chooseFeatures(time: time)
    let names = features + options.targets.filter { !features.contains($0) }

    var rows = SeriesRows(
      fileRows: (0..<table.rowCount).map { Int32(table.fileRow($0)) },
      columns: names.map { table.numbers($0) ?? [] })
    dropFooters(&rows, &time)
    for (name, values) in zip(names, rows.columns) {
      if let row = values.firstIndex(where: \.isInfinite) {
        throw table.failure(row: row, column: name, "expected a finite number, found an infinity")
      }
      guard values.contains(where: { !$0.isNaN }) else {
        throw TimeSeriesError(file: table.path, column: name, reason: "there is no value in it")
      }
    }
    takeCodes(&rows, names: names, time: time, groups: groups)
    return Columns(time: time, features: features, names: names, rows: rows)
  }

  /// Brings rows into order of time, and leaves out those that are to be forecast or not wanted.
  mutating func order(_ all: inout Columns) throws(TimeSeriesError) {
    all.time = try order(&all.rows, by: all.time)
    all.time = try cut(&all.rows, all.time)
    try cutEnd(&all.rows, &all.time, names: all.names)
    upcoming.names = all.names
  }

  /// The series of columns whose rows are in order.
  mutating func series(of all: inout Columns) throws(TimeSeriesError) -> Series {
    let known = (options.known ?? []).filter { all.features.contains($0) }
    dropAbsurdStart(&all)
    let missing = try fill(&all.rows, time: &all.time, names: all.names)
    var joint: JointRows?
    if let before { joint = try JointRows(before, before: all.time) }
    if !isContext { noteGaps(in: joint?.time ?? all.time) }
    let (upcoming, pendingRows) = try upcoming.placed(
      behind: joint?.time ?? all.time, known: known, path: table.path)
    let series = Series(
      path: table.path, time: all.time, features: all.features, targets: options.targets,
      columns: zip(all.names, all.rows.columns).map { Series.Column(name: $0, values: $1) },
      notes: notes, pendingRows: pendingRows, reading: reading(all.time), known: known,
      upcoming: upcoming, fileRows: all.rows.fileRows, missingTargets: missing)
    return try joint?.joined(to: series) ?? series
  }

  /// The options that read another file as this one was read.
  func reading(_ time: TimeAxis) -> SeriesOptions {
    var reading = options
    reading.dateOrder = time.order.map(SeriesOptions.DateOrder.init) ?? options.dateOrder
    if let decimal = table.decimal {
      reading.table = reading.table ?? TableOptions()
      reading.table?.usualDecimal = decimal
    }
    reading.categories = options.categories ?? []
    return reading
  }

  func failure(_ reason: String, column: String? = nil) -> TimeSeriesError {
    TimeSeriesError(file: table.path, column: column, reason: reason)
  }

  /// A row without anything in it has no time; where rows have none, it is a row of missing values.
  mutating func dropEmptyRows() {
    let empty = Set(table.emptyRows)
    let hasTime = table.header.contains { name in
      !table.isNumeric(name) || TimeColumn.isTimeName(name) || TimeColumn.isSpanName(name)
    }
    guard !empty.isEmpty, options.time != [], hasTime else { return }
    pick((0..<table.rowCount).filter { !empty.contains($0) })
  }

  private mutating func pick(_ rows: [Int]) {
    let count = table.notes.count
    table = table.picking(rows)
    notes += table.notes.dropFirst(count)
  }

  // MARK: - Several series

  mutating func filterRows() throws(TimeSeriesError) {
    for filter in options.rowFilter ?? [] {
      try table.checkName(filter.column)
      var rows: [Int] = []
      switch table[filter.column] {
      case .text(let column)?:
        rows = (0..<table.rowCount).filter { trimmed(column.cells[$0]) == filter.value }
      case .numbers(let numbers)?:
        let wanted = Self.number(filter.value, in: numbers)
        rows = numbers.indices.filter { numbers[$0] == wanted }
      case nil: break
      }
      guard !rows.isEmpty else {
        throw failure("no row has '\(excerpt(filter.value))' in it", column: filter.column)
      }
      pick(rows)
    }
  }

  /// The number that a filter asks for: in a column of 1 and 0 also by a word such as yes.
  private static func number(_ text: String, in numbers: [Double]) -> Double? {
    if let number = Double(text) { return number }
    guard numbers.allSatisfy({ $0.isNaN || $0 == 0 || $0 == 1 }) else { return nil }
    var text = text
    return text.withUTF8(NumberReader.truth)
  }

  /// Throws where the rows are several series, which must not be taken for one.
  private func checkSeries(_ time: TimeAxis) throws(TimeSeriesError) {
    guard time.kind != .rowNumbers, options.duplicates == .error else { return }
    let others = Set(time.columns + options.targets + options.excluded)
    let finder = SeriesFinder(
      table: table, others: others.union((options.rowFilter ?? []).map(\.column)))
    let repeats = Set(time.values).count < time.values.count { !$0.isNaN }
    let named = options.features == nil ? finder.named() : nil
    guard let found = repeats ? finder.columns(separating: time.values) : named else { return }
    let names = found.columns.map { "'\(excerpt($0))'" }.joined(separator: " and ")
    let series = found.series.map { excerpt($0.joined(separator: " ")) }
    let filter = zip(found.columns, found.series.first ?? []).map {
      "--where \(Self.quoted("\($0)=\($1)"))"
    }.joined(separator: " ")
    throw failure(
      "the rows are \(grouped(series.count)) series, told apart by \(names): \(listed(series)); "
        + "--series \(Self.list(found.columns)) takes each as a series of its own, "
        + "\(filter) the first of them alone"
        + (repeats ? "" : ", --exclude \(Self.quoted(found.columns[0])) all as one series"))
  }

  /// Names of columns as an option and a shell take them.
  static func list(_ columns: [String]) -> String {
    let names = columns.map { $0.contains(",") || $0.contains("\"") ? "\"\($0)\"" : $0 }
    let list = names.joined(separator: ",")
    return list.allSatisfy { $0 == "," || quoted("\($0)") == "\($0)" } ? list : "'\(list)'"
  }

  /// A text as a shell takes it.
  static func quoted(_ text: String) -> String {
    text.allSatisfy { $0.isLetter || $0.isNumber || "=_-.".contains($0) } ? text : "'\(text)'"
  }
}
