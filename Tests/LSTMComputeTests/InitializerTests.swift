import Foundation
@testable import LSTMCompute
import Testing

@Suite struct InitializerTests {
  private static var specification: NetworkSpecification {
    get throws { try NetworkSpecification(inputSize: 3, hiddenSizes: [12, 7], outputSize: 2) }
  }

  /// How far rows, or columns where those are fewer, are from orthonormal.
  private func error(_ values: ArraySlice<Float>, rows: Int, columns: Int) -> Double {
    let values = Array(values)
    let byRows = rows < columns
    let (count, length) = byRows ? (rows, columns) : (columns, rows)
    func element(_ vector: Int, _ index: Int) -> Double {
      Double(values[byRows ? vector * columns + index : index * columns + vector])
    }
    var worst = 0.0
    for a in 0..<count {
      for b in 0..<count {
        let product = (0..<length).reduce(0.0) { $0 + element(a, $1) * element(b, $1) }
        worst = max(worst, abs(product - (a == b ? 1 : 0)))
      }
    }
    return worst
  }

  @Test func pytorchIsTheDefaultAndUnchanged() throws {
    let specification = try Self.specification
    #expect(
      Parameters(specification, by: .pytorch, seed: 3)
        == Parameters(randomFor: specification, seed: 3))
    #expect(TrainingConfiguration().initializer == .pytorch)
  }

  /// Checkpoints of earlier versions are read, and those of this one look the same.
  @Test func filesKeepTheFirstSpelling() throws {
    var configuration = TrainingConfiguration()
    configuration.initializer = .orthogonal
    let text = String(decoding: try JSONEncoder().encode(configuration), as: UTF8.self)
    #expect(text.contains("\"initialiser\":\"orthogonal\"") && !text.contains("initializer"))
    let read = try JSONDecoder().decode(TrainingConfiguration.self, from: Data(text.utf8))
    #expect(read == configuration)
  }

  @Test func aForgetBiasNeedsABias() throws {
    var configuration = TrainingConfiguration()
    configuration.forgetBias = 1
    for change: (inout LSTMLayer) -> Void in [{ $0.bias = .none }, { $0.couplesGates = true }] {
      var layer = LSTMLayer(hiddenSize: 3)
      change(&layer)
      let specification = try NetworkSpecification(
        inputSize: 2, layers: [LSTMLayer(hiddenSize: 3), layer], head: .lastStep, outputSize: 1)
      let error = #expect(throws: LSTMError.self) {
        try Trainer(
          specification: specification, configuration: configuration, backend: ReferenceBackend())
      }
      #expect(error?.description.contains("layer 2 has none") == true)
    }
  }

  @Test func glorotIsAsKerasHasIt() throws {
    let specification = try Self.specification
    let parameters = Parameters(specification, by: .glorot, seed: 3)
    let layout = parameters.layout
    for (index, width) in [12, 7].enumerated() {
      let slices = layout.cells[index][0]
      let bound = (6 / Float(slices.inputWeight.shape[0] + slices.inputWeight.shape[1]))
        .squareRoot()
      let weights = parameters[slices.inputWeight]
      let largest = weights.map(abs).max() ?? 0
      #expect(largest <= bound && largest > 0.9 * bound)
      #expect(abs(weights.reduce(0, +) / Float(weights.count)) < 0.25 * bound)
      #expect(error(parameters[slices.recurrentWeight], rows: 4 * width, columns: width) < 1e-6)
      let (inputBias, recurrentBias) = (slices.biases[0], slices.biases[1])
      let bias = Array(parameters[inputBias])
      #expect(bias == (0..<4 * width).map { (width..<2 * width).contains($0) ? 1 : 0 })
      #expect(parameters[recurrentBias].allSatisfy { $0 == 0 })
    }
    #expect(parameters[layout.head.bias].allSatisfy { $0 == 0 })
  }

  @Test func orthogonalIsSoForEachGate() throws {
    let specification = try Self.specification
    let parameters = Parameters(specification, by: .orthogonal, seed: 3)
    for (index, width) in [12, 7].enumerated() {
      let slices = parameters.layout.cells[index][0]
      for slice in [slices.inputWeight, slices.recurrentWeight] {
        let (values, columns) = (parameters[slice], slice.shape[1])
        for gate in 0..<4 {
          let part = values.dropFirst(gate * width * columns).prefix(width * columns)
          #expect(error(part, rows: width, columns: columns) < 1e-6, "\(slice.name), \(gate)")
        }
      }
    }
    let head = parameters.layout.head.weight
    #expect(error(parameters[head], rows: 2, columns: 7) < 1e-6)
  }

  @Test(arguments: Initializer.allCases, [0.0, 2.5])
  func theForgetBiasIsWhatIsAskedFor(initializer: Initializer, value: Double) throws {
    let specification = try Self.specification
    let plain = Parameters(specification, by: initializer, seed: 3)
    let parameters = Parameters(specification, by: initializer, forgetBias: value, seed: 3)
    for (index, width) in [12, 7].enumerated() {
      let slices = parameters.layout.cells[index][0]
      let (inputBias, recurrentBias) = (slices.biases[0], slices.biases[1])
      let sums = zip(parameters[inputBias], parameters[recurrentBias]).map { $0 + $1 }
      #expect(sums[width..<2 * width].allSatisfy { $0 == Float(value) })
      #expect(parameters[inputBias].prefix(width) == plain[inputBias].prefix(width))
      #expect(parameters[slices.inputWeight] == plain[slices.inputWeight])
    }
  }

  @Test(arguments: Initializer.allCases) func theSeedDecides(initializer: Initializer) throws {
    let specification = try Self.specification
    let parameters = Parameters(specification, by: initializer, seed: 3)
    #expect(parameters == Parameters(specification, by: initializer, seed: 3))
    #expect(parameters != Parameters(specification, by: initializer, seed: 4))
  }

  @Test(arguments: Initializer.allCases)
  func trainingStartsFromIt(initializer: Initializer) throws {
    let trainer = try TrainerTests.trainer {
      $0.epochs = 1
      $0.learningRate = 1e-30
      $0.initializer = initializer
      $0.forgetBias = 0.5
    }
    let result = try trainer.fit(training: TrainerTests.sine(windows: 40))
    let expected = Parameters(trainer.specification, by: initializer, forgetBias: 0.5, seed: 0)
    // A step of 1e-30 is lost on all that is not 0.
    #expect(
      zip(result.network.parameters.values, expected.values).allSatisfy { abs($0 - $1) < 1e-25 })
  }
}
