import Foundation
import TestSupport
import Testing

@testable import LSTMCompute

/// Networks that are written as ONNX files and read back.
@Suite struct ONNXRoundTripTests {
  /// Layers with all that ONNX's operator has.
  static let stacks: [[LSTMLayer]] = {
    func layer(_ units: Int, _ change: (inout LSTMLayer) -> Void = { _ in }) -> LSTMLayer {
      var layer = LSTMLayer(hiddenSize: units)
      change(&layer)
      return layer
    }
    var peepholes = layer(4) { $0.hasPeepholes = true }
    peepholes.gateClip = 0.5
    var coupled = layer(4) { $0.hasPeepholes = true }
    coupled.couplesGates = true
    var dropped = layer(1) { $0.dropout = 0.3 }
    dropped.recurrentDropout = 0.2
    return [
      [layer(4)], [layer(5), layer(3)],
      [layer(4) { $0.direction = .bidirectional }, layer(4) { $0.direction = .bidirectionalSum }],
      [layer(3) { $0.direction = .reverse }, layer(2) { $0.bias = .none }],
      [peepholes], [coupled, layer(4)], [dropped, layer(1)],
    ]
  }()

  @Test(arguments: stacks, NetworkSpecification.Head.allCases)
  func networksComeBack(layers: [LSTMLayer], head: NetworkSpecification.Head) throws {
    let network = try Network.random(
      layers: layers, head: head, outputSize: head == .none ? 0 : 2)
    let model = try network.onnxModel()
    let read = try ONNXModel(try model.encoded(), path: "x")
    #expect(read == model)
    let back = try ImportedNetwork(read).network
    #expect(back.specification.head == head)
    // Dropout is no part of what is computed in inference.
    #expect(
      back.specification.layers
        == layers.map { layer in
          var layer = layer
          (layer.dropout, layer.recurrentDropout) = (0, 0)
          return layer
        })
    #expect(back.parameters.values == network.parameters.values)
  }

  /// One bias becomes two, of which the second is 0.
  @Test func oneBiasBecomesTwo() throws {
    var layer = LSTMLayer(hiddenSize: 3)
    layer.bias = .one
    let network = try Network.random(layers: [layer])
    let back = try ImportedNetwork(ONNXModel(network.onnx(), path: "x")).network
    #expect(try back == network.with(bias: .two))
  }

  @Test func statesAreInputs() throws {
    let network = try Network.random(layers: [LSTMLayer(hiddenSize: 3), LSTMLayer(hiddenSize: 2)])
    let model = try network.onnxModel(hasStates: true)
    #expect(model.graph.inputs.map(\.name) == ["input", "h_0.0", "c_0.0", "h_0.1", "c_0.1"])
    #expect(model.graph.inputs[3].shape == [.size(1), .name("batch"), .size(2)])
    #expect(
      model.graph.outputs.map(\.name) == ["output", "h_n.0", "c_n.0", "h_n.1", "c_n.1"])
    #expect(try ImportedNetwork(model).network == network)
  }

  /// W [D, 4H, I], R [D, 4H, H], B [D, 8H] and P [D, 3H], gates in the order i, o, f, c.
  @Test func weightsLieAsONNXHasThem() throws {
    var layer = LSTMLayer(hiddenSize: 2)
    layer.hasPeepholes = true
    let network = try Network.random(inputSize: 3, layers: [layer])
    let graph = try network.onnxModel().graph
    let node = try #require(graph.nodes.first { $0.operation == "LSTM" })
    let tensors = Dictionary(uniqueKeysWithValues: graph.initializers.map { ($0.name, $0.tensor) })
    func tensor(_ place: Int) -> SafetensorsFile.Tensor? { tensors[node.inputs[place]] }
    #expect(tensor(1)?.shape == [1, 8, 3] && tensor(2)?.shape == [1, 8, 2])
    #expect(tensor(3)?.shape == [1, 16] && tensor(7)?.shape == [1, 6])
    #expect(node.inputs[4...6] == ["", "", ""])
    let cell = network.parameters.layout.cells[0][0]
    let ours = Array(network.parameters[cell.inputBias ?? cell.inputWeight])
    func gate(_ number: Int) -> ArraySlice<Float> { ours[2 * number..<2 * number + 2] }
    let expected: [Float] = [0, 3, 1, 2].flatMap { Array(gate($0)) }
    #expect(Array(tensor(3)?.floats.prefix(8) ?? []) == expected)
    let peepholes = Array(network.parameters[cell.peephole ?? cell.inputWeight])
    let order: [Float] = [0, 2, 1].flatMap { Array(peepholes[2 * $0..<2 * $0 + 2]) }
    #expect(tensor(7)?.floats == order)
  }

  /// Options that ONNX's operator lacks, and how they are called.
  static let lacking: [(option: String, change: @Sendable (inout LSTMLayer) -> Void)] = [
    ("a projection", { $0.projectionSize = 2 }),
    ("normalized gates", { $0.normalizesGates = true }),
    ("a clip of the cell", { $0.cellClip = 1 }), ("zoneout", { $0.zoneoutCell = 0.1 }),
  ]

  @Test(arguments: lacking.indices) func whatONNXLacksIsNamed(number: Int) throws {
    let (option, change) = Self.lacking[number]
    var layer = LSTMLayer(hiddenSize: 4)
    change(&layer)
    let network = try Network.random(layers: [LSTMLayer(hiddenSize: 4), layer])
    let error = #expect(throws: LSTMError.self) { try network.onnx() }
    #expect(error?.description.hasPrefix("layer 1 has \(option), which ONNX's LSTM") == true)
  }
}
