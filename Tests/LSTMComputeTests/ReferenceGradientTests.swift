@testable import LSTMCompute
import TestSupport
import Testing

/// The reference's gradients against central differences in Double.
@Suite struct ReferenceGradientTests {
  @Test(arguments: [[1], [7], [5, 3], [4, 2, 3]], Loss.everyKind)
  func matchesCentralDifferences(hiddenSizes: [Int], loss: Loss) throws {
    let specification = try NetworkSpecification(
      inputSize: 3, hiddenSizes: hiddenSizes, outputSize: 2 * loss.outputsPerTarget)
    let plain = try WindowedSeries.random(
      inputSize: 3, targetSize: 2, steps: 6, windows: 4, seed: 11)
    try Self.check(plain, specification, loss)
    var targets = plain.targets
    let weights = targets.indices.map { Float($0 % 4) / 2 }
    for index in targets.indices where weights[index] == 0 { targets[index] = .nan }
    let weighted = try WindowedSeries(
      inputs: plain.inputs, inputSize: 3, targets: targets, targetSize: 2, steps: 6,
      targetWeights: weights)
    try Self.check(weighted, specification, loss)
  }

  private static func check(
    _ series: WindowedSeries, _ specification: NetworkSpecification, _ loss: Loss
  ) throws {
    let executor = try ReferenceExecutor(
      for: specification,
      configuration: ExecutorConfiguration(mode: .training, batchSize: 4, steps: 6))
    try executor.setParameters(Parameters(randomFor: specification, seed: 12))
    try executor.bind(series)

    func lossNow() throws -> Double {
      try executor.forward(0..<4)
      try executor.accumulateLoss(loss)
      return try #require(executor.takeLossValues().last)
    }
    _ = try lossNow()
    try executor.backward(loss)
    let gradient = try executor.gradientValues()
    var values = try executor.parameterValues()

    let step = 1e-6
    for slice in ParameterLayout(specification).slices {
      for index in slice.range {
        let value = values[index]
        values[index] = value + step
        try executor.setParameterValues(values)
        let above = try lossNow()
        values[index] = value - step
        try executor.setParameterValues(values)
        let below = try lossNow()
        values[index] = value
        let difference = (above - below) / (2 * step)
        let error = abs(gradient[index] - difference)
        // Truncation is step², rounding is 1e-16 / step.
        #expect(
          error <= 1e-9 + 1e-7 * abs(difference), "\(slice.name)[\(index - slice.offset)]")
      }
    }
  }
}
