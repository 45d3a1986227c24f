/// The tensors of one LSTM of another library: a `torch.nn.LSTM`, which may have many layers, an
/// `nn.LSTMCell`, or one recurrent layer of Keras, which may have several cells on top of each other.
struct LayerGroup {
  var format: WeightFormat
  /// What the names of its tensors start with, such as `encoder.lstm` or `sequential/lstm_1`; empty
  /// for the `state_dict` of an `nn.LSTM` itself.
  var name: String
  /// The name of each tensor.
  var tensors: [LayerTensor: String] = [:]
  /// For a layer of Keras its number in the order in which layers of its kind were made, if it was
  /// named by Keras: `lstm` and 2 for `lstm_2`, 0 for `lstm`.
  var order: KerasOrder?

  /// The place of a layer among those that Keras has named.
  struct KerasOrder: Hashable {
    var stem: String
    var number: Int
  }

  /// The number of layers, from the highest number in a name.
  var layerCount: Int { (tensors.keys.map(\.layer).max() ?? -1) + 1 }

  /// The name that a tensor has or would have, from those of its neighbors.
  func name(of tensor: LayerTensor) -> String {
    if let name = tensors[tensor] { return name }
    switch format {
    case .pytorch:
      let isCell = tensors.contains { $0.value.hasSuffix($0.key.part.rawValue) }
      let leaf = isCell ? tensor.part.rawValue : tensor.pyTorchName
      return name.isEmpty ? leaf : "\(name).\(leaf)"
    case .keras:
      let neighbor =
        tensors.sorted { $0.value < $1.value }.first {
          $0.key.isReverse == tensor.isReverse && $0.key.layer == tensor.layer
        }?.value ?? name
      let path = neighbor.split(separator: "/").dropLast().joined(separator: "/")
      return "\(path)/\(tensor.part.kerasName ?? tensor.part.rawValue)"
    }
  }

  /// The recurrent layers among tensors, by the names of these, in the order of their names.
  ///
  /// - Throws: `LSTMError.invalidFile` where two tensors have the same place, or a layer's number is
  ///   beyond all networks.
  static func all(in names: some Sequence<String>) throws(LSTMError) -> [LayerGroup] {
    var groups: [WeightFormat: [String: LayerGroup]] = [:]
    let names = names.sorted()
    let keras = KerasPlaces(names)
    for name in names {
      guard let found = try place(ofPyTorch: name) ?? keras[name] else { continue }
      let other = groups[found.group.format, default: [:]][
        found.group.name, default: found.group
      ].tensors.updateValue(name, forKey: found.tensor)
      if let other {
        throw .invalidFile("tensors '\(other)' and '\(name)' have the same place in their layer")
      }
    }
    return groups.values.flatMap(\.values).sorted {
      ($0.name, $0.format.rawValue) < ($1.name, $1.format.rawValue)
    }
  }

  /// A tensor's group, without its tensors yet, and its place in it.
  typealias Found = (group: LayerGroup, tensor: LayerTensor)

  /// `PREFIX.weight_ih_l0`, or `PREFIX.weight_ih` of an `nn.LSTMCell`.
  private static func place(ofPyTorch name: String) throws(LSTMError) -> Found? {
    let cut = name.lastIndex(of: ".")
    let leaf = cut.map { name[name.index(after: $0)...] } ?? name[...]
    let tensor: LayerTensor
    switch LayerTensor.parse(pyTorchName: leaf) {
    case .none: return nil
    case .tensor(let found): tensor = found
    case .tooHigh:
      throw .invalidFile(
        "tensor '\(name)' is of a layer beyond the \(LayerTensor.largestLayer) that there may be")
    }
    return (LayerGroup(format: .pytorch, name: String(name[..<(cut ?? name.startIndex)])), tensor)
  }

  /// The name of the group that a tensor is of.
  static func groupName(of name: String, _ format: WeightFormat) -> String {
    switch format {
    case .pytorch: name.lastIndex(of: ".").map { String(name[..<$0]) } ?? ""
    case .keras: KerasPlaces([name])[name]?.group.name ?? name
    }
  }
}
