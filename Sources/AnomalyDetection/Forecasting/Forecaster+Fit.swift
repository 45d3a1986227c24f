public import LSTMCompute
public import TimeSeries

/// A forecaster and how its training went.
public struct FittedForecaster: Sendable {
  /// The forecaster, with the best parameters there were when the training ended.
  public let forecaster: Forecaster
  /// What happened in each epoch; of an ensemble in those of the first network, and how the training of
  /// all of them ended.
  public let history: TrainingHistory
  /// The same for each network.
  public let memberHistories: [TrainingHistory]
  /// What the backend chose for the network's shapes.
  public let plan: String
  /// What was chosen on the rows held out, in a line; empty where nothing was left open.
  public let choice: String
  /// The forecasts of all rows of the series, and of those after the last one; of a network that judges
  /// alone those of the rows held out.
  public let forecasts: Forecasts
}

extension Forecaster {
  /// Fits a network to a series.
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - split: The rows to fit to and those to hold out.
  ///   - options: The network and its training.
  ///   - backend: What it runs on.
  ///   - initial: A model with the same network whose parameters are started from, and its name.
  ///   - resuming: What to go on from; see `Trainer.fit`.
  ///   - checkpoints: When checkpoints are taken, and where they go.
  ///   - willFit: Called before each network of an ensemble is fitted, with its number from 0.
  ///   - progress: Called before, during and after every epoch.
  ///   - isCancelled: Asked before every batch; the best parameters so far are kept, of an ensemble
  ///     those of the networks that have some.
  /// - Returns: The forecaster. `history.end` says whether the training was cut short. Where the device
  ///   has failed, the residuals of the rows held out are those on the processor.
  /// - Throws: `DetectionError.noModel` where it was cut short before one epoch was complete, or
  ///   an error of the data, the checkpoint or the device.
  public static func fit(
    _ series: Series, split: SplitPlan, options: FittingOptions,
    on backend: any Backend, initial: (forecaster: Forecaster, name: String)? = nil,
    resuming: Checkpoint? = nil, checkpoints: CheckpointPolicy? = nil,
    willFit: (Int) -> Void = { _ in }, progress: (TrainingProgress) -> Void = { _ in },
    isCancelled: () -> Bool = { false }
  ) throws -> FittedForecaster {
    try options.training.loss.checkForecasting()
    try options.checkMembers(hasCheckpoints: resuming != nil || checkpoints != nil)
    if let contradiction = options.limits.contradiction(targets: series.targets) {
      throw DetectionError.dataMismatch(contradiction)
    }
    if let initial {
      try options.check(
        initial: initial.forecaster, targets: series.targets, features: series.features)
    }
    let scaler = Scaler(kind: options.scaler, series: series, rows: split.training)
    try check(scaler.columns, of: series)
    var fitting = try Fitting(
      series, split: split, options: options, scaler: scaler, initial: initial?.forecaster)
    try check(fitting.coding.scales, of: series)
    try fitting.search(on: backend, isCancelled: isCancelled)
    let set = try fitting.trainingSet()
    let (first, others) = try fitting.fitMembers(on: backend) { member, trainer in
      willFit(member)
      let result = try trainer.fit(
        training: set.training, validation: set.validation,
        initial: initial?.forecaster.network.parameters,
        resuming: resuming, checkpoints: checkpoints, progress: progress, isCancelled: isCancelled)
      // The networks before are a model of their own.
      if member > 0, result.history.end == .cancelled, result.history.bestEpoch == nil {
        return nil
      }
      try check(result.history, configuration: fitting.options.training)
      return result
    }
    let histories = [first.history] + others.map(\.history)

    var forecaster = Forecaster(
      network: try first.network.forForecasts(), scaler: scaler, coding: fitting.coding,
      columns: series.reading(), steps: options.steps, horizon: options.horizon, residuals: [],
      origin: Origin(
        series, split: split, options: fitting.options, device: backend.name,
        bestEpochs: histories.compactMap(\.bestEpoch), initial: initial?.name),
      recipe: fitting.recipe, limits: options.limits,
      others: try others.map { try $0.network.forForecasts() })
    var history = first.history
    // One that did not end as it should counts for all; a missing one was cancelled.
    history.end =
      histories.map(\.end).first { !$0.isOrderly }
      ?? (histories.count < options.members ? .cancelled : history.end)
    var forecasts = try forecaster.forecast(
      fitting.prepared, held: split.validation, on: backend, &history.end)
    forecaster.judge(options.judge, by: &forecasts, of: fitting.prepared, rows: split.validation)
    forecaster.residuals = forecaster.residuals(forecasts, of: series, rows: split.validation)
    forecaster.calibrations = forecaster.calibrations(forecasts, of: series, split)
    return FittedForecaster(
      forecaster: forecaster, history: history, memberHistories: histories, plan: first.plan,
      choice: fitting.notes.joined(separator: " "), forecasts: forecasts)
  }

  /// Chooses by which forecasts rows are judged, on the rows held out.
  private mutating func judge(
    _ judge: FittingOptions.Judge, by forecasts: inout Forecasts, of prepared: PreparedSeries,
    rows: Range<Int>
  ) {
    guard recipe != nil, judge != .network, !rows.isEmpty else { return }
    recipe?.blend = Blend(judge, forecasts, of: prepared.series, rows: rows)
    blend(&forecasts, of: prepared.series)
    forecasts.hide(prepared.unknownRows)
  }

  /// The forecasts of all rows after a training, whose model must not be lost with the device.
  ///
  /// - Parameters:
  ///   - prepared: The series.
  ///   - held: The rows held out.
  ///   - backend: What the network runs on, as long as it does.
  ///   - end: Why the training ended, from here on also that the device failed.
  /// - Returns: The forecasts.
  /// - Throws: An error of the data, or of the processor.
  private func forecast(
    _ prepared: PreparedSeries, held: Range<Int>, on backend: any Backend,
    _ end: inout TrainingHistory.End
  ) throws -> Forecasts {
    // Where recent errors decide what counts, all rows have a part in it.
    let rows = recipe == nil ? held : 0..<prepared.series.rowCount + 1
    if case .deviceFailed = end {
    } else {
      do {
        let forecasts = try forecast(prepared, rows: rows, on: backend)
        // The training has seen losses of the rows held out that were numbers.
        if forecasts.areNumbers(in: held) { return forecasts }
        end = .deviceFailed(
          "\(backend.name) forecasts what is no number with a network that is whole")
      } catch LSTMError.deviceFailure(let reason) {
        end = .deviceFailed(reason)
      }
    }
    return try forecast(prepared, rows: rows, on: CPUBackend())
  }

  /// Throws where values lie so far apart that their spread is no number.
  private static func check(
    _ scales: [Scaler.Column], of series: Series
  ) throws(TimeSeriesError) {
    guard let bad = scales.first(where: { !$0.isUsable }) else { return }
    throw TimeSeriesError(
      file: series.path, column: bad.name,
      reason: "the spread of its values is not a usable number; expected values of at most "
        + "about 1e130")
  }

  /// Throws where a training left nothing worth keeping.
  private static func check(
    _ history: TrainingHistory, configuration: TrainingConfiguration
  ) throws(DetectionError) {
    guard history.bestEpoch == nil else { return }
    switch history.end {
    case .diverged(let epoch):
      throw .noModel(
        "the loss became infinite or not a number in epoch \(epoch), before there was a model to "
          + "keep; the learning rate of \(configuration.learningRate) may be too high")
    case .cancelled:
      throw .noModel("stopped before the first epoch was complete, so there is no model")
    case .completed, .stoppedEarly, .deviceFailed:
      throw .noModel("the training ended without a model")
    }
  }

  /// What each target's residuals and values were on the rows fitted to and held out.
  private func calibrations(
    _ forecasts: Forecasts, of series: Series, _ split: SplitPlan
  ) -> [Calibration] {
    let rows = split.fit
    let season = recipe?.season ?? series.season(in: rows)
    let clock = season.flatMap { SeasonClock(series.time, season: $0) }
    return targets.indices.map { target in
      Calibration(
        actual: series.actual(target: target, rows: rows),
        expected: forecasts.expected(rows: rows, target: target),
        times: Array(series.time.values[rows]),
        step: series.time.moment(of: 0) == nil ? nil : series.time.step,
        held: split.validation.count, clock: clock)
    }
  }

  /// The statistics of each target's residuals in some rows, one step ahead.
  private func residuals(
    _ forecasts: Forecasts, of series: Series, rows: Range<Int>
  ) -> [ResidualStatistics] {
    guard !rows.isEmpty else { return targets.map { _ in ResidualStatistics() } }
    return targets.indices.map { target in
      let actual = series.actual(target: target, rows: rows)
      let expected = forecasts.expected(rows: rows, target: target)
      return ResidualStatistics(zip(actual, expected).map { $0 - $1 })
    }
  }
}

extension Series {
  /// The options that read a file with the same columns.
  fileprivate func reading() -> SeriesOptions {
    var columns = reading
    columns.from = nil
    columns.until = nil
    columns.time = time.columns
    columns.features = features
    columns.targets = targets
    columns.known = known.isEmpty ? nil : known
    return columns
  }
}

extension Forecaster.Origin {
  /// How and from what a network was fitted.
  fileprivate init(
    _ series: Series, split: SplitPlan, options: FittingOptions, device: String,
    bestEpochs: [Int], initial: String?
  ) {
    let fitted = split.fit
    self.init(
      file: series.fileName, firstTime: series.time.label(at: fitted.lowerBound),
      lastTime: series.time.label(at: max(fitted.lowerBound, fitted.upperBound - 1)),
      trainingRows: split.training.count, validationRows: split.validation.count,
      configuration: options.training, device: device, bestEpoch: bestEpochs.first,
      memberEpochs: bestEpochs.count > 1 ? bestEpochs : nil,
      head: options.head == .last ? nil : options.head, initial: initial)
  }
}
