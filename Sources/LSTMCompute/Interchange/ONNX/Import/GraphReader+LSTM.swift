extension GraphReader {
  /// An LSTM operator: its layer is put on top of the others.
  mutating func lstm(_ node: ONNXModel.Node) throws(LSTMError) -> [GraphValue] {
    guard head == nil else { throw node.refusal("comes after a dense layer") }
    let isBatchFirst = try node.integer("layout", default: 0) == 1
    var layer = try readLayer(node)
    try readSequence(node, isBatchFirst: isBatchFirst, inputSize: layer.inputSize)
    guard let time = sequence?.time, let batch = sequence?.batch else {
      throw node.refusal("reads a sequence that is no input of the graph")
    }
    try readLengths(node)
    let number = layers.count
    let directions = layer.layer.direction.count
    layer.hidden = try readState(node, 5, isBatchFirst: isBatchFirst, layer)
    layer.cell = try readState(node, 6, isBatchFirst: isBatchFirst, layer)
    layers.append(layer)
    let (each, width) = (Axis.directions(directions), Axis.width(layer.layer.hiddenSize))
    let outputs = Activation(
      .outputs(layer: number),
      isBatchFirst ? [batch, time, each, width] : [time, each, batch, width])
    let state = isBatchFirst ? [batch, each, width] : [each, batch, width]
    return [
      .activation(outputs), .activation(.init(.hidden(layers: [number]), state)),
      .activation(.init(.cell(layers: [number]), state)),
    ]
  }

  /// Throws where an operator reads something else than the layer before.
  private mutating func readSequence(
    _ node: ONNXModel.Node, isBatchFirst: Bool, inputSize: Int
  ) throws(LSTMError) {
    guard case .activation(let activation) = try input(node, 0) else {
      throw node.refusal("reads a sequence that is no input of the graph")
    }
    guard var axes = activation.plainOrMerged, axes.count == 3 else {
      throw node.refusal(
        "reads what has \(activation.axes.count) axes; expected steps, sequences and width")
    }
    if isBatchFirst { axes.swapAt(0, 1) }
    switch activation.source {
    case .input(let name, nil) where layers.isEmpty:
      guard axes[2] == [.place(name, 2)],
        Set([axes[0], axes[1]]) == [[.place(name, 0)], [.place(name, 1)]]
      else {
        throw node.refusal("reads '\(name)' with its axes in an order that no sequence has")
      }
      sequence = (name, axes[0][0], axes[1][0])
    case .outputs(let layer) where layer == layers.count - 1 && !activation.isLast:
      guard axes[0] == [sequence?.time], axes[1] == [sequence?.batch] else {
        throw node.refusal("reads steps as sequences")
      }
      let last = layers[layer].layer
      switch axes[2] {
      case [.width(last.hiddenSize)]: break
      case [.directions(2), .width(last.hiddenSize)]:
        try merge(layer, .bidirectional, node)
      default: throw node.refusal("reads the two directions of a layer in another order")
      }
      guard layers[layer].layer.direction.count == 1 || layers[layer].isMerged else {
        throw node.refusal("reads one of two directions of a layer")
      }
      guard layers[layer].layer.outputSize == inputSize else {
        throw node.refusal(
          "reads \(inputSize) inputs of a layer with \(layers[layer].layer.outputSize) outputs")
      }
    default:
      throw node.refusal(
        layers.isEmpty
          ? "reads a sequence that is no input of the graph"
          : "reads something else than the outputs of the layer before it at all steps")
    }
  }

  private func readLengths(_ node: ONNXModel.Node) throws(LSTMError) {
    switch try input(node, 4) {
    case .none: return
    case .activation(let activation):
      if case .input = activation.source { return }
      throw node.refusal("has lengths that are made by the network")
    default:
      throw node.refusal(
        "has constant lengths; write a model without them, and give them as 'lengths' in --input")
    }
  }

  /// The states before the first step, where they are constants other than 0: `[D, B, H]`.
  private mutating func readState(
    _ node: ONNXModel.Node, _ place: Int, isBatchFirst: Bool, _ layer: Layer
  ) throws(LSTMError) -> SafetensorsFile.Tensor? {
    switch try input(node, place) {
    case .none, .zeros: return nil
    case .constant(let tensor):
      guard tensor.elementType.isFloatingPoint, tensor.shape.count == 3,
        tensor.shape[isBatchFirst ? 1 : 0] == layer.layer.direction.count,
        tensor.shape[2] == layer.layer.hiddenSize
      else { throw node.refusal("has an initial state of the shape \(tensor.shape)") }
      guard !tensor.isZero else { return nil }
      return isBatchFirst ? tensor.transposed([1, 0, 2]) : tensor
    case .activation(let activation):
      guard case .input(let name, let places) = activation.source, name != sequence?.input else {
        throw node.refusal("starts from states that the network makes")
      }
      let first = layers.reduce(0) { $0 + $1.layer.direction.count }
      guard places == nil || places == first..<first + layer.layer.direction.count else {
        throw node.refusal(
          "starts from states of '\(name)' that are in the place of another layer's")
      }
      let isCell = place == 6
      let others = takenStates[name, default: []]
      let isFree = others.allSatisfy { other in
        guard other.isCell == isCell, let own = places, let its = other.places else { return false }
        return !own.overlaps(its)
      }
      guard isFree else {
        throw node.refusal("starts from '\(name)', from which other states start too")
      }
      takenStates[name] = others + [(isCell, places)]
      return nil
    default:
      throw node.refusal("starts from states that are not known before the graph is run")
    }
  }

  /// What an LSTM operator may have; the activations that we have take no α and β.
  private static let attributes: Set = [
    "activation_alpha", "activation_beta", "activations", "clip", "direction", "hidden_size",
    "input_forget", "layout",
  ]

  private func readLayer(_ node: ONNXModel.Node) throws(LSTMError) -> Layer {
    if let unknown = node.attributes.keys.filter({ !Self.attributes.contains($0) }).min() {
      throw node.refusal("has the attribute '\(unknown)', which is not read")
    }
    guard let weight = try constant(node, 1), let recurrent = try constant(node, 2),
      weight.shape.count == 3, weight.shape[1] % 4 == 0, weight.shape[1] > 0
    else {
      throw node.refusal("has no constant weights W [D, 4H, I] and R [D, 4H, H]")
    }
    let (directions, units, inputs) = (weight.shape[0], weight.shape[1] / 4, weight.shape[2])
    guard try node.integer("hidden_size", default: units) == units else {
      throw node.refusal("has a 'hidden_size' other than the \(units) of its weights")
    }
    var layer = LSTMLayer(hiddenSize: units)
    layer.direction = try readDirection(node)
    guard layer.direction.count == directions else {
      throw node.refusal("has weights of \(directions) directions, and another number of them")
    }
    try checkActivations(node, directions: directions)
    layer.couplesGates = try node.integer("input_forget", default: 0) != 0
    switch node.attributes["clip"] {
    case nil: break
    case .float(let clip)? where clip > 0: layer.gateClip = clip.isFinite ? clip : nil
    default: throw node.refusal("has a 'clip' that is not above 0")
    }
    func floats(
      _ tensor: SafetensorsFile.Tensor, _ place: Int, _ shape: [Int]
    ) throws(LSTMError) -> [Float] {
      do {
        return try TensorPlace(name: node.inputs[place]).values(of: tensor, shape: shape)
      } catch {
        throw node.refusal("has weights of another kind: \(error)")
      }
    }
    let weights = try floats(weight, 1, [directions, 4 * units, inputs])
    let recurrents = try floats(recurrent, 2, [directions, 4 * units, units])
    let bias = try constant(node, 3)
    layer.bias = bias == nil ? .none : .two
    let biases = try bias.map { (bias) throws(LSTMError) in
      try floats(bias, 3, [directions, 8 * units])
    }
    let peephole = try constant(node, 7)
    layer.hasPeepholes = peephole != nil
    let peepholes = try peephole.map { (peephole) throws(LSTMError) in
      try floats(peephole, 7, [directions, 3 * units])
    }
    let cells = (0..<directions).map { direction in
      func part(_ all: [Float]?, _ index: Int, of count: Int) -> ArraySlice<Float> {
        guard let all else { return [] }
        let size = all.count / (directions * count)
        return all.dropFirst((direction * count + index) * size).prefix(size)
      }
      return Cell(
        inputWeight: ONNXGates.read(part(weights, 0, of: 1)),
        recurrentWeight: ONNXGates.read(part(recurrents, 0, of: 1)),
        inputBias: ONNXGates.read(part(biases, 0, of: 2)),
        recurrentBias: ONNXGates.read(part(biases, 1, of: 2)),
        peepholes: ONNXGates.peepholes(part(peepholes, 0, of: 1)))
    }
    return Layer(layer: layer, cells: cells, inputSize: inputs)
  }

  private func readDirection(_ node: ONNXModel.Node) throws(LSTMError) -> LSTMLayer.Direction {
    switch node.attributes["direction"] {
    case nil, .text("forward")?: return .forward
    case .text("reverse")?: return .reverse
    case .text("bidirectional")?: return .bidirectional
    default: throw node.refusal("has a 'direction' that is none")
    }
  }

  private func checkActivations(_ node: ONNXModel.Node, directions: Int) throws(LSTMError) {
    guard let attribute = node.attributes["activations"] else { return }
    let usual = [[String]](repeating: ["sigmoid", "tanh", "tanh"], count: directions).flatMap { $0 }
    guard case .texts(let names) = attribute, names.map({ $0.lowercased() }) == usual else {
      throw node.refusal("has other activations than Sigmoid, Tanh and Tanh")
    }
  }
}

extension GraphValue.Activation {
  /// The axes, of which the last one may be two directions beside each other; `nil` where others are
  /// put together.
  fileprivate var plainOrMerged: [[GraphValue.Axis]]? {
    axes.dropLast().allSatisfy { $0.count == 1 } ? axes : nil
  }
}
