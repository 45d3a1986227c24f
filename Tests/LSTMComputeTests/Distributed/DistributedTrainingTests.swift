@testable import LSTMCompute
import Synchronization
import TestSupport
import Testing

/// Training by several ranks, held against training by one process.
@Suite(.serialized) struct DistributedTrainingTests {
  /// A way to train, and what is trained.
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var configuration = TrainingConfiguration(
      epochs: 3, batchSize: 10, learningRate: 0.1, maximumGradientNorm: nil, seed: 3)
    var specification: NetworkSpecification
    var hasWeights = false

    init(
      _ name: String, layers: [LSTMLayer]? = nil, head: NetworkSpecification.Head = .lastStep,
      hasWeights: Bool = false, _ change: (inout TrainingConfiguration) -> Void = { _ in }
    ) throws {
      testDescription = name
      self.hasWeights = hasWeights
      // Not Adam, whose steps hardly depend on the gradient's size.
      configuration.optimizer = .sgd(momentum: 0.5)
      specification = try NetworkSpecification(
        inputSize: 3, layers: layers ?? [LSTMLayer(hiddenSize: 9), LSTMLayer(hiddenSize: 6)],
        head: head, outputSize: 2)
      change(&configuration)
    }

    static let all: [Case] = {
      var dropping = LSTMLayer(hiddenSize: 9)
      dropping.dropout = 0.4
      let top = LSTMLayer(hiddenSize: 6)
      var both = LSTMLayer(hiddenSize: 5)
      both.direction = .bidirectional
      both.dropout = 0.3
      do {
        return [
          try Case("plain"),
          try Case("clipped by norm") { $0.maximumGradientNorm = 0.2 },
          try Case("missing targets", hasWeights: true),
          try Case("a head on every step, missing targets", head: .everyStep, hasWeights: true),
          try Case("dropout", layers: [dropping, top]),
          try Case("bidirectional, dropout", layers: [both, top], head: .everyStep),
          try Case("accumulated, plateau") {
            $0.accumulatedBatches = 2
            $0.schedule = .plateau(patience: 0, factor: 0.5)
          },
          try Case("frozen, huber") {
            $0.frozen = ["lstm.weight_hh_l0"]
            $0.loss = .huber
          },
          try Case("stateful") {
            // Eight windows follow each other: two batches, of which the second goes on from the first.
            $0.batchSize = 4
            $0.shuffles = false
            $0.isStateful = true
          },
        ]
      } catch {
        Issue.record("\(error)")
        return []
      }
    }()

    /// 43 windows are four batches of 10 and one of 3, of which a fourth rank has no row.
    func data() throws -> (training: WindowedSeries, validation: [Window]) {
      let plain = try WindowedSeries.random(
        inputSize: 3, targetSize: 2, steps: 6, windows: 57, seed: 21)
      let weights = plain.targets.indices.map { Float($0 % 5 == 1 ? 0 : 1 + $0 % 3) }
      let series = try WindowedSeries(
        inputs: plain.inputs, inputSize: 3, targets: plain.targets, targetSize: 2, steps: 6,
        targetWeights: hasWeights ? weights : nil)
      return (
        series.replacing(windows: Array(series.windows[..<43])), Array(series.windows[43...])
      )
    }

    func train(
      on backend: any Backend, resuming: Checkpoint? = nil, checkpoints: CheckpointPolicy? = nil,
      epochs: Int? = nil, isCancelled: () -> Bool = { false }
    ) throws -> TrainingResult {
      var configuration = configuration
      configuration.epochs = epochs ?? configuration.epochs
      let (training, validation) = try data()
      return try Trainer(
        specification: specification, configuration: configuration, backend: backend
      ).fit(
        training: training, validation: validation, resuming: resuming, checkpoints: checkpoints,
        isCancelled: isCancelled)
    }

    func train(ranks: Int, on local: any Backend) throws -> [TrainingResult] {
      try ThreadRanks.run(ranks) {
        try train(on: DistributedBackend(local, group: $0))
      }.map { try $0.get() }
    }
  }

  private static let backends = [
    TestedBackend.reference,
    TestedBackend(backend: CPUBackend(threads: 1), testDescription: "cpu"),
  ]

  @Test(arguments: backends, Case.all)
  func equalsOneProcess(tested: TestedBackend, kind: Case) throws {
    let one = try kind.train(on: tested.backend)
    var worst = WorstError()
    for ranks in 2...4 {
      let results = try kind.train(ranks: ranks, on: tested.backend)
      for result in results {
        #expect(result.network.parameters == results[0].network.parameters)
        #expect(result.history.bestEpoch == one.history.bestEpoch)
      }
      let result = results[0]
      worst.expect(
        result.network.parameters.values, one.network.parameters.values, within: 1e-6,
        "\(ranks) ranks, parameters")
      worst.expect(
        result.history.epochs.map(\.trainingLoss), one.history.epochs.map(\.trainingLoss),
        within: 1e-6, "\(ranks) ranks, losses")
      worst.expect(
        result.history.epochs.compactMap(\.validationLoss),
        one.history.epochs.compactMap(\.validationLoss), within: 1e-6, "\(ranks) ranks, validation")
    }
    print("\(tested.testDescription), \(kind.testDescription): \(worst)")
  }

  @Test(arguments: [2, 3]) func isTheSameFromRunToRun(ranks: Int) throws {
    let kind = try Case("adam") { $0.optimizer = .adam() }
    let runs = try (0..<2).map { _ in
      try kind.train(ranks: ranks, on: CPUBackend(threads: 2))[0]
    }
    #expect(runs[0].network == runs[1].network)
    #expect(
      runs[0].history.epochs.map(\.validationLoss) == runs[1].history.epochs.map(\.validationLoss))
  }

  /// Whole batches are shared, so not a bit is different.
  @Test(arguments: backends) func predictsAsOneProcess(tested: TestedBackend) throws {
    let kind = try Case("plain")
    let network = try Network(
      specification: kind.specification,
      parameters: Parameters(randomFor: kind.specification, seed: 5))
    let series = try kind.data().training
    let one = try network.predict(series, on: tested.backend, batchSize: 8)
    for ranks in 2...4 {
      for all in ThreadRanks.run(
        ranks,
        {
          try network.predict(
            series, on: DistributedBackend(tested.backend, group: $0), batchSize: 8)
        })
      { #expect(try all.get() == one) }
    }
  }

  /// Two ranks begin, three or one go on: the same order and rates, other roundings.
  @Test func goesOnWithAnotherNumberOfRanks() throws {
    let kind = try Case("interrupted") { $0.schedule = .step(epochs: 1, factor: 0.8) }
    let whole = try kind.train(on: CPUBackend(threads: 1), epochs: 4)
    let saved = Mutex<Checkpoint?>(nil)
    _ = ThreadRanks.run(2) { group in
      let policy = try CheckpointPolicy(every: .batches(3)) { checkpoint in
        if group.rank == 0, checkpoint.batchNumber == 9 { saved.withLock { $0 = checkpoint } }
      }
      return try kind.train(
        on: DistributedBackend(CPUBackend(threads: 1), group: group), checkpoints: policy,
        epochs: 4)
    }
    let checkpoint = try #require(saved.withLock { $0 })
    var worst = WorstError()
    for ranks in [1, 2, 3] {
      let results = ThreadRanks.run(ranks) {
        try kind.train(
          on: DistributedBackend(CPUBackend(threads: 1), group: $0), resuming: checkpoint,
          epochs: 4)
      }
      for result in results {
        let result = try result.get()
        worst.expect(
          result.network.parameters.values, whole.network.parameters.values, within: 2e-6,
          "\(ranks) ranks")
        #expect(
          result.history.epochs.map(\.learningRate) == whole.history.epochs.map(\.learningRate))
      }
    }
    print("resumed with other ranks: \(worst)")
  }

  /// The clocks of the ranks differ, and one of them decides for all.
  @Test func checkpointsByTheClockOfOne() throws {
    let kind = try Case("timed")
    let counts = try ThreadRanks.run(3) { group in
      let count = Mutex(0)
      let seconds = group.rank == 1 ? 0 : 1e9
      let policy = try CheckpointPolicy(every: .seconds(seconds)) { _ in
        count.withLock { $0 += 1 }
      }
      _ = try kind.train(
        on: DistributedBackend(CPUBackend(threads: 1), group: group), checkpoints: policy)
      return count.withLock { $0 }
    }.map { try $0.get() }
    #expect(counts[0] > 10 && counts == Array(repeating: counts[0], count: 3))
  }

  @Test func cancellingOneCancelsAll() throws {
    let kind = try Case("cancelled") { $0.epochs = 50 }
    let ends = try ThreadRanks.run(3) { group in
      let asked = Mutex(0)
      return try kind.train(
        on: DistributedBackend(CPUBackend(threads: 1), group: group),
        isCancelled: {
          asked.withLock { $0 += 1 }
          return group.rank == 2 && asked.withLock { $0 } > 12
        }
      ).history
    }.map { try $0.get() }
    #expect(ends.allSatisfy { $0.end == .cancelled && $0.epochs.count == 2 })
  }

  /// A disk that is full on one rank, and a device that fails there.
  @Test(arguments: [LSTMError.fileSystem("disk full"), .deviceFailure("clFinish failed")])
  func aFailureOfOneEndsAll(failure: LSTMError) throws {
    let kind = try Case("failing") { $0.epochs = 50 }
    let results = ThreadRanks.run(3) { group in
      let policy = try CheckpointPolicy(every: .batches(1)) { checkpoint in
        if group.rank == 1, checkpoint.batchNumber == 7 { throw failure }
      }
      return try kind.train(
        on: DistributedBackend(CPUBackend(threads: 1), group: group), checkpoints: policy)
    }
    let errors = results.map { result -> GroupError? in
      guard case .failure(let error) = result else { return nil }
      return error as? GroupError
    }
    #expect(errors.map { $0?.isToBeTold } == [false, true, false])
    #expect(errors[1]?.description == "rank 1: \(failure)")
  }

  @Test func otherDataAreRefused() throws {
    let kind = try Case("other data")
    let results = ThreadRanks.run(2) { group in
      var (training, _) = try kind.data()
      if group.rank == 1 {
        training = training.replacing(windows: Array(training.windows.dropLast()))
      }
      return try Trainer(
        specification: kind.specification, configuration: kind.configuration,
        backend: DistributedBackend(CPUBackend(threads: 1), group: group)
      ).fit(training: training)
    }
    for result in results {
      let error = #expect(throws: GroupError.self) { try result.get() }
      #expect(error?.description.contains("the data of rank 1 differ") == true)
    }
  }

  /// Masks of the rows of one process, and ranks that would have no row.
  @Test func whatCannotBeSharedIsRefused() throws {
    var layer = LSTMLayer(hiddenSize: 4)
    layer.recurrentDropout = 0.2
    var keeping = LSTMLayer(hiddenSize: 4)
    keeping.zoneoutCell = 0.1
    let cases = [
      (try Case("recurrent", layers: [layer]), "recurrent dropout"),
      (try Case("zoneout", layers: [keeping]), "zoneout"),
      (try Case("rows") { $0.batchSize = 2 }, "3 processes, but a batch has 2 rows"),
    ]
    for (kind, reason) in cases {
      for result in ThreadRanks.run(
        3,
        {
          try kind.train(on: DistributedBackend(CPUBackend(threads: 1), group: $0))
        })
      {
        let error = #expect(throws: GroupError.self) { try result.get() }
        #expect(error?.description.contains(reason) == true)
      }
      _ = try kind.train(
        on: DistributedBackend(CPUBackend(threads: 1), group: .init(SoleRank())))
    }
  }
}
