/// Reads the network that a graph of ONNX is, operator by operator, without running it.
///
/// Layers follow from the LSTM operators, which must lie on top of each other, and a head from one dense
/// layer after them. All else between them must change nothing but the order and the number of axes;
/// everything else is refused by the name of its node.
struct GraphReader {
  /// A layer as its operator has it.
  struct Layer {
    var layer: LSTMLayer
    /// Of each direction, in our order of gates.
    var cells: [Cell]
    var inputSize: Int
    /// The states before the first step that the graph has: `[D, B, H]` each.
    var hidden: SafetensorsFile.Tensor?
    var cell: SafetensorsFile.Tensor?
    /// Whether it is known what becomes of its two directions.
    var isMerged = false
  }

  /// The weights of one direction.
  struct Cell {
    var inputWeight: [Float]
    var recurrentWeight: [Float]
    var inputBias: [Float]
    var recurrentBias: [Float]
    var peepholes: [Float]
  }

  /// The dense layer after them.
  struct Head {
    var outputs: Int
    /// `[O, F]`, as ours is.
    var weight: [Float]
    var bias: [Float]?
    /// Whether it reads the final state, which of a shorter sequence is the output at its own last step.
    var readsState: Bool
  }

  /// More axes than these no shape has.
  static let mostAxes = 8
  /// More bytes than these times those of the file no constants that are made of others have.
  private static let mostGrowth = 8

  /// The version of the operators in which LSTM got its present meaning, and Dropout that of inference.
  private static let firstOperators = 7

  let model: ONNXModel
  var values: [String: GraphValue] = ["": .none]
  var layers: [Layer] = []
  var head: Head?
  /// The input that is the sequence, and which of its axes are steps and sequences.
  var sequence: (input: String, time: GraphValue.Axis, batch: GraphValue.Axis)?
  /// Which inputs are states before the first step, and which layers start from which places of them.
  var takenStates: [String: [(isCell: Bool, places: Range<Int>?)]] = [:]
  /// The sizes of axes of inputs that the file tells.
  var sizes: [GraphValue.Axis: Int] = [:]
  private var bytesLeft: Int

  init(_ model: ONNXModel) {
    self.model = model
    let size = model.graph.initializers.reduce(0) { Checked.sum($0, $1.tensor.byteCount) }
    bytesLeft = Checked.sum(Checked.product(Self.mostGrowth, size), 1 << 24)
  }

  /// Reads all of the graph.
  ///
  /// - Throws: `LSTMError.invalidFile` with the node that is no part of a network of LSTM layers.
  mutating func read() throws(LSTMError) {
    let version = model.operatorSets[""] ?? 0
    guard version >= Self.firstOperators else {
      throw .invalidFile(
        "its operators are those of version \(version), and LSTM is read from \(Self.firstOperators) on; "
          + "convert it by onnx.version_converter")
    }
    for (name, tensor) in model.graph.initializers { values[name] = .constant(tensor) }
    for input in model.graph.inputs where values[input.name] == nil {
      // A sequence and its states have three axes, where the file does not tell.
      let shape = input.shape ?? [.unknown, .unknown, .unknown]
      let axes = shape.indices.map { GraphValue.Axis.place(input.name, $0) }
      for (axis, size) in zip(axes, shape) {
        if case .size(let size) = size, size >= 0 { sizes[axis] = size }
      }
      values[input.name] = .activation(.init(.input(input.name, places: nil), axes))
    }
    for node in model.graph.nodes {
      guard node.domain.isEmpty else {
        throw node.refusal("is of the domain '\(node.domain)', which is not read")
      }
      let results = try results(of: node)
      for (name, value) in zip(node.outputs, results) where !name.isEmpty { values[name] = value }
    }
    guard !layers.isEmpty else {
      throw .invalidFile("there is no LSTM operator in the graph")
    }
    for output in model.graph.outputs { try check(output: output.name) }
  }

  /// What an operator's input is.
  func input(_ node: ONNXModel.Node, _ place: Int) throws(LSTMError) -> GraphValue {
    guard place < node.inputs.count else { return .none }
    guard let value = values[node.inputs[place]] else {
      throw node.refusal("reads '\(node.inputs[place])', which nothing before it makes")
    }
    return value
  }

  /// The constant that an operator's input is; `nil` where there is none.
  func constant(_ node: ONNXModel.Node, _ place: Int) throws(LSTMError) -> SafetensorsFile.Tensor? {
    switch try input(node, place) {
    case .none: return nil
    case .constant(let tensor): return tensor
    case .computed(let operation):
      throw node.refusal("reads '\(node.inputs[place])', made by \(operation), which is not run")
    default:
      throw node.refusal("reads '\(node.inputs[place])', which is no constant")
    }
  }

  /// The whole numbers of a constant that an operator reads, or of its attribute in earlier versions.
  func integers(
    _ node: ONNXModel.Node, _ place: Int, attribute: String? = nil
  ) throws(LSTMError) -> [Int]? {
    if let attribute, case .integers(let values)? = node.attributes[attribute] { return values }
    guard let tensor = try constant(node, place) else { return nil }
    guard !tensor.elementType.isFloatingPoint else {
      throw node.refusal("reads '\(node.inputs[place])', which holds no whole numbers")
    }
    return tensor.integers
  }

  /// A constant made of others, of which a file can only ask for so much.
  mutating func made(
    _ node: ONNXModel.Node, bytes: Int, _ make: () -> SafetensorsFile.Tensor?
  ) throws(LSTMError) -> GraphValue {
    guard bytes <= bytesLeft else {
      throw node.refusal("makes a constant many times larger than the file")
    }
    bytesLeft -= bytes
    guard let tensor = make(), SafetensorsFile.Tensor.isReasonable(tensor.shape) else {
      throw node.refusal("has inputs that do not fit together")
    }
    return .constant(tensor)
  }

  /// Throws where an output of the graph is something that the network does not have.
  private func check(output name: String) throws(LSTMError) {
    guard let value = values[name] else {
      throw .invalidFile("nothing makes the graph's output '\(name)'")
    }
    guard case .activation(let activation) = value else {
      throw .invalidFile("the graph's output '\(name)' is not made by its LSTM layers")
    }
    switch activation.source {
    case .input: throw .invalidFile("the graph's output '\(name)' is its input")
    case .outputs(let layer) where layer < layers.count - 1:
      throw .invalidFile(
        "the graph's output '\(name)' is of layer \(layer), which is not the last one; write a model "
          + "without that output")
    case .head where head?.bias != nil && !activation.hasBias:
      throw .invalidFile(
        "the graph's output '\(name)' is its dense layer without the bias that is added later; write a "
          + "model without that output")
    default: break
    }
  }
}

extension ONNXModel.Node {
  /// An error of this node.
  func refusal(_ what: String) -> LSTMError {
    let called = name.isEmpty ? outputs.first ?? "" : name
    return .invalidFile("node '\(called)' (\(operation)) \(what)")
  }

  /// An attribute that is a whole number.
  func integer(_ name: String, default value: Int) throws(LSTMError) -> Int {
    switch attributes[name] {
    case nil: return value
    case .integer(let value)?: return value
    default: throw refusal("has a '\(name)' that is no whole number")
    }
  }
}
