import Foundation
@testable import LSTMCompute
import TestSupport
import Testing

/// Every loss, with and without weights and missing targets, on every backend.
@Suite(.serialized) struct LossTests {
  private static let backends =
    [TestedBackend(backend: ReferenceBackend(), testDescription: "reference")] + TestedBackend.all
  /// PyTorch's own float32 is off by 0.5e-7 to 1.6e-7 in the gradients.
  private static let tolerance = 2e-6

  @Test(arguments: LossCase.all) func theReferenceMatchesPyTorch(recorded: LossCase) throws {
    let executor = try ReferenceExecutor(
      for: recorded.specification, configuration: LossCase.configuration)
    try executor.setParameters(recorded.initial)
    try executor.bind(recorded.series)
    let batches = executor.batches(of: LossCase.windowCount)
    for batch in [batches[6], batches[0]] {
      try executor.forward(batch)
      try executor.backward(recorded.loss)
    }
    var worst = WorstError()
    worst.expect(
      try executor.outputValues(), try recorded.expected("output"), within: 1e-12, "output")
    worst.expect(
      try executor.takeLossValues().reversed(), try recorded.expected("loss"), within: 1e-12, "loss"
    )
    for slice in ParameterLayout(try recorded.specification).slices {
      worst.expect(
        try executor.gradientValues()[slice.range], try recorded.expected("gradient.\(slice.name)"),
        within: 1e-12, "gradient \(slice.name)")
    }
    for batch in batches.prefix(LossCase.trainingSteps) {
      try executor.forward(batch)
      try executor.backward(recorded.loss)
      try executor.step(.adam(), learningRate: 0.01, maximumGradientNorm: nil)
    }
    for slice in ParameterLayout(try recorded.specification).slices {
      worst.expect(
        try executor.parameterValues()[slice.range], try recorded.expected("trained.\(slice.name)"),
        within: 1e-10, "trained \(slice.name)")
    }
    print("reference in Double, \(recorded.testDescription): \(worst)")
  }

  @Test(arguments: TestedBackend.all, LossCase.all)
  func everyBackendMatchesPyTorch(tested: TestedBackend, recorded: LossCase) throws {
    let executor = try recorded.executor(on: tested.backend)
    let batches = executor.batches(of: LossCase.windowCount)
    try executor.forward(batches[6])
    try executor.accumulateLoss(recorded.loss)
    try executor.forward(batches[0])
    try executor.backward(recorded.loss)
    var worst = WorstError()
    worst.expect(
      try executor.takeLosses().reversed(), try recorded.expected("loss"), within: Self.tolerance,
      "loss")
    worst.expect(
      try executor.outputs(), try recorded.expected("output"), within: Self.tolerance, "output")
    let gradients = try executor.gradients()
    for slice in gradients.layout.slices {
      worst.expect(
        gradients[slice], try recorded.expected("gradient.\(slice.name)"), within: Self.tolerance,
        "gradient \(slice.name)")
    }
    for batch in batches.prefix(LossCase.trainingSteps) {
      try executor.forward(batch)
      try executor.backward(recorded.loss)
      try executor.step(.adam(), learningRate: 0.01, maximumGradientNorm: nil)
    }
    let parameters = try executor.parameters()
    for slice in parameters.layout.slices {
      // Adam divides by the size of a gradient, so that where one nearly vanishes its rounding shows.
      worst.expect(
        parameters[slice], try recorded.expected("trained.\(slice.name)"), within: 2e-5,
        "trained \(slice.name)")
    }
    print("\(tested.testDescription), \(recorded.testDescription): \(worst)")
  }

  /// What a backend makes of a batch: its loss, then its gradient.
  private static func results(
    _ recorded: LossCase, on tested: TestedBackend, series: WindowedSeries
  ) throws -> [UInt32] {
    let executor = try recorded.executor(on: tested.backend, series: series)
    try executor.forward(3..<8)
    try executor.backward(recorded.loss)
    return (try executor.takeLosses() + executor.gradients().values).map(\.bitPattern)
  }

  @Test(arguments: backends, LossCase.all.filter(\.isWeighted))
  func aMissingTargetChangesNothing(tested: TestedBackend, recorded: LossCase) throws {
    let weights = try LossCase.weights
    let missing = try LossCase.series(targets: "targets", weights: weights)
    try #require(missing.targets.contains { $0.isNaN })
    let complete = try LossCase.series(targets: "complete", weights: weights)
    let found = try Self.results(recorded, on: tested, series: missing)
    #expect(try found == Self.results(recorded, on: tested, series: complete))
    #expect(found.allSatisfy { Float(bitPattern: $0).isFinite })
  }

  @Test(arguments: backends, LossCase.all.filter { !$0.isWeighted })
  func weightsOfOneChangeNothing(tested: TestedBackend, recorded: LossCase) throws {
    let ones = try LossCase.weights.map { _ in Float(1) }
    let weighted = try LossCase.series(targets: "complete", weights: ones)
    #expect(
      try Self.results(recorded, on: tested, series: weighted)
        == Self.results(recorded, on: tested, series: recorded.series))
  }

  @Test(arguments: backends, LossCase.all.filter(\.isWeighted))
  func withoutAnyTargetLossAndGradientAreZero(
    tested: TestedBackend, recorded: LossCase
  ) throws {
    let zeros = try LossCase.weights.map { _ in Float(0) }
    let series = try LossCase.series(targets: "targets", weights: zeros)
    let executor = try recorded.executor(on: tested.backend, series: series)
    try executor.forward(0..<5)
    try executor.backward(recorded.loss)
    try executor.accumulateLoss(recorded.loss)
    #expect(try executor.takeLosses() == [0, 0])
    #expect(try executor.gradients().values.allSatisfy { $0 == 0 })
  }

  /// The exact hit has the slope 0, whatever the quantile.
  @Test(arguments: backends)
  func theSlopeAtAnExactHitIsZero(tested: TestedBackend) throws {
    let recorded = LossCase(loss: .quantile([0.1, 0.5, 0.9]), isWeighted: false)
    let inputs = try recorded.series.inputs
    let series = try WindowedSeries(
      inputs: inputs, inputSize: 3, targets: [Float](repeating: 0.25, count: 2 * inputs.count / 3),
      targetSize: 2, steps: 7, horizon: 2)
    let executor = try recorded.executor(on: tested.backend, series: series)
    var parameters = try recorded.initial
    let head = parameters.layout.head
    parameters[head.weight] = ArraySlice(parameters[head.weight].map { _ in 0 })
    parameters[head.bias] = ArraySlice(parameters[head.bias].map { _ in 0.25 })
    try executor.setParameters(parameters)
    try executor.forward(0..<5)
    try executor.backward(recorded.loss)
    #expect(try executor.takeLosses() == [0])
    #expect(try executor.gradients().values.allSatisfy { $0 == 0 })
  }

  @Test(arguments: backends)
  func aLossThatDoesNotFitTheNetworkIsRefused(tested: TestedBackend) throws {
    let recorded = LossCase(loss: .gaussian, isWeighted: false)
    let executor = try recorded.executor(on: tested.backend)
    try executor.forward(0..<5)
    for loss in [Loss.mse, .quantile([0.1, 0.5, 0.9])] {
      let error = #expect(throws: LSTMError.self) { try executor.backward(loss) }
      guard case .shapeMismatch(let message) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(message.contains("\(loss)") && message.contains("8 outputs"))
    }
    #expect(throws: LSTMError.self) { try executor.accumulateLoss(.quantile([0.9, 0.1])) }
    // Nothing was noted.
    try executor.backward(.gaussian)
    #expect(try executor.takeLosses().count == 1)
  }

  @Test(arguments: backends)
  func missingRowsAreRefused(tested: TestedBackend) throws {
    let recorded = LossCase(loss: .mse, isWeighted: false)
    let plain = try recorded.series
    let masked = try WindowedSeries(
      inputs: plain.inputs, inputSize: 3, targets: plain.targets, targetSize: 2, steps: 7,
      horizon: 2, rowMask: [Bool](repeating: true, count: plain.inputs.count / 3))
    let error = #expect(throws: LSTMError.self) {
      try recorded.executor(on: tested.backend, series: masked)
    }
    #expect(error?.description.contains("mask") == true)
  }
}

/// What a loss is called and which there are.
@Suite struct LossNameTests {
  @Test(arguments: [
    (Loss.mse, "mse"), (.mae, "mae"), (.huber, "huber"), (.gaussian, "gaussian"),
    (.quantile([0.1, 0.5, 0.9]), "quantile(0.1,0.5,0.9)"), (.quantile([1e-5]), "quantile(1e-05)"),
  ])
  func comesBackFromItsName(loss: Loss, name: String) throws {
    #expect(loss.description == name)
    #expect(Loss(name) == loss)
    let text = try #require(String(bytes: JSONEncoder().encode([loss]), encoding: .utf8))
    #expect(text == "[\"\(name)\"]")
    #expect(try JSONDecoder().decode([Loss].self, from: Data(text.utf8)) == [loss])
  }

  @Test(arguments: ["", "rmse", "quantile", "quantile(a)", "quantile(0.5", "quantile(0.1,)"])
  func otherNamesAreNone(name: String) { #expect(Loss(name) == nil) }

  @Test(
    arguments: [[], [0], [1], [0.5, 0.5], [0.9, 0.1], [.nan], [0.1, .nan, 0.9]] as [[Float]])
  func quantilesAreChecked(quantiles: [Float]) {
    let loss = Loss.quantile(quantiles)
    #expect(throws: LSTMError.self) { try loss.check() }
    #expect(throws: LSTMError.self) {
      try Trainer(
        specification: NetworkSpecification(inputSize: 1, hiddenSizes: [1], outputSize: 1),
        configuration: TrainingConfiguration(loss: loss), backend: ReferenceBackend())
    }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Loss].self, from: JSONEncoder().encode([loss]))
    }
  }

  @Test func outputsPerTargetAreCounted() {
    #expect(Loss.everyKind.map(\.outputsPerTarget) == [1, 1, 1, 3, 2])
  }
}

/// What a series says about its targets and rows.
@Suite struct TargetWeightTests {
  private static func series(
    weights: [Float]?, mask: [Bool]? = nil
  ) throws -> WindowedSeries {
    try WindowedSeries(
      inputs: [1, 2, 3, 4, 5], inputSize: 1, targets: [1, 2, 3, 4, 5, .nan], targetSize: 1,
      steps: 2, horizon: 2, targetWeights: weights, rowMask: mask)
  }

  @Test func windowsWeighWhatTheirTargetsDo() throws {
    let series = try Self.series(weights: [9, 9, 0.5, 2, 0.25, 0])
    #expect(series.windows.map { series.weight(of: $0) } == [2.5, 2.25, 0.25])
    #expect(try Self.series(weights: nil).windows.map { series.weight(of: $0) }.count == 3)
    let plain = try Self.series(weights: nil)
    #expect(plain.windows.map { plain.weight(of: $0) } == [2, 2, 2])
  }

  @Test func cutsKeepWeightsAndMask() throws {
    let mask = [true, false, true, true, true]
    let series = try Self.series(weights: [1, 1, 1, 1, 1, 0], mask: mask)
    for part in [series.filter { $0.inputRow > 0 }, series.split(at: 0.5).later] {
      #expect(part.targetWeights == series.targetWeights)
      #expect(part.rowMask == mask)
    }
  }

  @Test(arguments: [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1, -1], [1, 1, 1, 1, 1, .nan], [.infinity]])
  func weightsAreChecked(weights: [Float]) {
    #expect(throws: LSTMError.self) { try Self.series(weights: weights) }
  }

  @Test func masksAreChecked() {
    #expect(throws: LSTMError.self) { try Self.series(weights: nil, mask: [true]) }
  }
}
