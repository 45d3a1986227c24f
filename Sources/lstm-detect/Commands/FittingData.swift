import AnomalyDetection
import LSTMCompute
import ResultText
import TimeSeries

/// What a network is fitted to: one series, or all of a panel.
struct FittingData {
  /// A series and what its rows are used for.
  struct Part {
    var series: Series
    var split: SplitPlan
  }

  /// The series, at least one.
  var parts: [Part]
  /// The same with their keys; `nil` where there is one series without a key.
  var panel: Panel?
  /// The number of rows in a window.
  var steps: Int
  /// The number of rows that are forecast at once.
  var horizon: Int
  /// What was done to the data.
  var notes: [String]
  /// What the data are, in a line.
  var line: String
  /// The folds of a back-test, each with the series as it is fitted to.
  var folds: [(series: Series, split: SplitPlan)] = []

  /// One series.
  ///
  /// - Parameters:
  ///   - command: The options.
  ///   - series: The series.
  ///   - until: Where the rows that are fitted to end.
  /// - Throws: `TimeSeriesError` where the rows are too few or of no use; what the command's checks
  ///   throw.
  init(
    _ command: some FittingCommand, _ series: Series, until: SplitPlan.TrainUntil
  ) throws {
    horizon = command.network.horizon(for: series)
    steps = command.windowSteps(for: series, until: until)
    let split = try SplitPlan(
      series: series, trainUntil: until, heldOut: command.split.validation, steps: steps,
      horizon: horizon)
    try command.check(series.time)
    try command.check(series, split)
    folds = try command.foldSeries(series, steps: steps, horizon: horizon)
    let series = try command.suited(series, to: split)
    parts = [Part(series: series, split: split)]
    notes = series.notes
    line =
      "\(series.fileName): \(Numbers.readable(series.rowCount)) rows, "
      + "\(series.time.label(at: 0)) to \(series.time.label(at: series.rowCount - 1))"
  }

  /// All series of a panel that have rows enough; a note names the others.
  ///
  /// - Parameters:
  ///   - command: The options.
  ///   - panel: The series.
  ///   - until: Where the rows that are fitted to end.
  /// - Throws: `TimeSeriesError` where no series is left; what the command's checks throw of all of
  ///   them.
  init(
    _ command: some FittingCommand, _ panel: Panel, until: SplitPlan.TrainUntil
  ) throws {
    let typical = panel.members.map(\.series).sorted { $0.rowCount < $1.rowCount }[
      panel.members.count / 2]
    let horizon = panel.members.map { command.network.horizon(for: $0.series) }.max() ?? 1
    let steps = command.windowSteps(for: typical, until: until)
    try command.check(typical.time)
    var splits: [SplitPlan] = []
    var leftOut: [Int: String] = [:]
    for (index, member) in panel.members.enumerated() {
      do {
        let split = try SplitPlan(
          series: member.series, trainUntil: until, heldOut: command.split.validation,
          steps: steps, horizon: horizon)
        // A time that is none is told of the first series.
        try member.series.checkTargetsVary(in: split.training)
        if command.needsTestRows { try command.check(member.series, split) }
        splits.append(split)
      } catch {
        if command.times(until).contains(where: {
          member.series.time.firstRow(notBefore: $0) == nil
        }) {
          throw error
        }
        leftOut[index] = Self.reason(error, path: panel.path)
      }
    }
    var panel = try panel.leavingOut(leftOut)
    if !command.needsTestRows {
      let failures = zip(panel.members, splits).compactMap { member, split in
        Result { try command.check(member.series, split) }.failure
      }
      if failures.count == splits.count, let failure = failures.first { throw failure }
    }
    panel = panel.droppingAbsurdValues(in: splits.map(\.fit))
    panel = try panel.droppingConstantFeatures(in: splits.map(\.training))
    if command.columns.features.isEmpty {
      panel = panel.droppingCounters(in: splits.map(\.training))
    }
    parts = zip(panel.members, splits).map { Part(series: $0.series, split: $1) }
    self.panel = panel
    self.steps = steps
    self.horizon = horizon
    notes = panel.notes
    line =
      "\(panel.fileName): \(Findings.count(panel.members.count, "series", plural: "series")) by "
      + "\(panel.keyColumns.joined(separator: ", ")), \(Numbers.readable(panel.rowCount)) rows"
  }

  /// The message of an error without the name of the file.
  private static func reason(_ error: any Error, path: String) -> String {
    if let error = error as? TimeSeriesError, error.row == nil { return error.reason }
    let text = "\(error)"
    return text.hasPrefix(path + ": ") ? String(text.dropFirst(path.count + 2)) : text
  }

  /// Fits a network to the data.
  func fit(
    _ options: FittingOptions, on backend: any Backend,
    initial: (forecaster: Forecaster, name: String)?, _ checkpoints: Checkpoints,
    willFit: (Int) -> Void, progress: (TrainingProgress) -> Void
  ) throws -> FittedForecaster {
    // What one process was asked is agreed on by the library.
    let isCancelled = { Interrupt.isRequested || checkpoints.failure != nil }
    guard let panel else {
      return try Forecaster.fit(
        parts[0].series, split: parts[0].split, options: options, on: backend, initial: initial,
        resuming: checkpoints.resumed, checkpoints: checkpoints.policy, willFit: willFit,
        progress: progress, isCancelled: isCancelled)
    }
    return try Forecaster.fit(
      panel, splits: parts.map(\.split), options: options, on: backend, initial: initial,
      resuming: checkpoints.resumed, checkpoints: checkpoints.policy, willFit: willFit,
      progress: progress, isCancelled: isCancelled)
  }

  /// For each series the fitted forecaster in its units.
  func forecasters(
    of forecaster: Forecaster
  ) -> [(forecaster: Forecaster, series: Series, split: SplitPlan)] {
    guard let panel else { return parts.map { (forecaster, $0.series, $0.split) } }
    let known = (try? forecaster.forecasters(of: panel)) ?? []
    return zip(known, parts).map { ($0.forecaster ?? forecaster, $1.series, $1.split) }
  }
}

extension FittingCommand {
  func check(_ axis: TimeAxis) throws {}

  /// The times that tell what rows are used for.
  fileprivate func times(_ until: SplitPlan.TrainUntil) -> [String] {
    var times: [String] = []
    if case .time(let text) = until { times.append(text) }
    if case .time(let text) = split.validation { times.append(text) }
    return times
  }

  /// The window asked for, or one that suits the data.
  func windowSteps(for series: Series, until: SplitPlan.TrainUntil) -> Int {
    if let window = network.window { return window }
    let fittedRows =
      switch until {
      case .fraction(let share): Int(Double(series.rowCount) * share)
      case .time(let text): series.time.firstRow(notBefore: text) ?? series.rowCount
      }
    return FittingOptions.steps(for: series.time, fitting: fittedRows)
  }
}

extension Result {
  fileprivate var failure: Failure? {
    guard case .failure(let failure) = self else { return nil }
    return failure
  }
}
