extension GraphBuilder {
  /// A state `h` and `c` of each direction of a layer, `[D, B, H]`.
  package typealias State = (hidden: Value, cell: Value)

  /// What a network's operators make.
  package struct NetworkResults {
    /// `[T, B, F]`, the outputs of the last LSTM layer.
    package var outputs: Value
    /// The states of each layer after the last step.
    package var states: [State]
    /// `[B, O]` of a head on the last step, `[S, B, O]` of one on every step; `nil` without a head.
    package var predictions: Value?
  }

  /// Adds the operators of a network.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - inputs: `[T, B, I]` of 32 bits.
  ///   - lengths: `[B]` of 32 bits, of which each is 1 or more; all steps where there are none.
  ///   - initial: The states before the first step; 0 where there are none.
  /// - Returns: What it makes.
  /// - Throws: `LSTMError.invalidConfiguration` where ONNX's LSTM lacks an option.
  package func add(
    _ network: Network, inputs: Value, lengths: Value? = nil, initial: [State]? = nil
  ) throws(LSTMError) -> NetworkResults {
    let specification = network.specification
    for (index, layer) in specification.layers.enumerated() {
      guard let option = layer.optionUnknownToONNX else { continue }
      throw .invalidConfiguration(
        "layer \(index) has \(option), which ONNX's LSTM operator does not have; fit a model without "
          + "it to export")
    }
    var below = inputs
    var states: [State] = []
    let layers = specification.layers
    for (index, layer) in layers.enumerated() {
      let run = add(
        layer, network.parameters.layout.cells[index], network.parameters, "lstm_\(index)", below,
        lengths: lengths, initial: initial?[index])
      below = run.outputs
      states.append(run.state)
    }
    var results = NetworkResults(outputs: below, states: states)
    guard specification.head != .none else { return results }
    let head = network.parameters.layout.head
    // [F, O], as MatMul has it.
    let weight = constant(
      TensorPlace(name: "", isTransposed: true)
        .tensor(network.parameters[head.weight], shape: head.weight.shape), name: "head_weight")
    let bias = constant(
      .init(Array(network.parameters[head.bias]), shape: head.bias.shape), name: "head_bias")
    let top: Value
    if let steps = specification.decoderSteps {
      // The decoder reads the encoder's last output in each step.
      let last = unsqueeze(pick(below, axis: 0, -1), 0)
      var sequence = node("Tile", [last, integers([steps, 1, 1])])
      for (index, layer) in layers.enumerated() {
        sequence =
          add(
            layer, network.parameters.layout.cells[layers.count + index], network.parameters,
            "decoder_\(index)", sequence, lengths: nil, initial: states[index]
          ).outputs
      }
      top = sequence
    } else {
      top = specification.head == .lastStep ? pick(below, axis: 0, -1) : below
    }
    results.predictions = add(product(top, weight), bias)
    return results
  }

  private func add(
    _ layer: LSTMLayer, _ cells: [CellSlices], _ parameters: Parameters, _ name: String,
    _ inputs: Value, lengths: Value?, initial: State?
  ) -> (outputs: Value, state: State) {
    let (units, directions) = (layer.hiddenSize, layer.direction.count)
    func matrix(_ kind: String, _ slice: KeyPath<CellSlices, ParameterSlice>) -> Value {
      let columns = cells[0][keyPath: slice].shape[1]
      let values = cells.flatMap { ONNXGates.written(parameters[$0[keyPath: slice]]) }
      return constant(
        .init(values, shape: [directions, 4 * units, columns]), name: "\(name)_\(kind)")
    }
    func biases(_ slice: ParameterSlice?) -> [Float] {
      slice.map { ONNXGates.written(parameters[$0]) } ?? [Float](repeating: 0, count: 4 * units)
    }
    let bias =
      layer.bias == .none
      ? nil
      : constant(
        .init(
          cells.flatMap { biases($0.inputBias) + biases($0.recurrentBias) },
          shape: [directions, 8 * units]), name: "\(name)_b")
    let peepholes =
      !layer.hasPeepholes
      ? nil
      : constant(
        .init(
          cells.flatMap { $0.peephole.map { ONNXGates.peepholes(parameters[$0]) } ?? [] },
          shape: [directions, 3 * units]), name: "\(name)_p")
    var attributes: [String: ONNXModel.Attribute] = [
      "hidden_size": .integer(units), "direction": .text(layer.direction.onnxName),
    ]
    if layer.couplesGates { attributes["input_forget"] = .integer(1) }
    if let clip = layer.gateClip { attributes["clip"] = .float(clip) }
    let results = nodes(
      "LSTM",
      [
        inputs, matrix("w", \.inputWeight), matrix("r", \.recurrentWeight), bias, lengths,
        initial?.hidden, initial?.cell, peepholes,
      ], attributes, outputs: 3)
    let state = (hidden: results[1], cell: results[2])
    switch layer.direction {
    case .forward, .reverse: return (squeeze(results[0], 1), state)
    case .bidirectional:
      return (reshape(transpose(results[0], [0, 2, 1, 3]), [0, 0, 2 * units]), state)
    case .bidirectionalSum: return (sum(results[0], axis: 1), state)
    }
  }
}

extension LSTMLayer.Direction {
  /// ONNX's name; both sums and places side by side are made of what one operator gives.
  fileprivate var onnxName: String {
    switch self {
    case .forward: "forward"
    case .reverse: "reverse"
    case .bidirectional, .bidirectionalSum: "bidirectional"
    }
  }
}

extension LSTMLayer {
  /// An option that changes what the layer computes in inference and that ONNX's LSTM lacks.
  var optionUnknownToONNX: String? {
    if projectionSize != nil { return "a projection" }
    if normalizesGates { return "normalized gates" }
    if cellClip != nil { return "a clip of the cell" }
    // In inference each unit stays by its share.
    if zoneoutHidden > 0 || zoneoutCell > 0 { return "zoneout" }
    return nil
  }
}
