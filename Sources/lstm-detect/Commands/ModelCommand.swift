import AnomalyDetection
import LSTMCompute
import TimeSeries

/// A command that reads a file and a model fitted before.
protocol ModelCommand {
  var reading: ReadingOptions { get }
  var before: ContextOptions { get }
  var model: String { get }
  var judgment: JudgmentOptions { get }
  var device: DeviceOptions { get }
  var consoleOptions: ConsoleOptions { get }
}

extension Forecaster {
  /// Throws where it is an ensemble, for what is done with one network alone.
  func checkSingle(_ path: String, _ reason: String) throws(CommandError) {
    guard members.count > 1 else { return }
    throw CommandError(
      description:
        "\(path): an ensemble of \(members.count) networks, and \(reason); a model that was "
        + "fitted without --members has one")
  }
}

extension ModelCommand {
  /// Forecasts and judges all rows of the file.
  ///
  /// - Parameters:
  ///   - command: What the command is called.
  ///   - start: When it was started.
  ///   - needsJudgments: Whether forecasts alone are not enough.
  /// - Returns: What was found.
  /// - Throws: An error of the data, the model or the device.
  func judge(
    command: String, since start: ContinuousClock.Instant, needsJudgments: Bool = true
  ) throws -> RunRecord {
    var notes = Notes(console: consoleOptions.console)
    let (forecaster, hasChecksum) = try readTensors(model, Forecaster.load)
    if !hasChecksum {
      notes.add([
        "\(model) has no checksum, so damage would not be seen; an earlier version has written it"
      ])
    }
    let choice = try device.choice
    var options = forecaster.columns
    reading.form.apply(to: &options)
    options.categories = options.categories ?? []
    let table = try read(reading.path, options)
    let context = try before.path.map { try read($0, options) }
    if let time = reading.timeColumns { options.time = time }
    if let missing = reading.missing { options.missing = missing }
    if let duplicates = reading.duplicates { options.duplicates = duplicates }
    let series =
      if let context {
        try Series(table: table, context: context, options: options)
      } else {
        try Series(table: table, options: options)
      }
    notes.add(series.notes)

    let threshold = judgment.threshold(for: forecaster)
    if judgment.threshold == nil, forecaster.standardThreshold == nil {
      notes.add([
        "\(model) was written by an earlier version, which kept less to judge by: rows are judged by "
          + "\(threshold)"
      ])
    }
    let analysis = try Analysis(
      of: series, with: forecaster, threshold: threshold, kinds: judgment.kinds,
      rules: try judgment.rules(for: series.time), needsJudgments: needsJudgments,
      season: judgment.season, on: choice.backend)
    let unknown = analysis.targets.filter { $0.threshold.isInfinite }.map { "'\($0.name)'" }
    if !unknown.isEmpty {
      notes.add([
        "rows of \(Findings.list(unknown)) are not scored: the model's held-out rows give no "
          + "threshold of \(threshold); --threshold absolute:V is one"
      ])
    }
    notes.add(seen(series, by: forecaster))
    notes.addFailure(of: choice)
    notes.addUnjudged(analysis)
    return RunRecord(
      command: command,
      options: reading.record(
        missing: forecaster.columns.missing, duplicates: forecaster.columns.duplicates)
        + before.record() + [("model", .string(model))] + judgment.record(threshold)
        + device.record(),
      analysis: analysis, forecaster: forecaster, threshold: threshold,
      device: .init(choice),
      training: nil, notes: notes.all,
      totalSeconds: (ContinuousClock().now - start).inSeconds)
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

  /// A note on rows that the network was fitted to: it knows them better than new ones.
  private func seen(_ series: Series, by forecaster: Forecaster) -> [String] {
    guard series.time.kind == .dates || series.time.kind == .times,
      let first = series.time.firstRow(notBefore: forecaster.origin.firstTime),
      let last = series.time.firstRow(notBefore: forecaster.origin.lastTime)
    else { return [] }
    let judged = max(forecaster.steps, series.ownRows.lowerBound)
    let count = min(last, series.rowCount - 1) - max(first, judged) + 1
    guard count > 0 else { return [] }
    return [
      "\(Numbers.readable(count)) of the judged rows \(count == 1 ? "is" : "are") from the time that "
        + "the model was fitted to (\(forecaster.origin.firstTime) to "
        + "\(forecaster.origin.lastTime)); residuals there are smaller than those of new rows"
    ]
  }
}
