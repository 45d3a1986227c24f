import LSTMCompute
import Synchronization
import Testing

/// What goes on where a device fails.
///
/// A checkpoint that is handed over stands for a device here: it
/// fails when it is told to.
@Suite struct FallbackTests {
  private func trainer(on backend: any Backend) throws -> Trainer {
    let sine = try TrainerTests.trainer { $0.epochs = 5 }
    return try Trainer(
      specification: sine.specification, configuration: sine.configuration, backend: backend)
  }

  /// Checkpoints of which one fails.
  private func checkpoints(
    every interval: CheckpointPolicy.Interval, failing number: Int
  ) throws -> CheckpointPolicy {
    var count = 0
    return try CheckpointPolicy(every: interval) { _ in
      count += 1
      if count == number { throw LSTMError.deviceFailure("clFinish failed") }
    }
  }

  /// Both backends are the processor, so all that matters is where the second one begins.
  @Test(arguments: [1, 2, 7, 11], [CheckpointPolicy.Interval.batches(3), .epoch])
  func goesOnBitByBit(number: Int, interval: CheckpointPolicy.Interval) throws {
    let (training, validation) = try TrainerTests.sine().split(at: 0.8)
    let whole = try trainer(on: CPUBackend()).fit(
      training: training, validation: validation.windows)
    let failures = Mutex<[LSTMError]>([])
    let backend = FallbackBackend(CPUBackend(), fallback: CPUBackend()) { failure in
      failures.withLock { $0.append(failure) }
    }
    #expect(backend.hasReplacement && backend.failure == nil)
    let result = try trainer(on: backend).fit(
      training: training, validation: validation.windows,
      checkpoints: checkpoints(every: interval, failing: number))
    let fails = interval != .epoch || number <= 5
    #expect(failures.withLock { $0 } == (fails ? [.deviceFailure("clFinish failed")] : []))
    #expect(backend.hasReplacement == !fails)
    #expect(result.network == whole.network)
    #expect(result.history.epochs.map(\.trainingLoss) == whole.history.epochs.map(\.trainingLoss))
    #expect(result.history.end == whole.history.end)
  }

  /// Without another backend the best parameters are kept, and why it ended.
  @Test func keepsTheBestParametersWithoutOne() throws {
    let (training, validation) = try TrainerTests.sine().split(at: 0.8)
    let result = try trainer(on: CPUBackend()).fit(
      training: training, validation: validation.windows,
      checkpoints: checkpoints(every: .batches(3), failing: 6))
    #expect(result.history.end == .deviceFailed("clFinish failed"))
    #expect(result.history.bestEpoch == 2 && result.history.epochs.count == 2)
    let two = try TrainerTests.trainer { $0.epochs = 2 }
      .fit(training: training, validation: validation.windows)
    #expect(result.network == two.network)
  }

  /// Before the first epoch is complete there is nothing to keep.
  @Test func throwsWhereThereIsNothingToKeep() throws {
    let (training, validation) = try TrainerTests.sine().split(at: 0.8)
    #expect(throws: LSTMError.deviceFailure("clFinish failed")) {
      try trainer(on: CPUBackend()).fit(
        training: training, validation: validation.windows,
        checkpoints: checkpoints(every: .batches(3), failing: 1))
    }
  }

  /// Of an optimizer that can take no step more, a state is refused.
  @Test(arguments: [-1, .max, 1 << 53 + 1]) func refusesImpossibleStepCounts(count: Int) throws {
    let specification = try NetworkSpecification(inputSize: 1, hiddenSizes: [2], outputSize: 1)
    for backend in [CPUBackend(), ReferenceBackend()] as [any Backend] {
      let executor = try backend.makeExecutor(
        for: specification,
        configuration: ExecutorConfiguration(mode: .training, batchSize: 1, steps: 1))
      var state = try executor.optimizerState()
      state.stepCount = count
      #expect(throws: LSTMError.self) { try executor.setOptimizerState(state) }
    }
  }
}
