@testable import LSTMCompute
import TestSupport
import Testing

/// What holds on every backend whatever the numbers are.
@Suite(.serialized) struct BackendPropertyTests {
  private func trained(
    on backend: any Backend, seed: UInt64 = 5
  ) throws -> TrainingResult {
    let specification = try NetworkSpecification(
      inputSize: 3, hiddenSizes: [19, 6], outputSize: 2)
    let series = try WindowedSeries.random(
      inputSize: 3, targetSize: 2, steps: 11, windows: 90, seed: 21)
    var configuration = TrainingConfiguration()
    configuration.epochs = 3
    configuration.batchSize = 16
    configuration.learningRate = 0.01
    configuration.seed = seed
    let (training, validation) = series.split(at: 0.8)
    return try Trainer(
      specification: specification, configuration: configuration, backend: backend
    ).fit(training: training, validation: validation.windows)
  }

  @Test(arguments: TestedBackend.all)
  func sameSeedGivesBitEqualWeights(tested: TestedBackend) throws {
    let first = try trained(on: tested.backend)
    let second = try trained(on: tested.backend)
    #expect(
      first.network.parameters.values.map(\.bitPattern)
        == second.network.parameters.values.map(\.bitPattern))
    #expect(first.history.epochs.map(\.trainingLoss) == second.history.epochs.map(\.trainingLoss))
    let other = try trained(on: tested.backend, seed: 6)
    #expect(first.network.parameters != other.network.parameters)
  }

  @Test(arguments: TestedBackend.all)
  func trainsLikeTheReference(tested: TestedBackend) throws {
    let ours = try trained(on: tested.backend)
    let reference = try trained(on: ReferenceBackend())
    // 15 steps of Adam; a part of its step is the sign of a gradient.
    var worst = WorstError()
    worst.expect(
      ours.history.epochs.map(\.trainingLoss), reference.history.epochs.map(\.trainingLoss),
      within: 1e-5, "training losses")
    worst.expect(
      ours.history.epochs.compactMap(\.validationLoss),
      reference.history.epochs.compactMap(\.validationLoss), within: 1e-5, "validation losses")
  }

  /// A smaller batch than the executor was made for uses nothing of an earlier, larger one.
  @Test(arguments: TestedBackend.all, [1, 2, 5, 31])
  func smallerBatchesAreIndependentOfWhatWasBefore(tested: TestedBackend, count: Int) throws {
    let specification = try NetworkSpecification(
      inputSize: 2, hiddenSizes: [9, 17], outputSize: 3)
    let series = try WindowedSeries.random(
      inputSize: 2, targetSize: 3, steps: 4, windows: 40, seed: 3)
    let parameters = Parameters(randomFor: specification, seed: 4)
    func gradient(of size: Int, after earlier: Range<Int>?) throws -> ([Float], [Float]) {
      let executor = try tested.backend.makeExecutor(
        for: specification,
        configuration: ExecutorConfiguration(mode: .training, batchSize: size, steps: 4))
      try executor.setParameters(parameters)
      try executor.bind(series)
      if let earlier {
        try executor.forward(earlier)
        try executor.backward(.mae)
      }
      try executor.forward(3..<3 + count)
      try executor.backward(.mse)
      return (try executor.outputs(), try executor.gradients().values)
    }
    let exact = try gradient(of: count, after: nil)
    let shared = try gradient(of: 32, after: 8..<40)
    var worst = WorstError()
    worst.expect(shared.0, exact.0, within: 1e-6, "outputs")
    worst.expect(shared.1, exact.1, within: 1e-6, "gradients")
  }

  @Test(arguments: TestedBackend.all)
  func batchOrderDoesNotMatterForPredictions(tested: TestedBackend) throws {
    let specification = try NetworkSpecification(inputSize: 2, hiddenSizes: [21], outputSize: 1)
    let series = try WindowedSeries.random(
      inputSize: 2, targetSize: 1, steps: 7, windows: 50, seed: 8)
    let network = try Network(
      specification: specification, parameters: Parameters(randomFor: specification, seed: 9))
    let whole = try network.predict(series, on: tested.backend, batchSize: 50)
    let parts = try network.predict(series, on: tested.backend, batchSize: 7)
    var worst = WorstError()
    worst.expect(parts, whole, within: 1e-6, "predictions in batches of 7")
  }

  @Test(arguments: TestedBackend.all, [Optimizer.sgd(), .sgd(momentum: 0.9), .rmsprop(), .adam()])
  func optimizersWithClippingMatchTheReference(
    tested: TestedBackend, optimizer: Optimizer
  ) throws {
    let specification = try NetworkSpecification(inputSize: 2, hiddenSizes: [8], outputSize: 1)
    let series = try WindowedSeries.random(
      inputSize: 2, targetSize: 1, steps: 5, windows: 12, seed: 31)
    func parameters(_ backend: any Backend, clip: Double?) throws -> [Float] {
      let executor = try backend.makeExecutor(
        for: specification,
        configuration: ExecutorConfiguration(mode: .training, batchSize: 12, steps: 5))
      try executor.setParameters(Parameters(randomFor: specification, seed: 32))
      try executor.bind(series)
      for _ in 0..<5 {
        try executor.forward(0..<12)
        try executor.backward(.mse)
        try executor.step(optimizer, learningRate: 0.05, maximumGradientNorm: clip)
      }
      return try executor.parameters().values
    }
    for clip in [nil, 0.1, 1000] as [Double?] {
      var worst = WorstError()
      worst.expect(
        try parameters(tested.backend, clip: clip), try parameters(ReferenceBackend(), clip: clip),
        within: 2e-6, "\(optimizer), clipped at \(clip.map { "\($0)" } ?? "nothing")")
    }
    #expect(
      try parameters(tested.backend, clip: nil) != parameters(tested.backend, clip: 0.1),
      "clipping at a tenth changes nothing")
  }

  /// What does not fit into memory is an error before it is touched, not a crash.
  @Test(arguments: TestedBackend.all)
  func whatDoesNotFitIntoMemoryIsRefused(tested: TestedBackend) throws {
    #expect(throws: LSTMError.self) {
      try NetworkSpecification(inputSize: 1, hiddenSizes: [1_000_000], outputSize: 1)
    }
    let specification = try NetworkSpecification(inputSize: 1, hiddenSizes: [64], outputSize: 1)
    for (batch, steps) in [(1 << 20, 1 << 20), (1 << 31, 1 << 31)] {
      #expect(throws: LSTMError.self) {
        try tested.backend.makeExecutor(
          for: specification,
          configuration: ExecutorConfiguration(mode: .training, batchSize: batch, steps: steps))
      }
    }
  }

  @Test(arguments: TestedBackend.all)
  func dataOfAnotherShapeIsRefused(tested: TestedBackend) throws {
    let specification = try NetworkSpecification(inputSize: 2, hiddenSizes: [3], outputSize: 1)
    let executor = try tested.backend.makeExecutor(
      for: specification,
      configuration: ExecutorConfiguration(mode: .inference, batchSize: 4, steps: 5))
    for (inputs, targets, steps) in [(3, 1, 5), (2, 2, 5), (2, 1, 6)] {
      #expect(throws: LSTMError.self) {
        try executor.bind(
          .random(inputSize: inputs, targetSize: targets, steps: steps, windows: 4, seed: 1))
      }
    }
    try executor.bind(.random(inputSize: 2, targetSize: 1, steps: 5, windows: 4, seed: 1))
    #expect(throws: LSTMError.self) {
      try executor.setWindows([Window(inputRow: 5, targetRow: 5)])
    }
    #expect(throws: LSTMError.self) {
      try tested.backend.makeExecutor(
        for: specification,
        configuration: ExecutorConfiguration(mode: .training, batchSize: 0, steps: 5))
    }
  }
}
