import ArgumentParser
import TimeSeries

/// Which file is read, and what is done about rows that are not as they should be.
struct ReadingOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A CSV file with a header, or one of JSON lines, as it is or packed by gzip or zstd: one row per "
        + "time, one column per number. How it is written is found out; notes say what was decided. Rows "
        + "may come in any order. - is standard input.",
      valueName: "data.csv"), completion: .file())
  var data: String

  @Option(
    help: ArgumentHelp(
      "The column that holds the time; several, such as date,hour, are put together. May be "
        + "repeated. (default: found by itself; where there is none, rows are numbered)",
      valueName: "columns"))
  var time: [ColumnList] = []

  @Option(
    help: ArgumentHelp(
      "What to do about missing values: forward repeats the value before, and leaves out rows "
        + "before the first one; drop leaves the row out, error stops. (default: forward)",
      valueName: "rule", visibility: .hidden))
  var missing: SeriesOptions.Missing?

  @Option(
    help: ArgumentHelp(
      "What to do about rows of the same time: error stops, last keeps the last, mean averages. "
        + "(default: error)",
      valueName: "rule", visibility: .hidden))
  var duplicates: SeriesOptions.Duplicates?

  @Option(
    help: ArgumentHelp(
      "The columns that tell several series apart, whose rows are below each other in the file, such as "
        + "store or store,item: one model of all series, each with scales and results of its own. May "
        + "be repeated.",
      valueName: "columns"))
  var series: [ColumnList] = []

  @OptionGroup(title: "Data", visibility: .hidden) var form: FormOptions

  func validate() throws {
    try series.checkDistinct("--series")
    if let name = series.names.first(where: time.names.contains) {
      throw ValidationError("--series and --time both name '\(name)'.")
    }
    if form.rowOrder, !time.isEmpty {
      throw ValidationError("--time and --row-order cannot be given together.")
    }
    try Check.path(data, "The data")
    try time.checkDistinct("--time")
  }

  /// The columns of the time: none for the order of the file, `nil` where they are to be found.
  var timeColumns: [String]? { form.rowOrder ? [] : time.given }

  /// The file, by a name that can be opened.
  var path: String { data == "-" ? "/dev/stdin" : data }
}

/// Which columns are forecast, and from which.
struct ColumnOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The columns to forecast, separated by commas; a name with a comma in it is put in double "
        + "quotes, as '\"a, b\"'. all takes every column of numbers that vary. May be repeated.",
      valueName: "columns"))
  var target: [ColumnList] = []

  @Option(
    help: ArgumentHelp(
      "The columns that the network sees, separated by commas. May be repeated. (default: every "
        + "column of numbers or of a few words, targets included; row counters and constant columns "
        + "are left out)",
      valueName: "columns", visibility: .hidden))
  var features: [ColumnList] = []

  @Option(
    help: ArgumentHelp(
      "Columns that the network does not see, separated by commas. May be repeated.",
      valueName: "columns"))
  var exclude: [ColumnList] = []

  /// The targets: those named, or all that a table has.
  ///
  /// - Throws: An error that lists the columns where none is named.
  func targets(in table: Table, time: [String]?, series: [String]) throws -> [String] {
    let others = Set(exclude.names + (time ?? []) + series)
    if !target.isEmpty, target.names != ["all"] || table.header.contains("all") {
      return target.names
    }
    let possible = table.possibleTargets.filter { !others.contains($0) }
    guard !possible.isEmpty else {
      try table.checkWide()
      throw CommandError(
        description: "\(table.path): there is no column of numbers that vary, to forecast")
    }
    guard !target.isEmpty else {
      let names = possible.map { $0.contains(",") ? "'\"\($0)\"'" : $0 }
      throw CommandError(
        description: "\(table.path): which column is to be forecast? Say --target "
          + "\(names[0]), or --target all; there are \(names.joined(separator: ", "))")
    }
    return possible
  }

  func validate() throws {
    try target.checkDistinct("--target")
    try features.checkDistinct("--features")
    try exclude.checkDistinct("--exclude")
    if !features.isEmpty, !exclude.isEmpty {
      throw ValidationError("--features and --exclude cannot be given together.")
    }
  }
}
