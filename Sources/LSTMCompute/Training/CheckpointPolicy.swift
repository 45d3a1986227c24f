internal import Dispatch

/// When checkpoints of a training are taken, and where they go.
public struct CheckpointPolicy {
  /// How often a checkpoint is taken.
  public enum Interval: Hashable, Sendable {
    /// After every epoch.
    case epoch
    /// After the step that ends so many batches since the last one, within epochs too.
    case batches(Int)
    /// After the first step, or epoch, so many seconds after the last one.
    case seconds(Double)
  }

  /// How often one is taken.
  public let interval: Interval
  /// What each of them carries for the caller.
  public let annotations: [String: String]
  let save: (Checkpoint) throws -> Void

  /// Checkpoints that are handed to a function.
  ///
  /// - Parameters:
  ///   - interval: How often; besides, there is one when the caller cancels and when all is done.
  ///   - annotations: What each of them carries for the caller.
  ///   - save: Takes a checkpoint. What it throws ends the training.
  /// - Throws: `LSTMError.invalidConfiguration` where the interval is none.
  public init(
    every interval: Interval = .epoch, annotations: [String: String] = [:],
    save: @escaping (Checkpoint) throws -> Void
  ) throws(LSTMError) {
    switch interval {
    case .batches(let count) where count < 1:
      throw .invalidConfiguration("checkpoints every \(count) batches; it must be 1 or more")
    case .seconds(let seconds) where !(seconds >= 0 && seconds.isFinite):
      throw .invalidConfiguration("checkpoints every \(seconds) seconds; it must be 0 or more")
    default: break
    }
    self.interval = interval
    self.annotations = annotations
    self.save = save
  }

  /// Checkpoints in a file that each replaces in one go.
  ///
  /// At any moment, whatever ends the process, the file is the last checkpoint, whole. As long as the
  /// policy lives nobody else can write checkpoints there.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - interval: How often; besides, there is one when the caller cancels and when all is done.
  ///   - annotations: What each of them carries for the caller.
  ///   - onFailure: Takes the error of a checkpoint that cannot be written; the training goes on unless
  ///     the caller cancels it. Without it the error ends the training.
  /// - Throws: `LSTMError.invalidConfiguration` where the interval is none,
  ///   `LSTMError.fileSystem` where the path cannot be written, or another training writes there.
  public init(
    path: String, every interval: Interval = .epoch, annotations: [String: String] = [:],
    onFailure: ((any Error) -> Void)? = nil
  ) throws(LSTMError) {
    let file = try LockedFile(path)
    try self.init(every: interval, annotations: annotations) { checkpoint in
      do { try file.write(checkpoint.encoded()) } catch {
        guard let onFailure else { throw error }
        onFailure(error)
      }
    }
  }
}

/// Takes the checkpoints of one training.
final class CheckpointRecorder {
  private let policy: CheckpointPolicy?
  private let trainer: Trainer
  private let data: DataFingerprint
  private let executor: any Executor
  private let resumed: Checkpoint?
  private var lastTime = DispatchTime.now().uptimeNanoseconds
  private var lastBatch: UInt32
  /// The last one taken.
  private(set) var last: Checkpoint?

  /// A recorder that takes checkpoints where there is a policy, and after every epoch where the backend
  /// has a replacement that would go on from there.
  init(
    _ policy: CheckpointPolicy?, of trainer: Trainer, data: DataFingerprint,
    executor: any Executor, resuming resumed: Checkpoint?
  ) {
    self.policy = policy
    self.trainer = trainer
    self.data = data
    self.executor = executor
    self.resumed = resumed
    lastBatch = executor.batchNumber
  }

  /// Whether it is time for a checkpoint after a step: in all processes, where the clock of one says so.
  func isDue() throws -> Bool {
    switch policy?.interval {
    case nil, .epoch: false
    case .batches(let count): executor.batchNumber &- lastBatch >= count
    case .seconds(let seconds):
      try trainer.backend.agreed(
        Double(DispatchTime.now().uptimeNanoseconds - lastTime) / 1e9 >= seconds)
    }
  }

  /// Takes one after an epoch, if it is time.
  func endEpoch(_ state: TrainingState) throws {
    if try policy?.interval == .epoch || isDue() {
      try record(state)
    } else if trainer.backend.hasReplacement || trainer.configuration.isStateful {
      last = try checkpoint(state)
    }
  }

  /// Hands over the last one taken: of a training that keeps states, which has none within an epoch.
  func saveLast() throws {
    guard let last, let policy else { return }
    try policy.save(last)
  }

  /// Takes one, between two steps, and hands it over.
  ///
  /// All losses noted must be in the state.
  func record(
    _ state: TrainingState, end: TrainingHistory.End? = nil, seconds: Double = 0
  ) throws {
    let checkpoint = try checkpoint(state, end: end, seconds: seconds)
    last = checkpoint
    guard let policy else { return }
    try policy.save(checkpoint)
    lastTime = DispatchTime.now().uptimeNanoseconds
    lastBatch = executor.batchNumber
  }

  private func checkpoint(
    _ state: TrainingState, end: TrainingHistory.End? = nil, seconds: Double = 0
  ) throws -> Checkpoint {
    var history = state.history
    history.end = end ?? .completed
    // Nothing was computed here where a training that had ended is resumed.
    let origin = resumed.flatMap { $0.batchNumber == executor.batchNumber ? $0 : nil }
    return Checkpoint(
      specification: trainer.specification, configuration: trainer.configuration, data: data,
      backend: origin?.backend ?? trainer.backend.name, plan: origin?.plan ?? executor.plan,
      annotations: policy?.annotations ?? [:],
      history: history, end: end, losses: state.losses, seconds: seconds, best: state.best,
      optimizer: try executor.optimizerState(), batchNumber: executor.batchNumber)
  }
}
