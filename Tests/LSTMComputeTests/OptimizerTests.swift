import Foundation
@testable import LSTMCompute
import TestSupport
import Testing

/// Every optimizer against PyTorch's in double precision.
@Suite(.serialized) struct OptimizerTests {
  /// PyTorch's own float32 is off by 0.8e-7 to 2.8e-7 after the same steps.
  static let tolerance = 2e-6

  @Test func everySettingIsThere() { #expect(OptimizerCase.all.count == 19) }

  @Test(arguments: OptimizerCase.all)
  func theReferenceMatchesPyTorch(recorded: OptimizerCase) throws {
    let executor = try ReferenceExecutor(
      for: OptimizerCase.specification, configuration: OptimizerCase.configuration)
    try recorded.train(executor)
    var worst = WorstError()
    worst.expect(try executor.parameterValues(), try recorded.expected, within: 1e-12, "parameters")
    print("reference in Double, \(recorded.testDescription): \(worst)")
  }

  @Test(arguments: TestedBackend.all, OptimizerCase.all)
  func everyBackendMatchesPyTorch(tested: TestedBackend, recorded: OptimizerCase) throws {
    let executor = try tested.backend.makeExecutor(
      for: OptimizerCase.specification, configuration: OptimizerCase.configuration)
    try recorded.train(executor)
    var worst = WorstError()
    worst.expect(
      try executor.parameters().values, try recorded.expected, within: Self.tolerance,
      "parameters")
    print("\(tested.testDescription), \(recorded.testDescription): \(worst)")
  }

  /// A NaN in a gradient must not be cut to a number.
  @Test(arguments: TestedBackend.all) func clippingLetsNaNThrough(tested: TestedBackend) throws {
    let executor = try tested.backend.makeExecutor(
      for: OptimizerCase.specification, configuration: OptimizerCase.configuration)
    var parameters = try OptimizerCase.initial
    parameters[parameters.layout.head.bias] = [.nan, 0]
    try executor.setParameters(parameters)
    try executor.bind(OptimizerCase.series)
    try executor.forward(0..<4)
    try executor.backward(.mse)
    try executor.step(
      .sgd(), learningRate: 0.1, clipping: GradientClipping(maximumValue: 0.1))
    let after = try executor.parameters()
    #expect(after[after.layout.head.weight].prefix(5).allSatisfy { $0.isNaN })
  }

  /// Forms that were written before an optimizer had all of its numbers.
  @Test(arguments: [
    ("{\"adam\":{\"beta1\":0.9,\"beta2\":0.999,\"epsilon\":1e-8}}", Optimizer.adam()),
    ("{\"sgd\":{\"momentum\":0.5}}", .sgd(momentum: 0.5)),
  ])
  func readsOlderForms(text: String, expected: Optimizer) throws {
    #expect(try JSONDecoder().decode(Optimizer.self, from: Data(text.utf8)) == expected)
  }

  @Test(arguments: OptimizerCase.all) func comesBackAsItWas(recorded: OptimizerCase) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let optimizer = recorded.optimizer
    #expect(try decoder.decode(Optimizer.self, from: encoder.encode(optimizer)) == optimizer)
  }
}
