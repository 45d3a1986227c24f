@testable import LSTMCompute
import TestSupport
import Testing

/// The schedules against torch.optim.lr_scheduler, recorded by `Fixtures/record_optimizers.py`.
@Suite struct LearningRateScheduleTests {
  private static func recorded(_ name: String) throws -> [Double] {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let file = try SafetensorsFile(path: "/\(folder)/Fixtures/schedules.safetensors")
    return try #require(file.tensors[name]).doubles
  }

  @Test(arguments: [
    ("step.3.0.5", LearningRateSchedule.step(epochs: 3, factor: 0.5)),
    ("step.1.0.9", .step(epochs: 1, factor: 0.9)), ("cosine.0", .cosine()),
    ("cosine.5", .cosine(warmUp: 5)), ("cosine.1", .cosine(warmUp: 1)),
    ("plateau.1.0.5", .plateau(patience: 1, factor: 0.5)),
    ("plateau.0.0.1", .plateau(patience: 0, factor: 0.1)),
    ("plateau.3.0.3", .plateau(patience: 3, factor: 0.3)),
  ])
  func matchesPyTorch(name: String, schedule: LearningRateSchedule) throws {
    let expected = try Self.recorded(name)
    let losses = try Self.recorded("losses")
    var rates = LearningRates(schedule, initial: 0.1, epochs: expected.count)
    let found = expected.indices.map { epoch in
      defer {
        rates.endEpoch(validationLoss: schedule.needsValidation ? losses[epoch] : nil)
      }
      return rates.current
    }
    #expect(Set(found).count > 2)
    let worst = zip(found, expected).map { abs($0 - $1) / $1 }.max() ?? .nan
    #expect(worst <= 1e-13)
    print("\(name): worst relative error of a rate \(worst)")
  }

  /// The loss of a density may be below 0, where PyTorch's rule takes every loss for a better one.
  @Test func aPlateauBelowZeroIsOne() {
    var rates = LearningRates(.plateau(patience: 1, factor: 0.5), initial: 1, epochs: 9)
    for loss in [-1.0, -1.00001, -0.99, -2, -2] { rates.endEpoch(validationLoss: loss) }
    #expect(rates.current == 0.5)
  }

  @Test func theHistoryHasTheRates() throws {
    let series = try TrainerTests.sine(windows: 40)
    let history = try TrainerTests.trainer {
      $0.epochs = 4
      $0.schedule = .step(epochs: 2, factor: 0.5)
    }.fit(training: series).history
    #expect(history.epochs.map(\.learningRate) == [0.01, 0.01, 0.005, 0.005])
  }

  @Test func aPlateauNeedsValidationWindows() throws {
    let trainer = try TrainerTests.trainer { $0.schedule = .plateau(patience: 1, factor: 0.5) }
    #expect(throws: LSTMError.self) { try trainer.fit(training: TrainerTests.sine(windows: 40)) }
  }

  @Test(arguments: [
    LearningRateSchedule.step(epochs: 0, factor: 0.5), .step(epochs: 1, factor: 1),
    .cosine(warmUp: 12), .cosine(warmUp: -1), .plateau(patience: -1, factor: 0.5),
    .plateau(patience: 1, factor: 0),
  ])
  func refusesWhatMakesNoSense(schedule: LearningRateSchedule) {
    #expect(throws: LSTMError.self) { try TrainerTests.trainer { $0.schedule = schedule } }
  }
}
