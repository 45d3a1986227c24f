internal import Dispatch

extension Trainer {
  /// Begins to fit the network on a thread of its own, for callers that must not wait.
  ///
  /// ```swift
  /// let task = trainer.begin(training: series, validation: windows)
  /// for await progress in task.progress { print(progress.epoch) }
  /// let result = try await task.result
  /// ```
  ///
  /// - Parameters:
  ///   - training: As `fit` takes it.
  ///   - validation: As `fit` takes it.
  ///   - initial: As `fit` takes it.
  ///   - resuming: As `fit` takes it.
  ///   - checkpointPath: The file that takes a checkpoint after every epoch; none where it is `nil`.
  /// - Returns: The training under way. It goes on if nobody holds it.
  public func begin(
    training: WindowedSeries, validation: [Window] = [], initial: Parameters? = nil,
    resuming: Checkpoint? = nil, checkpointPath: String? = nil
  ) -> TrainingTask {
    let cancellation = Cancellation()
    // Whoever reads slowly sees the newest: a batch may take microseconds.
    let (stream, continuation) = AsyncStream.makeStream(
      of: TrainingProgress.self, bufferingPolicy: .bufferingNewest(1))
    let work = Task {
      try await withCheckedThrowingContinuation {
        (result: CheckedContinuation<TrainingResult, any Error>) in
        DispatchQueue.global().async {
          defer { continuation.finish() }
          result.resume(
            with: Result {
              try self.fit(
                training: training, validation: validation, initial: initial, resuming: resuming,
                checkpoints: checkpointPath.map { try CheckpointPolicy(path: $0) },
                progress: { continuation.yield($0) }, isCancelled: { cancellation.isCancelled })
            })
        }
      }
    }
    return TrainingTask(progress: stream, work: work, cancellation: cancellation)
  }
}

/// A training under way, from `Trainer.begin`.
public struct TrainingTask: Sendable {
  /// How far the training has come: the newest state, after every batch and every epoch.
  ///
  /// It ends with the training.
  public let progress: AsyncStream<TrainingProgress>
  private let work: Task<TrainingResult, any Error>
  private let cancellation: Cancellation

  fileprivate init(
    progress: AsyncStream<TrainingProgress>, work: Task<TrainingResult, any Error>,
    cancellation: Cancellation
  ) {
    self.progress = progress
    self.work = work
    self.cancellation = cancellation
  }

  /// What `Trainer.fit` returns, once the training has ended.
  ///
  /// Where the task that waits is cancelled, so is the training: it ends before its next batch, and
  /// the result has the best parameters so far and the end `cancelled`.
  ///
  /// - Throws: As `Trainer.fit`.
  public var result: TrainingResult {
    get async throws {
      try await withTaskCancellationHandler {
        try await work.value
      } onCancel: {
        cancellation.cancel()
      }
    }
  }

  /// Ends the training before its next batch; `result` then has the best parameters so far.
  public func cancel() { cancellation.cancel() }
}

/// A flag that one thread sets and another one reads.
private final class Cancellation: @unchecked Sendable {
  // Only touched on the queue.
  private var flag = false
  private let queue = DispatchQueue(label: "swift-lstm.cancellation")

  var isCancelled: Bool { queue.sync { flag } }

  func cancel() { queue.sync { flag = true } }
}
