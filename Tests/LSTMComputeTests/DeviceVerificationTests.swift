import Testing

@testable import LSTMCompute

@Suite struct DeviceVerificationTests {
  @Test(.enabled(if: KernelBench.hasDevice)) func passesOnOpenCL() throws {
    let results = try DeviceVerification.run(on: OpenCLBackend(deviceIndex: 0)) { print($0) }
    let cases = try DeviceVerification.standardCases()
    // Some for one plan only: large layers, projections, normalized gates.
    for plan in [OpenCLPlanSelection.stepwise, .resident, .cooperative] {
      let taken = cases.filter { $0.specification.layers.allSatisfy(plan.takes) }
      #expect(results.count { $0.plan == plan.rawValue } == taken.count, "\(plan)")
      #expect(taken.contains { !$0.specification.isPlain }, "\(plan)")
    }
    #expect(Set(results.map(\.plan)) == ["stepwise", "resident", "cooperative"])
    for result in results { #expect(result.passed, "\(result)") }
  }

  @Test(.enabled(if: KernelBench.hasDevice)) func verifiesOnlyTheForcedPlan() throws {
    let cases = Array(try DeviceVerification.standardCases().prefix(1))
    let results = try DeviceVerification.run(
      on: OpenCLBackend(deviceIndex: 0, plan: .resident), cases: cases)
    #expect(results.map(\.plan) == ["resident"])
    #expect(results[0].description.contains("resident: "))
  }

  /// Weights stored in 16 bits, and products with emulated tensor cores.
  @Test(.enabled(if: KernelBench.hasDevice), arguments: PrecisionTests.arithmetics)
  func passesInOtherPrecisions(
    precision: Precision, instructions: TensorProduct.Instructions?
  ) throws {
    let backend = try OpenCLBackend(
      deviceIndex: 0, precision: precision, instructions: instructions)
    let results = try DeviceVerification.run(on: backend) { print($0) }
    #expect(try results.count == DeviceVerification.roundedCases().count)
    for result in results {
      #expect(result.passed, "\(result)")
      #expect(result.precision == precision && result.plan == nil)
      #expect(result.description.contains("\(precision.rawValue): "))
      // As much as there must be where something is rounded.
      #expect(result.forward.error > precision.unitRoundoff / 20, "\(result)")
    }
  }

  @Test func findsWhatIsWrong() throws {
    let cases = Array(try DeviceVerification.standardCases().prefix(2))
    let results = try DeviceVerification.run(on: WrongBackend(), cases: cases)
    #expect(results.map(\.passed) == [false, false])
    for result in results {
      #expect(result.description.hasPrefix("FAIL"))
      // Only the head's bias is off, and with it what is made of it.
      #expect(result.forward.name == "outputs" || result.forward.name == "predictions")
    }
  }

  @Test func countsNaNAsWrong() throws {
    let cases = Array(try DeviceVerification.standardCases().prefix(1))
    let results = try DeviceVerification.run(on: WrongBackend(error: .nan), cases: cases)
    #expect(!results[0].passed)
    #expect(results[0].forward.error.isNaN)
  }
}

/// The reference, whose head's bias is a bit off.
private struct WrongBackend: Backend {
  let name = "wrong"
  let deviceDescription = "wrong"
  var error: Float = 0.001

  func makeExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any Executor {
    WrongExecutor(
      base: try ReferenceBackend().makeExecutor(for: specification, configuration: configuration),
      error: error)
  }

  func makeSequenceExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any SequenceExecutor {
    try ReferenceBackend().makeSequenceExecutor(for: specification, configuration: configuration)
  }

  private final class WrongExecutor: Executor {
    let base: any Executor
    let error: Float
    var specification: NetworkSpecification { base.specification }
    var configuration: ExecutorConfiguration { base.configuration }
    var plan: String { base.plan }

    init(base: any Executor, error: Float) {
      self.base = base
      self.error = error
    }

    func setParameters(_ parameters: Parameters) throws {
      var parameters = parameters
      let bias = parameters.layout.head.bias
      parameters[bias] = ArraySlice(parameters[bias].map { $0 + error })
      try base.setParameters(parameters)
    }
    func parameters() throws -> Parameters { try base.parameters() }
    func gradients() throws -> Parameters { try base.gradients() }
    func bind(_ series: WindowedSeries) throws { try base.bind(series) }
    func setWindows(_ windows: [Window]) throws { try base.setWindows(windows) }
    func enter(_ phase: ExecutorPhase) throws { try base.enter(phase) }
    func resetStates() { base.resetStates() }
    func forward(_ range: Range<Int>) throws { try base.forward(range) }
    func accumulateLoss(_ loss: Loss) throws { try base.accumulateLoss(loss) }
    func backward(_ loss: Loss) throws { try base.backward(loss) }
    func accumulateGradient(weight: Double) throws {
      try base.accumulateGradient(weight: weight)
    }
    func freeze(_ names: Set<String>) throws { try base.freeze(names) }
    func step(
      _ optimizer: Optimizer, learningRate: Double, clipping: GradientClipping
    ) throws {
      try base.step(optimizer, learningRate: learningRate, clipping: clipping)
    }
    var batchNumber: UInt32 {
      get { base.batchNumber }
      set { base.batchNumber = newValue }
    }
    func optimizerState() throws -> OptimizerState { try base.optimizerState() }
    func setOptimizerState(_ state: OptimizerState) throws { try base.setOptimizerState(state) }
    func takeLosses() throws -> [Float] { try base.takeLosses() }
    func outputs() throws -> [Float] { try base.outputs() }
    func finalStates() throws -> [LayerState] { try base.finalStates() }
    func predict() throws -> [Float] { try base.predict() }
  }
}
