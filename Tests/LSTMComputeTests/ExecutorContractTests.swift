@testable import LSTMCompute
import TestSupport
import Testing

/// The table of calls in the documentation of `Executor`, on every backend.
@Suite(.serialized) struct ExecutorContractTests {
  private static let backends =
    [TestedBackend(backend: ReferenceBackend(), testDescription: "reference")] + TestedBackend.all

  /// A network that every fast path takes, and one with options.
  enum Kind: CaseIterable { case plain, withOptions }

  /// A call that is out of turn, and what has to be thrown.
  struct Misuse: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var isForTraining = true
    let expected: LSTMError
    let run: @Sendable (any SequenceExecutor, Setting) throws -> Void
  }

  /// What calls are made with.
  struct Setting {
    let series: WindowedSeries
    let parameters: Parameters
    let batch: SequenceBatch
    let gradients: SequenceGradients

    func ready(_ executor: any Executor) throws {
      try executor.setParameters(parameters)
      try executor.bind(series)
    }
  }

  private static let steps = 3

  private static func specification(_ kind: Kind) throws -> NetworkSpecification {
    switch kind {
    case .plain:
      return try NetworkSpecification(inputSize: 2, hiddenSizes: [5], outputSize: 1)
    case .withOptions:
      var lower = LSTMLayer(hiddenSize: 4)
      lower.direction = .bidirectional
      lower.dropout = 0.5
      lower.bias = .one
      var upper = LSTMLayer(hiddenSize: 3)
      upper.zoneoutCell = 0.1
      return try NetworkSpecification(
        inputSize: 2, layers: [lower, upper], head: .lastStep, outputSize: 1)
    }
  }

  private static func setting(_ specification: NetworkSpecification) throws -> Setting {
    let batch = SequenceBatch(
      layout: .timeMajor, steps: steps, rows: 4,
      inputs: (0..<steps * 4 * 2).map { Float($0 % 7) / 7 })
    return Setting(
      series: try .random(inputSize: 2, targetSize: 1, steps: steps, windows: 6, seed: 3),
      parameters: Parameters(randomFor: specification, seed: 4), batch: batch,
      gradients: SequenceGradients(
        outputs: Array(repeating: 1, count: steps * 4 * specification.headInputSize)))
  }

  private static func outOfTurn(
    _ call: String, _ needs: ExecutorRequirement, training: Bool = true,
    _ run: @escaping @Sendable (any SequenceExecutor, Setting) throws -> Void
  ) -> Misuse {
    Misuse(
      testDescription: "\(call) needs \(needs)", isForTraining: training,
      expected: .callOutOfTurn(call, needs: needs), run: run)
  }

  private static func invalidBatch(_ batch: Range<Int>) -> Misuse {
    Misuse(
      testDescription: "forward(\(batch)) of 6 windows, 4 at a time",
      expected: .invalidBatch(batch, windowCount: 6, batchSize: 4)
    ) { executor, setting in
      try setting.ready(executor)
      try executor.forward(batch)
    }
  }

  /// A step, or what it takes, with numbers that make no sense.
  private static func nonsense(
    _ message: String, _ run: @escaping @Sendable (any SequenceExecutor) throws -> Void
  ) -> Misuse {
    Misuse(testDescription: message, expected: .invalidConfiguration(message)) {
      executor, setting in
      try setting.ready(executor)
      try executor.forward(0..<4)
      try executor.backward(.mse)
      try run(executor)
    }
  }

  static let misuses: [Misuse] = [
    nonsense("the learning rate is nan; it must be a finite number, 0 or more") {
      try $0.step(.adam(), learningRate: .nan, maximumGradientNorm: nil)
    },
    nonsense("the learning rate is -1.0; it must be a finite number, 0 or more") {
      try $0.step(.sgd(), learningRate: -1, maximumGradientNorm: nil)
    },
    nonsense("the maximum gradient norm is 0.0; it must be above 0 and finite") {
      try $0.step(.adam(), learningRate: 0.1, maximumGradientNorm: 0)
    },
    nonsense("Adam's beta1 is 1.0; it must be 0 or more and below 1") {
      try $0.step(.adam(beta1: 1), learningRate: 0.1, maximumGradientNorm: nil)
    },
    nonsense("the weight is inf; it must be a finite number") {
      try $0.accumulateGradient(weight: .infinity)
    },
    outOfTurn("setWindows(_:)", .boundSeries) { executor, setting in
      try executor.setWindows(setting.series.windows)
    },
    outOfTurn("forward(_:)", .boundSeries) { executor, _ in try executor.forward(0..<1) },
    outOfTurn("predict()", .boundSeries) { executor, _ in _ = try executor.predict() },
    outOfTurn("accumulateLoss(_:)", .forward) { executor, setting in
      try setting.ready(executor)
      try executor.accumulateLoss(.mse)
    },
    outOfTurn("backward(_:)", .forward) { executor, setting in
      try setting.ready(executor)
      try executor.backward(.mse)
    },
    outOfTurn("outputs()", .forward) { executor, setting in
      try setting.ready(executor)
      _ = try executor.outputs()
    },
    outOfTurn("finalStates()", .forward) { executor, setting in
      try setting.ready(executor)
      _ = try executor.finalStates()
    },
    // What a second backward would compute with is no longer there.
    outOfTurn("backward(_:)", .newForward) { executor, setting in
      try setting.ready(executor)
      try executor.forward(0..<4)
      try executor.backward(.mse)
      try executor.backward(.mse)
    },
    // The batch's windows are others now, and so are their targets.
    outOfTurn("backward(_:)", .forward) { executor, setting in
      try setting.ready(executor)
      try executor.forward(0..<4)
      try executor.setWindows(setting.series.windows.reversed())
      try executor.backward(.mse)
    },
    outOfTurn("backward(_:)", .forward) { executor, setting in
      try setting.ready(executor)
      try executor.forward(0..<4)
      _ = try executor.predict()
      try executor.backward(.mse)
    },
    outOfTurn("backward(_:)", .forward) { executor, setting in
      try setting.ready(executor)
      _ = try executor.forward(setting.batch)
      try executor.backward(.mse)
    },
    outOfTurn("backward(_:)", .unchangedParameters) { executor, setting in
      try setting.ready(executor)
      try executor.forward(0..<4)
      try executor.setParameters(setting.parameters)
      try executor.backward(.mse)
    },
    outOfTurn("backward(_:)", .unchangedParameters) { executor, setting in
      try setting.ready(executor)
      try executor.forward(0..<4)
      try executor.backward(.mse)
      try executor.forward(0..<4)
      try executor.step(.sgd(), learningRate: 0.1, maximumGradientNorm: nil)
      try executor.backward(.mse)
    },
    outOfTurn("gradients()", .backward) { executor, setting in
      try setting.ready(executor)
      try executor.forward(0..<4)
      _ = try executor.gradients()
    },
    outOfTurn("step(_:learningRate:clipping:)", .backward) { executor, setting in
      try setting.ready(executor)
      try executor.forward(0..<4)
      try executor.step(.sgd(), learningRate: 0.1, maximumGradientNorm: nil)
    },
    outOfTurn("accumulateGradient(weight:)", .backward) { executor, setting in
      try setting.ready(executor)
      try executor.accumulateGradient(weight: 1)
    },
    outOfTurn("backward(_:)", .trainingMode, training: false) { executor, setting in
      try setting.ready(executor)
      try executor.forward(0..<4)
      try executor.backward(.mse)
    },
    outOfTurn("gradients()", .trainingMode, training: false) { executor, setting in
      try setting.ready(executor)
      _ = try executor.gradients()
    },
    outOfTurn("step(_:learningRate:clipping:)", .trainingMode, training: false) { executor, _ in
      try executor.step(.sgd(), learningRate: 0.1, maximumGradientNorm: nil)
    },
    outOfTurn("enter(.training)", .trainingMode, training: false) { executor, _ in
      try executor.enter(.training)
    },
    outOfTurn("optimizerState()", .trainingMode, training: false) { executor, _ in
      _ = try executor.optimizerState()
    },
    outOfTurn("backward(_:)", .forwardOfSequences) { executor, setting in
      try setting.ready(executor)
      try executor.forward(0..<4)
      _ = try executor.backward(setting.gradients)
    },
    outOfTurn("backward(_:)", .newForward) { executor, setting in
      try setting.ready(executor)
      _ = try executor.forward(setting.batch)
      _ = try executor.backward(setting.gradients)
      _ = try executor.backward(setting.gradients)
    },
    invalidBatch(0..<5), invalidBatch(4..<7), invalidBatch(2..<2), invalidBatch(-1..<2),
    Misuse(
      testDescription: "parameters of another network",
      expected: .shapeMismatch("the parameters are those of another network")
    ) { executor, _ in
      let other = try NetworkSpecification(inputSize: 1, hiddenSizes: [1], outputSize: 1)
      try executor.setParameters(Parameters(randomFor: other, seed: 1))
    },
  ]

  @Test(arguments: backends, Kind.allCases)
  func callsOutOfTurnThrowTheSameEverywhere(tested: TestedBackend, kind: Kind) throws {
    let specification = try Self.specification(kind)
    let setting = try Self.setting(specification)
    for misuse in Self.misuses {
      let executor = try tested.backend.makeSequenceExecutor(
        for: specification,
        configuration: ExecutorConfiguration(
          mode: misuse.isForTraining ? .training : .inference, batchSize: 4, steps: Self.steps))
      let error = #expect(throws: LSTMError.self, "\(misuse.testDescription)") {
        try misuse.run(executor, setting)
      }
      #expect(error == misuse.expected)
    }
  }

  /// A call that threw has changed nothing: the right calls give what they give without it.
  @Test(arguments: backends, Kind.allCases)
  func aMisuseChangesNothing(tested: TestedBackend, kind: Kind) throws {
    let specification = try Self.specification(kind)
    let setting = try Self.setting(specification)
    func gradient(misused: Bool) throws -> [UInt32] {
      let executor = try tested.backend.makeExecutor(
        for: specification,
        configuration: ExecutorConfiguration(mode: .training, batchSize: 4, steps: Self.steps))
      try setting.ready(executor)
      if misused {
        #expect(throws: LSTMError.self) { try executor.backward(.mse) }
        #expect(throws: LSTMError.self) { try executor.forward(0..<9) }
      }
      try executor.forward(0..<4)
      try executor.backward(.mse)
      if misused { #expect(throws: LSTMError.self) { try executor.backward(.mse) } }
      return try executor.gradients().values.map(\.bitPattern)
    }
    #expect(try gradient(misused: true) == gradient(misused: false))
  }

  /// Executors for windows keep no memory for sequences, and say so.
  @Test(arguments: backends) func windowsOnly(tested: TestedBackend) throws {
    let specification = try Self.specification(.plain)
    let executor = try tested.backend.makeExecutor(
      for: specification,
      configuration: ExecutorConfiguration(mode: .inference, batchSize: 4, steps: Self.steps))
    guard let executor = executor as? any SequenceExecutor else { return }
    let batch = try Self.setting(specification).batch
    #expect(throws: LSTMError.callOutOfTurn("forward(_:)", needs: .sequenceExecutor)) {
      _ = try executor.forward(batch)
    }
  }

  /// Losses may be noted again and again, also once the pass has been taken back.
  @Test(arguments: backends) func lossesCanBeNotedAgain(tested: TestedBackend) throws {
    let specification = try Self.specification(.plain)
    let executor = try tested.backend.makeExecutor(
      for: specification,
      configuration: ExecutorConfiguration(mode: .training, batchSize: 4, steps: Self.steps))
    try Self.setting(specification).ready(executor)
    try executor.forward(0..<4)
    try executor.accumulateLoss(.mse)
    try executor.backward(.mse)
    try executor.accumulateLoss(.mse)
    let losses = try executor.takeLosses()
    #expect(losses.count == 3 && Set(losses).count == 1)
  }
}
