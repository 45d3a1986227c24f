/// Reads rows one line at a time as `Table` and `Series` read a whole file: CSV with a header, or a JSON
/// object a line.
///
/// What is found out of a whole file elsewhere is told by the model here: which column is the time, the
/// order of day and month, the sign before decimals, codes for missing values, words. What neither tells
/// makes a row that cannot be read.
public struct LiveReader: Sendable {
  /// What was found out of the lines so far.
  public struct Form: Hashable, Sendable, Codable {
    /// The names of the columns; of JSON none, because each line has its own.
    public var header: [String]
    var delimiter: UInt8
    /// Whether lines are JSON objects.
    public internal(set) var isJSON: Bool
    /// The number of the last row, the header being row 1; of JSON the first object is row 1.
    package var row: Int
    /// Whether times are told with their offset from UTC; `nil` as long as none was read.
    package internal(set) var isUTC: Bool?
    /// The columns of words for true and false, and those of numbers.
    var truths: Set<String> = []
    var numbers: Set<String> = []
  }

  /// What messages call the input.
  public let path: String
  let options: SeriesOptions
  /// What the times of the model are.
  let kind: TimeAxis.Kind
  private let labelValue: Double
  private let labelIsUTC: Bool
  let missing: MissingCodes
  /// What was found out; `nil` before the header was read.
  public internal(set) var form: Form?
  /// The number of lines that were read.
  public private(set) var line = 0
  /// The number of words that the model does not know.
  public internal(set) var unknownWords = 0
  private var start: [UInt8] = []
  /// The lines at the start with something in them.
  private var startCount = 0
  private var readsHeader: Bool
  private var isContinued = false

  /// A reader that has read nothing.
  ///
  /// - Parameters:
  ///   - options: How the rows of a model are read.
  ///   - label: A time of the model's rows, which tells of what kind they are.
  ///   - path: What messages call the input.
  ///   - known: What was found out of the lines before; `nil` where there are none.
  ///   - columns: The names of the columns where the first line is a row; `nil` takes those of `known`.
  ///   - hasHeader: Whether the first line has the names of the columns.
  /// - Throws: `TimeSeriesError` where the columns are not known or lack one of the model's.
  public init(
    options: SeriesOptions, label: String, path: String, known: Form? = nil,
    columns: [String]? = nil, hasHeader: Bool = true
  ) throws(TimeSeriesError) {
    self.options = options
    self.path = path
    kind = Self.kind(of: label, hasTime: options.time != [])
    labelValue = TimeAxis.value(ofLabel: label, kind: kind) ?? 0
    labelIsUTC = kind == .times && label.hasSuffix("Z")
    missing = MissingCodes(options.table?.missingValues ?? [])
    readsHeader = hasHeader && columns == nil
    form = known
    isContinued = known != nil
    if let columns {
      let delimiter = options.table?.delimiterByte?.byte ?? known?.delimiter ?? NumberForm.comma
      form = Form(
        header: columns, delimiter: delimiter, isJSON: false, row: known?.row ?? 0,
        isUTC: known?.isUTC)
      try check(columns)
    } else if !hasHeader, known == nil {
      throw TimeSeriesError(
        file: path, reason: "there is no header, and nothing tells the names of the columns")
    }
  }

  /// Whether the names of the columns are known, so that an error is one of a row and not of all.
  public var isReady: Bool { form != nil && !readsHeader }

  /// An axis of one time, the label's: of what kind the times of the rows are.
  public var axis: TimeAxis {
    TimeAxis(
      kind: kind, columns: options.time ?? [], values: [labelValue], isUTC: labelIsUTC,
      order: options.dateOrder?.order)
  }

  /// What the times are whose label is this.
  private static func kind(of label: String, hasTime: Bool) -> TimeAxis.Kind {
    guard hasTime else { return .rowNumbers }
    guard TimeParser(order: .monthFirst).parse(label) != nil, label.dropFirst().contains("-") else {
      return .numbers
    }
    return label.contains("T") ? .times : .dates
  }

  // MARK: - Lines

  /// Reads the next line.
  ///
  /// - Parameter bytes: The line without its end.
  /// - Returns: The row; `nil` for a header, a blank line, a comment, or a row that the model leaves out.
  /// - Throws: `TimeSeriesError` with the line and the column where it cannot be read.
  public mutating func read(_ bytes: [UInt8]) throws(TimeSeriesError) -> LiveRow? {
    line += 1
    var bytes = bytes
    if line == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    if bytes.last == 13 { bytes.removeLast() }
    if bytes.contains(0) {
      throw failure("expected a text, found binary data (a byte that is zero)")
    }
    if !TextEncoding.isUTF8(bytes) { bytes = TextEncoding.fromLatin(bytes) }
    if readsHeader {
      guard try readHeader(bytes) else { return nil }
    }
    form?.row += 1
    return form?.isJSON == true ? try readObject(bytes) : try readRecord(bytes)
  }

  /// Reads the end of the input: a header without rows is none before it.
  ///
  /// - Throws: `TimeSeriesError` where there is no header.
  public mutating func finish() throws(TimeSeriesError) {
    guard readsHeader, startCount > 0 else { return }
    _ = try findHeader()
  }

  func failure(_ reason: String, column: String? = nil) -> TimeSeriesError {
    TimeSeriesError(file: path, row: line, column: column, reason: reason)
  }

  // MARK: - The header

  /// Reads a line above the rows.
  ///
  /// - Returns: Whether the line is a row.
  private mutating func readHeader(_ bytes: [UInt8]) throws(TimeSeriesError) -> Bool {
    let isBlank = bytes.allSatisfy { $0 == 32 || $0 == 9 }
    if startCount == 0, line > options.table?.skippedRows ?? 0, JSONLines.isJSON(bytes) {
      readsHeader = false
      if form?.isJSON != true {
        form = Form(
          header: [], delimiter: NumberForm.comma, isJSON: true, row: form?.row ?? 0,
          isUTC: form?.isUTC)
      }
      return true
    }
    start += bytes + [10]
    let isSkipped = line <= options.table?.skippedRows ?? 0
    guard !isBlank, !isSkipped, bytes.first != UInt8(ascii: "#") else { return false }
    startCount += 1
    // What is in a row tells what stands between cells.
    guard startCount > 1 else { return false }
    return try findHeader()
  }

  private mutating func findHeader() throws(TimeSeriesError) -> Bool {
    let table = options.table ?? TableOptions()
    guard let dialect = try DialectFinder(start, options: table, path: path).find() else {
      return false
    }
    var names = dialect.names
    let repeated = TableReader.makeDistinct(&names)
    for name in needed where repeated.contains(name) {
      throw failure(
        "several columns have this name; give the one that is meant another", column: name)
    }
    try check(names)
    // A row between names and values that tells units is none.
    let isRow = startCount > 1 && line >= dialect.firstDataRow
    if !isContinued || form?.isJSON == true {
      form = Form(
        header: names, delimiter: dialect.delimiter.byte, isJSON: false,
        row: form?.row ?? (isRow ? line - 1 : line), isUTC: form?.isUTC)
    } else {
      form?.header = names
      form?.delimiter = dialect.delimiter.byte
    }
    readsHeader = false
    start = []
    return isRow
  }

  /// The columns without which there is no row.
  private var needed: [String] {
    var names: [String] = []
    for name in (options.time ?? []) + options.sourceColumns
      + (options.rowFilter ?? []).map(\.column)
    where !names.contains(name) {
      names.append(name)
    }
    return names
  }

  /// Throws where a column is missing.
  func check(_ names: [String]) throws(TimeSeriesError) {
    guard let name = needed.first(where: { !names.contains($0) }) else { return }
    throw failure(
      "there is no column '\(excerpt(name))', which the model was fitted with; there are "
        + names.prefix(40).map { excerpt($0) }.joined(separator: ", "))
  }
}
