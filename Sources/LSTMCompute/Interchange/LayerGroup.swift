/// The tensors of one LSTM of another library: a `torch.nn.LSTM`, which may have many layers, or one
/// layer of Keras.
struct LayerGroup {
  var format: WeightFormat
  /// What the names of its tensors start with, such as `encoder.lstm` or `sequential/lstm_1`; empty
  /// for the `state_dict` of an `nn.LSTM` itself.
  var name: String
  /// The name of each tensor.
  var tensors: [LayerTensor: String] = [:]
  /// For a layer of Keras its number in the order in which layers were made, if it was named by
  /// Keras: 2 for `lstm_2`, 0 for `lstm`.
  var number: Int?

  /// The number of layers, from the highest number in a name.
  var layerCount: Int { (tensors.keys.map(\.layer).max() ?? -1) + 1 }

  /// The name that a tensor has or would have, from those of its neighbours.
  func name(of tensor: LayerTensor) -> String {
    if let name = tensors[tensor] { return name }
    switch format {
    case .pytorch: return name.isEmpty ? tensor.pyTorchName : "\(name).\(tensor.pyTorchName)"
    case .keras:
      let neighbour = tensors.first { $0.key.isReverse == tensor.isReverse }?.value ?? ""
      let path = neighbour.split(separator: "/").dropLast().joined(separator: "/")
      return "\(path)/\(tensor.part.kerasName ?? tensor.part.rawValue)"
    }
  }

  /// The LSTMs among tensors, by the names of these.
  static func all(in names: some Sequence<String>) -> [LayerGroup] {
    var groups: [String: LayerGroup] = [:]
    for name in names {
      guard let found = place(ofPyTorch: name) ?? place(ofKeras: name) else { continue }
      groups[found.group.name, default: found.group].tensors[found.tensor] = name
    }
    return groups.values.sorted { $0.name < $1.name }
  }

  private typealias Found = (group: LayerGroup, tensor: LayerTensor)

  /// `PREFIX.weight_ih_l0`.
  private static func place(ofPyTorch name: String) -> Found? {
    let cut = name.lastIndex(of: ".")
    let leaf = cut.map { name[name.index(after: $0)...] } ?? name[...]
    guard let tensor = LayerTensor(pyTorchName: leaf) else { return nil }
    return (LayerGroup(format: .pytorch, name: String(name[..<(cut ?? name.startIndex)])), tensor)
  }

  /// `PREFIX/lstm_1/lstm_cell/kernel` or `PREFIX/bidirectional/backward_lstm_1/lstm_cell/kernel`.
  private static func place(ofKeras name: String) -> Found? {
    var path = name.split(separator: "/")
    guard let leaf = path.popLast(), let cell = path.popLast(), cell.numbered("lstm_cell") != nil,
      let part = LayerPart.allCases.first(where: { $0.kerasName == String(leaf) }),
      var layer = path.last
    else { return nil }
    let isReverse = layer.hasPrefix("backward_")
    if path.count > 1, isReverse || layer.hasPrefix("forward_") {
      layer = layer.dropFirst(isReverse ? 9 : 8)
      path.removeLast()
    }
    let group = LayerGroup(
      format: .keras, name: path.joined(separator: "/"), number: layer.numbered("lstm"))
    return (group, LayerTensor(part, layer: 0, isReverse: isReverse))
  }
}

extension [LayerGroup] {
  /// Those that make one network, from the input on.
  ///
  /// - Parameter names: Their names, or the names of what holds them; where there are none, they
  ///   must follow from the names of the groups.
  /// - Returns: Those groups.
  /// - Throws: `LSTMError.invalidFile` where they do not.
  func stack(named names: [String]) throws(LSTMError) -> [LayerGroup] {
    guard !isEmpty else {
      throw .invalidFile(
        "there is no LSTM; expected tensors such as 'lstm.weight_ih_l0' (PyTorch) or "
          + "'lstm/lstm_cell/kernel' (Keras)")
    }
    guard !names.isEmpty else {
      if count == 1 { return self }
      if let stack = numbered { return stack }
      throw .invalidFile(
        "there are several LSTMs (\(list)), whose order does not follow from their names; name "
          + "those to be run, from the input on (--layers)")
    }
    var stack: [LayerGroup] = []
    for name in names {
      if let group = first(where: { $0.name == name || $0.name.hasSuffix("/\(name)") }) {
        stack.append(group)
      } else if let children = filter({ $0.name.hasPrefix("\(name).") }).numbered {
        stack += children
      } else {
        throw .invalidFile("there is no LSTM '\(name)'; there is \(list)")
      }
    }
    guard Set(stack.map(\.format)).count == 1 else {
      throw .invalidFile("the layers named are those of PyTorch and those of Keras")
    }
    return stack
  }

  /// All of them in the order of their numbers, `nil` where they have none.
  ///
  /// The modules of a `torch.nn.ModuleList` are numbered, and so are layers that Keras has named.
  private var numbered: [LayerGroup]? {
    let keys = map { group -> (stem: String, number: Int)? in
      let parts = group.name.split(separator: group.format.separator)
      let stem = parts.dropLast().joined(separator: ".")
      switch group.format {
      case .pytorch: return parts.last.flatMap { Int($0) }.map { (stem, $0) }
      // A bidirectional layer is one part deeper, and the paths start with the model's name or not.
      case .keras: return group.number.map { ("keras", $0) }
      }
    }
    let found = zip(self, keys).compactMap { group, key in key.map { (group, $0) } }
    guard let first = found.first?.1, found.count == count,
      found.allSatisfy({ $0.1.stem == first.stem }), Set(found.map(\.1.number)).count == count
    else { return nil }
    return found.sorted { $0.1.number < $1.1.number }.map(\.0)
  }

  private var list: String { map { "'\($0.name)'" }.joined(separator: ", ") }
}

extension Substring {
  /// N of `STEM_N`, 0 of `STEM`.
  fileprivate func numbered(_ stem: String) -> Int? {
    if self == stem { return 0 }
    guard hasPrefix("\(stem)_"), let number = Int(dropFirst(stem.count + 1)), number > 0 else {
      return nil
    }
    return number
  }
}
