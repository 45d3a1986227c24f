import FoundationEssentials
import LSTMCompute

/// One shape to time, as `shapes.json` lists it: `[B, T, I, H, L]`.
struct BenchmarkCase {
  let batch: Int
  let steps: Int
  let inputs: Int
  let hidden: Int
  let layers: Int

  /// The shapes of a suite.
  static func suite(_ name: String, path: String) throws -> [BenchmarkCase] {
    if name == "curve" { return curve }
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw LSTMError.fileSystem("\(path): cannot be read; give its path with --shapes")
    }
    let suites = try JSONDecoder().decode([String: [[Int]]].self, from: data)
    guard let shapes = suites[name] else {
      throw LSTMError.invalidFile(
        "\(path): no suite '\(name)'; there are \(suites.keys.sorted().joined(separator: ", "))")
    }
    return try shapes.map {
      guard $0.count == 5 else { throw LSTMError.invalidFile("\(path): \($0) is not [B,T,I,H,L]") }
      return BenchmarkCase(batch: $0[0], steps: $0[1], inputs: $0[2], hidden: $0[3], layers: $0[4])
    }
  }

  /// One batch with 1, 2, 3 to 300 hidden units.
  private static var curve: [BenchmarkCase] {
    (1...300).map { BenchmarkCase(batch: 32, steps: 32, inputs: 8, hidden: $0, layers: 1) }
  }

  /// The network: one output on the last step.
  var specification: NetworkSpecification {
    get throws {
      try NetworkSpecification(
        inputSize: inputs, hiddenSizes: Array(repeating: hidden, count: layers), outputSize: 1)
    }
  }

  /// The floating-point operations of the products of a forward pass or of a training step: forward,
  /// the gradients by W and R, those by h, and those by the inputs of all layers but the lowest.
  func operations(trains: Bool) -> Double {
    (0..<layers).reduce(0.0) { sum, layer in
      let below = layer == 0 ? inputs : hidden
      let once = hidden + below
      let columns = trains ? 2 * once + hidden + (layer == 0 ? 0 : below) : once
      return sum + 8.0 * Double(hidden) * Double(columns) * Double(batch * steps)
    }
  }

  /// Random data for one batch, and fresh parameters.
  var randomData: BenchmarkData {
    get throws {
      var generator = PhiloxGenerator(seed: 1, stream: .data)
      func values(_ count: Int) -> [Float] {
        (0..<count).map { _ in 4 * generator.nextUnitFloat() - 2 }
      }
      return BenchmarkData(
        shape: self,
        series: try WindowedSeries(
          inputs: values((batch + steps) * inputs), inputSize: inputs,
          targets: values(batch + steps), targetSize: 1, steps: steps),
        parameters: Parameters(randomFor: try specification, seed: 1))
    }
  }
}
