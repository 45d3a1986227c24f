public import LSTMCompute

extension PhiloxGenerator {
  /// Numbers that are roughly normal: the sum of three uniform ones, with mean 0 and variance 1.
  public mutating func values(_ count: Int) -> [Float] {
    (0..<count).map { _ in 2 * (nextUnitFloat() + nextUnitFloat() + nextUnitFloat()) - 3 }
  }
}

extension WindowedSeries {
  /// A made-up series whose every window is used.
  public static func random(
    inputSize: Int, targetSize: Int, steps: Int, horizon: Int = 1, windows: Int, seed: UInt64
  ) throws -> WindowedSeries {
    var generator = PhiloxGenerator(seed: seed, stream: .data)
    let rows = windows + steps + horizon - 1
    return try WindowedSeries(
      inputs: generator.values(rows * inputSize), inputSize: inputSize,
      targets: generator.values(rows * targetSize), targetSize: targetSize, steps: steps,
      horizon: horizon)
  }
}
