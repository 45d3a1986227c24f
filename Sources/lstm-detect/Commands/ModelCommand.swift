import AnomalyDetection
import LSTMCompute
import TimeSeries

/// A command that reads a file and a model fitted before.
protocol ModelCommand {
  var reading: ReadingOptions { get }
  var model: String { get }
  var judgement: JudgementOptions { get }
  var device: DeviceOptions { get }
  var consoleOptions: ConsoleOptions { get }
}

extension ModelCommand {
  /// Forecasts and judges all rows of the file.
  ///
  /// - Parameters:
  ///   - command: What the command is called.
  ///   - start: When it was started.
  ///   - needsJudgements: Whether forecasts alone are not enough.
  /// - Returns: What was found.
  /// - Throws: An error of the data, the model or the device.
  func judge(
    command: String, since start: ContinuousClock.Instant, needsJudgements: Bool = true
  ) throws -> Outcome {
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
    options.series = try keyColumns(of: forecaster)
    let table = try Table.read(path: reading.path, options: options.table ?? TableOptions())
    let needed = options.sourceColumns
    if let column = needed.first(where: { !table.header.contains($0) }) {
      throw CommandError(
        description: "\(table.path): there is no column '\(column)', which the model was "
          + "fitted with; there are \(table.header.joined(separator: ", "))")
    }
    if let time = reading.timeColumns { options.time = time }
    if let missing = reading.missing { options.missing = missing }
    if let duplicates = reading.duplicates { options.duplicates = duplicates }
    let start = Start(
      command: command, instant: start, needsJudgements: needsJudgements, forecaster: forecaster,
      choice: choice, notes: notes)
    return options.series == nil
      ? .one(try judge(Series(table: table, options: options), start))
      : .several(try judge(Panel(table: table, options: options), start))
  }

  /// Judges one series.
  private func judge(_ series: Series, _ start: Start) throws -> RunRecord {
    var start = start
    start.notes.add(series.notes)
    let forecaster = start.forecaster
    let analysis = try Analysis(
      of: series, with: forecaster, threshold: judgement.threshold,
      needsJudgements: start.needsJudgements, season: judgement.season,
      on: start.choice.backend)
    addUnscored([analysis], to: &start.notes)
    start.notes.add(seen([(series, forecaster)], of: forecaster))
    start.notes.addFailure(of: start.choice)
    start.notes.addUnjudged([analysis])
    return record(analysis, start)
  }

  /// Judges several series.
  private func judge(_ panel: Panel, _ start: Start) throws -> PanelRecord {
    var start = start
    let bound = try start.forecaster.forecasters(of: panel)
    let needed = start.forecaster.steps + (start.needsJudgements ? 1 : 0)
    var leftOut: [Int: String] = [:]
    for (index, its) in bound.enumerated() {
      let count = panel.members[index].series.rowCount
      if count < needed {
        leftOut[index] =
          "\(Findings.count(count, "row")), but a window of \(start.forecaster.steps) needs at "
          + "least \(needed)"
      } else if let forecaster = its.forecaster {
        do {
          try checkThresholds(of: forecaster, start)
        } catch {
          leftOut[index] = "\(error)"
        }
      } else {
        leftOut[index] =
          "it is not in the model, and stands still in its first rows, so that it cannot be scaled"
      }
    }
    let unseen = panel.members.indices.filter { leftOut[$0] == nil && !bound[$0].isKnown }
      .map { panel.members[$0].name }
    let used = try panel.leavingOut(leftOut)
    let all = zip(
      bound.indices.filter { leftOut[$0] == nil }.compactMap { bound[$0].forecaster }, used.members
    ).map { (forecaster: $0, series: $1.series) }
    start.notes.add(used.notes)
    if !unseen.isEmpty {
      start.notes.add([
        "\(Findings.count(unseen.count, "series", plural: "series")) not in the model "
          + "(\(Findings.few(unseen))): scaled by their first rows (half of them, a window at least), "
          + "with thresholds by the residuals of the others"
      ])
    }
    let forecasts = try Forecaster.forecasts(of: all, on: start.choice.backend)
    let analyses = try zip(all, forecasts).map { its, forecasts in
      try Analysis(
        of: its.series, with: its.forecaster, threshold: judgement.threshold,
        needsJudgements: start.needsJudgements, season: judgement.season, forecasts: forecasts,
        on: start.choice.backend)
    }
    addUnscored(analyses, to: &start.notes)
    start.notes.add(seen(all.map { ($0.series, $0.forecaster) }, of: start.forecaster))
    start.notes.addFailure(of: start.choice)
    start.notes.addUnjudged(analyses)
    return PanelRecord(
      run: record(analyses[0], start), path: panel.path, keyColumns: panel.keyColumns,
      members: used.members.indices.map {
        PanelRecord.Member(
          key: used.members[$0].key, analysis: analyses[$0], forecaster: all[$0].forecaster)
      })
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

  /// Throws where the residuals of a forecaster give no threshold.
  private func checkThresholds(of forecaster: Forecaster, _ start: Start) throws {
    guard start.needsJudgements else { return }
    for (target, residuals) in zip(forecaster.targets, forecaster.residuals) {
      try judgement.threshold.check(heldOut: residuals.count, target: target)
    }
  }

  private func addUnscored(_ analyses: [Analysis], to notes: inout Notes) {
    let unknown = analyses.flatMap(\.targets).filter { $0.threshold.isInfinite }.map(\.name)
    guard !unknown.isEmpty else { return }
    var seen: Set<String> = []
    let names = unknown.filter { seen.insert($0).inserted }.map { "'\($0)'" }
    notes.add([
      "rows of \(Findings.list(names)) are not scored: the model's held-out rows give no "
        + "threshold of \(judgement.threshold); --threshold absolute:V is one"
    ])
  }

  private func record(_ analysis: Analysis, _ start: Start) -> RunRecord {
    let forecaster = start.forecaster
    return RunRecord(
      command: start.command,
      options: reading.record(
        missing: forecaster.columns.missing, duplicates: forecaster.columns.duplicates)
        + [("model", .string(model))] + judgement.record() + device.record(),
      analysis: analysis, forecaster: forecaster, threshold: judgement.threshold,
      device: .init(start.choice),
      training: nil, notes: start.notes.all,
      totalSeconds: (ContinuousClock().now - start.instant).inSeconds)
  }

  /// A note on rows that the network was fitted to: it knows them better than new ones.
  private func seen(
    _ all: [(series: Series, forecaster: Forecaster)], of shared: Forecaster
  ) -> [String] {
    let count = all.reduce(0) { sum, its in
      let (series, origin) = (its.series, its.forecaster.origin)
      guard series.time.kind == .dates || series.time.kind == .times,
        let first = series.time.firstRow(notBefore: origin.firstTime),
        let last = series.time.firstRow(notBefore: origin.lastTime)
      else { return sum }
      return sum + max(0, min(last, series.rowCount - 1) - max(first, shared.steps) + 1)
    }
    guard count > 0 else { return [] }
    return [
      "\(Numbers.readable(count)) of the judged rows \(count == 1 ? "is" : "are") from the time that "
        + "the model was fitted to (\(shared.origin.firstTime) to "
        + "\(shared.origin.lastTime)); residuals there are smaller than those of new rows"
    ]
  }
}

/// What is known before the data are read.
private struct Start {
  var command: String
  var instant: ContinuousClock.Instant
  var needsJudgements: Bool
  var forecaster: Forecaster
  var choice: Backends.Choice
  var notes: Notes
}
