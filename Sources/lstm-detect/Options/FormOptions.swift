public import ArgumentParser
import ResultText
public import TimeSeries

/// How a file is written, where that is not to be found out, and which of its rows are read.
struct FormOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What stands between cells: one character, or tab.", valueName: "character"))
  var delimiter: String?

  @Option(help: ArgumentHelp("The sign before decimals: point or comma.", valueName: "sign"))
  var decimal: TableOptions.DecimalSign?

  @Option(
    help: ArgumentHelp(
      "The sign between thousands: none, comma, point, blank or apostrophe.", valueName: "sign"))
  var thousands: TableOptions.ThousandsSign?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Words and numbers that stand for a missing value, separated by commas, beside NA, -, ?, "
        + "unknown and the like. May be repeated.", valueName: "values"))
  var missingValues: [ColumnList] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Numbers that look like codes for a missing value, such as -999, and are none.",
      valueName: "numbers"))
  var keepValues: [ColumnList] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Pass over so many lines above the header.", valueName: "lines"))
  var skipRows: Int?

  @Option(
    help: ArgumentHelp(
      "How times are written, such as '%d.%m.%Y %H:%M', in the signs of strptime.",
      valueName: "format"))
  var timeFormat: String?

  @Option(
    help: ArgumentHelp(
      "What comes first in dates such as 01/02/2012: day, month or year.", valueName: "part"))
  var dateOrder: SeriesOptions.DateOrder?

  @Flag(help: "The rows are in the order of time as they stand; no column is the time.")
  var rowOrder = false

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Only the rows that have this value in this column. May be repeated.",
      valueName: "column=value"))
  var filters: [SeriesOptions.RowFilter] = []

  @Option(
    help: ArgumentHelp(
      "Only the rows of this time and later ones. Of a file whose times have offsets, a time without "
        + "one is of UTC, here and in other options and files.", valueName: "time"))
  var from: String?

  @Option(help: ArgumentHelp("Only the rows before this time.", valueName: "time"))
  var until: String?

  func validate() throws {
    if let skipRows, skipRows < 0 { throw ValidationError("--skip-rows must be 0 or more.") }
    if let delimiter, delimiterSign == nil {
      throw ValidationError("--delimiter must be one ASCII character or tab, not '\(delimiter)'.")
    }
    if decimal == .comma && thousands == .comma || decimal == .point && thousands == .point {
      throw ValidationError("--decimal and --thousands cannot be the same sign.")
    }
    for text in keepValues.names where Double(text) == nil {
      throw ValidationError("--keep-values: '\(text)' is no number.")
    }
  }

  private var delimiterSign: String? {
    guard let delimiter else { return nil }
    if ["tab", "\\t"].contains(delimiter) { return "\t" }
    return delimiter.unicodeScalars.count == 1 && delimiter.utf8.count == 1 ? delimiter : nil
  }

  /// How the table is written, as far as it is told here, else as it is told before.
  func table(after known: TableOptions? = nil) -> TableOptions {
    var options = known ?? TableOptions()
    if let delimiterSign { options.delimiter = delimiterSign }
    if let decimal { options.decimal = decimal }
    if let thousands { options.thousands = thousands }
    if !missingValues.isEmpty { options.missingValues = missingValues.names }
    if let skipRows { options.skippedRows = skipRows }
    return options
  }

  /// Puts what is told here into a series' options.
  func apply(to options: inout SeriesOptions) {
    let table = table(after: options.table)
    options.table = table == TableOptions() ? nil : table
    if let timeFormat { options.timeFormat = timeFormat }
    if let dateOrder { options.dateOrder = dateOrder }
    if !filters.isEmpty { options.rowFilter = filters }
    if !keepValues.isEmpty {
      let kept = keepValues.names.compactMap { Double($0) }
      options.keptValues = kept
    }
    options.from = from
    options.until = until
  }

  /// What was told, by the names of the options; nothing of what was not.
  func record() -> [(name: String, value: JSONValue)] {
    let texts: [(String, String?)] = [
      ("delimiter", delimiter), ("decimal", decimal?.rawValue), ("thousands", thousands?.rawValue),
      ("time-format", timeFormat), ("date-order", dateOrder?.rawValue), ("from", from),
      ("until", until),
    ]
    let lists: [(String, [String])] = [
      ("missing-values", missingValues.names), ("keep-values", keepValues.names),
      ("where", filters.map { "\($0.column)=\($0.value)" }),
    ]
    var record = texts.compactMap { name, text in text.map { (name, JSONValue.string($0)) } }
    record += lists.filter { !$0.1.isEmpty }.map { ($0, .array($1.map(JSONValue.string))) }
    if let skipRows { record.append(("skip-rows", .integer(skipRows))) }
    if rowOrder { record.append(("row-order", .bool(true))) }
    return record.map { (name: $0.0, value: $0.1) }
  }
}

extension SeriesOptions.DateOrder: ExpressibleByArgument {}

extension TableOptions.DecimalSign: ExpressibleByArgument {
  /// Reads `point` or `comma`, or the sign itself.
  public init?(argument: String) {
    switch argument {
    case ".": self = .point
    case ",": self = .comma
    default: self.init(rawValue: argument)
    }
  }
}

extension TableOptions.ThousandsSign: ExpressibleByArgument {
  /// Reads the sign's name, or the sign itself.
  public init?(argument: String) {
    switch argument {
    case ".": self = .point
    case ",": self = .comma
    case " ": self = .blank
    case "'": self = .apostrophe
    default: self.init(rawValue: argument)
    }
  }
}

extension SeriesOptions.RowFilter: ExpressibleByArgument {
  /// Reads `column=value`; the value may have further equal signs.
  public init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
    self.init(
      column: String(argument[..<sign]), value: String(argument[argument.index(after: sign)...]))
  }
}
