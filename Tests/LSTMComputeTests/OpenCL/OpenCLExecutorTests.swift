import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// The executor against the reference: what batches leave, what is chosen, what is launched.
@Suite(.enabled(if: KernelBench.hasDevice)) struct OpenCLExecutorTests {
  static let forwardTolerance = BackendParityTests.forwardTolerance
  static let gradientTolerance = BackendParityTests.gradientTolerance
  static let lossTolerance = BackendParityTests.lossTolerance

  private func executor(
    _ specification: NetworkSpecification, _ configuration: ExecutorConfiguration,
    plan: OpenCLPlanSelection = .stepwise, sizes: PassSizes? = nil
  ) throws -> OpenCLExecutor {
    try .onDevice(specification, configuration, plan: plan, sizes: sizes)
  }

  // MARK: - Against the reference

  private static func specification() throws -> NetworkSpecification {
    try NetworkSpecification(inputSize: 3, hiddenSizes: [18, 9], outputSize: 4)
  }

  private static func series(windows: Int, steps: Int = 7) throws -> WindowedSeries {
    try WindowedSeries.random(
      inputSize: 3, targetSize: 2, steps: steps, horizon: 2, windows: windows, seed: 21)
  }

  private static func configuration(
    _ mode: ExecutorConfiguration.Mode = .training, steps: Int = 7
  ) -> ExecutorConfiguration {
    ExecutorConfiguration(mode: mode, batchSize: 20, steps: steps)
  }

  /// Everything that one batch leaves, of an executor that has parameters and a series.
  private func compare(
    _ executor: some Executor, with reference: any Executor, _ range: Range<Int>, _ name: String
  ) throws {
    for executor in [executor, reference] as [any Executor] {
      try executor.forward(range)
      try executor.backward(.huber)
    }
    var worst = WorstError()
    worst.expect(
      try executor.outputs(), try reference.outputs(), within: Self.forwardTolerance,
      "\(name): outputs")
    for (state, expected) in zip(try executor.finalStates(), try reference.finalStates()) {
      worst.expect(
        state.hidden, expected.hidden, within: Self.forwardTolerance, "\(name): hidden state")
      worst.expect(state.cell, expected.cell, within: Self.forwardTolerance, "\(name): cell state")
    }
    let (gradients, expected) = (try executor.gradients(), try reference.gradients())
    for slice in gradients.layout.slices {
      worst.expect(
        gradients[slice], expected[slice], within: Self.gradientTolerance,
        "\(name): gradient \(slice.name)")
    }
    worst.expect(
      try executor.takeLosses(), try reference.takeLosses(), within: Self.lossTolerance,
      "\(name): loss")
  }

  private func reference(
    _ configuration: ExecutorConfiguration, _ parameters: Parameters, _ series: WindowedSeries
  ) throws -> any Executor {
    let reference = try ReferenceBackend().makeExecutor(
      for: Self.specification(), configuration: configuration)
    try reference.setParameters(parameters)
    try reference.bind(series)
    return reference
  }

  /// Nothing that a batch leaves may reach the next: not NaN, and not a longer batch's rows.
  @Test(arguments: [1, 4], [OpenCLPlanSelection.stepwise, .resident, .cooperative])
  func forgetsTheBatchBefore(slices: Int, plan: OpenCLPlanSelection) throws {
    let specification = try Self.specification()
    let series = try Self.series(windows: 47)
    let executor = try executor(
      specification, Self.configuration(), plan: plan,
      sizes: PassSizes(stepsAtOnce: 7, gradientSlices: slices))
    try executor.bind(series)
    var poison = Parameters(randomFor: specification, seed: 1)
    let head = poison.layout.head.bias
    for slice in poison.layout.slices {
      poison[slice] = ArraySlice(Array(repeating: Float.nan, count: slice.count))
    }
    try executor.setParameters(poison)
    try executor.forward(0..<20)
    try executor.backward(.mse)
    #expect(try executor.takeLosses()[0].isNaN)
    #expect(try executor.gradients()[head].allSatisfy(\.isNaN))

    let parameters = Parameters(randomFor: specification, seed: 22)
    try executor.setParameters(parameters)
    let reference = try reference(Self.configuration(), parameters, series)
    for range in [0..<20, 40..<47, 3..<4, 20..<40] {
      try compare(executor, with: reference, range, "\(range)")
    }
  }

  @Test(arguments: [Optimizer.sgd(), .sgd(momentum: 0.9), .adam()], [nil, 0.05, 100])
  func stepsAsTheReferenceDoes(optimizer: Optimizer, maximumNorm: Double?) throws {
    let specification = try Self.specification()
    let series = try Self.series(windows: 47)
    let parameters = Parameters(randomFor: specification, seed: 23)
    let executor = try executor(specification, Self.configuration())
    try executor.setParameters(parameters)
    try executor.bind(series)
    let reference = try reference(Self.configuration(), parameters, series)
    for executor in [executor, reference] as [any Executor] {
      for range in executor.batches(of: 47) + executor.batches(of: 47) {
        try executor.forward(range)
        try executor.backward(.mse)
        try executor.step(optimizer, learningRate: 0.01, maximumGradientNorm: maximumNorm)
      }
    }
    var worst = WorstError()
    worst.expect(
      try executor.parameters().values, try reference.parameters().values,
      within: Self.lossTolerance, "parameters")
    worst.expect(
      try executor.takeLosses(), try reference.takeLosses(), within: Self.lossTolerance, "losses")
  }

  @Test(arguments: [OpenCLPlanSelection.stepwise, .resident, .cooperative])
  func givesTheSameBitsAgain(plan: OpenCLPlanSelection) throws {
    let specification = try NetworkSpecification(
      inputSize: 3, hiddenSizes: [33, 18], outputSize: 4)
    let series = try Self.series(windows: 90)
    let runs = try (0..<2).map { _ in
      let executor = try executor(
        specification, Self.configuration(), plan: plan,
        sizes: PassSizes(stepsAtOnce: 7, gradientSlices: 3))
      try executor.setParameters(Parameters(randomFor: specification, seed: 24))
      try executor.bind(series)
      for range in executor.batches(of: 90) {
        try executor.forward(range)
        try executor.backward(.mse)
        try executor.step(.adam(), learningRate: 0.01, maximumGradientNorm: 1)
      }
      return try executor.parameters().values.map(\.bitPattern)
        + executor.takeLosses().map(
          \.bitPattern)
    }
    #expect(runs[0] == runs[1])
  }

  // MARK: - Inference

  @Test(arguments: [1, 2, 3, 7], [OpenCLPlanSelection.stepwise, .resident, .cooperative])
  func predictsWithAnyNumberOfStepsInMemory(
    stepsAtOnce: Int, plan: OpenCLPlanSelection
  ) throws {
    let specification = try Self.specification()
    let series = try Self.series(windows: 47)
    let parameters = Parameters(randomFor: specification, seed: 25)
    let executor = try executor(
      specification, Self.configuration(.inference), plan: plan,
      sizes: PassSizes(stepsAtOnce: stepsAtOnce, gradientSlices: 1))
    try executor.setParameters(parameters)
    try executor.bind(series)
    let reference = try reference(Self.configuration(.inference), parameters, series)
    var worst = WorstError()
    worst.expect(
      try executor.predict(), try reference.predict(), within: Self.forwardTolerance,
      "predictions")
    // The states of a pass in parts are those after its last step.
    for executor in [executor, reference] as [any Executor] { try executor.forward(20..<40) }
    worst.expect(
      try executor.outputs(), try reference.outputs(), within: Self.forwardTolerance, "outputs")
    for (state, expected) in zip(try executor.finalStates(), try reference.finalStates()) {
      worst.expect(state.hidden, expected.hidden, within: Self.forwardTolerance, "hidden state")
      worst.expect(state.cell, expected.cell, within: Self.forwardTolerance, "cell state")
    }
  }

  @Test func followsTheWindowsThatAreSet() throws {
    let specification = try Self.specification()
    let series = try Self.series(windows: 47)
    let parameters = Parameters(randomFor: specification, seed: 26)
    let executor = try executor(specification, Self.configuration())
    try executor.setParameters(parameters)
    try executor.bind(series)
    let reference = try reference(Self.configuration(), parameters, series)
    // Fewer, then more than ever before.
    for windows in [Array(series.windows.reversed()[5..<30]), series.windows + series.windows] {
      try executor.setWindows(windows)
      try reference.setWindows(windows)
      try compare(executor, with: reference, 5..<25, "\(windows.count) windows")
      var worst = WorstError()
      worst.expect(
        try executor.predict(), try reference.predict(), within: Self.forwardTolerance,
        "predictions")
    }
    try executor.setWindows([])
    #expect(try executor.predict().isEmpty)
    #expect(throws: LSTMError.self) {
      try executor.setWindows([Window(inputRow: 49, targetRow: 0)])
    }
  }

  @Test func readsLossesOnceForThousandsOfBatches() throws {
    let specification = try NetworkSpecification(inputSize: 1, hiddenSizes: [1], outputSize: 1)
    let series = try WindowedSeries.random(
      inputSize: 1, targetSize: 1, steps: 1, windows: 5, seed: 27)
    let executor = try executor(
      specification, ExecutorConfiguration(mode: .inference, batchSize: 1, steps: 1))
    try executor.setParameters(Parameters(randomFor: specification, seed: 28))
    try executor.bind(series)
    for number in 0..<5000 {
      try executor.forward(number % 5..<number % 5 + 1)
      try executor.accumulateLoss(.mse)
    }
    let losses = try executor.takeLosses()
    #expect(losses.count == 5000)
    for (number, loss) in losses.enumerated() { #expect(loss == losses[number % 5]) }
    #expect(try executor.takeLosses().isEmpty)
  }
}
