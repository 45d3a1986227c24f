/// One training under way: the executor, the data in the order that is trained on, and what has
/// happened so far.
final class TrainingRun {
  private let trainer: Trainer
  private var configuration: TrainingConfiguration { trainer.configuration }
  private let executor: any Executor
  private let training: WindowedSeries
  private let validation: [Window]
  private let recorder: CheckpointRecorder?
  private var state: TrainingState
  private var rates: LearningRates
  private var progress: TrainingProgress

  /// Makes everything ready, up to the first batch.
  ///
  /// - Parameters: As `Trainer.fit` takes them.
  /// - Throws: As `Trainer.fit`, but for what the device refuses later.
  init(
    _ trainer: Trainer, _ training: WindowedSeries, validation: [Window], initial: Parameters?,
    resuming: Checkpoint?, _ checkpoints: CheckpointPolicy?
  ) throws {
    let (specification, configuration) = (trainer.specification, trainer.configuration)
    self.trainer = trainer
    let data = try TrainingWindows(training, validation: validation, of: trainer)
    (self.training, self.validation) = (data.training, data.validation)
    let fingerprint =
      resuming == nil && checkpoints == nil && !trainer.backend.hasReplacement
      ? nil : DataFingerprint(data.training, validation: data.validation)
    if let fingerprint { try resuming?.check(specification, configuration, fingerprint) }
    executor = try trainer.backend.makeExecutor(
      for: specification,
      configuration: ExecutorConfiguration(
        mode: .training, batchSize: data.batchSize, steps: training.steps,
        keepsStates: configuration.isStateful, hasMissingRows: training.rowMask != nil,
        seed: configuration.seed))
    state =
      resuming.map { TrainingState($0) }
      ?? TrainingState(
        initial: initial
          ?? Parameters(
            specification, by: configuration.initializer, forgetBias: configuration.forgetBias,
            seed: configuration.seed))
    try executor.setParameters(state.best)
    try executor.freeze(configuration.frozen)
    try executor.bind(data.training)
    if let resuming {
      try executor.setOptimizerState(resuming.optimizer)
      executor.batchNumber = resuming.batchNumber
    }
    if let fingerprint, checkpoints != nil || trainer.backend.hasReplacement {
      recorder = CheckpointRecorder(
        checkpoints, of: trainer, data: fingerprint, executor: executor, resuming: resuming)
    } else {
      recorder = nil
    }
    rates = LearningRates(
      configuration.schedule, initial: configuration.learningRate, epochs: configuration.epochs)
    for epoch in state.history.epochs {
      rates.endEpoch(validationLoss: epoch.validationLoss.map { Double($0) })
    }
    progress = TrainingProgress(
      epochs: configuration.epochs, windows: data.training.windows.count, plan: executor.plan,
      windowsBefore: state.windowsDone(of: data.training.windows.count, executor))
  }

  /// Runs epochs until the training ends.
  ///
  /// - Parameters: As `Trainer.fit` takes them.
  /// - Returns: The parameters kept, and what happened.
  /// - Throws: What the device refuses, and where a checkpoint cannot be written.
  func fit(
    progress report: (TrainingProgress) -> Void, isCancelled: () -> Bool
  ) throws -> TrainingResult {
    var end = state.end(of: configuration)
    while end == nil {
      end = try runEpoch(report, isCancelled) ?? state.end(of: configuration)
      if end == nil { try recorder?.endEpoch(state) }
    }
    if end == .completed || end == .stoppedEarly { try recorder?.record(state, end: end) }
    state.history.end = end ?? .completed
    return TrainingResult(
      network: try Network(specification: trainer.specification, parameters: state.best),
      history: state.history, plan: executor.plan)
  }

  /// The last state that a training can go on from; `nil` where it must begin anew.
  var lastCheckpoint: Checkpoint? { recorder?.last }

  /// What a training leaves whose device has failed; `nil` where no epoch was complete.
  func result(ofFailure reason: String) throws(LSTMError) -> TrainingResult? {
    guard state.history.bestEpoch != nil else { return nil }
    state.history.end = .deviceFailed(reason)
    return TrainingResult(
      network: try Network(specification: trainer.specification, parameters: state.best),
      history: state.history, plan: executor.plan)
  }

  /// Trains for an epoch, and keeps the parameters where they are the best.
  ///
  /// - Returns: Why the training ends with it; `nil` where nothing happened that ends it.
  private func runEpoch(
    _ report: (TrainingProgress) -> Void, _ isCancelled: () -> Bool
  ) throws -> TrainingHistory.End? {
    let number = state.history.epochs.count + 1
    let clock = EpochClock(after: state.secondsBefore)
    progress.begin(epoch: number)
    report(progress)
    guard let trainingLoss = try trainOnce(clock, report, isCancelled) else { return .cancelled }
    let validationLoss = try evaluate()
    guard trainingLoss.isFinite, validationLoss?.isFinite ?? true else {
      return .diverged(epoch: number)
    }
    let epoch = TrainingHistory.Epoch(
      number: number, trainingLoss: trainingLoss, validationLoss: validationLoss,
      learningRate: rates.current, seconds: clock.seconds)
    let bestLoss = state.bestLoss
    state.endEpoch(epoch)
    rates.endEpoch(validationLoss: validationLoss.map { Double($0) })
    progress.end(epoch)
    report(progress)

    // Without validation windows every epoch is kept: its training loss was taken before its last
    // steps and could not tell which parameters are better.
    guard validationLoss.map({ $0 < bestLoss }) ?? true else { return nil }
    let parameters = try executor.parameters()
    // The loss was taken before the last steps where nothing is held out.
    guard parameters.isFinite else { return .diverged(epoch: number) }
    state.best = parameters
    state.history.bestEpoch = number
    return nil
  }

  /// One pass over the training windows, or what is left of it after an interruption.
  ///
  /// - Returns: The mean loss over the windows; `nil` where the caller cancelled.
  private func trainOnce(
    _ clock: EpochClock, _ report: (TrainingProgress) -> Void, _ isCancelled: () -> Bool
  ) throws -> Float? {
    let order = shuffledWindows()
    try executor.setWindows(order)
    try executor.enter(.training)
    executor.resetStates()
    let batches = executor.batches(of: order.count)
    let weights = batches.map { trainer.weight(of: order[$0], in: training) }
    func endsStep(_ done: Int) -> Bool {
      done % configuration.accumulatedBatches == 0 || done == batches.count
    }
    let before = state.losses.count
    guard before <= batches.count, endsStep(before) else {
      throw LSTMError.shapeMismatch(
        "the checkpoint lies after batch \(before) of an epoch of \(batches.count)")
    }
    for (number, batch) in batches.enumerated().dropFirst(before) {
      // Between the batches of one step there is no state to go on from.
      if endsStep(number), try trainer.backend.agreed(isCancelled()) {
        state.losses += try executor.takeLosses()
        if configuration.isStateful {
          try recorder?.saveLast()
        } else {
          try recorder?.record(state, seconds: clock.seconds)
        }
        return nil
      }
      try executor.forward(batch)
      try executor.backward(configuration.loss)
      try step(after: number, of: weights)
      progress.windowsDone = batch.upperBound
      report(progress)
      // The states within an epoch are in no checkpoint.
      if let recorder, endsStep(number + 1), !configuration.isStateful, try recorder.isDue() {
        state.losses += try executor.takeLosses()
        try recorder.record(state, seconds: clock.seconds)
      }
    }
    state.losses += try executor.takeLosses()
    return Self.mean(state.losses, by: weights)
  }

  /// The training windows in the order of the epoch in work.
  private func shuffledWindows() -> [Window] {
    guard configuration.shuffles else { return training.windows }
    var generator = PhiloxGenerator(
      seed: configuration.seed, stream: .shuffle,
      substream: UInt32(truncatingIfNeeded: progress.epoch))
    return training.windows.shuffled(using: &generator)
  }

  /// Changes the parameters, or remembers the gradient where more batches belong to the change.
  private func step(after number: Int, of weights: [Double]) throws {
    let count = configuration.accumulatedBatches
    let first = number / count * count
    let last = min(first + count, weights.count) - 1
    if last > first {
      let sum = weights[first...last].reduce(0, +)
      try executor.accumulateGradient(weight: sum > 0 ? weights[number] / sum : 0)
    }
    if number == last {
      try executor.step(
        configuration.optimizer, learningRate: rates.current, clipping: configuration.clipping)
    }
  }

  /// The mean loss over windows that are not trained on; `nil` where there are none.
  private func evaluate() throws -> Float? {
    guard !validation.isEmpty else { return nil }
    try executor.setWindows(validation)
    try executor.enter(.inference)
    executor.resetStates()
    let batches =
      configuration.isStateful
      ? validation.indices.map { $0..<$0 + 1 } : executor.batches(of: validation.count)
    for batch in batches {
      try executor.forward(batch)
      try executor.accumulateLoss(configuration.loss)
    }
    return Self.mean(
      try executor.takeLosses(),
      by: batches.map { trainer.weight(of: validation[$0], in: training) })
  }

  /// The mean over targets of losses that are means over batches.
  private static func mean(_ losses: [Float], by weights: [Double]) -> Float {
    let sum = zip(losses, weights).reduce(0.0) { $0 + Double($1.0) * $1.1 }
    return Float(sum / weights.reduce(0, +))
  }
}

/// The windows of a training, checked, and in the order in which states are kept where they are.
struct TrainingWindows {
  private(set) var training: WindowedSeries
  private(set) var validation: [Window]
  /// B, the most rows of a batch.
  let batchSize: Int

  /// - Throws: `LSTMError.shapeMismatch` where there are no windows or no targets among them, and
  ///   what else `Trainer.fit` says of the data.
  init(_ training: WindowedSeries, validation: [Window], of trainer: Trainer) throws(LSTMError) {
    guard !training.windows.isEmpty else {
      throw .shapeMismatch("there are no windows to train on")
    }
    for windows in [training.windows, validation] where !windows.isEmpty {
      try trainer.specification.check(windows, of: training)
    }
    guard !trainer.configuration.schedule.needsValidation || !validation.isEmpty else {
      throw .invalidConfiguration(
        "the schedule looks at the validation loss, but there are no validation windows")
    }
    (self.training, self.validation) = (training, validation)
    var rows = trainer.configuration.batchSize
    if trainer.configuration.isStateful {
      // Batches of equal size, each of which goes on from the one before.
      let lanes = try training.lanes(rows: rows)
      rows = lanes.rows
      self.training = training.replacing(windows: lanes.windows)
      self.validation =
        validation.isEmpty ? [] : try self.training.lanes(of: validation, rows: 1).windows
    }
    batchSize = min(rows, max(self.training.windows.count, self.validation.count))
    for (name, windows) in [("training", self.training.windows), ("validation", self.validation)]
    where !windows.isEmpty {
      guard
        windows.indices.contains(where: { trainer.weight(of: windows[$0...$0], in: training) > 0 })
      else {
        throw .shapeMismatch("all targets of the \(name) windows are missing: their weights are 0")
      }
    }
  }
}

extension Trainer {
  /// How much a batch counts beside others: as the weights of all targets that it is compared with
  /// or, where there are none, as its number of windows.
  func weight(of windows: ArraySlice<Window>, in series: WindowedSeries) -> Double {
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
}
