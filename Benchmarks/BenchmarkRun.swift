import LSTMCompute

/// One case on a device, ready to be timed.
final class BenchmarkRun {
  /// The first losses, or the outputs.
  let firstResults: [Float]
  var plan: String { executor.plan }
  private let executor: any Executor
  private let batch: Range<Int>
  private let trains: Bool

  /// - Parameters:
  ///   - data: The case.
  ///   - trains: Whether training is timed; else inference.
  ///   - backend: The device.
  /// - Throws: Where the device refuses something or computes NaN.
  init(of data: BenchmarkData, trains: Bool, on backend: any Backend) throws {
    let shape = data.shape
    let executor = try backend.makeExecutor(
      for: shape.specification, configuration: shape.configuration(trains: trains))
    try executor.setParameters(data.parameters)
    try executor.bind(data.series)
    self.executor = executor
    batch = 0..<shape.batch
    self.trains = trains
    // A wrong result cannot win: what is timed is compared first.
    try Self.work(trains ? 3 : 1, executor, batch, trains)
    firstResults = try trains ? executor.takeLosses() : executor.outputs()
    guard firstResults.allSatisfy(\.isFinite) else {
      throw LSTMError.deviceFailure("\(backend.name) computed NaN for \(shape)")
    }
  }

  /// Runs the batch so often, and waits for the device.
  func work(_ times: Int) throws {
    try Self.work(times, executor, batch, trains)
    if trains { _ = try executor.takeLosses() } else { _ = try executor.outputs() }
  }

  private static func work(
    _ times: Int, _ executor: any Executor, _ batch: Range<Int>, _ trains: Bool
  ) throws {
    for _ in 0..<times {
      try executor.forward(batch)
      if trains {
        try executor.backward(.mse)
        try executor.step(.adam(), learningRate: 1e-3, maximumGradientNorm: nil)
      }
    }
  }
}
