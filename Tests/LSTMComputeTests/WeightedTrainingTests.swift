import TestSupport
import Testing

@testable import LSTMCompute

/// A training whose windows do not all count the same.
@Suite(.serialized) struct WeightedTrainingTests {
  private static let backends =
    [TestedBackend(backend: ReferenceBackend(), testDescription: "reference")] + TestedBackend.all

  /// 44 windows; the first 8 weigh nothing, the others more and more, and every fifth target is
  /// missing.
  private static func series(weights: (Int) -> Float) throws -> WindowedSeries {
    let plain = try WindowedSeries.random(
      inputSize: 3, targetSize: 2, steps: 6, windows: 44, seed: 21)
    var targets = plain.targets
    let weights = targets.indices.map { index -> Float in
      index % 5 == 0 || index < 2 * (6 + 8) ? 0 : weights(index)
    }
    for index in weights.indices where weights[index] == 0 { targets[index] = .nan }
    return try WindowedSeries(
      inputs: plain.inputs, inputSize: 3, targets: targets, targetSize: 2, steps: 6,
      targetWeights: weights)
  }

  private static func configuration(
    _ change: (inout TrainingConfiguration) -> Void
  ) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.epochs = 3
    configuration.learningRate = 0.05
    // Not Adam, whose steps hardly depend on the gradient's size.
    configuration.optimizer = .sgd(momentum: 0.5)
    configuration.maximumGradientNorm = 0.5
    configuration.loss = .gaussian
    change(&configuration)
    return configuration
  }

  private static func trained(
    on backend: any Backend, _ series: WindowedSeries, validation: [Window] = [],
    _ change: (inout TrainingConfiguration) -> Void
  ) throws -> TrainingResult {
    try Trainer(
      specification: NetworkSpecification(inputSize: 3, hiddenSizes: [9, 6], outputSize: 4),
      configuration: configuration(change), backend: backend
    ).fit(training: series, validation: validation)
  }

  /// A head on every step is compared with the rows before a window's target too.
  @Test func earlierTargetsOfAHeadOnEveryStepCount() throws {
    let series = try WindowedSeries(
      inputs: [1, 2, 3, 4], inputSize: 1, targets: [1, 2, 3, .nan], targetSize: 1, steps: 4,
      windows: [Window(inputRow: 0, targetRow: 3)], targetWeights: [1, 1, 1, 0])
    func fit(_ head: NetworkSpecification.Head, _ series: WindowedSeries) throws {
      _ = try Trainer(
        specification: NetworkSpecification(
          inputSize: 1, layers: [LSTMLayer(hiddenSize: 2)], head: head, outputSize: 1),
        configuration: Self.configuration { $0.loss = .mse }, backend: ReferenceBackend()
      ).fit(training: series)
    }
    try fit(.everyStep, series)
    #expect(throws: LSTMError.self) { try fit(.lastStep, series) }
    let early = series.replacing(windows: [Window(inputRow: 0, targetRow: 2)])
    let error = #expect(throws: LSTMError.self) { try fit(.everyStep, early) }
    #expect(error?.description.contains("3 rows before the last one's") == true)
  }

  /// In the order of the windows, so that one batch weighs nothing.
  @Test(arguments: backends)
  func batchesCountByTheirWeights(tested: TestedBackend) throws {
    let series = try Self.series { Float($0) / 10 }
    let parts = try Self.trained(on: tested.backend, series) {
      $0.shuffles = false
      $0.batchSize = 8
      $0.accumulatedBatches = 3
    }
    let whole = try Self.trained(on: tested.backend, series) {
      $0.shuffles = false
      $0.batchSize = 24
    }
    var worst = WorstError()
    worst.expect(
      parts.network.parameters.values, whole.network.parameters.values, within: 1e-6, "parameters")
    worst.expect(
      parts.history.epochs.map(\.trainingLoss), whole.history.epochs.map(\.trainingLoss),
      within: 1e-6, "losses")
    print("\(tested.testDescription): 3 batches of 8 against one of 24, weighted: \(worst)")
    let unweighted = try Self.trained(on: tested.backend, Self.series { _ in 1 }) {
      $0.shuffles = false
      $0.batchSize = 24
    }
    #expect(
      relativeError(unweighted.network.parameters.values, whole.network.parameters.values) > 1e-3,
      "the test could not tell")
  }

  @Test func theValidationLossIsTheMeanOverAllTargets() throws {
    let series = try Self.series { Float($0) / 10 }
    let (training, validation) = (Array(series.windows[..<30]), Array(series.windows[30...]))
    let fitted = try WindowedSeries(
      inputs: series.inputs, inputSize: 3, targets: series.targets, targetSize: 2, steps: 6,
      windows: training, targetWeights: series.targetWeights)
    func loss(batchSize: Int) throws -> Float {
      let result = try Self.trained(on: ReferenceBackend(), fitted, validation: validation) {
        $0.epochs = 1
        // Too small to change a weight, so that the training is the same for all batch sizes.
        $0.learningRate = 1e-30
        $0.batchSize = batchSize
      }
      return try #require(result.history.epochs.first?.validationLoss)
    }
    let whole = try loss(batchSize: 64)
    #expect(abs(try loss(batchSize: 3) - whole) <= 1e-6 * abs(whole))
    #expect(abs(try loss(batchSize: 1) - whole) <= 1e-6 * abs(whole))
  }

  @Test func aTrainingOrValidationWithoutTargetsIsRefused() throws {
    let series = try Self.series { _ in 1 }
    let first = Array(series.windows[..<6])
    let nothing = try WindowedSeries(
      inputs: series.inputs, inputSize: 3, targets: series.targets, targetSize: 2, steps: 6,
      windows: first, targetWeights: series.targetWeights)
    for (training, validation, name) in [
      (nothing, [Window](), "training"), (series, first, "validation"),
    ] {
      let error = #expect(throws: LSTMError.self) {
        try Self.trained(on: ReferenceBackend(), training, validation: validation) { _ in }
      }
      #expect(error?.description.contains(name) == true)
    }
  }
}
