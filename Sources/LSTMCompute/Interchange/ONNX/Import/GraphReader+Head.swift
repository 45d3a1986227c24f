extension GraphReader {
  /// A dense layer: `A B + C`, where B may be transposed.
  mutating func gemm(_ node: ONNXModel.Node) throws(LSTMError) -> GraphValue {
    for name in ["alpha", "beta"] {
      switch node.attributes[name] {
      case nil, .float(1)?: break
      default: throw node.refusal("has an '\(name)' other than 1")
      }
    }
    guard try node.integer("transA", default: 0) == 0 else {
      throw node.refusal("transposes what the layers make")
    }
    guard case .activation(let activation) = try input(node, 0) else {
      throw node.refusal("is no dense layer on what the LSTM layers make")
    }
    let isTransposed = try node.integer("transB", default: 0) != 0
    var result = try dense(activation, node, weight: 1, isTransposed: isTransposed)
    if let bias = try constant(node, 2) { result = try biased(result, by: bias, node) }
    return .activation(result)
  }

  mutating func product(_ node: ONNXModel.Node) throws(LSTMError) -> GraphValue {
    guard case .activation(let activation) = try input(node, 0) else {
      throw node.refusal("is no dense layer on what the LSTM layers make")
    }
    return .activation(try dense(activation, node, weight: 1, isTransposed: false))
  }

  /// The bias of a dense layer.
  mutating func sum(_ node: ONNXModel.Node, _ inputs: [GraphValue]) throws(LSTMError) -> GraphValue
  {
    switch (inputs.first, inputs.last) {
    case (.activation(let activation)?, .constant(let bias)?),
      (.constant(let bias)?, .activation(let activation)?):
      return .activation(try biased(activation, by: bias, node))
    default: throw node.refusal("adds up other things than a dense layer and its bias")
    }
  }

  private mutating func dense(
    _ activation: Activation, _ node: ONNXModel.Node, weight place: Int, isTransposed: Bool
  ) throws(LSTMError) -> Activation {
    guard head == nil else {
      throw node.refusal("is a second dense layer; one is the most that a network has here")
    }
    guard let weight = try constant(node, place), weight.shape.count == 2 else {
      throw node.refusal("has no constant matrix")
    }
    let readsState = try checkSource(of: activation, node)
    let last = layers[layers.count - 1].layer
    let (inputs, outputs) =
      isTransposed ? (weight.shape[1], weight.shape[0]) : (weight.shape[0], weight.shape[1])
    guard inputs == last.outputSize, outputs > 0 else {
      throw node.refusal(
        "has a matrix of the shape \(weight.shape) for the \(last.outputSize) outputs of the layers"
      )
    }
    // Ours is [O, F].
    let values: [Float]
    do {
      values = try TensorPlace(name: node.inputs[place], isTransposed: !isTransposed)
        .values(of: weight, shape: [outputs, inputs])
    } catch {
      throw node.refusal("has a matrix of another kind: \(error)")
    }
    head = Head(outputs: outputs, weight: values, bias: nil, readsState: readsState)
    var result = activation
    result.source = .head
    result.isLast = readsState || activation.isLast
    result.axes[result.axes.count - 1] = [.width(outputs)]
    return result
  }

  /// Throws where a dense layer reads something else than what the last layer makes.
  ///
  /// - Returns: Whether that is its final state.
  private mutating func checkSource(
    of activation: Activation, _ node: ONNXModel.Node
  ) throws(LSTMError) -> Bool {
    let top = layers.count - 1
    guard top >= 0, let axes = activation.axes.last else {
      throw node.refusal("comes before the LSTM layers; only what comes after them is read")
    }
    let direction = layers[top].layer.direction
    let units = layers[top].layer.hiddenSize
    switch (activation.source, axes) {
    case (.outputs(layer: top), [.width(units)]):
      guard
        direction.count == 1
          || layers[top].isMerged && !activation.axes.joined().contains(.directions(2))
      else { throw node.refusal("reads one of two directions of a layer") }
      return false
    case (.outputs(layer: top), [.directions(2), .width(units)]):
      try merge(top, .bidirectional, node)
      return false
    case (.hidden(layers: [top]), [.width(units)]) where direction == .forward: return true
    case (.hidden, _) where direction != .forward:
      throw node.refusal(
        "reads the final state of a layer that reads in reverse, which is not its output at the last "
          + "step; only heads on outputs are read")
    default:
      throw node.refusal("reads something else than what the last LSTM layer makes")
    }
  }

  private mutating func biased(
    _ activation: Activation, by bias: SafetensorsFile.Tensor, _ node: ONNXModel.Node
  ) throws(LSTMError) -> Activation {
    guard activation.source == .head, let outputs = head?.outputs, head?.bias == nil,
      activation.axes.last == [.width(outputs)]
    else { throw node.refusal("is no bias of a dense layer after the LSTM layers") }
    let count = Checked.product(of: bias.shape)
    guard bias.elementType.isFloatingPoint, bias.shape.last ?? 1 == count,
      count == outputs || count == 1
    else {
      throw node.refusal("adds a bias of the shape \(bias.shape) to \(outputs) outputs")
    }
    let values = bias.floats
    head?.bias = count == outputs ? values : [Float](repeating: values[0], count: outputs)
    var result = activation
    result.hasBias = true
    return result
  }
}
