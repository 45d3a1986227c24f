@testable import LSTMCompute
import RealModule
import TestSupport
import Testing

@Suite struct TrainerTests {
  /// A noisy sine: something that can be learnt.
  static func sine(windows: Int = 300) throws -> WindowedSeries {
    var generator = PhiloxGenerator(seed: 1, stream: .data)
    let values = (0..<windows + 20).map { row in
      Float(sinOf(Double(row) / 5)) + 0.05 * (generator.nextUnitFloat() - 0.5)
    }
    return try WindowedSeries(
      inputs: values, inputSize: 1, targets: values, targetSize: 1, steps: 20)
  }

  private static func sinOf(_ x: Double) -> Double { .sin(x) }

  static func trainer(
    _ change: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> Trainer {
    var configuration = TrainingConfiguration()
    configuration.learningRate = 0.01
    configuration.epochs = 12
    change(&configuration)
    return try Trainer(
      specification: NetworkSpecification(inputSize: 1, hiddenSizes: [12], outputSize: 1),
      configuration: configuration, backend: CPUBackend())
  }

  @Test func learnsASine() throws {
    let (training, validation) = try Self.sine().split(at: 0.8)
    let result = try Self.trainer { $0.epochs = 40 }
      .fit(training: training, validation: validation.windows)
    let last = try #require(result.history.epochs.last)
    #expect(try #require(last.validationLoss) < 0.01)
    #expect(result.history.epochs.count <= 40)
    let predictions = try result.network.predict(validation, on: CPUBackend())
    let actual = validation.windows.map { validation.targets[Int($0.targetRow)] }
    #expect(relativeError(predictions, actual) < 0.15)
  }

  @Test func keepsTheBestEpochAndStopsEarly() throws {
    let (training, validation) = try Self.sine(windows: 60).split(at: 0.5)
    // A rate at which the validation loss soon rises and falls.
    let result = try Self.trainer {
      $0.epochs = 200
      $0.learningRate = 0.1
      $0.patience = 3
    }.fit(training: training, validation: validation.windows)
    let losses = result.history.epochs.compactMap(\.validationLoss)
    let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
    #expect(result.history.end == .stoppedEarly)
    #expect(result.history.bestEpoch == best + 1)
    #expect(losses.count == best + 1 + 3)
    // The network returned is that of the best epoch, not of the last.
    let predictions = try result.network.predict(validation, on: CPUBackend())
    let actual = validation.windows.map { validation.targets[Int($0.targetRow)] }
    let loss = zip(predictions, actual).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    #expect(abs(loss / Float(actual.count) - losses[best]) <= 1e-5 * losses[best])
  }

  @Test func cancellingKeepsWhatIsThere() throws {
    let (training, validation) = try Self.sine().split(at: 0.8)
    var batches = 0
    let result = try Self.trainer().fit(
      training: training, validation: validation.windows,
      isCancelled: {
        batches += 1
        return batches > 20
      })
    #expect(result.history.end == .cancelled)
    // Eight batches make an epoch.
    #expect(result.history.epochs.count == 2)
    #expect(result.history.bestEpoch == 2)
    #expect(result.network.parameters.isFinite)
  }

  @Test func divergenceKeepsTheLastGoodModel() throws {
    let (training, validation) = try Self.sine().split(at: 0.8)
    let result = try Self.trainer {
      $0.learningRate = 1e38
      $0.optimizer = .sgd()
      $0.maximumGradientNorm = nil
    }.fit(training: training, validation: validation.windows)
    #expect(result.history.end == .diverged(epoch: 1))
    #expect(result.history.bestEpoch == nil)
    #expect(result.network.parameters.isFinite)
  }

  @Test func progressCoversEveryBatch() throws {
    var seen: [(Int, Int)] = []
    _ = try Self.trainer { $0.epochs = 2 }.fit(
      training: Self.sine(windows: 70), progress: { seen.append(($0.epoch, $0.windowsDone)) })
    #expect(seen.map(\.0) == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2])
    #expect(seen.map(\.1) == [0, 32, 64, 70, 70, 0, 32, 64, 70, 70])
  }

  @Test func refusesWhatCannotBeTrainedWith() throws {
    for change: (inout TrainingConfiguration) -> Void in [
      { $0.epochs = 0 }, { $0.batchSize = 0 }, { $0.learningRate = 0 },
      { $0.learningRate = .nan }, { $0.patience = 0 }, { $0.maximumGradientNorm = -1 },
      { $0.maximumGradientValue = 0 }, { $0.optimizer = .sgd(nesterov: true) },
      { $0.optimizer = .rmsprop(alpha: 1) }, { $0.optimizer = .adamW(weightDecay: -1) },
      { $0.optimizer = .adam(beta1: 1) }, { $0.optimizer = .sgd(momentum: -0.1) },
    ] {
      #expect(throws: LSTMError.self) { try Self.trainer(change) }
    }
    #expect(throws: LSTMError.self) {
      try Self.trainer().fit(training: Self.sine().filter { _ in false })
    }
  }

  @Test func splitNeverSharesTargets() throws {
    let series = try WindowedSeries.random(
      inputSize: 1, targetSize: 1, steps: 3, horizon: 4, windows: 50, seed: 1)
    let (earlier, later) = series.split(at: 0.6)
    let lastTarget = try #require(earlier.windows.map { Int($0.targetRow) + 3 }.max())
    let firstTarget = try #require(later.windows.map { Int($0.targetRow) }.min())
    #expect(lastTarget < firstTarget)
    #expect(later.windows.count == 20)
    #expect(earlier.windows.count == 30 - 3)
  }
}
