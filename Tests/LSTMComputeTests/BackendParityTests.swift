@testable import LSTMCompute
import TestSupport
import Testing

/// Every backend in Float against PyTorch in double.
@Suite(.serialized) struct BackendParityTests {
  /// Rounding is 6e-8; sums of up to 135 products over 37 steps and three layers stay well below.
  static let forwardTolerance = 2e-6
  static let gradientTolerance = 2e-5
  static let lossTolerance = 1e-5

  @Test(arguments: TestedBackend.all, 0..<ParityCase.count)
  func matchesPyTorch(tested: TestedBackend, number: Int) throws {
    let parity = try ParityCase(number)
    let executor = try tested.backend.makeExecutor(
      for: parity.specification, configuration: parity.configuration)
    try executor.setParameters(parity.parameters)
    try executor.bind(parity.series)

    var forward = WorstError()
    try executor.forward(0..<parity.batchSize)
    forward.expect(
      try executor.outputs(), try parity.expected("output"), within: Self.forwardTolerance,
      "output")
    for (layer, state) in try executor.finalStates().enumerated() {
      forward.expect(
        state.hidden, try parity.expected("h_n.\(layer)"), within: Self.forwardTolerance,
        "h_n.\(layer)")
      forward.expect(
        state.cell, try parity.expected("c_n.\(layer)"), within: Self.forwardTolerance,
        "c_n.\(layer)")
    }

    var gradient = WorstError()
    try executor.backward(parity.loss)
    let gradients = try executor.gradients()
    for slice in gradients.layout.slices {
      gradient.expect(
        gradients[slice], try parity.expected("gradient.\(slice.name)"),
        within: Self.gradientTolerance, "gradient \(slice.name)")
    }
    print(
      "\(tested.testDescription), case \(parity.testDescription): forward \(forward), "
        + "backward \(gradient)")
  }

  @Test(arguments: TestedBackend.all, 0..<ParityCase.count)
  func trainsAsPyTorchDoes(tested: TestedBackend, number: Int) throws {
    let parity = try ParityCase(number)
    let executor = try tested.backend.makeExecutor(
      for: parity.specification, configuration: parity.configuration)
    try executor.setParameters(parity.parameters)
    try executor.bind(parity.series)
    let batches = executor.batches(of: parity.series.windows.count)
    for step in 0..<ParityCase.adamSteps {
      try executor.forward(batches[step % batches.count])
      try executor.backward(parity.loss)
      try executor.step(
        .adam(), learningRate: ParityCase.learningRate, maximumGradientNorm: nil)
    }
    let losses = try executor.takeLosses()
    let expected = try parity.expected("losses")
    #expect(losses.count == expected.count)
    let worst = zip(losses, expected).map { abs(Double($0) - $1) / $1 }.max() ?? .nan
    #expect(worst <= Self.lossTolerance, "relative error of a loss")
    print("\(tested.testDescription), case \(parity.testDescription): losses \(worst)")
  }
}
