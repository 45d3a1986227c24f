import Foundation
import Testing

@testable import LSTMCompute

/// Graphs that are no network of LSTM layers and one dense layer.
@Suite struct GraphRefusalTests {
  typealias Node = ONNXModel.Node

  /// A graph of two layers and a head on the last step, as it is written.
  private func model() throws -> ONNXModel {
    try Network.random(
      layers: [LSTMLayer(hiddenSize: 4), LSTMLayer(hiddenSize: 4)], head: .lastStep, outputSize: 2
    ).onnxModel()
  }

  private func refusal(_ model: ONNXModel) -> String {
    let error = #expect(throws: LSTMError.self) { try ImportedNetwork(model) }
    return error?.description ?? ""
  }

  /// The number of a graph's node of a kind.
  private func place(_ operation: String, _ number: Int = 0, in model: ONNXModel) throws -> Int {
    let places = model.graph.nodes.indices.filter {
      model.graph.nodes[$0].operation == operation
    }
    return try #require(places.dropFirst(number).first)
  }

  @Test func aWholeGraphIsRead() throws { _ = try ImportedNetwork(model()) }

  /// An operator between layers that changes numbers.
  @Test(arguments: ["Relu", "Softmax", "BatchNormalization", "Conv", "GRU", "RNN", "Sub"])
  func otherOperatorsAreNamed(operation: String) throws {
    var model = try model()
    let squeeze = try place("Squeeze", in: model)
    let name = model.graph.nodes[squeeze].outputs[0]
    model.graph.nodes[squeeze].outputs[0] = "before"
    model.graph.nodes.insert(
      Node(name: "middle", operation, ["before"], [name]), at: squeeze + 1)
    let message = refusal(model)
    #expect(message.hasPrefix("node 'middle' (\(operation)) "), "\(message)")
  }

  /// A change to an LSTM operator, and what is said of it.
  static let mistakes: [(change: @Sendable (inout Node) -> Void, message: String)] = [
    ({ $0.attributes["activations"] = .texts(["Relu", "Tanh", "Tanh"]) }, "other activations"),
    ({ $0.attributes["direction"] = .text("up") }, "'direction'"),
    ({ $0.attributes["direction"] = .text("bidirectional") }, "weights of 1 directions"),
    ({ $0.attributes["hidden_size"] = .integer(5) }, "'hidden_size'"),
    ({ $0.attributes["clip"] = .float(-1) }, "'clip'"),
    ({ $0.inputs[1] = "input" }, "no constant"),
    ({ $0.inputs[1] = "" }, "no constant weights"),
    ({ $0.inputs[2] = $0.inputs[3] }, "weights of another kind"),
    ({ $0.inputs[1] = "nowhere" }, "reads 'nowhere', which nothing before it makes"),
    ({ $0.domain = "com.microsoft" }, "'com.microsoft'"),
  ]

  @Test(arguments: mistakes.indices) func mistakesOfLayersAreNamed(number: Int) throws {
    for layer in 0...1 {
      var model = try model()
      let place = try place("LSTM", layer, in: model)
      Self.mistakes[number].change(&model.graph.nodes[place])
      let message = refusal(model)
      #expect(message.contains("(LSTM)"), "\(message)")
      #expect(message.contains(Self.mistakes[number].message), "\(message)")
    }
  }

  @Test func theFirstStepIsNotTheLast() throws {
    for step in [0, 1, -2] {
      var model = try model()
      let gather = try place("Gather", in: model)
      model.graph.initializers.append(("step", .init(integers: [step], shape: [])))
      model.graph.nodes[gather].inputs[1] = "step"
      #expect(refusal(model).contains("other places than those of the last step"))
    }
  }

  @Test func aSecondDenseLayerIsNamed() throws {
    var model = try model()
    let output = try #require(model.graph.nodes.last)
    model.graph.initializers.append(
      ("more", SafetensorsFile.Tensor.random(2, 2, seed: 4)))
    model.graph.nodes[model.graph.nodes.count - 1].inputs = ["deep"]
    model.graph.nodes.insert(
      Node(name: "second", "MatMul", [output.inputs[0], "more"], ["deep"]),
      at: model.graph.nodes.count - 1)
    #expect(refusal(model).contains("node 'second' (MatMul) is a second dense layer"))
  }

  @Test func aGraphWithoutLayersIsRefused() throws {
    var model = try model()
    model.graph.nodes = [Node(name: "n", "Identity", ["input"], ["output"])]
    #expect(refusal(model).contains("there is no LSTM operator"))
  }

  @Test func layersBesideEachOtherAreRefused() throws {
    var model = try model()
    let second = try place("LSTM", 1, in: model)
    let first = try place("LSTM", 0, in: model)
    model.graph.nodes[second].inputs[0] = model.graph.nodes[first].inputs[0]
    #expect(refusal(model).contains("(LSTM) reads something else than the outputs of the layer"))
  }

  /// A weight may be made of others, but not without end.
  @Test func constantsThatGrowAreRefused() throws {
    var model = try model()
    model.graph.initializers.append(("g0", .random(1024, 64)))
    var nodes: [Node] = []
    for step in 0..<40 {
      nodes.append(
        Node(
          name: "grow\(step)", "Concat", ["g\(step)", "g\(step)"], ["g\(step + 1)"],
          ["axis": .integer(0)]))
    }
    model.graph.nodes = nodes + model.graph.nodes
    #expect(refusal(model).contains("many times larger than the file"))
  }

  // MARK: - Bytes

  private func fields(_ write: (inout ProtobufWriter) -> Void) -> Data {
    var writer = ProtobufWriter()
    write(&writer)
    return Data(writer.bytes)
  }

  private func refusal(_ data: Data) -> String {
    let error = #expect(throws: LSTMError.self) { try ONNXModel(data, path: "f.onnx") }
    return error?.description ?? ""
  }

  @Test func bytesThatAreNoMessageAreRefused() {
    let overlong = Data([0x08] + [UInt8](repeating: 0xFF, count: 11) + [0x01])
    #expect(refusal(overlong).contains("f.onnx: not a whole ONNX file: a number has more than 64"))
    #expect(refusal(Data([0x0F, 1])).contains("written in the way 7"))
    #expect(refusal(Data([0x00, 1])).contains("a field has the number 0"))
    #expect(
      refusal(Data([0x3A, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01])).contains("bytes where 0 are"))
    #expect(refusal(Data()).contains("no graph"))
    #expect(refusal(Data("name,value\n1,2\n".utf8)).contains("not a whole ONNX file"))
  }

  /// A graph with one tensor.
  private func file(_ tensor: (inout ProtobufWriter) -> Void) -> Data {
    fields { model in
      model.integer(1, 8)
      model.message(7) { $0.message(5, tensor) }
      model.message(8) { $0.integer(2, 17) }
    }
  }

  @Test func tensorsAreCheckedBeforeTheyAreMade() {
    let huge = file {
      for _ in 0..<5 { $0.integer(1, 1 << 40) }
      $0.integer(2, 1)
      $0.text(8, "w")
    }
    #expect(refusal(huge).contains("tensor 'w' of shape [1099511627776"))
    let negative = file {
      $0.integer(1, -4)
      $0.integer(2, 1)
      $0.raw(9, [0, 0, 0, 0])
    }
    #expect(refusal(negative).contains("of shape [-4]"))
    let elsewhere = file {
      $0.integer(2, 1)
      $0.text(8, "w")
      $0.integer(14, 1)
    }
    #expect(refusal(elsewhere).contains("tensor 'w' has its elements in another file"))
    let strange = file {
      $0.integer(2, 17)
      $0.text(8, "w")
    }
    #expect(refusal(strange).contains("elements of ONNX's type 17"))
  }

  @Test func graphsWithinGraphsHaveAnEnd() {
    func nested(_ depth: Int, _ writer: inout ProtobufWriter) {
      guard depth > 0 else { return }
      writer.message(1) { node in
        node.message(5) { attribute in
          attribute.integer(20, 5)
          attribute.message(6) { nested(depth - 1, &$0) }
        }
      }
    }
    let deep = fields { model in
      model.integer(1, 8)
      model.message(7) { nested(40, &$0) }
    }
    #expect(refusal(deep).contains("graphs lie within each other"))
  }
}
