/// Makes a graph of ONNX, operator by operator: inputs, then operators on values, then outputs.
package final class GraphBuilder {
  /// The result of an operator, an input or a constant.
  package struct Value: Hashable, Sendable {
    package let name: String
  }

  /// The version of ONNX's operators that are used.
  package static let operatorSet = 17

  /// Names that no other value of the graph, or of one around it, has.
  private final class Names {
    private var counts: [String: Int] = [:]

    func next(_ stem: String) -> String {
      counts[stem, default: 0] += 1
      return "\(stem)_\(counts[stem] ?? 0)"
    }
  }

  /// By what a constant is known again.
  private struct Constant: Hashable {
    var type: SafetensorsFile.ElementType
    var shape: [Int]
    var bytes: [UInt8]
  }

  /// What has been made.
  package private(set) var graph = ONNXModel.Graph()
  private let names: Names
  private var constants: [Constant: Value] = [:]

  package init() { names = Names() }

  private init(within names: Names) { self.names = names }

  /// A graph within an operator of this one, which sees the values of this one too.
  package func inner() -> GraphBuilder { GraphBuilder(within: names) }

  /// An input of the graph.
  package func input(
    _ name: String, _ type: SafetensorsFile.ElementType,
    _ shape: [ONNXModel.ValueInfo.Dimension]?, documentation: String = ""
  ) -> Value {
    graph.inputs.append(.init(name, type, shape, documentation: documentation))
    return Value(name: name)
  }

  /// An input of a graph within an operator, whose shape follows.
  package func innerInput(_ type: SafetensorsFile.ElementType) -> Value {
    input(names.next("step"), type, nil)
  }

  /// Makes a value an output of the graph.
  package func output(
    _ name: String, _ type: SafetensorsFile.ElementType,
    _ shape: [ONNXModel.ValueInfo.Dimension]?, _ value: Value, documentation: String = ""
  ) {
    append("Identity", [value], outputs: [Value(name: name)])
    graph.outputs.append(.init(name, type, shape, documentation: documentation))
  }

  /// Makes a value an output of a graph within an operator.
  package func innerOutput(_ value: Value, _ type: SafetensorsFile.ElementType) {
    output(names.next("result"), type, nil, value)
  }

  /// Says for people what the graph is.
  package func describe(_ name: String, _ documentation: String) {
    (graph.name, graph.documentation) = (name, documentation)
  }

  /// A constant; equal ones are kept once.
  package func constant(_ tensor: SafetensorsFile.Tensor, name: String? = nil) -> Value {
    let key = Constant(type: tensor.elementType, shape: tensor.shape, bytes: tensor.bytes)
    if let known = constants[key] { return known }
    let value = Value(name: names.next(name ?? "constant"))
    graph.initializers.append((value.name, tensor))
    constants[key] = value
    return value
  }

  /// The one result of an operator.
  package func node(
    _ operation: String, _ inputs: [Value?], _ attributes: [String: ONNXModel.Attribute] = [:]
  ) -> Value {
    nodes(operation, inputs, attributes, outputs: 1)[0]
  }

  /// The results of an operator.
  package func nodes(
    _ operation: String, _ inputs: [Value?], _ attributes: [String: ONNXModel.Attribute] = [:],
    outputs: Int
  ) -> [Value] {
    let results = (0..<outputs).map { _ in Value(name: names.next(operation.lowercased())) }
    append(operation, inputs, attributes, outputs: results)
    return results
  }

  private func append(
    _ operation: String, _ inputs: [Value?], _ attributes: [String: ONNXModel.Attribute] = [:],
    outputs: [Value]
  ) {
    var inputs = inputs.map { $0?.name ?? "" }
    while inputs.last == "" { inputs.removeLast() }
    graph.nodes.append(
      .init(name: names.next("node"), operation, inputs, outputs.map(\.name), attributes))
  }

  /// The file of the graph.
  ///
  /// - Parameters:
  ///   - metadata: Strings that accompany it.
  ///   - version: The version of the library.
  /// - Returns: The file.
  package func model(metadata: [String: String] = [:], version: String) -> ONNXModel {
    var model = ONNXModel()
    model.producer = (ONNXModel.producer, version)
    model.operatorSets = ["": Self.operatorSet]
    model.graph = graph
    model.metadata = metadata
    return model
  }
}
