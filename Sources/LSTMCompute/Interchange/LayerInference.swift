/// Finds out what layers there are from the names and shapes of their tensors.
struct LayerInference {
  let tensors: [String: SafetensorsFile.Tensor]
  private var inputSize: Int?
  private var layers: [LSTMLayer] = []
  /// Where the tensors of the layers are, by our names.
  private(set) var places: [String: TensorPlace] = [:]

  init(tensors: [String: SafetensorsFile.Tensor]) { self.tensors = tensors }

  /// The network of all layers.
  var specification: NetworkSpecification {
    get throws(LSTMError) {
      try NetworkSpecification(inputSize: inputSize ?? 0, layers: layers)
    }
  }

  /// Adds the layers of a group on top.
  ///
  /// - Parameters:
  ///   - group: The group.
  ///   - direction: The direction of a layer that has two, of so many units.
  /// - Throws: `LSTMError.invalidFile` where a tensor is missing or of another shape.
  mutating func append(
    _ group: LayerGroup, direction: (_ units: Int) throws(LSTMError) -> LSTMLayer.Direction
  ) throws(LSTMError) {
    for layer in 0..<group.layerCount { try append(layer, of: group, direction) }
  }

  private mutating func append(
    _ number: Int, of group: LayerGroup,
    _ direction: (_ units: Int) throws(LSTMError) -> LSTMLayer.Direction
  ) throws(LSTMError) {
    func has(_ part: LayerPart) -> Bool {
      [false, true].contains {
        group.tensors[LayerTensor(part, layer: number, isReverse: $0)] != nil
      }
    }
    let width = try shape(of: .inputWeight, number, group)
    guard width[0] > 0, width[0] % 4 == 0 else {
      throw .invalidFile(
        "tensor '\(group.name(of: LayerTensor(.inputWeight, layer: number, isReverse: false)))' has "
          + "\(width[0]) rows of gates; expected 4 for each hidden unit")
    }
    var layer = LSTMLayer(hiddenSize: width[0] / 4)
    if has(.projection) {
      layer.projectionSize = try shape(of: .projection, number, group)[0]
    }
    layer.bias = has(.recurrentBias) ? .two : has(.inputBias) ? .one : .none
    guard layer.bias != .one || group.format == .keras else {
      // PyTorch has both or neither; a file with one has lost the other.
      throw .invalidFile(
        "tensor '\(group.name(of: LayerTensor(.recurrentBias, layer: number, isReverse: false)))' "
          + "is missing beside "
          + "'\(group.name(of: LayerTensor(.inputBias, layer: number, isReverse: false)))'")
    }
    layer.hasPeepholes = has(.peephole)
    layer.normalizesGates = has(.inputNorm)
    if group.tensors.keys.contains(where: { $0.layer == number && $0.isReverse }) {
      layer.direction = try direction(layer.hiddenSize)
    }
    if inputSize == nil { inputSize = width[1] }
    for part in LayerPart.allCases {
      for direction in 0..<layer.direction.count {
        let theirs = LayerTensor(part, layer: number, isReverse: direction == 1)
        let ours = LayerTensor(part, layer: layers.count, isReverse: direction == 1)
        places["lstm.\(ours.pyTorchName)"] = TensorPlace(
          name: group.name(of: theirs), isTransposed: group.format.transposes(part))
      }
    }
    layers.append(layer)
  }

  /// The shape of a matrix of a layer's forward direction, in our orientation.
  private func shape(
    of part: LayerPart, _ number: Int, _ group: LayerGroup
  ) throws(LSTMError) -> [Int] {
    let name = group.name(of: LayerTensor(part, layer: number, isReverse: false))
    guard let tensor = tensors[name] else { throw .invalidFile("tensor '\(name)' is missing") }
    guard tensor.shape.count == 2 else {
      throw .invalidFile("tensor '\(name)' has the shape \(tensor.shape); expected a matrix")
    }
    return group.format.transposes(part) ? tensor.shape.reversed() : tensor.shape
  }
}
