/// Numbers in order of time: what a network is trained on and what it forecasts.
///
/// ```swift
/// let table = try Table.read(path: path)
/// let series = try Series(table: table, options: SeriesOptions(targets: ["sales"]))
/// for note in series.notes { print(note) }
/// ```
public struct Series: Sendable {
  /// A column of numbers, one for each row.
  public struct Column: Hashable, Sendable {
    /// The column's name in the file's header.
    public let name: String
    /// The values; missing ones are filled, all are finite.
    public let values: [Double]

    package init(name: String, values: [Double]) {
      self.name = name
      self.values = values
    }
  }

  /// The file that the series is from, as it was given; what messages call it.
  public let path: String
  /// The time of each row, in ascending order.
  public let time: TimeAxis
  /// The names of the columns that the network sees.
  public let features: [String]
  /// The names of the columns that are forecast.
  public let targets: [String]
  /// The features, then those targets that are not among them.
  public let columns: [Column]
  /// One-liners for the user about what was done to the data.
  public let notes: [String]
  /// The number of rows of the file behind the last one that have no target yet: they are to be
  /// forecast.
  public let pendingRows: Int
  /// The options that read another file as this one was read: what was found out is in them.
  public let reading: SeriesOptions
  /// The features that are known of a row before it has come, such as prices and promotions.
  public let known: [String]
  /// The values of the known features in the rows of the file behind the last one, as far as the
  /// file has them; NaN where one is missing.
  public let upcoming: [String: [Double]]

  /// The row of the file that each row is from; the header is row 1.
  let fileRows: [Int32]
  /// For each target whether the value was missing, or an empty array where none was.
  let missingTargets: [[Bool]]
  /// Where the first rows are from, if not from the file.
  public internal(set) var context: Context?

  /// The name of the file that the series is from, without its folder.
  public var fileName: String { Table.name(of: path) }

  /// The number of rows.
  public var rowCount: Int { fileRows.count }

  /// The values of a column, missing ones filled.
  ///
  /// - Parameter name: The name of a feature or a target.
  public subscript(name: String) -> [Double]? {
    columns.first { $0.name == name }?.values
  }

  /// The row of the file that a row is from; the header is row 1.
  public func fileRow(_ row: Int) -> Int { Int(fileRows[row]) }

  /// The file that a row is from.
  func path(of row: Int) -> String {
    guard let context, row < context.rowCount else { return path }
    return context.path
  }

  /// Whether a target's value was missing in the file.
  ///
  /// - Parameters:
  ///   - target: The index into `targets`.
  ///   - row: The row.
  /// - Returns: Whether the value in the series is a filling.
  public func isMissing(target: Int, row: Int) -> Bool {
    let missing = missingTargets[target]
    return !missing.isEmpty && missing[row]
  }
}

extension Series {
  /// A series from its parts, with nothing missing.
  ///
  /// - Parameters:
  ///   - columns: The features, then those targets that are not among them.
  ///   - features: The names of the features.
  ///   - targets: The names of the targets.
  ///   - times: Milliseconds since 1970-01-01T00:00:00 of each row; `nil` numbers the rows.
  ///   - known: The features that are known of a row before it has come.
  ///   - upcoming: Their values in the rows to come.
  package init(
    columns: [Column], features: [String], targets: [String], times: [Double]?, known: [String],
    upcoming: [String: [Double]]
  ) {
    let count = columns.first?.values.count ?? 0
    self.init(
      path: "the rows",
      time: TimeAxis(
        kind: times == nil ? .rowNumbers : .times, columns: [],
        values: times ?? (0..<count).map(Double.init)),
      features: features, targets: targets, columns: columns, notes: [], pendingRows: 0,
      reading: SeriesOptions(targets: targets), known: known, upcoming: upcoming,
      fileRows: (0..<count).map(Int32.init), missingTargets: targets.map { _ in [] })
  }

  /// A series from the columns of a table.
  ///
  /// - Parameters:
  ///   - table: The table.
  ///   - options: What to take from it.
  ///   - judgedFrom: Where the rows that are judged begin; they do not tell which numbers are codes for
  ///     missing values.
  /// - Throws: `TimeSeriesError` with the row and the column where a cell cannot be used.
  public init(
    table: Table, options: SeriesOptions, judgedFrom: SplitPlan.TrainUntil? = nil
  ) throws(TimeSeriesError) {
    var builder = SeriesBuilder(table: table, options: options)
    builder.judgedFrom = judgedFrom
    self = try builder.build()
  }

  /// The series without the features that are the same in all of some rows, and notes on them.
  ///
  /// A target stays: there is nothing to learn of it, but that it moves at all is worth knowing.
  ///
  /// - Parameter rows: The rows that a model is fitted to.
  /// - Returns: The series, unchanged where every column varies.
  /// - Throws: `TimeSeriesError` where all features are constant, and none is a target.
  public func droppingConstantFeatures(
    in rows: Range<Int>
  ) throws(TimeSeriesError) -> Series {
    let constant = columns.filter { column in
      let values = column.values[rows]
      return values.allSatisfy { $0 == values.first }
    }.map(\.name)
    guard !constant.isEmpty else { return self }
    let still = targets.filter(constant.contains)
    let dropped = constant.filter { !targets.contains($0) }
    let kept = features.filter { !dropped.contains($0) }
    guard !kept.isEmpty else {
      throw TimeSeriesError(
        file: path, reason: "each feature is constant in the rows to train on")
    }
    func names(_ all: [String]) -> String { listed(all.map { "'\(excerpt($0))'" }) }
    var notes: [String] = []
    if !dropped.isEmpty {
      notes.append(
        "left out, because they are constant in the rows to train on: \(names(dropped))")
    }
    if !still.isEmpty {
      notes.append(
        "constant in the rows to train on, so any other value is an anomaly: \(names(still))")
    }
    return without(dropped, features: kept, notes: notes)
  }

  /// Throws where a target is the same in all of some rows.
  ///
  /// - Parameter rows: The rows that a model is fitted to.
  /// - Throws: `TimeSeriesError` with the target and its value.
  public func checkTargetsVary(in rows: Range<Int>) throws(TimeSeriesError) {
    for target in targets {
      let values = (self[target] ?? [])[rows]
      guard values.allSatisfy({ $0 == values.first }) else { continue }
      let value = values.first.map { Int(exactly: $0).map { "\($0)" } ?? "\($0)" }
      throw TimeSeriesError(
        file: path, column: target,
        reason: "expected a target that varies, found \(value ?? "nothing") in each of the "
          + "\(counted(rows.count, "row")) to train on")
    }
  }

  /// The series without some columns, and a note on them.
  func without(_ names: [String], features: [String], notes added: [String]) -> Series {
    Series(
      path: path, time: time, features: features, targets: targets,
      columns: columns.filter { !names.contains($0.name) }, notes: notes + added,
      pendingRows: pendingRows, reading: reading, known: known.filter { !names.contains($0) },
      upcoming: upcoming, fileRows: fileRows, missingTargets: missingTargets, context: context)
  }

  /// The series with other values in some of its columns, such as logarithms of the targets.
  ///
  /// - Parameter change: The values of a column, by its name and its values; as many as there were.
  /// - Returns: The series.
  package func mapping(_ change: (_ name: String, _ values: [Double]) -> [Double]) -> Series {
    Series(
      path: path, time: time, features: features, targets: targets,
      columns: columns.map { Column(name: $0.name, values: change($0.name, $0.values)) },
      notes: notes, pendingRows: pendingRows, reading: reading, known: known, upcoming: upcoming,
      fileRows: fileRows, missingTargets: missingTargets, context: context)
  }
}
