import TestSupport
import Testing

@testable import LSTMCompute

/// Weights that PyTorch and Keras saved.
@Suite struct ImportTests {
  /// The LSTM layers of a recorded model of Keras, from the input on.
  static func kerasLayers(_ name: String) throws -> [String] {
    let groups = try LayerGroup.all(in: interchangeFile(name).tensors.keys)
    return groups.sorted { ($0.order?.number ?? 0) < ($1.order?.number ?? 0) }.map(\.name)
  }

  /// The predictions of the library that saved the weights, from the weights alone.
  @Test(arguments: ["pytorch-module", "keras-model"])
  func predictsWhatTheLibraryPredicted(name: String) throws {
    let imported = try ImportedNetwork(
      interchangeFile(name).tensors, layers: name.hasPrefix("keras") ? Self.kerasLayers(name) : [],
      head: .lastStep)
    #expect(imported.leftOut.isEmpty)
    // Two biases, of which one may be zero, are what the plain loops know.
    let network = try imported.network.with(bias: .two)
    let run = try interchangeFile("\(name).run")
    let input = try #require(run.tensors["input"])
    let prediction = try #require(run.tensors["prediction"])
    let (rows, steps) = (input.shape[0], input.shape[1])
    let series = try WindowedSeries(
      inputs: input.floats, inputSize: input.shape[2],
      targets: Array(repeating: 0, count: rows * prediction.shape[1]),
      targetSize: prediction.shape[1], steps: steps,
      windows: (0..<rows).map { Window(inputRow: Int32($0 * steps), targetRow: Int32($0)) })
    var worst = WorstError()
    worst.expect(
      try network.predict(series, on: ReferenceBackend()), prediction.doubles, within: 1e-6, name)
    print("imported from \(name): \(worst)")
  }

  @Test func optionsOfPyTorchFollowFromNamesAndShapes() throws {
    let imported = try ImportedNetwork(interchangeFile("pytorch-options").tensors)
    var layer = LSTMLayer(hiddenSize: 5)
    layer.direction = .bidirectional
    layer.projectionSize = 2
    layer.bias = .none
    #expect(imported.network.specification.layers == [layer, layer])
    #expect(imported.network.specification.inputSize == 3)
    #expect(imported.network.specification.head == .none)
  }

  @Test func modulesInAListAreStacked() throws {
    let imported = try ImportedNetwork(interchangeFile("pytorch-stack").tensors)
    let specification = imported.network.specification
    #expect(specification.layers == [LSTMLayer(hiddenSize: 4), LSTMLayer(hiddenSize: 2)])
    #expect(imported.leftOut.count == 6)
    #expect(imported.leftOut.contains("norm.num_batches_tracked"))
    let one = try ImportedNetwork(interchangeFile("pytorch-stack").tensors, layers: ["stack.1"])
    #expect(one.network.specification.inputSize == 4)
    let both = try ImportedNetwork(interchangeFile("pytorch-stack").tensors, layers: ["stack"])
    #expect(both.network == imported.network)
  }

  @Test func optionsOfKerasFollowFromNamesAndShapes() throws {
    let imported = try ImportedNetwork(
      interchangeFile("keras-options").tensors, layers: Self.kerasLayers("keras-options"),
      head: .everyStep)
    var layers = [2, 4, 3].map(LSTMLayer.init(hiddenSize:))
    layers[0].bias = .none
    for index in 1...2 {
      layers[index].bias = .one
      layers[index].direction = .bidirectional
    }
    #expect(imported.format == .keras)
    #expect(imported.network.specification.layers == layers)
    #expect(imported.network.specification.outputSize == 1)
    #expect(imported.leftOut.isEmpty)
    // The dense layer has no bias.
    #expect(imported.network.parameters.values.last == 0)
  }

  /// What has gradients has the names and shapes of what was read.
  @Test(arguments: ["pytorch-module", "pytorch-options", "pytorch-stack", "keras-model"])
  func tensorsGoBackToWhereTheyCameFrom(name: String) throws {
    let tensors = try interchangeFile(name).tensors
    let imported = try ImportedNetwork(
      tensors, layers: name.hasPrefix("keras") ? Self.kerasLayers(name) : [])
    let back = imported.tensors(of: imported.network.parameters)
    #expect(Set(back.keys) == Set(tensors.keys).subtracting(imported.leftOut))
    for (name, tensor) in back {
      #expect(tensor.shape == tensors[name]?.shape)
      #expect(tensor.floats == tensors[name]?.floats)
    }
  }

  @Test func aNetworkOfOursIsKept() throws {
    var layer = LSTMLayer(hiddenSize: 4)
    layer.cellClip = 3
    let network = try Network.random(
      layers: [layer], head: .everyStep, outputSize: 2, decoderSteps: 2)
    let imported = ImportedNetwork(ownNetwork: network)
    #expect(imported.network == network)
    #expect(imported.leftOut.isEmpty)
    let tensors = imported.tensors(of: imported.network.parameters)
    #expect(tensors["lstm.weight_hh_l0"]?.shape == [16, 4])
    #expect(tensors["head.weight"]?.shape == [2, 4])
  }

  typealias Tensor = SafetensorsFile.Tensor

  /// A change to the tensors of an `nn.LSTM(3, 4, 2)` named `lstm`, and what the message says.
  static let mistakes: [(change: @Sendable (inout [String: Tensor]) -> Void, message: String)] = [
    ({ $0 = ["a": .random(2)] }, "there is no LSTM"),
    ({ $0["lstm.weight_hh_l1"] = nil }, "'lstm.weight_hh_l1' is missing"),
    ({ $0["lstm.weight_ih_l0"] = nil }, "'lstm.weight_ih_l0' is missing"),
    ({ $0["lstm.bias_ih_l0"] = nil }, "'lstm.bias_ih_l0' is missing"),
    ({ $0["lstm.bias_hh_l1"] = nil }, "'lstm.bias_hh_l1' is missing beside 'lstm.bias_ih_l1'"),
    ({ $0["lstm.weight_ih_l0"] = .random(48) }, "'lstm.weight_ih_l0' has the shape [48]"),
    ({ $0["lstm.weight_ih_l0"] = .random(15, 3) }, "15 rows of gates"),
    (
      { $0["lstm.weight_hh_l1"] = .random(16, 5) },
      "'lstm.weight_hh_l1' has the shape [16, 5]; expected [16, 4]"
    ),
    ({ $0["lstm.weight_ih_l1"] = .random(16, 8) }, "expected [16, 4]"),
    ({ $0["lstm.weight_hr_l0"] = .random(4, 4) }, "the projection is 4"),
    ({ $0["lstm.weight_ih_l0_reverse"] = .random(16, 3) }, "'lstm.weight_hh_l0_reverse'"),
    ({ $0["lstm.weight_ih_l3"] = .random(16, 4) }, "'lstm.weight_ih_l2' is missing"),
    ({ $0["lstm.norm_hh_l1"] = .random(16) }, "'lstm.norm_hh_l1' has no place"),
    ({ $0["lstm.bias_ih_l0"] = .init(integers: [1], shape: [1]) }, "type I64; expected F32"),
    ({ $0["other.weight_ih_l0"] = .random(16, 3) }, "several LSTMs ('lstm', 'other')"),
  ]

  @Test(arguments: mistakes.indices) func mistakesAreNamed(index: Int) throws {
    let network = try Network.random(layers: [4, 4].map(LSTMLayer.init(hiddenSize:)))
    var tensors = try network.tensors(for: .pytorch)
    Self.mistakes[index].change(&tensors)
    let error = #expect(throws: LSTMError.self) { try ImportedNetwork(tensors) }
    let message = error?.description ?? ""
    #expect(message.contains(Self.mistakes[index].message), "\(message)")
  }

  @Test func layersOfOtherNamesAreStackedInTheOrderGiven() throws {
    let network = try Network.random(layers: [4, 4].map(LSTMLayer.init(hiddenSize:)))
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in try network.tensors(for: .pytorch) {
      let number = name.hasSuffix("l0") ? "first" : "second"
      tensors["net.\(number)." + name.dropFirst(5).dropLast() + "0"] = tensor
    }
    #expect(throws: LSTMError.self) { try ImportedNetwork(tensors) }
    let imported = try ImportedNetwork(tensors, layers: ["net.first", "net.second"])
    #expect(imported.network == network)
    #expect(throws: LSTMError.self) { try ImportedNetwork(tensors, layers: ["net.third"]) }
  }

  @Test func aDenseLayerIsChosenByItsInputsOrItsName() throws {
    let network = try Network.random(layers: [LSTMLayer(hiddenSize: 4)])
    var tensors = try network.tensors(for: .pytorch)
    #expect(throws: LSTMError.self) { try ImportedNetwork(tensors, head: .lastStep) }
    tensors["fc.weight"] = .random(2, 4)
    tensors["other.weight"] = .random(4, 7)
    let imported = try ImportedNetwork(tensors, head: .lastStep)
    #expect(imported.network.specification.outputSize == 2)
    #expect(imported.leftOut == ["other.weight"])
    tensors["out.weight"] = .random(5, 4)
    #expect(throws: LSTMError.self) { try ImportedNetwork(tensors, head: .lastStep) }
    let named = try ImportedNetwork(tensors, head: .lastStep, dense: "out")
    #expect(named.network.specification.outputSize == 5)
  }
}
