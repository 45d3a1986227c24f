@testable import LSTMCompute
import TestSupport
import Testing

/// What a training needs to go on as if it had not been interrupted.
@Suite(.serialized) struct CheckpointTests {
  static let backends =
    [TestedBackend(backend: ReferenceBackend(), testDescription: "reference")] + TestedBackend.all

  /// A configuration that has one of everything that a checkpoint must carry.
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var configuration: TrainingConfiguration

    init(_ name: String, _ change: (inout TrainingConfiguration) -> Void) {
      testDescription = name
      configuration = TrainingConfiguration()
      configuration.epochs = 4
      configuration.batchSize = 8
      configuration.learningRate = 0.02
      configuration.seed = 3
      change(&configuration)
    }

    static let all = [
      Case("adam") { _ in },
      Case("momentum, plateau") {
        $0.optimizer = .sgd(momentum: 0.9)
        $0.schedule = .plateau(patience: 0, factor: 0.5)
        $0.learningRate = 0.3
      },
      Case("rmsprop, accumulated, frozen") {
        $0.optimizer = .rmsprop(momentum: 0.5)
        $0.accumulatedBatches = 3
        $0.frozen = ["lstm.weight_hh_l0"]
      },
      Case("adamw, cosine, stopped early") {
        $0.optimizer = .adamW()
        $0.schedule = .cosine(warmUp: 1)
        $0.learningRate = 0.4
        $0.epochs = 9
        $0.patience = 2
      },
    ]
  }

  static func data() throws -> (training: WindowedSeries, validation: [Window]) {
    let series = try WindowedSeries.random(
      inputSize: 2, targetSize: 1, steps: 5, windows: 60, seed: 12)
    let (training, validation) = series.split(at: 0.75)
    return (training, validation.windows)
  }

  static func trainer(
    _ configuration: TrainingConfiguration, on backend: any Backend
  ) throws -> Trainer {
    try Trainer(
      specification: NetworkSpecification(inputSize: 2, hiddenSizes: [7, 5], outputSize: 1),
      configuration: configuration, backend: backend)
  }

  /// Everything about a result but the time it took, bit by bit.
  static func bits(_ result: TrainingResult) -> [String] {
    result.network.parameters.values.map { "\($0.bitPattern)" }
      + result.history.epochs.map {
        "\($0.number) \($0.trainingLoss.bitPattern) \(($0.validationLoss ?? -1).bitPattern) "
          + "\($0.learningRate.bitPattern)"
      } + ["\(result.history.end) \(result.history.bestEpoch ?? 0)"]
  }

  /// Fits with an interruption before every batch whose number, counted over all calls, is given.
  ///
  /// What goes from call to call is the bytes of a file.
  private func fitted(
    _ trainer: Trainer, every interval: CheckpointPolicy.Interval, stops: Set<Int>
  ) throws -> (result: TrainingResult, last: Checkpoint) {
    let file = TemporaryFile()
    let (training, validation) = try Self.data()
    var asked = 0
    for _ in 0..<100 {
      let result = try trainer.fit(
        training: training, validation: validation,
        resuming: file.exists ? Checkpoint(path: file.path) : nil,
        checkpoints: CheckpointPolicy(path: file.path, every: interval),
        isCancelled: {
          asked += 1
          return stops.contains(asked)
        })
      if result.history.end != .cancelled {
        return (result, try Checkpoint(path: file.path))
      }
    }
    throw LSTMError.invalidConfiguration("the training does not come to its end")
  }

  /// Random masks go on with the number of the batch.
  @Test(arguments: [TestedBackend.reference] + TestedBackend.processors)
  func aResumedTrainingWithRandomMasksIsBitEqual(tested: TestedBackend) throws {
    var layer = LSTMLayer(hiddenSize: 6)
    layer.direction = .bidirectional
    layer.recurrentDropout = 0.3
    layer.zoneoutCell = 0.2
    layer.hasPeepholes = true
    let trainer = try Trainer(
      specification: NetworkSpecification(
        inputSize: 2, layers: [layer], head: .lastStep, outputSize: 1),
      configuration: TrainingConfiguration(
        epochs: 3, batchSize: 8, learningRate: 0.02, patience: nil, seed: 4),
      backend: tested.backend)
    let (training, validation) = try Self.data()
    let whole = try trainer.fit(training: training, validation: validation)
    let (resumed, last) = try fitted(trainer, every: .batches(1), stops: [2, 9, 15])
    #expect(Self.bits(resumed) == Self.bits(whole))
    #expect(last.specification == trainer.specification)
  }

  @Test(arguments: backends, Case.all)
  func aResumedTrainingIsBitEqual(tested: TestedBackend, setting: Case) throws {
    let trainer = try Self.trainer(setting.configuration, on: tested.backend)
    let (training, validation) = try Self.data()
    let whole = try trainer.fit(training: training, validation: validation)
    if setting.configuration.patience == 2 { #expect(whole.history.end == .stoppedEarly) }
    // Six batches make an epoch.
    for (interval, stops) in [
      (.epoch, [3, 12]), (.batches(1), [1, 2, 8, 15]), (.batches(4), [5, 7, 14]),
      (.seconds(0), [10, 21]),
    ] as [(CheckpointPolicy.Interval, Set<Int>)] {
      let (resumed, last) = try fitted(trainer, every: interval, stops: stops)
      #expect(Self.bits(resumed) == Self.bits(whole), "\(interval)")
      #expect(last.end == whole.history.end)
      #expect(Int(last.batchNumber) == 6 * whole.history.epochs.count)
      // One that has ended gives the result at once.
      let again = try trainer.fit(
        training: training, validation: validation, resuming: last, isCancelled: { true })
      #expect(Self.bits(again) == Self.bits(whole))
    }
  }

  /// Checkpoints taken from a training that was not even interrupted, each the start of another.
  @Test(arguments: [1, 3]) func everyCheckpointLeadsToTheSameEnd(accumulated: Int) throws {
    let trainer = try Self.trainer(
      Case("") { $0.accumulatedBatches = accumulated }.configuration, on: CPUBackend())
    let (training, validation) = try Self.data()
    var all: [Checkpoint] = []
    let whole = try trainer.fit(
      training: training, validation: validation,
      checkpoints: CheckpointPolicy(every: .batches(1)) { all.append($0) })
    // Four epochs of 6 or 2 steps, the end of each epoch is none; and the end of all.
    #expect(all.count == 4 * 6 / accumulated + 1)
    for checkpoint in all {
      let resumed = try trainer.fit(
        training: training, validation: validation, resuming: checkpoint)
      #expect(Self.bits(resumed) == Self.bits(whole), "after \(checkpoint.batchNumber) batches")
    }
  }

  @Test func moreEpochsAndPatienceGoOn() throws {
    let (training, validation) = try Self.data()
    let short = try Self.trainer(Case("") { $0.epochs = 3 }.configuration, on: CPUBackend())
    var last: Checkpoint?
    _ = try short.fit(
      training: training, validation: validation, checkpoints: CheckpointPolicy { last = $0 })
    let long = try Self.trainer(
      Case("") {
        $0.epochs = 6
        $0.patience = nil
      }.configuration, on: CPUBackend())
    let resumed = try long.fit(training: training, validation: validation, resuming: last)
    let whole = try long.fit(training: training, validation: validation)
    #expect(Self.bits(resumed) == Self.bits(whole))
    #expect(last?.end == .completed)
  }

  @Test func theInitialParametersAreKeptUntilAnEpochIsComplete() throws {
    let (training, validation) = try Self.data()
    let trainer = try Self.trainer(Case("") { _ in }.configuration, on: CPUBackend())
    let initial = Parameters(randomFor: trainer.specification, seed: 77)
    var last: Checkpoint?
    _ = try trainer.fit(
      training: training, validation: validation, initial: initial,
      checkpoints: CheckpointPolicy(every: .batches(1)) { last = $0 },
      isCancelled: { (last?.batchNumber ?? 0) == 3 })
    let stopped = try trainer.fit(
      training: training, validation: validation, resuming: last, isCancelled: { true })
    #expect(stopped.network.parameters == initial)
    #expect(stopped.history.bestEpoch == nil)
  }

  @Test func whatContradictsTheCheckpointIsRefused() throws {
    let (training, validation) = try Self.data()
    let usual = Case("") { _ in }.configuration
    var last: Checkpoint?
    _ = try Self.trainer(usual, on: CPUBackend()).fit(
      training: training, validation: validation, checkpoints: CheckpointPolicy { last = $0 })
    func refusal(
      _ change: (inout TrainingConfiguration) -> Void, training other: WindowedSeries? = nil,
      hidden: [Int] = [7, 5]
    ) throws -> String {
      var configuration = usual
      change(&configuration)
      let trainer = try Trainer(
        specification: NetworkSpecification(inputSize: 2, hiddenSizes: hidden, outputSize: 1),
        configuration: configuration, backend: CPUBackend())
      let error = #expect(throws: LSTMError.self) {
        try trainer.fit(training: other ?? training, validation: validation, resuming: last)
      }
      return error?.description ?? ""
    }
    #expect(try refusal { $0.seed = 4 }.contains("seed is 3, not 4"))
    #expect(try refusal { $0.batchSize = 9 }.contains("batch size is 8, not 9"))
    #expect(try refusal { $0.optimizer = .sgd() }.contains("optimizer"))
    #expect(try refusal { $0.frozen = ["head"] }.contains("frozen"))
    #expect(try refusal { $0.patience = 9 }.contains("patience is 10, not 9"))
    #expect(try refusal { $0.maximumGradientNorm = nil }.contains("norm is 1.0, not none"))
    #expect(try refusal { $0.epochs = 3 }.contains("in epoch 4, beyond the 3"))
    #expect(try refusal({ _ in }, hidden: [7, 6]).contains("layers of 7, 5 and"))

    // The same windows over one number that is another; over one window less.
    var inputs = training.inputs
    inputs[50] = -inputs[50]
    inputs[52] = -inputs[52]
    let changed = try WindowedSeries(
      inputs: inputs, inputSize: 2, targets: training.targets, targetSize: 1, steps: 5,
      windows: training.windows)
    #expect(try refusal({ _ in }, training: changed).contains("other values"))
    let first = training.windows[0]
    #expect(
      try refusal({ _ in }, training: training.filter { $0 != first })
        .contains("of 45 windows to train on, not 44"))
  }

  @Test func aScheduleOverAllEpochsFixesTheirNumber() throws {
    let (training, _) = try Self.data()
    var last: Checkpoint?
    let usual = Case("") { $0.schedule = .cosine() }.configuration
    _ = try Self.trainer(usual, on: CPUBackend()).fit(
      training: training, checkpoints: CheckpointPolicy { last = $0 })
    var longer = usual
    longer.epochs += 1
    let error = #expect(throws: LSTMError.self) {
      try Self.trainer(longer, on: CPUBackend()).fit(training: training, resuming: last)
    }
    #expect(error?.description.contains("on which its schedule depends, is 4, not 5") == true)
  }

  @Test(arguments: backends)
  func aStateOfAnotherSizeIsRefused(tested: TestedBackend) throws {
    let executor = try tested.backend.makeExecutor(
      for: NetworkSpecification(inputSize: 1, hiddenSizes: [3], outputSize: 1),
      configuration: ExecutorConfiguration(mode: .training, batchSize: 2, steps: 3))
    var state = try executor.optimizerState()
    #expect(state.first.allSatisfy { $0 == 0 } && state.stepCount == 0)
    state.second.append(0)
    #expect(throws: LSTMError.self) { try executor.setOptimizerState(state) }
  }
}
