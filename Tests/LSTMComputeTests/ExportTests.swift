import TestSupport
import Testing

@testable import LSTMCompute

/// Weights for PyTorch and Keras.
///
/// Scripts/check_moving_models.py has these libraries load them.
@Suite struct ExportTests {
  static let networks: [@Sendable () throws -> Network] = [
    { try .random(layers: [LSTMLayer(hiddenSize: 4)], head: .lastStep, outputSize: 2) },
    {
      try .random(
        layers: [5, 3].map(LSTMLayer.init(hiddenSize:)), head: .everyStep, outputSize: 1)
    },
    {
      var layer = LSTMLayer(hiddenSize: 4)
      layer.direction = .bidirectional
      var single = layer
      single.bias = .none
      return try .random(layers: [layer, single, LSTMLayer(hiddenSize: 2)])
    },
    // One nn.LSTM has both, since one bias is written as two.
    {
      var single = LSTMLayer(hiddenSize: 4)
      single.bias = .one
      return try .random(layers: [single, LSTMLayer(hiddenSize: 4)])
    },
  ]

  /// What is written for a library is read as the same network, but for the number of biases.
  @Test(arguments: networks.indices, WeightFormat.allCases)
  func comesBack(index: Int, format: WeightFormat) throws {
    let network = try Self.networks[index]()
    let prefix = format == .keras ? "model/" : "model."
    let tensors = try network.tensors(for: format, prefix: prefix)
    let imported = try ImportedNetwork(
      tensors, metadata: network.metadata(for: format, prefix: prefix),
      head: network.specification.head)
    #expect(imported.format == format)
    #expect(imported.leftOut.isEmpty)
    #expect(imported.network == (try network.with(bias: format == .keras ? .one : .two)))
  }

  @Test func namesAreThoseOfPyTorch() throws {
    #expect(
      try Self.networks[0]().tensors(for: .pytorch).mapValues(\.shape) == [
        "lstm.weight_ih_l0": [16, 3], "lstm.weight_hh_l0": [16, 4], "lstm.bias_ih_l0": [16],
        "lstm.bias_hh_l0": [16], "head.weight": [2, 4], "head.bias": [2],
      ])
    #expect(try Self.networks[1]().tensors(for: .pytorch)["lstm.1.weight_ih_l0"]?.shape == [12, 5])
  }

  @Test func namesAreThoseOfKeras() throws {
    #expect(
      try Self.networks[0]().tensors(for: .keras).mapValues(\.shape) == [
        "lstm/lstm_cell/kernel": [3, 16], "lstm/lstm_cell/recurrent_kernel": [4, 16],
        "lstm/lstm_cell/bias": [16], "dense/kernel": [4, 2], "dense/bias": [2],
      ])
    let names = Set(try Self.networks[2]().tensors(for: .keras).keys)
    for name in [
      "bidirectional/forward_lstm/lstm_cell/bias",
      "bidirectional_1/backward_lstm_1/lstm_cell/kernel", "lstm_2/lstm_cell/kernel",
    ] {
      #expect(names.contains(name), "\(name)")
    }
    #expect(!names.contains("bidirectional_1/backward_lstm_1/lstm_cell/bias"))
  }

  @Test func aDecoderIsExportedToo() throws {
    let network = try Network.random(
      layers: [LSTMLayer(hiddenSize: 4)], head: .everyStep, outputSize: 2, decoderSteps: 3)
    #expect(try network.tensors(for: .pytorch)["decoder.weight_ih_l0"]?.shape == [16, 4])
    #expect(try network.tensors(for: .keras)["lstm_1/lstm_cell/kernel"]?.shape == [4, 16])
  }

  /// Keras's one bias is the sum of PyTorch's two, and PyTorch's second is zero.
  @Test func biasesAreAddedForKeras() throws {
    let network = try Self.networks[0]()
    let pytorch = try network.tensors(for: .pytorch)
    let sum = zip(
      try #require(pytorch["lstm.bias_ih_l0"]).floats,
      try #require(pytorch["lstm.bias_hh_l0"]).floats
    ).map(+)
    #expect(try network.tensors(for: .keras)["lstm/lstm_cell/bias"]?.floats == sum)
    let back = try network.with(bias: .one).tensors(for: .pytorch)
    #expect(back["lstm.bias_ih_l0"]?.floats == sum)
    #expect(back["lstm.bias_hh_l0"]?.floats == Array(repeating: 0, count: 16))
  }

  static let options: [(change: @Sendable (inout LSTMLayer) -> Void, name: String)] = [
    ({ $0.direction = .reverse }, "reverse"), ({ $0.hasPeepholes = true }, "peepholes"),
    ({ $0.couplesGates = true }, "coupled"), ({ $0.normalizesGates = true }, "normalized"),
    ({ $0.gateClip = 1 }, "clip"), ({ $0.zoneoutCell = 0.1 }, "zoneout"),
  ]

  @Test(arguments: options.indices, WeightFormat.allCases)
  func whatALibraryDoesNotHaveIsRefused(index: Int, format: WeightFormat) throws {
    var layer = LSTMLayer(hiddenSize: 4)
    Self.options[index].change(&layer)
    let network = try Network.random(layers: [layer])
    let error = #expect(throws: LSTMError.self) { try network.tensors(for: format) }
    #expect(error?.description.contains(Self.options[index].name) == true)
  }

  @Test func whatOneOfThemHasIsNotRefused() throws {
    var layer = LSTMLayer(hiddenSize: 4)
    layer.projectionSize = 2
    let projected = try Network.random(layers: [layer])
    #expect(try projected.tensors(for: .pytorch)["lstm.weight_hr_l0"]?.shape == [2, 4])
    #expect(throws: LSTMError.self) { try projected.tensors(for: .keras) }
    layer = LSTMLayer(hiddenSize: 4)
    layer.direction = .bidirectionalSum
    let sum = try Network.random(layers: [layer])
    #expect(throws: LSTMError.self) { try sum.tensors(for: .pytorch) }
    #expect(try sum.tensors(for: .keras).count == 6)
  }
}
