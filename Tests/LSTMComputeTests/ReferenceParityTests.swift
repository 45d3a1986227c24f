@testable import LSTMCompute
import TestSupport
import Testing

/// The reference in Double against PyTorch in double: the tie to the outside world.
@Suite struct ReferenceParityTests {
  /// A few hundred roundings of 1.1e-16 each, relative to sums that hardly cancel.
  static let tolerance = 1e-12

  @Test(arguments: 0..<ParityCase.count)
  func matchesPyTorch(number: Int) throws {
    let parity = try ParityCase(number)
    let executor = try ReferenceExecutor(
      for: parity.specification, configuration: parity.configuration)
    try executor.setParameters(parity.parameters)
    try executor.bind(parity.series)

    var worst = WorstError()
    try executor.forward(0..<parity.batchSize)
    worst.expect(
      try executor.outputValues(), try parity.expected("output"), within: Self.tolerance, "output")
    for (layer, state) in try executor.finalStateValues().enumerated() {
      worst.expect(
        state.hidden, try parity.expected("h_n.\(layer)"), within: Self.tolerance, "h_n.\(layer)")
      worst.expect(
        state.cell, try parity.expected("c_n.\(layer)"), within: Self.tolerance, "c_n.\(layer)")
    }
    try executor.backward(parity.loss)
    for slice in ParameterLayout(parity.specification).slices {
      worst.expect(
        try executor.gradientValues()[slice.range], try parity.expected("gradient.\(slice.name)"),
        within: Self.tolerance, "gradient \(slice.name)")
    }
    print("reference in Double, case \(parity.testDescription): worst error \(worst)")
  }

  @Test(arguments: 0..<ParityCase.count)
  func trainsAsPyTorchDoes(number: Int) throws {
    let parity = try ParityCase(number)
    let executor = try ReferenceExecutor(
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
    var worst = WorstError()
    // Adam divides by the root of a gradient's square, which keeps no scale: where a gradient nearly
    // vanishes its rounding becomes a step.
    worst.expect(
      try executor.takeLossValues(), try parity.expected("losses"), within: 1e-10, "losses")
    print("reference in Double, case \(parity.testDescription): worst loss error \(worst)")
  }
}
