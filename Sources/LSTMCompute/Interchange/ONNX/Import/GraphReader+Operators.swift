extension GraphReader {
  /// What an operator makes.
  mutating func results(of node: ONNXModel.Node) throws(LSTMError) -> [GraphValue] {
    switch node.operation {
    case "Constant": return [try constant(of: node)]
    case "LSTM": return try lstm(node)
    case "Gemm": return [try gemm(node)]
    case "MatMul": return [try product(node)]
    default: break
    }
    var inputs: [GraphValue] = []
    for place in node.inputs.indices { inputs.append(try input(node, place)) }
    let hasActivation = inputs.contains { if case .activation = $0 { true } else { false } }
    if hasActivation {
      return try results(of: node, inputs)
    }
    // All that is left is arithmetic on weights and shapes.
    return try constants(of: node, inputs)
      ?? node.outputs.map { _ in .computed("a \(node.operation)") }
  }

  /// Operators on what goes through the graph.
  private mutating func results(
    of node: ONNXModel.Node, _ inputs: [GraphValue]
  ) throws(LSTMError) -> [GraphValue] {
    if node.operation == "Add" { return [try sum(node, inputs)] }
    if node.operation == "Concat" { return [.activation(try states(node, inputs))] }
    guard case .activation(let activation)? = inputs.first else {
      throw node.refusal("is no part of a network of LSTM layers and one dense layer")
    }
    switch node.operation {
    case "Identity": return [inputs[0]]
    case "Dropout":
      if case .constant(let isTraining)? = inputs.dropFirst(2).first, !isTraining.isZero {
        throw node.refusal("is run as in training; write a model for inference")
      }
      return [inputs[0]]
    case "Cast":
      guard try node.integer("to", default: 1) == 1 else {
        throw node.refusal("makes numbers of another type than 32-bit floating point ones")
      }
      return [inputs[0]]
    case "Shape":
      let sizes = try sizes(of: activation, node)
      let part = Part(
        axis: 0, start: try node.integer("start", default: 0),
        end: try node.integer("end", default: .max), step: 1)
      return [.sizes(Array(sizes[part.range(of: sizes.count)]))]
    case "Transpose": return [.activation(try transposed(activation, node))]
    case "Squeeze": return [.activation(try squeezed(activation, node))]
    case "Unsqueeze": return [.activation(try unsqueezed(activation, node))]
    case "Reshape": return [.activation(try reshaped(activation, node, inputs))]
    case "Flatten": return [.activation(try flattened(activation, node))]
    case "Gather": return [.activation(try gathered(activation, node))]
    case "Slice": return [.activation(try sliced(activation, node))]
    case "Split": return try split(activation, node).map { .activation($0) }
    case "ReduceSum": return [.activation(try directionsAdded(activation, node))]
    default: throw node.refusal("is no part of a network of LSTM layers and one dense layer")
    }
  }

  private func constant(of node: ONNXModel.Node) throws(LSTMError) -> GraphValue {
    switch (node.attributes["value"], node.attributes["value_int"], node.attributes["value_ints"]) {
    case (.tensor(let tensor)?, _, _): return .constant(tensor)
    case (_, .integer(let value)?, _): return .constant(.init(integers: [value], shape: []))
    case (_, _, .integers(let values)?):
      return .constant(.init(integers: values, shape: [values.count]))
    default:
      if case .float(let value)? = node.attributes["value_float"] {
        return .constant(.init([value], shape: []))
      }
      if case .floats(let values)? = node.attributes["value_floats"] {
        return .constant(.init(values, shape: [values.count]))
      }
      throw node.refusal("has a value of a kind that is not read")
    }
  }
}
