import LSTMCompute

extension Benchmark {
  /// The numbers of processes that messages are counted for.
  private static let processes = [2, 4, 8, 16, 32, 64]

  /// What processes that share the training of a shape exchange in each step.
  struct MessageRow: Encodable {
    let suite: String
    let B, T, I, H, L: Int
    /// The numbers of the flat gradient, and its bytes.
    let parameters, gradient_bytes: Int
    /// By the number of processes, the bytes that each hands over in a step, beside the few of the
    /// headers.
    let step_bytes: [String: Int]
  }

  /// Prints what is exchanged for each shape of the suite, without computing anything.
  func printMessages() throws {
    for shape in try BenchmarkCase.suite(suite, path: shapes) {
      let count = ParameterLayout(try shape.specification).count
      let size = MemoryLayout<Float>.stride
      try print(
        MessageRow(
          suite: suite, B: shape.batch, T: shape.steps, I: shape.inputs, H: shape.hidden,
          L: shape.layers, parameters: count, gradient_bytes: count * size,
          step_bytes: Dictionary(
            uniqueKeysWithValues: Self.processes.map {
              ("\($0)", ProcessGroup.sumBytes(of: count, size: size, ranks: $0))
            })))
    }
  }
}
