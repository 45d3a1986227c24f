public import LSTMCompute
public import TimeSeries

/// A forecaster and how its training went.
public struct FittedForecaster: Sendable {
  /// The forecaster, with the best parameters there were when the training ended.
  public let forecaster: Forecaster
  /// What happened in each epoch.
  public let history: TrainingHistory
  /// What the backend chose for the network's shapes.
  public let plan: String
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
  ///   - progress: Called before, during and after every epoch.
  ///   - isCancelled: Asked before every batch; the best parameters so far are kept.
  /// - Returns: The forecaster. `history.end` says whether the training was cut short. Where the device
  ///   has failed, the residuals of the rows held out are those on the processor.
  /// - Throws: `DetectionError.noModel` where it was cut short before one epoch was complete, or
  ///   an error of the data, the checkpoint or the device.
  public static func fit(
    _ series: Series, split: SplitPlan, options: FittingOptions,
    on backend: any Backend, initial: (forecaster: Forecaster, name: String)? = nil,
    resuming: Checkpoint? = nil, checkpoints: CheckpointPolicy? = nil,
    progress: (TrainingProgress) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws -> FittedForecaster {
    try options.training.loss.checkForecasting()
    if let initial {
      try options.check(
        initial: initial.forecaster, targets: series.targets, features: series.features)
    }
    let scaler = Scaler(kind: options.scaler, series: series, rows: split.training)
    try check(scaler.columns, of: series)
    let plan = try WindowPlan(
      series: series, scaler: scaler, steps: options.steps, horizon: options.horizon)
    let coding = TargetCoding(
      options.subject, series: series, scaler: scaler, rows: split.training)
    try check(coding.scales, of: series)
    var training = try coding.encode(
      try plan.trainingWindows(in: split.training), of: series)
    try series.checkScaled(training.targets, columns: series.targets)
    var validation =
      split.validation.isEmpty ? [] : try plan.trainingWindows(in: split.validation).windows
    if options.head == .every {
      (training, validation) = try training.forEveryStep(
        of: series, split: split, validation: validation)
    }
    let trainer = try Trainer(
      specification: options.specification(
        features: series.features.count, targets: series.targets.count),
      configuration: options.training, backend: backend)
    let result = try trainer.fit(
      training: training, validation: validation, initial: initial?.forecaster.network.parameters,
      resuming: resuming, checkpoints: checkpoints, progress: progress, isCancelled: isCancelled)
    try check(result.history, configuration: options.training)

    var columns = series.reading
    columns.from = nil
    columns.until = nil
    columns.time = series.time.columns
    columns.features = series.features
    columns.targets = series.targets
    let fitted = split.fit
    let unjudged = Forecaster(
      network: try result.network.forForecasts(), scaler: scaler, coding: coding, columns: columns,
      steps: options.steps,
      horizon: options.horizon, residuals: [],
      origin: Origin(
        file: series.fileName, firstTime: series.time.label(at: fitted.lowerBound),
        lastTime: series.time.label(at: max(fitted.lowerBound, fitted.upperBound - 1)),
        trainingRows: split.training.count, validationRows: split.validation.count,
        configuration: options.training, device: backend.name,
        bestEpoch: result.history.bestEpoch, head: options.head == .last ? nil : options.head,
        initial: initial?.name))
    var history = result.history
    let forecaster = unjudged.with(
      residuals: try unjudged.residuals(
        of: series, rows: split.validation, on: backend, &history.end))
    return FittedForecaster(forecaster: forecaster, history: history, plan: result.plan)
  }

  /// The residuals after a training, whose model must not be lost with the device.
  ///
  /// - Parameters:
  ///   - series: As `fit` takes it.
  ///   - rows: The rows held out.
  ///   - backend: What the network was fitted on.
  ///   - end: Why the training ended, from here on also that the device failed.
  /// - Returns: For each target; those on the processor where the device has failed.
  /// - Throws: An error of the data.
  private func residuals(
    of series: Series, rows: Range<Int>, on backend: any Backend, _ end: inout TrainingHistory.End
  ) throws -> [ResidualStatistics] {
    if case .deviceFailed = end {
    } else {
      do {
        guard !rows.isEmpty else { return targets.map { _ in ResidualStatistics() } }
        let forecasts = try forecast(series, rows: rows, on: backend)
        // The training has seen losses of these rows that were numbers.
        if forecasts.areNumbers { return residuals(of: series, rows: rows, forecasts) }
        end = .deviceFailed(
          "forecasts are no numbers, though all that the network has are")
      } catch LSTMError.deviceFailure(let reason) {
        end = .deviceFailed(reason)
      }
    }
    return try residuals(of: series, rows: rows, on: CPUBackend())
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

  /// The statistics of each target's residuals in some rows, one step ahead.
  func residuals(
    of series: Series, rows: Range<Int>, on backend: any Backend
  ) throws -> [ResidualStatistics] {
    guard !rows.isEmpty else { return targets.map { _ in ResidualStatistics() } }
    return residuals(of: series, rows: rows, try forecast(series, rows: rows, on: backend))
  }

  private func residuals(
    of series: Series, rows: Range<Int>, _ forecasts: Forecasts
  ) -> [ResidualStatistics] {
    targets.indices.map { target in
      let actual = series.actual(target: target, rows: rows)
      let expected = forecasts.expected(rows: rows, target: target)
      return ResidualStatistics(zip(actual, expected).map { $0 - $1 })
    }
  }

  private func with(residuals: [ResidualStatistics]) -> Forecaster {
    Forecaster(
      network: network, scaler: scaler, coding: coding, columns: columns, steps: steps,
      horizon: horizon,
      residuals: residuals, origin: origin)
  }
}
