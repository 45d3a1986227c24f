public import LSTMCompute
public import TimeSeries

extension Forecaster {
  /// So many rows of several series are forecast at once.
  private static let rowsAtOnce = 1 << 17

  /// Fits one network to several series, each with scales of its own.
  ///
  /// All is chosen and learnt over all series together, in units of their scales; by which forecasts rows
  /// are judged, and how far these are off, is found for each series by itself.
  ///
  /// - Parameters:
  ///   - panel: The series.
  ///   - splits: For each series the rows to fit to and those to hold out.
  ///   - options: The network and its training.
  ///   - backend: What it runs on.
  ///   - initial: A model of several series with the same network whose parameters are started from,
  ///     and its name.
  ///   - resuming: What to go on from; see `Trainer.fit`.
  ///   - checkpoints: When checkpoints are taken, and where they go.
  ///   - willFit: Called before each network of an ensemble is fitted, with its number from 0.
  ///   - progress: Called before, during and after every epoch.
  ///   - isCancelled: Asked before every batch; the best parameters so far are kept.
  /// - Returns: The forecaster, whose `panel` has the series, and the forecasts of each.
  /// - Throws: As for one series, and `DetectionError.dataMismatch` where logarithms or limits of
  ///   forecasts are asked for.
  public static func fit(
    _ panel: Panel, splits: [SplitPlan], options: FittingOptions, on backend: any Backend,
    initial: (forecaster: Forecaster, name: String)? = nil, resuming: Checkpoint? = nil,
    checkpoints: CheckpointPolicy? = nil, willFit: (Int) -> Void = { _ in },
    progress: (TrainingProgress) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws -> FittedForecaster {
    try options.training.loss.checkForecasting()
    guard splits.count == panel.members.count else {
      throw DetectionError.dataMismatch(
        "\(splits.count) splits for \(panel.members.count) series; expected one for each")
    }
    guard options.transform != .log else {
      throw DetectionError.dataMismatch("logarithms are not there for several series in one model")
    }
    guard options.limits.isEmpty else {
      throw DetectionError.dataMismatch("limits are not there for several series in one model")
    }
    let first = panel.members[0].series
    if let initial {
      guard initial.forecaster.panel != nil else {
        throw DetectionError.dataMismatch("the initial model is of one series, not of several")
      }
      try options.check(
        initial: initial.forecaster, targets: first.targets, features: first.features)
    }
    var options = options
    options.transform = Optional(.none)
    var fitted = FittedPanel(panel, splits: splits, kind: options.scaler)
    let scalers = fitted.members.map { fitted.scaler(of: $0, kind: options.scaler) }
    for (member, scaler) in zip(panel.members, scalers) {
      try check(scaler.columns, of: member.series)
    }
    let parts = zip(zip(panel.members, scalers), splits).map { its, split in
      FittingPart(series: its.0.series.normalized(by: its.1), split: split)
    }
    let units = Scaler(
      kind: options.scaler,
      columns: fitted.columns.map { Scaler.Column(name: $0, offset: 0, scale: 1) })
    let trained = try train(
      parts, columns: panel.reading(), scaler: units, options: options, on: backend,
      initial: initial, resuming: resuming, checkpoints: checkpoints, willFit: willFit,
      progress: progress, isCancelled: isCancelled)

    var forecaster = trained.forecaster
    var history = trained.history
    forecaster.origin.describe(panel, splits: splits)
    forecaster.panel = fitted
    let forecasts = try forecaster.judge(
      panel, splits: splits, by: options.judge, &fitted, on: backend, &history.end)
    forecaster.panel = fitted
    forecaster.residuals = fitted.typicalResiduals
    return FittedForecaster(
      forecaster: forecaster, history: history, memberHistories: trained.memberHistories,
      plan: trained.plan,
      choice: trained.fitting.notes.joined(separator: " "), allForecasts: forecasts)
  }

  /// Forecasts all series, and finds for each by which forecasts its rows are judged and how far
  /// these are off.
  private func judge(
    _ panel: Panel, splits: [SplitPlan], by judge: FittingOptions.Judge,
    _ fitted: inout FittedPanel, on backend: any Backend, _ end: inout TrainingHistory.End
  ) throws -> [Forecasts] {
    var all: [Forecasts] = []
    var blends: [Blend] = []
    fitted.typicalResiduals = targets.map { _ in Moments() }
    for range in Self.pieces(panel.members.map(\.series.rowCount)) {
      var forecasters = range.map { forecaster(of: fitted.members[$0]) }
      let prepared = try zip(forecasters, range).map { try $0.prepare(panel.members[$1].series) }
      var forecasts = try Self.forecasts(
        Array(zip(forecasters, prepared)), held: range.map { splits[$0].validation },
        allRows: true, on: backend, &end)
      for (place, index) in range.enumerated() {
        let series = panel.members[index].series
        let held = splits[index].validation
        forecasters[place].judge(judge, by: &forecasts[place], of: prepared[place], rows: held)
        fitted.members[index].blend = forecasters[place].recipe?.blend
        fitted.members[index].residuals = forecasters[place].residuals(
          forecasts[place], of: series, rows: held)
        fitted.members[index].calibrations = forecasters[place].calibrations(
          forecasts[place], of: series, split: splits[index])
        let scales = targets.map { forecasters[place].scaler[$0]?.scale ?? 1 }
        for target in targets.indices {
          let expected = forecasts[place].expected(rows: held, target: target)
          for (actual, expected) in zip(series.actual(target: target, rows: held), expected) {
            fitted.typicalResiduals[target].add((actual - expected) / scales[target])
          }
        }
        if let blend = fitted.members[index].blend {
          blends.append(blend.scaled(by: scales.map { 1 / $0 }))
        }
      }
      all += forecasts
    }
    if !blends.isEmpty { fitted.typicalBlend = Blend.typical(of: blends) }
    return all
  }

  /// The forecaster in the units of one of the series that it was fitted to.
  ///
  /// - Parameter key: What stands in the key columns.
  /// - Returns: A forecaster of that series alone; `nil` where it was not fitted to it.
  public func forecaster(of key: [String]) -> Forecaster? {
    panel?.member(key).map(forecaster(of:))
  }

  /// The forecaster in the units of each of some series.
  ///
  /// A series that the forecaster was not fitted to is scaled by its first rows: as many as a window
  /// has, or half of them where that is more. How far forecasts of it may be off is taken from the
  /// others, as a spread alone: it has no calibrations, which adaptive thresholds and others need.
  ///
  /// - Parameter panel: The series.
  /// - Returns: For each series a forecaster of it alone, and whether it was fitted to it; no
  ///   forecaster where a target of a new series does not vary in its first rows.
  /// - Throws: `DetectionError.dataMismatch` where the forecaster is of one series.
  public func forecasters(
    of panel: Panel
  ) throws -> [(forecaster: Forecaster?, isKnown: Bool)] {
    guard let fitted = self.panel else {
      throw DetectionError.dataMismatch("the model is of one series, not of several")
    }
    let known = Dictionary(uniqueKeysWithValues: fitted.members.map { ($0.key, $0) })
    return panel.members.map { member in
      if let known = known[member.key] { return (forecaster(of: known), true) }
      let unseen = fitted.unseen(
        member.series, key: member.key, steps: steps, kind: scaler.kind, targets: targets)
      return (unseen.map(forecaster(of:)), false)
    }
  }

  /// Forecasts all rows of several series, and those after the last one of each, in few calls of the
  /// network.
  ///
  /// - Parameters:
  ///   - series: Each series with the forecaster in its units.
  ///   - backend: What the network runs on.
  /// - Returns: The forecasts of each.
  /// - Throws: `DetectionError.dataMismatch` where the columns are others, or an error of the data or
  ///   the device.
  public static func forecasts(
    of series: [(forecaster: Forecaster, series: Series)], on backend: any Backend
  ) throws -> [Forecasts] {
    try pieces(series.map(\.series.rowCount)).flatMap { range in
      let all = try series[range].map { its in
        try its.forecaster.check(its.series)
        return (its.forecaster, try its.forecaster.prepare(its.series))
      }
      return try forecasts(
        all, rows: series[range].map { 0..<$0.series.rowCount + 1 }, on: backend)
    }
  }

  /// Throws where the numbers of this forecaster are in no series' units.
  func checkUnits() throws(DetectionError) {
    guard panel == nil else {
      throw .dataMismatch(
        "the model is of several series; forecaster(of:) makes it one of a single series")
    }
  }

  /// Runs of series that have about so many rows together as are forecast at once.
  private static func pieces(_ counts: [Int]) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = 0
    var sum = 0
    for (index, count) in counts.enumerated() {
      sum += count
      guard sum >= rowsAtOnce || index == counts.count - 1 else { continue }
      pieces.append(start..<index + 1)
      (start, sum) = (index + 1, 0)
    }
    return pieces
  }
}

extension Panel {
  /// The options that read a file with the same columns and keys.
  fileprivate func reading() -> SeriesOptions {
    var columns = members[0].series.reading()
    columns.series = keyColumns
    return columns
  }
}

extension Forecaster.Origin {
  /// What has not been described yet.
  static let none = Forecaster.Origin(
    file: "", firstTime: "", lastTime: "", trainingRows: 0, validationRows: 0,
    configuration: TrainingConfiguration(), device: "")

  /// Takes the rows of all series that were fitted to.
  fileprivate mutating func describe(_ panel: Panel, splits: [SplitPlan]) {
    let members = Array(zip(panel.members.map(\.series), splits))
    func time(_ row: Int, _ series: Series) -> Double { series.time.values[row] }
    let earliest = members.min {
      time($0.1.fit.lowerBound, $0.0) < time($1.1.fit.lowerBound, $1.0)
    }
    let latest = members.max {
      time(max(0, $0.1.fit.upperBound - 1), $0.0) < time(max(0, $1.1.fit.upperBound - 1), $1.0)
    }
    file = panel.fileName
    firstTime = earliest.map { $0.0.time.label(at: $0.1.fit.lowerBound) } ?? ""
    lastTime = latest.map { $0.0.time.label(at: max(0, $0.1.fit.upperBound - 1)) } ?? ""
    trainingRows = splits.reduce(0) { $0 + $1.training.count }
    validationRows = splits.reduce(0) { $0 + $1.validation.count }
  }
}
