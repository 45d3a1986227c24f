import FoundationEssentials
import LSTMCompute

/// One shape to time, as `shapes.json` lists it: `[B, T, I, H, L]`, or an object with this as its
/// `shape` and options beside it.
struct BenchmarkCase {
  let batch: Int
  let steps: Int
  let inputs: Int
  let hidden: Int
  let layers: Int
  /// What the case has beside a plain network; `nil` for one without.
  var options: Options?

  /// What is timed against the plain network of the same shape.
  struct Options: Decodable {
    /// What the options are called in the results.
    let name: String
    /// A layer with options, which all layers have; there is no dropout after the last one.
    var layer: LSTMLayer?
    /// Whether a batch goes on from the states of the last one.
    var keepsStates: Bool?
    /// The share of the rows that are missing.
    var missingShare: Float?
  }

  /// The shapes of a suite.
  static func suite(_ name: String, path: String) throws -> [BenchmarkCase] {
    if name == "curve" { return curve }
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw LSTMError.fileSystem("\(path): cannot be read; give its path with --shapes")
    }
    let suites = try JSONDecoder().decode([String: [Entry]].self, from: data)
    guard let entries = suites[name] else {
      throw LSTMError.invalidFile(
        "\(path): no suite '\(name)'; there are \(suites.keys.sorted().joined(separator: ", "))")
    }
    return try entries.map { entry in
      guard entry.shape.count == 5 else {
        throw LSTMError.invalidFile("\(path): \(entry.shape) is not [B,T,I,H,L]")
      }
      let shape = entry.shape
      if let layer = entry.options?.layer, layer.hiddenSize != shape[3] {
        throw LSTMError.invalidFile(
          "\(path): a layer of \(layer.hiddenSize) units in the shape \(shape)")
      }
      return BenchmarkCase(
        batch: shape[0], steps: shape[1], inputs: shape[2], hidden: shape[3], layers: shape[4],
        options: entry.options)
    }
  }

  /// A case in the file.
  private struct Entry: Decodable {
    let shape: [Int]
    var options: Options?

    private enum Keys: CodingKey { case shape }

    init(from decoder: any Decoder) throws {
      if let shape = try? decoder.singleValueContainer().decode([Int].self) {
        self.shape = shape
        return
      }
      shape = try decoder.container(keyedBy: Keys.self).decode([Int].self, forKey: .shape)
      options = try Options(from: decoder)
    }
  }

  /// The same shape without options.
  var plain: BenchmarkCase {
    BenchmarkCase(batch: batch, steps: steps, inputs: inputs, hidden: hidden, layers: layers)
  }

  func configuration(trains: Bool) -> ExecutorConfiguration {
    ExecutorConfiguration(
      mode: trains ? .training : .inference, batchSize: batch, steps: steps,
      keepsStates: options?.keepsStates ?? false, hasMissingRows: options?.missingShare != nil)
  }

  /// One batch with 1, 2, 3 to 300 hidden units.
  private static var curve: [BenchmarkCase] {
    (1...300).map { BenchmarkCase(batch: 32, steps: 32, inputs: 8, hidden: $0, layers: 1) }
  }

  /// The network: one output on the last step.
  var specification: NetworkSpecification {
    get throws {
      let layer = options?.layer ?? LSTMLayer(hiddenSize: hidden)
      var all = Array(repeating: layer, count: layers)
      all[layers - 1].dropout = 0
      return try NetworkSpecification(
        inputSize: inputs, layers: all, head: .lastStep, outputSize: 1)
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
          targets: values(batch + steps), targetSize: 1, steps: steps,
          rowMask: options?.missingShare.map { share in
            (0..<batch + steps).map { _ in generator.nextUnitFloat() >= share }
          }),
        parameters: Parameters(randomFor: try specification, seed: 1))
    }
  }
}
