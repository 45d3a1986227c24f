/// A network read from the tensors of PyTorch or Keras.
///
/// Names and shapes say all there is to know: the number of layers, their units, directions,
/// projections and biases. A stack of `nn.LSTM`s in an `nn.ModuleList` and Keras's layers with the
/// names it gives them (`lstm`, `lstm_1`, ...) make one network.
public struct ImportedNetwork: Sendable {
  /// The network.
  public let network: Network
  /// Whose tensors they were.
  public let format: WeightFormat
  /// The names of the tensors that are no part of the network, sorted.
  public let leftOut: [String]
  /// Where each tensor of the network was.
  private let places: [String: TensorPlace]

  /// Reads a network.
  ///
  /// - Parameters:
  ///   - tensors: Those of a file.
  ///   - layers: The names of the LSTM modules or layers from the input on, such as `encoder.lstm`;
  ///     needed only where there are several and their names do not tell the order.
  ///   - head: Where the dense head is; `.none` leaves it out.
  ///   - dense: The name of the dense head's module or layer; needed only where there are several
  ///     that would fit.
  /// - Throws: `LSTMError.invalidFile` where a tensor is missing or of another shape, or there is no
  ///   one network in the tensors.
  public init(
    _ tensors: [String: SafetensorsFile.Tensor], layers: [String] = [],
    head: NetworkSpecification.Head = .none, dense: String? = nil
  ) throws(LSTMError) {
    let groups = try LayerGroup.all(in: tensors.keys).stack(named: layers)
    var inference = LayerInference(tensors: tensors)
    for group in groups { try inference.append(group) }
    var specification = try inference.specification
    var places = inference.places
    if head != .none {
      let found = try DensePlace.find(
        dense, in: tensors, inputs: specification.headInputSize, format: groups[0].format)
      specification = try NetworkSpecification(
        inputSize: specification.inputSize, layers: specification.layers, head: head,
        outputSize: found.outputs)
      places["head.weight"] = found.weight
      places["head.bias"] = found.bias
    }
    let layout = ParameterLayout(specification)
    let kept = Set(layout.slices.compactMap { places[$0.name]?.name })
    for group in groups {
      if let stray = group.tensors.values.filter({ !kept.contains($0) }).min() {
        throw .invalidFile("tensor '\(stray)' has no place among the other tensors of its layer")
      }
    }
    var values: [Float] = []
    values.reserveCapacity(layout.count)
    for slice in layout.slices {
      guard let place = places[slice.name] else {
        // A dense layer without a bias.
        values += [Float](repeating: 0, count: slice.count)
        continue
      }
      guard let tensor = tensors[place.name] else {
        throw .invalidFile("tensor '\(place.name)' is missing; expected \(slice.shape)")
      }
      values += try place.values(of: tensor, shape: slice.shape)
    }
    network = try Network(
      specification: specification, parameters: Parameters(layout: layout, values: values))
    format = groups[0].format
    leftOut = tensors.keys.filter { !kept.contains($0) }.sorted()
    self.places = places
  }

  /// The LSTM layers of a network of ours; its head and decoder are left out.
  ///
  /// - Parameter network: The network.
  /// - Throws: Nothing that can happen with a network that there is.
  public init(layersOf network: Network) throws(LSTMError) {
    let specification = try NetworkSpecification(
      inputSize: network.specification.inputSize, layers: network.specification.layers)
    let layout = ParameterLayout(specification)
    // The layers come first.
    self.network = try Network(
      specification: specification,
      parameters: Parameters(
        layout: layout, values: Array(network.parameters.values.prefix(layout.count))))
    format = .pytorch
    leftOut = network.parameters.layout.slices.dropFirst(layout.slices.count).map(\.name).sorted()
    places = Dictionary(
      uniqueKeysWithValues: layout.slices.map { ($0.name, TensorPlace(name: $0.name)) })
  }

  /// Parameters or their gradients with the names and shapes that the tensors had.
  ///
  /// - Parameter parameters: Those of this network.
  /// - Returns: The tensors.
  public func tensors(of parameters: Parameters) -> [String: SafetensorsFile.Tensor] {
    precondition(parameters.layout == network.parameters.layout, "parameters of this network")
    var tensors: [String: SafetensorsFile.Tensor] = [:]
    for slice in parameters.layout.slices {
      guard let place = places[slice.name] else { continue }
      tensors[place.name] = place.tensor(parameters[slice], shape: slice.shape)
    }
    return tensors
  }
}
