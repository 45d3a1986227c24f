import LSTMCompute
import OpenCL
import TestSupport
import Testing

/// The whole executor against PyTorch and the reference.
@Suite(.enabled(if: KernelBench.hasDevice)) struct OpenCLExecutorTests {
  static let forwardTolerance = 2e-6
  static let gradientTolerance = 2e-5
  static let lossTolerance = 1e-5

  private func executor(
    _ specification: NetworkSpecification, _ configuration: ExecutorConfiguration,
    sizes: StepwiseSizes? = nil
  ) throws -> OpenCLExecutor {
    try OpenCLExecutor(
      for: specification, configuration: configuration,
      context: Context.shared(for: #require(KernelBench.device)), sizes: sizes)
  }

  @Test(arguments: 0..<ParityCase.count)
  func matchesPyTorch(number: Int) throws {
    let parity = try ParityCase(number)
    let executor = try executor(parity.specification, parity.configuration)
    try executor.setParameters(parity.parameters)
    try executor.bind(parity.series)

    var worst = WorstError()
    var worstGradient = WorstError()
    try executor.forward(0..<parity.batchSize)
    worst.expect(
      try executor.outputs(), try parity.expected("output"), within: Self.forwardTolerance,
      "output")
    for (layer, state) in try executor.finalStates().enumerated() {
      worst.expect(
        state.hidden, try parity.expected("h_n.\(layer)"), within: Self.forwardTolerance,
        "h_n.\(layer)")
      worst.expect(
        state.cell, try parity.expected("c_n.\(layer)"), within: Self.forwardTolerance,
        "c_n.\(layer)")
    }
    try executor.backward(parity.loss)
    let gradients = try executor.gradients()
    for slice in gradients.layout.slices {
      worstGradient.expect(
        gradients[slice], try parity.expected("gradient.\(slice.name)"),
        within: Self.gradientTolerance, "gradient \(slice.name)")
    }
    print("OpenCL, case \(parity.testDescription): \(worst), \(worstGradient)")
  }

  @Test(arguments: 0..<ParityCase.count)
  func trainsAsPyTorchDoes(number: Int) throws {
    let parity = try ParityCase(number)
    let executor = try executor(parity.specification, parity.configuration)
    try executor.setParameters(parity.parameters)
    try executor.bind(parity.series)
    let batches = executor.batches(of: parity.series.windows.count)
    for step in 0..<ParityCase.adamSteps {
      try executor.forward(batches[step % batches.count])
      try executor.backward(parity.loss)
      try executor.step(.adam(), learningRate: ParityCase.learningRate, maximumGradientNorm: nil)
    }
    var worst = WorstError()
    worst.expect(
      try executor.takeLosses(), try parity.expected("losses"), within: Self.lossTolerance,
      "losses")
    print("OpenCL, case \(parity.testDescription): losses of 20 steps \(worst)")
  }
}
