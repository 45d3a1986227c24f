@testable import LSTMCompute
import TestSupport
import Testing

/// Training in which each batch goes on from the states of the one before.
@Suite struct StatefulTrainingTests {
  /// Of the windows that states are kept over none has a target, though others have.
  @Test func missingTargetsInTheChainAreSaid() throws {
    let rows = 24 * 6
    let series = try WindowedSeries(
      inputs: [Float](repeating: 1, count: rows), inputSize: 1,
      targets: [Float](repeating: 1, count: rows), targetSize: 1, steps: 24,
      targetWeights: (0..<rows).map { $0 % 24 == 5 ? 1 : 0 })
    var configuration = Self.configuration(isStateful: true)
    configuration.epochs = 1
    let trainer = try Trainer(
      specification: NetworkSpecification(inputSize: 1, hiddenSizes: [3], outputSize: 1),
      configuration: configuration, backend: CPUBackend(threads: 1))
    let error = #expect(throws: LSTMError.self) { try trainer.fit(training: series) }
    #expect(error?.description.contains("weights are 0") == true)
  }

  private static func configuration(isStateful: Bool) -> TrainingConfiguration {
    TrainingConfiguration(
      epochs: 15, batchSize: 4, learningRate: 0.02, patience: nil, seed: 3, shuffles: false,
      isStateful: isStateful)
  }

  /// A series whose targets are what the input was 6 rows before: more than a window of 3 steps shows.
  private static func series() throws -> WindowedSeries {
    var generator = PhiloxGenerator(seed: 1, stream: .data)
    let inputs = (0..<400).map { _ in generator.nextUnitFloat() < 0.5 ? Float(0) : 1 }
    let targets = inputs.indices.map { $0 < 7 ? 0 : inputs[$0 - 7] }
    return try WindowedSeries(
      inputs: inputs, inputSize: 1, targets: targets, targetSize: 1, steps: 3)
  }

  /// One pass on the first window after another equals one pass over them as one sequence.
  @Test(arguments: [TestedBackend.reference] + TestedBackend.processors)
  func batchesGoOnFromEachOther(backend: TestedBackend) throws {
    let specification = try NetworkSpecification(inputSize: 1, hiddenSizes: [8], outputSize: 1)
    let series = try Self.series()
    let (windows, rows) = try series.lanes(rows: 4)
    let executor = try backend.backend.makeExecutor(
      for: specification,
      configuration: ExecutorConfiguration(
        mode: .inference, batchSize: rows, steps: 3, keepsStates: true))
    let parameters = Parameters(randomFor: specification, seed: 2)
    try executor.setParameters(parameters)
    try executor.bind(series)
    try executor.setWindows(windows)
    for batch in executor.batches(of: 4 * rows) { try executor.forward(batch) }
    let whole = try backend.backend.makeSequenceExecutor(
      for: specification,
      configuration: ExecutorConfiguration(mode: .inference, batchSize: 1, steps: 12))
    try whole.setParameters(parameters)
    for row in 0..<rows {
      let start = Int(windows[row].inputRow)
      let outputs = try whole.forward(
        SequenceBatch(
          layout: .timeMajor, steps: 12, rows: 1, inputs: Array(series.inputs[start..<start + 12])))
      var worst = WorstError()
      worst.expect(
        try executor.outputs()[row..<row + 1], outputs.predictions ?? [], within: 2e-6,
        "row \(row)")
    }
  }

  @Test func remembersBeyondTheWindow() throws {
    let series = try Self.series()
    func loss(isStateful: Bool) throws -> Float {
      let result = try Trainer(
        specification: NetworkSpecification(inputSize: 1, hiddenSizes: [16], outputSize: 1),
        configuration: Self.configuration(isStateful: isStateful), backend: CPUBackend(threads: 2)
      ).fit(training: series)
      return try #require(result.history.epochs.last?.trainingLoss)
    }
    // What is asked for is not in the window, so without the states a network can only guess.
    let without = try loss(isStateful: false)
    #expect(without > 0.2)
    let with = try loss(isStateful: true)
    #expect(with < without)
  }

  @Test func shufflingIsRefused() throws {
    var configuration = Self.configuration(isStateful: true)
    configuration.shuffles = true
    #expect(throws: LSTMError.self) {
      try Trainer(
        specification: NetworkSpecification(inputSize: 1, hiddenSizes: [4], outputSize: 1),
        configuration: configuration, backend: ReferenceBackend())
    }
  }

  @Test func readingInReverseIsRefused() throws {
    var layer = LSTMLayer(hiddenSize: 3)
    layer.direction = .bidirectional
    let trainer = try Trainer(
      specification: NetworkSpecification(
        inputSize: 1, layers: [layer], head: .lastStep, outputSize: 1),
      configuration: Self.configuration(isStateful: true), backend: ReferenceBackend())
    #expect(throws: LSTMError.self) { try trainer.fit(training: Self.series()) }
  }
}
