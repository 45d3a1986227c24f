/// A network read from the tensors of PyTorch or Keras.
///
/// Names and shapes tell the number of layers, their units, directions, projections and biases. A
/// stack of `nn.LSTM`s in an `nn.ModuleList`, cells that one layer of Keras stacks, and a file of
/// nothing but layers with the names that Keras gives them (`lstm`, `lstm_1`, ...) make one network.
/// What they do not tell the caller has to say: which of several layers lie on top of each other, and
/// what Keras's `Bidirectional` makes of its directions. Where the metadata have what
/// `model.to_json()` gives, that is read too, and settings that this library has not are refused; else
/// Keras's defaults are taken: `tanh` and `sigmoid`, and steps that are read forward.
public struct ImportedNetwork: Sendable {
  /// The network.
  public let network: Network
  /// Whose tensors they were.
  public let format: WeightFormat
  /// The names of the tensors that are no part of the network, sorted.
  public let leftOut: [String]
  /// The states before the first step that the file has, of so many sequences; `nil` where it has none.
  var initialStates: (rows: Int, states: [LayerState])?
  /// Whether the file has states before the first step, other than 0.
  public var hasInitialStates: Bool { initialStates != nil }
  /// Whether the head reads the last place of the outputs, which lies behind the last step of a
  /// sequence that is shorter than others.
  var headReadsLastPlace = false
  /// Where each tensor of the network was.
  private let places: [String: TensorPlace]

  /// Reads a network.
  ///
  /// - Parameters:
  ///   - tensors: Those of a file.
  ///   - metadata: The metadata of the file, in which our own exports say what names and shapes do
  ///     not.
  ///   - layers: The names of the LSTM modules or layers from the input on, such as `encoder.lstm`;
  ///     needed where there are several and the file does not tell that they lie on top of each other.
  ///   - merge: What the layers of Keras with two directions make of them; needed where the widths
  ///     of the layers after them do not tell.
  ///   - head: Where the dense head is; `.none` leaves it out.
  ///   - dense: The name of the dense head's module or layer; needed only where there are several
  ///     that would fit.
  /// - Throws: `LSTMError.invalidFile` where a tensor is missing or of another shape, or there is no
  ///   one network in the tensors.
  public init(
    _ tensors: [String: SafetensorsFile.Tensor], metadata: [String: String] = [:],
    layers: [String] = [], merge: BidirectionalMerge? = nil,
    head: NetworkSpecification.Head = .none, dense: String? = nil
  ) throws(LSTMError) {
    let note = layers.isEmpty ? try NetworkNote.read(metadata) : nil
    let all = try LayerGroup.all(in: tensors.keys)
    let groups = try all.stack(named: note?.layers ?? layers, of: tensors)
    let isKeras = groups.contains { $0.format == .keras }
    let configuration = note == nil && isKeras ? KerasConfiguration(metadata) : nil
    try configuration?.check(groups, areNamed: !layers.isEmpty)
    var inference = LayerInference(tensors: tensors)
    for (index, group) in groups.enumerated() {
      let noted = note.flatMap { note in
        note.merges.count == groups.count ? BidirectionalMerge(rawValue: note.merges[index]) : nil
      }
      let known = if let noted { noted } else { try configuration?.merge(of: group) }
      let directions = BidirectionalInference(tensors: tensors, groups: all, merge: merge ?? known)
      let next = index + 1 < groups.count ? groups[index + 1] : nil
      try inference.append(group) { (units) throws(LSTMError) in
        try directions.direction(of: group, units: units, before: next)
      }
    }
    var specification = try inference.specification
    var places = inference.places
    if head != .none {
      let found = try DensePlace.find(
        dense, in: tensors, without: Set(all.flatMap { $0.tensors.values }),
        inputs: specification.headInputSize, format: groups[0].format)
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
    if layers.isEmpty, note == nil {
      try Self.checkWhatIsBefore(leftOut, of: tensors, inputSize: specification.inputSize)
    }
  }

  /// Throws where a convolution or an embedding has the outputs that the first layer reads: it will be
  /// what comes before, and is not run.
  private static func checkWhatIsBefore(
    _ leftOut: [String], of tensors: [String: SafetensorsFile.Tensor], inputSize: Int
  ) throws(LSTMError) {
    for name in leftOut {
      guard let shape = tensors[name]?.shape else { continue }
      let path = name.split { "./:".contains($0) }.map { $0.lowercased() }
      let isEmbedding = shape.count == 2 && path.contains { $0.contains("embedding") }
      let isConvolution = shape.count == 3
      guard
        isConvolution && (shape[0] == inputSize || shape[2] == inputSize)
          || isEmbedding && shape[1] == inputSize
      else { continue }
      throw .invalidFile(
        "tensor '\(name)' is of \(isEmbedding ? "an embedding" : "a convolution") with \(inputSize) "
          + "outputs, as many as the LSTM reads, and only LSTM layers are run; name those to be run by "
          + "--layers, and give them what they read")
    }
  }

  /// A network whose tensors have our names.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - initialStates: The states before the first step.
  ///   - headReadsLastPlace: Whether the head reads the last place of the outputs.
  init(
    _ network: Network, initialStates: (rows: Int, states: [LayerState])? = nil,
    headReadsLastPlace: Bool = false
  ) {
    self.network = network
    self.initialStates = initialStates
    self.headReadsLastPlace = headReadsLastPlace
    format = .pytorch
    leftOut = []
    places = Dictionary(
      uniqueKeysWithValues: network.parameters.layout.slices.map {
        ($0.name, TensorPlace(name: $0.name))
      })
  }

  /// A network of ours, with its head and decoder.
  ///
  /// - Parameter network: The network.
  public init(ownNetwork network: Network) { self.init(network) }

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
