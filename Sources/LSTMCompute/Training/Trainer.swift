/// Fits a network to windows: batches, seeded shuffling, early stopping on windows held out.
///
/// ```swift
/// let (past, recent) = series.split(at: 0.8)
/// let trainer = try Trainer(
///   specification: NetworkSpecification(inputSize: 3, hiddenSizes: [32], outputSize: 1),
///   configuration: TrainingConfiguration(epochs: 20), backend: CPUBackend())
/// let result = try trainer.fit(training: past, validation: recent.windows)
/// ```
public struct Trainer: Sendable {
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
  /// validation windows, those of the last epoch. They are kept as well when the caller cancels, the
  /// loss becomes NaN or infinite, or the device fails: `history.end` says what happened.
  ///
  /// On a backend that has a replacement, such as a `FallbackBackend`, a training whose device fails
  /// goes on there: from the end of the last epoch that was complete, or from a later checkpoint.
  ///
  /// On a `DistributedBackend` all processes call this with the same arguments, but for `checkpoints`,
  /// of which one process writes; the others need a policy of the same interval that does nothing. A
  /// process that is cancelled cancels all, and one that fails ends all, with `GroupError`.
  ///
  /// - Parameters:
  ///   - training: The series and the windows to fit to.
  ///   - validation: Windows of the same series that the network is never fitted to.
  ///   - initial: The parameters to start from; otherwise fresh ones by the configuration's seed,
  ///     initializer and forget bias, which have no part here where these are given.
  ///     A training that is resumed has started already.
  ///   - resuming: What to go on from, as an earlier call left it: the result is that of a call
  ///     without interruption. There may be more epochs than there were to be, unless the schedule
  ///     depends on their number, and more patience; all else must be the same.
  ///   - checkpoints: When checkpoints are taken, and where they go.
  ///   - progress: Called before the first batch, after every batch and after every epoch.
  ///   - isCancelled: Asked before every batch.
  /// - Returns: The parameters kept, and what happened.
  /// - Throws: `LSTMError` where the data do not fit the network or the checkpoint, a checkpoint
  ///   cannot be written, or the device fails before an epoch is complete.
  public func fit(
    training: WindowedSeries, validation: [Window] = [], initial: Parameters? = nil,
    resuming: Checkpoint? = nil, checkpoints: CheckpointPolicy? = nil,
    progress: (TrainingProgress) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws -> TrainingResult {
    do {
      return try fitHere(
        training, validation, initial, resuming, checkpoints, progress, isCancelled)
    } catch { throw backend.group?.failure(error) ?? error }
  }

  /// `fit`, whose errors other processes do not know of.
  private func fitHere(
    _ training: WindowedSeries, _ validation: [Window], _ initial: Parameters?,
    _ resuming: Checkpoint?, _ checkpoints: CheckpointPolicy?,
    _ progress: (TrainingProgress) -> Void, _ isCancelled: () -> Bool
  ) throws -> TrainingResult {
    var trainer = self
    var start = resuming
    while true {
      var run: TrainingRun?
      // One that has failed before has none to go on with.
      let isReplaceable = trainer.backend.hasReplacement
      do {
        let begun = try TrainingRun(
          trainer, training, validation: validation, initial: initial, resuming: start, checkpoints)
        run = begun
        return try begun.fit(progress: progress, isCancelled: isCancelled)
      } catch LSTMError.deviceFailure(let reason) where backend.group == nil {
        if isReplaceable, let other = trainer.backend.replacement(after: .deviceFailure(reason)) {
          trainer = try Trainer(
            specification: specification, configuration: configuration, backend: other)
          start = run?.lastCheckpoint ?? start
        } else if let result = try run?.result(ofFailure: reason) {
          return result
        } else {
          throw LSTMError.deviceFailure(reason)
        }
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
