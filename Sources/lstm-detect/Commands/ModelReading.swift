import AnomalyDetection
import TimeSeries

/// A command that reads a file as a model's rows were read.
protocol ModelReading {
  var reading: ReadingOptions { get }
  var before: ContextOptions { get }
  var model: String { get }
  var consoleOptions: ConsoleOptions { get }
}

extension ModelReading {
  /// How the rows of a file are read: as those of the model, but for what the user says.
  ///
  /// - Parameter forecaster: The model.
  /// - Returns: The options.
  /// - Throws: `CommandError` where keys of series or a context do not go with the model.
  func fileOptions(for forecaster: Forecaster) throws(CommandError) -> SeriesOptions {
    var options = forecaster.columns
    reading.form.apply(to: &options)
    options.categories = options.categories ?? []
    options.series = try keyColumns(of: forecaster)
    if let context = before.context, options.series != nil {
      throw CommandError(
        description:
          "--context \(context): \(model) is a model of several series (--series), which "
          + "take no context; put the rows before those of the data into one file with them")
    }
    return options
  }

  /// The rows of the file, after those of the context where there is one.
  ///
  /// - Parameter options: How they are read; see `fileOptions`.
  /// - Returns: The series.
  /// - Throws: An error of the data.
  func readSeries(_ options: SeriesOptions) throws -> Series {
    let table = try read(reading.path, options)
    let context = try before.path.map { try read($0, options) }
    let options = told(options)
    guard let context else { return try Series(table: table, options: options) }
    return try Series(table: table, context: context, options: options)
  }

  /// The several series of the file.
  func readPanel(_ options: SeriesOptions) throws -> Panel {
    try Panel(table: read(reading.path, options), options: told(options))
  }

  /// The options with what the user says of the rows.
  private func told(_ options: SeriesOptions) -> SeriesOptions {
    var options = options
    if let time = reading.timeColumns { options.time = time }
    if let missing = reading.missing { options.missing = missing }
    if let duplicates = reading.duplicates { options.duplicates = duplicates }
    return options
  }

  /// The columns that tell series apart: those of the model, by the names that the user gives them.
  private func keyColumns(of forecaster: Forecaster) throws(CommandError) -> [String]? {
    let known = forecaster.columns.series
    guard let given = reading.series.given else { return known }
    guard let known else {
      throw CommandError(
        description: "\(model): the model was fitted to one series; fit one with --series "
          + "\(given.joined(separator: ",")), or take one series of the file by --where")
    }
    guard known.count == given.count else {
      throw CommandError(
        description: "\(model): the model tells series apart by \(known.joined(separator: ", ")); "
          + "--series needs as many columns")
    }
    return given
  }

  /// A file that has the columns of the model.
  private func read(_ path: String, _ options: SeriesOptions) throws -> Table {
    let table = try ReadingDisplay.read(
      path, options.table ?? TableOptions(), isQuiet: consoleOptions.quiet)
    if let column = options.sourceColumns.first(where: { !table.header.contains($0) }) {
      throw CommandError(
        description: "\(table.path): there is no column '\(column)', which the model was "
          + "fitted with; there are \(table.header.joined(separator: ", "))")
    }
    return table
  }
}
