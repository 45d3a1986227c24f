@testable import LSTMCompute
import TestSupport
import Testing

/// Several batches for one step, and parameters that no step changes.
@Suite(.serialized) struct AccumulationTests {
  private static let backends =
    [TestedBackend(backend: ReferenceBackend(), testDescription: "reference")] + TestedBackend.all

  private static func trained(
    on backend: any Backend, _ change: (inout TrainingConfiguration) -> Void
  ) throws -> TrainingResult {
    let series = try WindowedSeries.random(
      inputSize: 3, targetSize: 2, steps: 6, windows: 44, seed: 21)
    var configuration = TrainingConfiguration()
    configuration.epochs = 3
    configuration.learningRate = 0.05
    // Not Adam, whose steps hardly depend on the gradient's size.
    configuration.optimizer = .sgd(momentum: 0.5)
    configuration.maximumGradientNorm = 0.5
    change(&configuration)
    return try Trainer(
      specification: NetworkSpecification(inputSize: 3, hiddenSizes: [9, 6], outputSize: 2),
      configuration: configuration, backend: backend
    ).fit(training: series)
  }

  /// 44 windows are 5 batches of 8 and one of 4: two steps of three batches, or of 24 and 20 windows.
  @Test(arguments: backends)
  func equalsOneLargerBatch(tested: TestedBackend) throws {
    let parts = try Self.trained(on: tested.backend) {
      $0.batchSize = 8
      $0.accumulatedBatches = 3
    }
    let whole = try Self.trained(on: tested.backend) { $0.batchSize = 24 }
    var worst = WorstError()
    worst.expect(
      parts.network.parameters.values, whole.network.parameters.values, within: 1e-6, "parameters")
    worst.expect(
      parts.history.epochs.map(\.trainingLoss), whole.history.epochs.map(\.trainingLoss),
      within: 1e-6, "losses")
    print("\(tested.testDescription): 3 batches of 8 against one of 24: \(worst)")
    let single = try Self.trained(on: tested.backend) { $0.batchSize = 8 }
    #expect(
      relativeError(single.network.parameters.values, whole.network.parameters.values) > 1e-3,
      "the test could not tell")
  }

  /// The sum ends with its step: the next one without it takes the last gradient alone.
  @Test(arguments: backends)
  func aStepEndsTheSum(tested: TestedBackend) throws {
    func parameters(accumulating: Bool) throws -> [Float] {
      let executor = try tested.backend.makeExecutor(
        for: OptimizerCase.specification, configuration: OptimizerCase.configuration)
      try executor.setParameters(OptimizerCase.initial)
      try executor.bind(OptimizerCase.series)
      for step in 0..<2 {
        try executor.forward(4 * step..<4 * step + 4)
        try executor.backward(.mse)
        if accumulating, step == 0 { try executor.accumulateGradient(weight: 1) }
        try executor.step(.sgd(), learningRate: 0.1, maximumGradientNorm: nil)
      }
      return try executor.parameters().values
    }
    #expect(try parameters(accumulating: true) == parameters(accumulating: false))
  }

  @Test(arguments: backends, [["lstm.l0"], ["head", "lstm.weight_hh_l1"], ["lstm"]])
  func whatIsFrozenStaysBitEqual(tested: TestedBackend, names: [String]) throws {
    let specification = try NetworkSpecification(inputSize: 3, hiddenSizes: [9, 6], outputSize: 2)
    let initial = Parameters(randomFor: specification, seed: 0)
    let frozen = try initial.layout.names(in: Set(names))
    for optimizer in [Optimizer.adamW(weightDecay: 0.1), .rmsprop(weightDecay: 0.1), .sgd()] {
      let result = try Self.trained(on: tested.backend) {
        $0.frozen = Set(names)
        $0.optimizer = optimizer
      }
      let after = result.network.parameters
      for slice in initial.layout.slices {
        let isEqual = after[slice].map(\.bitPattern) == initial[slice].map(\.bitPattern)
        #expect(isEqual == frozen.contains(slice.name), "\(slice.name), \(optimizer)")
      }
    }
  }

  /// What is frozen counts nothing in the norm, as parameters without a gradient in PyTorch.
  @Test(arguments: TestedBackend.all)
  func theNormLeavesOutWhatIsFrozen(tested: TestedBackend) throws {
    func parameters(on backend: any Backend) throws -> [Float] {
      try Self.trained(on: backend) {
        $0.frozen = ["head", "lstm.bias_ih_l0"]
        $0.maximumGradientNorm = 0.01
      }.network.parameters.values
    }
    var worst = WorstError()
    worst.expect(
      try parameters(on: tested.backend), try parameters(on: ReferenceBackend()), within: 2e-6,
      "parameters")
    // One step of the reference by hand: its length is that of the clipped gradient.
    let executor = try ReferenceExecutor(
      for: OptimizerCase.specification, configuration: OptimizerCase.configuration)
    try executor.setParameters(OptimizerCase.initial)
    try executor.bind(OptimizerCase.series)
    try executor.freeze(["head"])
    try executor.forward(0..<4)
    try executor.backward(.mse)
    let before = try executor.parameterValues()
    try executor.step(.sgd(), learningRate: 1, maximumGradientNorm: 0.001)
    let length = zip(try executor.parameterValues(), before)
      .reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    #expect(abs(length - 0.001) < 0.001 * 0.01)
  }

  @Test func unknownNamesAndFreezingAllAreRefused() throws {
    for names in [["lstm.l2"], ["heads"], ["lstm", "head"]] as [Set<String>] {
      #expect(throws: LSTMError.self) {
        try Self.trained(on: ReferenceBackend()) { $0.frozen = names }
      }
    }
    #expect(throws: LSTMError.self) {
      try Self.trained(on: ReferenceBackend()) { $0.accumulatedBatches = 0 }
    }
  }
}
