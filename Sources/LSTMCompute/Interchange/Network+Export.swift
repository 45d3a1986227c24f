extension Network {
  /// The network's tensors as another library names and lays them out.
  ///
  /// For PyTorch: `lstm.…` of one `nn.LSTM`, or where the layers are not all of the same shape
  /// `lstm.0.…`, `lstm.1.…` of an `nn.ModuleList` of them; `head.weight` and `head.bias` of an
  /// `nn.Linear`. For Keras: the names that layers get where they are the first ones made, `lstm`,
  /// `lstm_1`, `bidirectional`, `dense`. A decoder is `decoder.…` there and the layers after the
  /// encoder's here. Keras has one bias, which is the sum of two; PyTorch has two, the second of which
  /// is zero for a network that has one.
  ///
  /// - Parameters:
  ///   - format: Which library.
  ///   - prefix: What all names start with.
  /// - Returns: The tensors.
  /// - Throws: `LSTMError.invalidConfiguration` where the library has no layers like these.
  public func tensors(
    for format: WeightFormat, prefix: String = ""
  ) throws(LSTMError) -> [String: SafetensorsFile.Tensor] {
    for (index, layer) in specification.layers.enumerated() {
      if let option = layer.option(unknownTo: format) {
        throw .invalidConfiguration(
          "layer \(index) has \(option), which \(format.title) does not have")
      }
    }
    let network = try with(bias: format == .keras ? .one : .two)
    let places = network.specification.places(for: format)
    var tensors: [String: SafetensorsFile.Tensor] = [:]
    for slice in network.parameters.layout.slices {
      guard let place = places[slice.name] else { preconditionFailure("a place of every tensor") }
      tensors[prefix + place.name] = place.tensor(network.parameters[slice], shape: slice.shape)
    }
    return tensors
  }

  /// What goes with the tensors: what their names and shapes do not tell, which
  /// `ImportedNetwork` reads.
  ///
  /// - Parameters:
  ///   - format: Which library.
  ///   - prefix: What all names start with.
  /// - Returns: The metadata of a safetensors file.
  public func metadata(for format: WeightFormat, prefix: String = "") -> [String: String] {
    let names = specification.places(for: format)
    var layers: [String] = []
    var merges: [String] = []
    for (index, layer) in specification.layers.enumerated() {
      let tensor = LayerTensor(.inputWeight, layer: index, isReverse: false)
      guard let place = names["lstm.\(tensor.pyTorchName)"] else { continue }
      let name = LayerGroup.groupName(of: prefix + place.name, format)
      // An nn.LSTM has all layers.
      if layers.last != name { layers.append(name) }
      guard format == .keras else { continue }
      merges.append(
        layer.direction == .bidirectionalSum ? "sum" : layer.direction.count == 2 ? "concat" : "")
    }
    if format == .pytorch { merges = layers.map { _ in "" } }
    var metadata = [NetworkNote.key: NetworkNote(layers: layers, merges: merges).text]
    if format == .pytorch { metadata["format"] = "pt" }
    return metadata
  }

  /// The same function with another number of biases in those layers that have any.
  func with(bias: LSTMLayer.Bias) throws(LSTMError) -> Network {
    let layers = specification.layers.map { layer in
      var layer = layer
      if layer.bias != .none { layer.bias = bias }
      return layer
    }
    let other = try NetworkSpecification(
      inputSize: specification.inputSize, layers: layers, head: specification.head,
      outputSize: specification.outputSize, decoderSteps: specification.decoderSteps)
    let slices = Dictionary(
      uniqueKeysWithValues: parameters.layout.slices.map { ($0.name, $0) })
    var result = Parameters(zerosFor: ParameterLayout(other))
    for slice in result.layout.slices {
      if let old = slices[slice.name] { result[slice] = parameters[old] }
    }
    for (old, new) in zip(parameters.layout.cells.joined(), result.layout.cells.joined())
    where new.recurrentBias == nil {
      guard let second = old.recurrentBias, let sum = new.inputBias else { continue }
      result[sum] = zip(result[sum], parameters[second]).map(+)[...]
    }
    return try Network(specification: other, parameters: result)
  }
}

extension LSTMLayer {
  /// An option that changes what the layer computes in inference and that a library does not have.
  fileprivate func option(unknownTo format: WeightFormat) -> String? {
    if direction == .reverse { return "the direction 'reverse'" }
    if direction == .bidirectionalSum, format == .pytorch { return "a sum of two directions" }
    if projectionSize != nil, format == .keras { return "a projection" }
    if hasPeepholes { return "peepholes" }
    if couplesGates { return "coupled gates" }
    if normalizesGates { return "normalized gates" }
    if gateClip != nil || cellClip != nil || projectionClip != nil { return "a clip" }
    if zoneoutHidden > 0 || zoneoutCell > 0 { return "zoneout" }
    return nil
  }

  /// Whether one `nn.LSTM` can have both layers.
  fileprivate func isLike(_ other: LSTMLayer) -> Bool {
    hiddenSize == other.hiddenSize && projectionSize == other.projectionSize
      && direction == other.direction && (bias == .none) == (other.bias == .none)
  }
}

extension NetworkSpecification {
  /// Where each tensor is in another library, by our names.
  fileprivate func places(for format: WeightFormat) -> [String: TensorPlace] {
    var places: [String: TensorPlace] = [:]
    var keras = KerasNames()
    for stack in decoderSteps == nil ? ["lstm"] : ["lstm", "decoder"] {
      for (index, layer) in layers.enumerated() {
        let path = keras.next(isBidirectional: layer.direction.count == 2)
        for part in LayerPart.allCases {
          for direction in 0..<layer.direction.count {
            let ours = LayerTensor(part, layer: index, isReverse: direction == 1)
            var theirs = ours
            let name: String
            switch format {
            case .keras: name = "\(path[direction])/lstm_cell/\(part.kerasName ?? part.rawValue)"
            case .pytorch where layers.allSatisfy({ $0.isLike(layers[0]) }):
              name = "\(stack).\(theirs.pyTorchName)"
            case .pytorch:
              theirs.layer = 0
              name = "\(stack).\(index).\(theirs.pyTorchName)"
            }
            places["\(stack).\(ours.pyTorchName)"] = TensorPlace(
              name: name, isTransposed: format.transposes(part))
          }
        }
      }
    }
    let (dense, weight) = format == .keras ? ("dense/", "kernel") : ("head.", "weight")
    places["head.weight"] = TensorPlace(name: dense + weight, isTransposed: format == .keras)
    places["head.bias"] = TensorPlace(name: dense + "bias")
    return places
  }
}

/// The names that Keras gives LSTM layers, in the order in which they are made.
private struct KerasNames {
  private var layers = 0
  private var pairs = 0

  /// The path of each direction of the next layer.
  mutating func next(isBidirectional: Bool) -> [String] {
    let lstm = layers == 0 ? "lstm" : "lstm_\(layers)"
    layers += 1
    guard isBidirectional else { return [lstm] }
    let pair = pairs == 0 ? "bidirectional" : "bidirectional_\(pairs)"
    pairs += 1
    return ["forward_", "backward_"].map { "\(pair)/\($0)\(lstm)" }
  }
}
