extension GraphReader {
  /// The network that was read.
  ///
  /// - Throws: `LSTMError.invalidFile` where the two directions of a layer are left apart,
  ///   `LSTMError.invalidSpecification` where it is none that there can be.
  func network() throws(LSTMError) -> Network {
    let specification = try NetworkSpecification(
      inputSize: layers[0].inputSize, layers: layers.map(\.layer),
      head: head == nil ? .none : isHeadOnLastStep ? .lastStep : .everyStep,
      outputSize: head?.outputs ?? 0)
    let layout = ParameterLayout(specification)
    var parameters = Parameters(zerosFor: layout)
    for (layer, cells) in zip(layers, layout.cells) {
      for (cell, slices) in zip(layer.cells, cells) {
        parameters[slices.inputWeight] = cell.inputWeight[...]
        parameters[slices.recurrentWeight] = cell.recurrentWeight[...]
        if let bias = slices.inputBias { parameters[bias] = cell.inputBias[...] }
        if let bias = slices.recurrentBias { parameters[bias] = cell.recurrentBias[...] }
        if let peephole = slices.peephole { parameters[peephole] = cell.peepholes[...] }
      }
    }
    if let head {
      parameters[layout.head.weight] = head.weight[...]
      if let bias = head.bias { parameters[layout.head.bias] = bias[...] }
    }
    return try Network(specification: specification, parameters: parameters)
  }

  /// Whether all outputs of the head are of the last step.
  var isHeadOnLastStep: Bool {
    let outputs = model.graph.outputs.compactMap { output -> Activation? in
      guard case .activation(let activation)? = values[output.name], activation.source == .head
      else { return nil }
      return activation
    }
    return head?.readsState == true || !outputs.isEmpty && outputs.allSatisfy(\.isLast)
  }

  /// The states before the first step that the graph has, those of a layer without any 0; `nil` where
  /// there are none.
  ///
  /// - Returns: One for each layer and direction, of as many sequences each.
  /// - Throws: `LSTMError.invalidFile` where they are of different numbers of sequences.
  func initialStates() throws(LSTMError) -> (rows: Int, states: [LayerState])? {
    let all = layers.flatMap { [$0.hidden, $0.cell] }.compactMap(\.self)
    guard let rows = all.first?.shape[1] else { return nil }
    guard rows > 0, all.allSatisfy({ $0.shape[1] == rows }) else {
      throw .invalidFile("the layers start from states of different numbers of sequences")
    }
    let states = layers.flatMap { layer in
      (0..<layer.layer.direction.count).map { direction -> LayerState in
        let size = rows * layer.layer.hiddenSize
        func part(_ tensor: SafetensorsFile.Tensor?) -> [Float] {
          tensor.map { Array($0.floats[direction * size..<(direction + 1) * size]) }
            ?? [Float](repeating: 0, count: size)
        }
        return LayerState(hidden: part(layer.hidden), cell: part(layer.cell))
      }
    }
    return (rows, states)
  }
}
