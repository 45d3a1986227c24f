extension [LayerGroup] {
  /// Those that make one network, from the input on.
  ///
  /// - Parameters:
  ///   - names: Their names, or the names of what holds them; where there are none, they must
  ///     follow from the names of the groups.
  ///   - tensors: Those of the file.
  /// - Returns: Those groups.
  /// - Throws: `LSTMError.invalidFile` where they do not.
  func stack(
    named names: [String], of tensors: [String: SafetensorsFile.Tensor]
  ) throws(LSTMError) -> [LayerGroup] {
    let kinds = map { RecurrentKind($0, tensors) }
    let found = zip(self, kinds).filter { $0.1 == .lstm }.map(\.0)
    guard names.isEmpty else { return try stack(named: names, kinds: kinds) }
    guard !found.isEmpty else {
      guard let other = first, let kind = kinds.first else {
        throw .invalidFile(
          "there is no LSTM; expected tensors such as 'lstm.weight_ih_l0' (PyTorch) or "
            + "'lstm/lstm_cell/kernel' (Keras)")
      }
      throw other.isNone(kind)
    }
    if let keras = found.first(where: { $0.format == .keras }),
      let pyTorch = found.first(where: { $0.format == .pytorch })
    {
      throw .invalidFile(
        "there are LSTMs of PyTorch ('\(pyTorch.name)') and of Keras ('\(keras.name)'); name those "
          + "of one of them (--layers), or keep the two in files of their own")
    }
    if found.count == 1 { return found }
    guard let stack = found.numbered else {
      throw .invalidFile(
        "there are several LSTMs (\(found.list)), whose order does not follow from their names; "
          + "name those to be run, from the input on (--layers)")
    }
    // Layers without weights leave no trace, and of those with weights no one knows the place.
    let known = Set(found.flatMap { $0.tensors.values })
    guard stack[0].format == .pytorch || tensors.keys.allSatisfy(known.contains) else {
      throw .invalidFile(
        "there are several LSTMs (\(stack.list)) and other layers, and the weights do not tell what "
          + "lies between them, such as a RepeatVector; if nothing does, say so by --layers "
          + stack.map(\.name).joined(separator: ","))
    }
    return stack
  }

  private func stack(
    named names: [String], kinds: [RecurrentKind]
  ) throws(LSTMError) -> [LayerGroup] {
    var stack: [LayerGroup] = []
    for name in names {
      let matches = indices.filter {
        self[$0].name == name || self[$0].name.hasSuffix("/\(name)")
      }
      guard matches.count <= 1 else {
        throw .invalidFile(
          "'\(name)' may be "
            + matches.map { "'\(self[$0].name)' (\(self[$0].format.title))" }
            .joined(separator: " or "))
      }
      if let match = matches.first {
        guard kinds[match] == .lstm else { throw self[match].isNone(kinds[match]) }
        stack.append(self[match])
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
    let keys = map { group -> LayerGroup.KerasOrder? in
      guard group.format == .pytorch else { return group.order }
      let parts = group.name.split(separator: ".", omittingEmptySubsequences: false)
      let stem = parts.dropLast().joined(separator: ".")
      return parts.last.flatMap { Int($0) }.map { .init(stem: stem, number: $0) }
    }
    let found = zip(self, keys).compactMap { group, key in key.map { (group, $0) } }
    guard let first = found.first?.1, found.count == count,
      found.allSatisfy({ $0.1.stem == first.stem }), Set(found.map(\.1.number)).count == count
    else { return nil }
    return found.sorted { $0.1.number < $1.1.number }.map(\.0)
  }

  private var list: String { map { "'\($0.name)'" }.joined(separator: ", ") }
}

/// What a recurrent layer is, which its number of gates tells.
enum RecurrentKind {
  case lstm
  case gru
  case simple

  /// The kind of a layer, from the matrix by which its state is multiplied; an LSTM where that is
  /// missing or of no kind, which is found out when it is read.
  init(_ group: LayerGroup, _ tensors: [String: SafetensorsFile.Tensor]) {
    self = .lstm
    let first = group.tensors.keys.filter { $0.part == .recurrentWeight }
      .min { ($0.layer, $0.isReverse ? 1 : 0) < ($1.layer, $1.isReverse ? 1 : 0) }
    guard let first, let name = group.tensors[first], let shape = tensors[name]?.shape,
      shape.count == 2
    else { return }
    let (gates, width) = group.format == .keras ? (shape[1], shape[0]) : (shape[0], shape[1])
    var projection = first
    projection.part = .projection
    guard width > 0, group.tensors[projection] == nil else { return }
    if gates == 3 * width { self = .gru }
    if gates == width { self = .simple }
  }
}

extension LayerGroup {
  /// The error for a layer that is not an LSTM.
  fileprivate func isNone(_ kind: RecurrentKind) -> LSTMError {
    let what =
      switch (kind, format) {
      case (.gru, _): "a GRU"
      case (_, .pytorch): "an nn.RNN"
      case (_, .keras): "a SimpleRNN"
      }
    return .invalidFile("'\(name)' is \(what); only LSTM layers can be run")
  }
}
