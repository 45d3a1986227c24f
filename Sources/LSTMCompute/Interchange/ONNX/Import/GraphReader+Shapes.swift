// The sizes of axes, and operators that change their order and number.

extension GraphReader {
  typealias Activation = GraphValue.Activation
  typealias Axis = GraphValue.Axis

  /// A part of an axis, as a Slice takes it.
  struct Part {
    var axis: Int
    var start: Int
    var end: Int
    var step: Int

    /// The places of an axis of a size.
    func range(of size: Int) -> Range<Int> {
      func place(_ value: Int) -> Int {
        min(max(value < 0 ? Checked.sum(value, size) : value, 0), size)
      }
      return place(start)..<max(place(start), place(end))
    }
  }

  /// What a Slice takes; `nil` where that is not known, or of several axes.
  func slice(_ node: ONNXModel.Node, rank: Int) throws(LSTMError) -> Part? {
    guard let starts = try integers(node, 1, attribute: "starts"),
      let ends = try integers(node, 2, attribute: "ends"), starts.count == 1, ends.count == 1
    else { return nil }
    let axes = try integers(node, 3, attribute: "axes") ?? [0]
    let steps = try integers(node, 4) ?? [1]
    guard axes.count == 1, steps.count == 1 else { return nil }
    let axis = axes[0] < 0 ? axes[0] + rank : axes[0]
    guard (0..<rank).contains(axis) else { throw node.refusal("has an axis that there is not") }
    return Part(axis: axis, start: starts[0], end: ends[0], step: steps[0])
  }

  /// The size of an axis, where it is known.
  func size(of axis: Axis) -> Int? {
    switch axis {
    case .place: sizes[axis]
    case .directions(let count), .width(let count): count
    case .one: 1
    case .layers: nil
    }
  }

  /// The sizes of all axes.
  func sizes(
    of activation: Activation, _ node: ONNXModel.Node
  ) throws(LSTMError) -> [GraphValue.Size] {
    var sizes: [GraphValue.Size] = []
    for axis in activation.axes {
      guard axis.count == 1 else { throw node.refusal("asks for the shape of what was reshaped") }
      switch axis[0] {
      case .place: sizes.append(.axis(axis[0]))
      default: sizes.append(size(of: axis[0]).map { .number($0) } ?? .axis(axis[0]))
      }
    }
    return sizes
  }

  /// Operators on sizes; `nil` for those that make something else of them.
  func sizes(
    of node: ONNXModel.Node, _ inputs: [GraphValue]
  ) throws(LSTMError) -> GraphValue? {
    func known(_ value: GraphValue) -> [GraphValue.Size]? {
      switch value {
      case .sizes(let sizes): sizes
      case .constant(let tensor) where !tensor.elementType.isFloatingPoint:
        tensor.integers.map { .number($0) }
      default: nil
      }
    }
    guard
      case .sizes(let sizes)? = inputs.first(where: { if case .sizes = $0 { true } else { false } })
    else { return nil }
    switch node.operation {
    case "Identity", "Cast", "Unsqueeze", "Squeeze", "Reshape": return .sizes(sizes)
    case "Gather":
      guard let places = try integers(node, 1) else { return nil }
      let chosen = places.map { $0 < 0 ? $0 + sizes.count : $0 }
      guard chosen.allSatisfy(sizes.indices.contains) else {
        throw node.refusal("reads sizes that there are not")
      }
      return .sizes(chosen.map { sizes[$0] })
    case "Slice":
      guard let part = try slice(node, rank: 1), part.step == 1 else { return nil }
      return .sizes(Array(sizes[part.range(of: sizes.count)]))
    case "Mul":
      let parts = inputs.compactMap(known).filter { $0.count == 1 }.compactMap { $0.first }
      guard parts.count == 2, case (.number(let first), .number(let second)) = (parts[0], parts[1]),
        first >= 0, second >= 0
      else { return nil }
      return .sizes([.number(Checked.product(first, second))])
    case "Concat":
      var all: [GraphValue.Size] = []
      for input in inputs {
        guard let part = known(input) else { return nil }
        all += part
        guard all.count <= Self.mostAxes else {
          throw node.refusal("makes a shape of more than \(Self.mostAxes) axes")
        }
      }
      return .sizes(all)
    default: return nil
    }
  }

  // MARK: - Order and number of axes

  func transposed(
    _ activation: Activation, _ node: ONNXModel.Node
  ) throws(LSTMError) -> Activation {
    let rank = activation.axes.count
    var order = Array((0..<rank).reversed())
    if case .integers(let given)? = node.attributes["perm"] { order = given }
    guard order.sorted() == Array(0..<rank) else {
      throw node.refusal("has a 'perm' that is no order of \(rank) axes")
    }
    var result = activation
    result.axes = order.map { activation.axes[$0] }
    return result
  }

  func squeezed(
    _ activation: Activation, _ node: ONNXModel.Node
  ) throws(LSTMError) -> Activation {
    let rank = activation.axes.count
    func isOne(_ axis: [Axis]) -> Bool { axis.allSatisfy { size(of: $0) == 1 } }
    let ones = activation.axes.indices.filter { isOne(activation.axes[$0]) }
    let axes = (try integers(node, 1, attribute: "axes") ?? ones).map { $0 < 0 ? $0 + rank : $0 }
    guard axes.allSatisfy((0..<rank).contains), axes.allSatisfy({ isOne(activation.axes[$0]) })
    else { throw node.refusal("takes away an axis that may have more than one place") }
    var result = activation
    result.axes = activation.axes.indices.filter { !axes.contains($0) }.map { activation.axes[$0] }
    return result
  }

  func unsqueezed(
    _ activation: Activation, _ node: ONNXModel.Node
  ) throws(LSTMError) -> Activation {
    let added = try integers(node, 1, attribute: "axes") ?? []
    let rank = activation.axes.count + added.count
    let axes = added.map { $0 < 0 ? $0 + rank : $0 }.sorted()
    guard added.count <= Self.mostAxes, axes.allSatisfy((0..<rank).contains),
      Set(axes).count == axes.count
    else { throw node.refusal("has axes that there are not") }
    var result = activation
    for axis in axes { result.axes.insert([.one], at: axis) }
    return result
  }

  func flattened(
    _ activation: Activation, _ node: ONNXModel.Node
  ) throws(LSTMError) -> Activation {
    let rank = activation.axes.count
    let axis = try node.integer("axis", default: 1)
    guard (0...rank).contains(axis) else { throw node.refusal("has an axis that there is not") }
    var result = activation
    result.axes = [
      Array(activation.axes[..<axis].joined()), Array(activation.axes[axis...].joined()),
    ]
    return result.withoutOnes
  }

  /// The same elements in axes that are put together or taken apart.
  func reshaped(
    _ activation: Activation, _ node: ONNXModel.Node, _ inputs: [GraphValue]
  ) throws(LSTMError) -> Activation {
    var wanted: [GraphValue.Size]
    switch inputs.count > 1 ? inputs[1] : .none {
    case .sizes(let sizes): wanted = sizes
    case .constant(let tensor): wanted = tensor.integers.map { .number($0) }
    default: throw node.refusal("makes a shape that is not known before the graph is run")
    }
    let keepsZeros = try node.integer("allowzero", default: 0) == 0
    for (place, size) in wanted.enumerated() where size == .number(0) && keepsZeros {
      guard place < activation.axes.count, activation.axes[place].count == 1 else { continue }
      let axis = activation.axes[place][0]
      wanted[place] = .axis(axis)
    }
    let axes = Array(activation.axes.joined())
    guard wanted.count <= Self.mostAxes, axes.count <= Self.mostAxes,
      let found = match(axes[...], wanted[...], isLoose: false)
        ?? match(axes[...], wanted[...], isLoose: true)
    else {
      throw node.refusal("makes a shape that no network of LSTM layers has")
    }
    var result = activation
    result.axes = found
    return result.withoutOnes
  }

  /// The axes that make each of the sizes wanted; `nil` where none do.
  ///
  /// A number is made of axes whose sizes are known. Loosely, it is also made of those that may have it,
  /// but not where another axis is known to have it: steps and sequences would change places.
  private func match(
    _ axes: ArraySlice<Axis>, _ wanted: ArraySlice<GraphValue.Size>, isLoose: Bool,
    others: [Axis] = []
  ) -> [[Axis]]? {
    guard let first = wanted.first else {
      return axes.allSatisfy { size(of: $0) == 1 } ? [] : nil
    }
    // One axis rather than several, and one of a place only where there is none.
    let counts = Array(1...max(1, axes.count)) + [0]
    for count in counts where count <= axes.count {
      let group = Array(axes.prefix(count))
      let outside = others + axes.dropFirst(count)
      let isTaken = outside.contains { axis in
        size(of: axis).map { $0 != 1 && first == .number($0) } ?? false
      }
      guard fits(group, first, isLoose: isLoose && !isTaken) else { continue }
      if let rest = match(
        axes.dropFirst(count), wanted.dropFirst(), isLoose: isLoose, others: others + group)
      {
        return [group.isEmpty ? [.one] : group] + rest
      }
    }
    return nil
  }

  private func fits(_ group: [Axis], _ wanted: GraphValue.Size, isLoose: Bool) -> Bool {
    switch wanted {
    case .axis(let axis): return group.filter { size(of: $0) != 1 || $0 == axis } == [axis]
    case .number(-1): return !group.isEmpty
    case .number(let number):
      let known = group.compactMap(size(of:))
      let product = Checked.product(of: known.map { max(0, $0) })
      guard known.count < group.count else { return product == number }
      return isLoose && number > 0 && number % max(1, product) == 0
    }
  }
}

extension GraphValue.Activation {
  /// The same, with axes of one place left out of axes that are put together.
  fileprivate var withoutOnes: Self {
    var result = self
    result.axes = axes.map { group in
      let more = group.filter { $0 != .one && $0 != .directions(1) }
      return group.count > 1 ? (more.isEmpty ? [.one] : more) : group
    }
    return result
  }
}
