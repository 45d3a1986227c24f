/// All that is needed to go on with a training: `Trainer.fit(resuming:)` ends with the same
/// parameters and losses, bit by bit, as if there had been no interruption.
///
/// That holds on the same backend with the same plan; on another one the training goes on too, and
/// differs by rounding. The order of the windows and the learning rate are not in it, because they
/// follow from the configuration and the history.
public struct Checkpoint: Equatable, Sendable {
  /// The network.
  public let specification: NetworkSpecification
  /// How it is fitted.
  public let configuration: TrainingConfiguration
  /// By what the data are known again.
  public let data: DataFingerprint
  /// The name of the backend that it was trained on.
  public let backend: String
  /// What that backend chose for these shapes.
  public let plan: String
  /// What the caller wants to find again, such as how the data were read.
  public let annotations: [String: String]

  /// The epochs that are complete.
  public let history: TrainingHistory
  /// Why the training ended: `completed` or `stoppedEarly`; `nil` where it has not ended.
  public let end: TrainingHistory.End?
  /// `[batches]`, the losses of the batches of the epoch in work; empty at the end of an epoch.
  public let losses: [Float]
  /// How long the epoch in work took so far.
  public let seconds: Double
  /// The parameters of the best epoch; the initial ones where none is complete.
  public let best: Parameters
  /// The parameters as they are now, and the optimizer's state.
  public let optimizer: OptimizerState
  /// The executor's number of training batches.
  public let batchNumber: UInt32

  /// The number of the epoch in work, from 1.
  public var epoch: Int { history.epochs.count + 1 }
}

extension Checkpoint {
  /// Throws where a training of a network, a configuration and data cannot go on from here.
  func check(
    _ specification: NetworkSpecification, _ configuration: TrainingConfiguration,
    _ data: DataFingerprint
  ) throws(LSTMError) {
    guard specification == self.specification else {
      throw .shapeMismatch(
        "the checkpoint is of another network: of \(self.specification.summary), not "
          + specification.summary)
    }
    try self.data.check(data)
    try self.configuration.check(resumedWith: configuration)
    let begun = history.epochs.count + (losses.isEmpty ? 0 : 1)
    guard configuration.epochs >= begun else {
      throw .invalidConfiguration(
        "the checkpoint is in epoch \(begun), beyond the \(configuration.epochs) epochs asked for")
    }
  }
}

extension TrainingConfiguration {
  /// Throws where a training of this configuration, interrupted, would not be one of the other.
  ///
  /// The number of epochs may be another where the schedule does not depend on it, and the patience
  /// may be larger: up to here both would have done the same.
  func check(resumedWith other: TrainingConfiguration) throws(LSTMError) {
    func differs(_ what: String, _ ours: Any?, _ theirs: Any?) -> LSTMError {
      func text(_ value: Any?) -> String { value.map { "\($0)" } ?? "none" }
      return .invalidConfiguration(
        "the checkpoint's \(what) is \(text(ours)), not \(text(theirs)); a training goes on with "
          + "what it began with")
    }
    if case .cosine = schedule, schedule == other.schedule, epochs != other.epochs {
      throw differs("number of epochs, on which its schedule depends,", epochs, other.epochs)
    }
    if (patience ?? .max) > (other.patience ?? .max) {
      throw differs("patience", patience, other.patience)
    }
    let others: [(name: String, ours: (any Hashable)?, theirs: (any Hashable)?)] = [
      ("batch size", batchSize, other.batchSize),
      ("number of accumulated batches", accumulatedBatches, other.accumulatedBatches),
      ("learning rate", learningRate, other.learningRate),
      ("schedule", schedule, other.schedule), ("optimizer", optimizer, other.optimizer),
      ("loss", loss, other.loss),
      ("maximum gradient norm", maximumGradientNorm, other.maximumGradientNorm),
      ("maximum gradient value", maximumGradientValue, other.maximumGradientValue),
      ("initializer", initializer, other.initializer),
      ("forget bias", forgetBias, other.forgetBias), ("seed", seed, other.seed),
      ("shuffling", shuffles, other.shuffles),
      ("going on from states", isStateful, other.isStateful),
      ("set of frozen parameters", frozen, other.frozen),
    ]
    for (name, ours, theirs) in others
    where ours.map({ AnyHashable($0) }) != theirs.map({ AnyHashable($0) }) {
      throw differs(name, ours, theirs)
    }
    // Whatever a configuration may hold beside these.
    var same = other
    (same.epochs, same.patience) = (epochs, patience)
    guard same == self else { throw differs("configuration", self, same) }
  }
}

extension NetworkSpecification {
  fileprivate var summary: String {
    "\(inputSize) inputs, layers of \(layers.map { "\($0.hiddenSize)" }.joined(separator: ", ")) "
      + "and \(outputSize) outputs"
  }
}
