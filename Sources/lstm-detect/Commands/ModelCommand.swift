import AnomalyDetection
import LSTMCompute
import ResultText
import TimeSeries

/// A command that reads a file and a model fitted before, and judges rows.
protocol ModelCommand: ModelReading {
  var judgment: JudgmentOptions { get }
  var device: DeviceOptions { get }
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

extension Notes {
  /// Says where damage to a model would not be seen.
  mutating func add(_ model: Forecaster.Stored, path: String) {
    guard !model.hasChecksum else { return }
    add(["\(path) has no checksum, so damage would not be seen; an earlier version has written it"])
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
  ) throws -> Outcome {
    var notes = Notes(console: consoleOptions.console)
    try Processes.checkInputs([model, reading.path, before.path, judgment.ignore])
    let stored = try readTensors(model, Forecaster.load)
    let forecaster = stored.forecaster
    notes.add(stored, path: model)
    let choice = try device.choice
    let options = try fileOptions(for: forecaster)
    let start = Start(
      command: command, instant: start, needsJudgments: needsJudgments, forecaster: forecaster,
      checksum: stored.checksum, threshold: judgment.threshold(for: forecaster), choice: choice,
      notes: notes)
    if options.series != nil {
      return .several(try judge(readPanel(options), start))
    }
    return .one(try judge(readSeries(options), start))
  }

  /// Judges one series.
  private func judge(_ series: Series, _ start: Start) throws -> RunRecord {
    var start = start
    start.notes.add(series.notes)
    addEarlier(to: &start)
    let forecaster = start.forecaster
    let analysis = try Analysis(
      of: series, with: forecaster, threshold: start.threshold, kinds: judgment.kinds,
      rules: try judgment.rules(for: series.time), needsJudgments: start.needsJudgments,
      season: judgment.season, on: start.choice.backend)
    addUnscored([analysis], to: &start)
    start.notes.add(seen([(series, forecaster)], of: forecaster))
    start.notes.addFailure(of: start.choice)
    start.notes.addUnjudged([analysis])
    return record(analysis, start)
  }

  /// Judges several series.
  private func judge(_ panel: Panel, _ start: Start) throws -> PanelRecord {
    var start = start
    let bound = try start.forecaster.forecasters(of: panel)
    let rules = try judgment.rules(for: panel.members[0].series.time)
    let needed = start.forecaster.steps + (start.needsJudgments ? 1 : 0)
    var leftOut: [Int: String] = [:]
    for (index, its) in bound.enumerated() {
      let count = panel.members[index].series.rowCount
      if count < needed {
        leftOut[index] =
          "\(Findings.count(count, "row")), but a window of \(start.forecaster.steps) needs at "
          + "least \(needed)"
      } else if let forecaster = its.forecaster {
        leftOut[index] = reason(against: forecaster, isKnown: its.isKnown, start)
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
    addEarlier(to: &start)
    if !unseen.isEmpty {
      let threshold = judgment.threshold ?? JudgmentOptions.leastThreshold
      start.notes.add([
        "\(Findings.count(unseen.count, "series", plural: "series")) not in the model "
          + "(\(Findings.few(unseen))): scaled by their first rows (half of them, a window at least), "
          + "judged by \(threshold)"
          + (threshold.needsHeldOutRows ? " of the residuals of the others" : "")
      ])
    }
    let analyses = try Analysis.shared(all, on: start.choice.backend) { range, backend in
      let forecasts = try Forecaster.forecasts(of: Array(all[range]), on: backend)
      return try zip(all[range], forecasts).map { its, forecasts in
        try Analysis(
          of: its.series, with: its.forecaster,
          threshold: threshold(of: its.forecaster, start), kinds: judgment.kinds, rules: rules,
          needsJudgments: start.needsJudgments, season: judgment.season, forecasts: forecasts,
          on: backend)
      }
    }
    addUnscored(analyses, to: &start)
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

  /// What the rows of one of several series are judged by: a series that was not fitted to has too
  /// little for the standard of the others.
  private func threshold(of forecaster: Forecaster, _ start: Start) -> Threshold {
    forecaster.calibrations == nil ? judgment.threshold(for: forecaster) : start.threshold
  }

  /// Why one of several series cannot be judged; `nil` where it can.
  private func reason(
    against forecaster: Forecaster, isKnown: Bool, _ start: Start
  ) -> String? {
    guard start.needsJudgments else { return nil }
    let threshold = threshold(of: forecaster, start)
    for target in forecaster.targets.indices {
      do {
        _ = try forecaster.scorer(threshold, target: target, kinds: judgment.kinds)
      } catch {
        return isKnown
          ? "\(error)"
          : "it is not in the model, which keeps too little of other series for \(threshold); "
            + "sigma:K or absolute:VALUE needs no more"
      }
    }
    return nil
  }

  private func addEarlier(to start: inout Start) {
    guard judgment.threshold == nil, start.forecaster.standardThreshold == nil else { return }
    start.notes.add([
      "\(model) was written by an earlier version, which kept less to judge by: rows are judged by "
        + "\(start.threshold)" + (judgment.scores == nil ? "" : ", in which --scores has no part")
    ])
  }

  private func addUnscored(_ analyses: [Analysis], to start: inout Start) {
    let unknown = analyses.map { $0.targets.filter { !$0.isScored }.map(\.name) }
    let count = unknown.count { !$0.isEmpty }
    guard count > 0 else { return }
    var seen: Set<String> = []
    let names = unknown.joined().filter { seen.insert($0).inserted }.map { "'\($0)'" }
    let place =
      count < analyses.count ? " in \(Findings.count(count, "series", plural: "series"))" : ""
    start.notes.add([
      "rows of \(Findings.list(names))\(place) are not scored: the model's held-out rows give no "
        + "threshold of \(start.threshold); --threshold absolute:V is one"
    ])
  }

  private func record(_ analysis: Analysis, _ start: Start) -> RunRecord {
    let forecaster = start.forecaster
    return RunRecord(
      command: start.command,
      options: reading.record(
        missing: forecaster.columns.missing, duplicates: forecaster.columns.duplicates)
        + before.record() + [("model", .string(model))] + judgment.record(start.threshold)
        + device.record(),
      analysis: analysis, forecaster: forecaster, checksum: start.checksum,
      threshold: start.threshold,
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
      let judged = max(shared.steps, series.ownRows.lowerBound)
      return sum + max(0, min(last, series.rowCount - 1) - max(first, judged) + 1)
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
  var needsJudgments: Bool
  var forecaster: Forecaster
  var checksum: String
  var threshold: Threshold
  var choice: Backends.Choice
  var notes: Notes
}
