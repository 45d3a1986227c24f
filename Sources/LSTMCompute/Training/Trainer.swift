/// Fits a network to windows: batches, seeded shuffling, early stopping on windows held out.
public struct Trainer {
  /// The network.
  public let specification: NetworkSpecification
  /// How it is fitted.
  public let configuration: TrainingConfiguration
  /// What it runs on.
  public let backend: any Backend

  /// Makes a trainer.
  ///
  /// - Parameters:
  ///   - specification: The network.
  ///   - configuration: How it is fitted.
  ///   - backend: What it runs on.
  /// - Throws: `LSTMError.invalidConfiguration` where the configuration cannot be trained with.
  public init(
    specification: NetworkSpecification, configuration: TrainingConfiguration,
    backend: any Backend
  ) throws(LSTMError) {
    try configuration.check()
    let layout = ParameterLayout(specification)
    guard try layout.names(in: configuration.frozen).count < layout.slices.count else {
      throw .invalidConfiguration("everything is frozen, so there is nothing to train")
    }
    if configuration.forgetBias != nil {
      for (index, layer) in specification.layers.enumerated()
      where layer.bias == .none || layer.couplesGates {
        throw .invalidConfiguration(
          "a forget bias needs forget gates with a bias, and layer \(index + 1) has none: "
            + (layer.couplesGates ? "its gates are coupled" : "it has no biases"))
      }
    }
    self.specification = specification
    self.configuration = configuration
    self.backend = backend
  }

  /// Fits the network.
  ///
  /// The parameters kept are those of the epoch with the lowest validation loss or, without
  /// validation windows, those of the last epoch. They are kept as well when the caller cancels or
  /// the loss becomes NaN or infinite: `history.end` says what happened.
  ///
  /// - Parameters:
  ///   - training: The series and the windows to fit to.
  ///   - validation: Windows of the same series that the network is never fitted to.
  ///   - initial: The parameters to start from; otherwise fresh ones by the configuration's seed,
  ///     initialiser and forget bias, which have no part here where these are given.
  ///     A training that is resumed has started already.
  ///   - resuming: What to go on from, as an earlier call left it: the result is that of a call
  ///     without interruption. There may be more epochs than there were to be, unless the schedule
  ///     depends on their number, and more patience; all else must be the same.
  ///   - checkpoints: When checkpoints are taken, and where they go.
  ///   - progress: Called before the first batch, after every batch and after every epoch.
  ///   - isCancelled: Asked before every batch.
  /// - Returns: The parameters kept, and what happened.
  /// - Throws: `LSTMError` where the data do not fit the network or the checkpoint, a checkpoint
  ///   cannot be written, or the device fails.
  public func fit(
    training: WindowedSeries, validation: [Window] = [], initial: Parameters? = nil,
    resuming: Checkpoint? = nil, checkpoints: CheckpointPolicy? = nil,
    progress: (TrainingProgress) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws -> TrainingResult {
    guard !training.windows.isEmpty else {
      throw LSTMError.shapeMismatch("there are no windows to train on")
    }
    try check(training, validation)
    var (training, validation, rows) = (training, validation, configuration.batchSize)
    if configuration.isStateful {
      // Batches of equal size, each of which goes on from the one before.
      let lanes = try training.lanes(rows: rows)
      rows = lanes.rows
      training = training.replacing(windows: lanes.windows)
      validation = validation.isEmpty ? [] : try training.lanes(of: validation, rows: 1).windows
    }
    guard !configuration.schedule.needsValidation || !validation.isEmpty else {
      throw LSTMError.invalidConfiguration(
        "the schedule looks at the validation loss, but there are no validation windows")
    }
    let data =
      resuming == nil && checkpoints == nil
      ? nil : DataFingerprint(training, validation: validation)
    if let data { try resuming?.check(specification, configuration, data) }
    let executor = try backend.makeExecutor(
      for: specification,
      configuration: ExecutorConfiguration(
        mode: .training, batchSize: min(rows, max(training.windows.count, validation.count)),
        steps: training.steps, keepsStates: configuration.isStateful,
        hasMissingRows: training.rowMask != nil, seed: configuration.seed))
    var run =
      resuming.map { TrainingState($0) }
      ?? TrainingState(
        initial: initial
          ?? Parameters(
            specification, by: configuration.initialiser, forgetBias: configuration.forgetBias,
            seed: configuration.seed))
    try executor.setParameters(run.best)
    try executor.freeze(configuration.frozen)
    try executor.bind(training)
    if let resuming {
      try executor.setOptimizerState(resuming.optimizer)
      executor.batchNumber = resuming.batchNumber
    }
    let recorder = checkpoints.flatMap { policy in
      data.map {
        CheckpointRecorder(policy, of: self, data: $0, executor: executor, resuming: resuming)
      }
    }

    var rates = LearningRates(
      configuration.schedule, initial: configuration.learningRate, epochs: configuration.epochs)
    for epoch in run.history.epochs {
      rates.endEpoch(validationLoss: epoch.validationLoss.map { Double($0) })
    }
    var state = TrainingProgress(
      epochs: configuration.epochs, windows: training.windows.count, plan: executor.plan,
      windowsBefore: run.windowsDone(of: training.windows.count, executor))

    var end = run.end(of: configuration)
    while end == nil {
      let number = run.history.epochs.count + 1
      let clock = EpochClock(after: run.secondsBefore)
      state.begin(epoch: number)
      progress(state)
      guard
        let trainingLoss = try runEpoch(
          &run, rate: rates.current, executor, training, recorder, clock, &state, progress,
          isCancelled)
      else {
        end = .cancelled
        break
      }
      let validationLoss = try evaluate(executor, training, validation)
      guard trainingLoss.isFinite, validationLoss?.isFinite ?? true else {
        end = .diverged(epoch: number)
        break
      }
      let epoch = TrainingHistory.Epoch(
        number: number, trainingLoss: trainingLoss, validationLoss: validationLoss,
        learningRate: rates.current, seconds: clock.seconds)
      let bestLoss = run.bestLoss
      run.endEpoch(epoch)
      rates.endEpoch(validationLoss: validationLoss.map { Double($0) })
      state.end(epoch)
      progress(state)

      // Without validation windows every epoch is kept: its training loss was taken before its
      // last steps and could not tell which parameters are better.
      if validationLoss.map({ $0 < bestLoss }) ?? true {
        let parameters = try executor.parameters()
        // The loss was taken before the last steps where nothing is held out.
        guard parameters.isFinite else {
          end = .diverged(epoch: number)
          break
        }
        run.best = parameters
        run.history.bestEpoch = number
      }
      end = run.end(of: configuration)
      if end == nil, let recorder, recorder.isDueAfterEpoch { try recorder.record(run) }
    }
    if end == .completed || end == .stoppedEarly { try recorder?.record(run, end: end) }
    run.history.end = end ?? .completed
    return TrainingResult(
      network: try Network(specification: specification, parameters: run.best),
      history: run.history, plan: executor.plan)
  }

  /// One pass over the training windows, or what is left of it after an interruption.
  ///
  /// - Returns: The mean loss over the windows; `nil` where the caller cancelled.
  private func runEpoch(
    _ run: inout TrainingState, rate: Double, _ executor: any Executor, _ series: WindowedSeries,
    _ recorder: CheckpointRecorder?, _ clock: EpochClock, _ state: inout TrainingProgress,
    _ progress: (TrainingProgress) -> Void, _ isCancelled: () -> Bool
  ) throws -> Float? {
    var order = series.windows
    if configuration.shuffles {
      var generator = PhiloxGenerator(
        seed: configuration.seed, stream: .shuffle,
        substream: UInt32(truncatingIfNeeded: state.epoch))
      order.shuffle(using: &generator)
    }
    try executor.setWindows(order)
    try executor.enter(.training)
    executor.resetStates()
    let batches = executor.batches(of: order.count)
    let weights = batches.map { weight(of: order[$0], in: series) }
    func endsStep(_ done: Int) -> Bool {
      done % configuration.accumulatedBatches == 0 || done == batches.count
    }
    let before = run.losses.count
    guard before <= batches.count, endsStep(before) else {
      throw LSTMError.shapeMismatch(
        "the checkpoint lies after batch \(before) of an epoch of \(batches.count)")
    }
    for (number, batch) in batches.enumerated().dropFirst(before) {
      if isCancelled() {
        run.losses += try executor.takeLosses()
        if endsStep(number), !configuration.isStateful {
          try recorder?.record(run, seconds: clock.seconds)
        }
        return nil
      }
      try executor.forward(batch)
      try executor.backward(configuration.loss)
      try step(executor, after: number, of: weights, rate: rate)
      state.windowsDone = batch.upperBound
      progress(state)
      // The states within an epoch are in no checkpoint.
      if let recorder, endsStep(number + 1), !configuration.isStateful, recorder.isDue {
        run.losses += try executor.takeLosses()
        try recorder.record(run, seconds: clock.seconds)
      }
    }
    run.losses += try executor.takeLosses()
    return mean(run.losses, by: weights)
  }

  /// Changes the parameters, or remembers the gradient where more batches belong to the change.
  private func step(
    _ executor: any Executor, after number: Int, of weights: [Double], rate: Double
  ) throws {
    let count = configuration.accumulatedBatches
    let first = number / count * count
    let last = min(first + count, weights.count) - 1
    if last > first {
      let sum = weights[first...last].reduce(0, +)
      try executor.accumulateGradient(weight: sum > 0 ? weights[number] / sum : 0)
    }
    if number == last {
      try executor.step(
        configuration.optimizer, learningRate: rate, clipping: configuration.clipping)
    }
  }

  /// The mean loss over windows that are not trained on; `nil` where there are none.
  private func evaluate(
    _ executor: any Executor, _ series: WindowedSeries, _ windows: [Window]
  ) throws -> Float? {
    guard !windows.isEmpty else { return nil }
    try executor.setWindows(windows)
    try executor.enter(.inference)
    executor.resetStates()
    let batches =
      configuration.isStateful
      ? windows.indices.map { $0..<$0 + 1 } : executor.batches(of: windows.count)
    for batch in batches {
      try executor.forward(batch)
      try executor.accumulateLoss(configuration.loss)
    }
    return mean(
      try executor.takeLosses(), by: batches.map { weight(of: windows[$0], in: series) })
  }

  /// The mean over targets of losses that are means over batches.
  private func mean(_ losses: [Float], by weights: [Double]) -> Float {
    let sum = zip(losses, weights).reduce(0.0) { $0 + Double($1.0) * $1.1 }
    return Float(sum / weights.reduce(0, +))
  }

  /// How much a batch counts beside others: as the weights of all targets that it is compared with
  /// or, where there are none, as its number of windows.
  private func weight(of windows: ArraySlice<Window>, in series: WindowedSeries) -> Double {
    guard series.targetWeights != nil else { return Double(windows.count) }
    // A head on every step is compared with the rows before too.
    let steps =
      specification.decoderSteps == nil ? specification.outputSteps(for: series.steps) : 1
    return (0..<Int32(steps)).reduce(0) { sum, shift in
      let earlier = windows.map {
        Window(inputRow: $0.inputRow, targetRow: $0.targetRow - shift)
      }
      return sum + series.weight(of: earlier[...])
    }
  }

  /// Throws where there are windows, but no target among them that is there.
  private func check(
    _ training: WindowedSeries, _ validation: [Window]
  ) throws(LSTMError) {
    for (name, windows) in [("training", training.windows), ("validation", validation)]
    where !windows.isEmpty {
      try specification.check(windows, of: training)
      guard windows.indices.contains(where: { weight(of: windows[$0...$0], in: training) > 0 })
      else {
        throw .shapeMismatch("all targets of the \(name) windows are missing: their weights are 0")
      }
    }
  }
}

/// What a training returns.
public struct TrainingResult: Sendable {
  /// The network with the parameters that were kept.
  public let network: Network
  /// What happened in each epoch.
  public let history: TrainingHistory
  /// What the backend chose for these shapes.
  public let plan: String
}
