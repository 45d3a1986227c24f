/// A file of ONNX (onnx.ai): a graph of operators, and what accompanies it.
///
/// The types here are the messages of its format as far as models of this library need them, with the
/// names and numbers of onnx.proto; `ONNXModel+Writing` and `ONNXModel+Reading` have the numbers.
package struct ONNXModel: Sendable, Equatable {
  /// The name of the library in files that it writes.
  static let producer = "swift-lstm"
  /// The name of a graph with a whole forecaster.
  package static let wholeForecaster = "forecaster"

  /// The version of the format.
  package var irVersion = 8
  /// The library that wrote the file, and its version.
  package var producer = (name: "", version: "")
  /// What is computed.
  package var graph = Graph()
  /// The versions of the sets of operators, by their domains; "" is ONNX's own.
  package var operatorSets: [String: Int] = [:]
  /// Strings that accompany the graph.
  package var metadata: [String: String] = [:]

  package init() {}

  package static func == (first: Self, second: Self) -> Bool {
    first.irVersion == second.irVersion && first.producer == second.producer
      && first.graph == second.graph && first.operatorSets == second.operatorSets
      && first.metadata == second.metadata
  }

  /// Nodes in the order in which they are run, and what goes in and out.
  package struct Graph: Sendable, Equatable {
    package var name = ""
    package var nodes: [Node] = []
    /// Constants by name.
    package var initializers: [(name: String, tensor: SafetensorsFile.Tensor)] = []
    package var inputs: [ValueInfo] = []
    package var outputs: [ValueInfo] = []
    /// What is said for people.
    package var documentation = ""

    package init() {}

    package static func == (first: Self, second: Self) -> Bool {
      first.name == second.name && first.nodes == second.nodes && first.inputs == second.inputs
        && first.outputs == second.outputs && first.documentation == second.documentation
        && first.initializers.map(\.name) == second.initializers.map(\.name)
        && first.initializers.map(\.tensor) == second.initializers.map(\.tensor)
    }
  }

  /// One operator with the names of what it reads and writes; "" is nothing.
  package struct Node: Sendable, Equatable {
    package var name = ""
    package var operation: String
    /// The domain of the operator; "" is ONNX's own.
    package var domain = ""
    package var inputs: [String]
    package var outputs: [String]
    package var attributes: [String: Attribute] = [:]

    package init(
      name: String = "", _ operation: String, _ inputs: [String], _ outputs: [String],
      _ attributes: [String: Attribute] = [:]
    ) {
      self.name = name
      self.operation = operation
      self.inputs = inputs
      self.outputs = outputs
      self.attributes = attributes
    }
  }

  /// What an operator is told beside its inputs.
  package indirect enum Attribute: Sendable, Equatable {
    case float(Float)
    case integer(Int)
    case text(String)
    case tensor(SafetensorsFile.Tensor)
    case graph(Graph)
    case floats([Float])
    case integers([Int])
    case texts([String])
  }

  /// An input or output of a graph: its name and shape.
  package struct ValueInfo: Sendable, Equatable {
    /// A size, or a name for one that is known only when the graph is run.
    package enum Dimension: Sendable, Equatable {
      case size(Int)
      case name(String)
      case unknown
    }

    package var name: String
    package var elementType: SafetensorsFile.ElementType?
    /// `nil` where the file does not tell.
    package var shape: [Dimension]?
    package var documentation = ""

    package init(
      _ name: String, _ elementType: SafetensorsFile.ElementType?, _ shape: [Dimension]?,
      documentation: String = ""
    ) {
      self.name = name
      self.elementType = elementType
      self.shape = shape
      self.documentation = documentation
    }
  }
}

extension SafetensorsFile.ElementType {
  /// ONNX's number for the type.
  var onnxNumber: Int {
    switch self {
    case .float32: 1
    case .uint8: 2
    case .int8: 3
    case .uint16: 4
    case .int16: 5
    case .int32: 6
    case .int64: 7
    case .bool: 9
    case .float16: 10
    case .float64: 11
    case .uint32: 12
    case .uint64: 13
    case .bfloat16: 16
    }
  }

  /// The type of ONNX's number; `nil` of one that no tensor here has.
  init?(onnxNumber: Int) {
    guard let type = Self.allCases.first(where: { $0.onnxNumber == onnxNumber }) else { return nil }
    self = type
  }
}
