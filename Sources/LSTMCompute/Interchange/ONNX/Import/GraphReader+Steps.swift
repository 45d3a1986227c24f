// Which steps, directions and layers are taken of what layers make.

extension GraphReader {
  func gathered(
    _ activation: Activation, _ node: ONNXModel.Node
  ) throws(LSTMError) -> Activation {
    let rank = activation.axes.count
    let given = try node.integer("axis", default: 0)
    let axis = given < 0 ? given + rank : given
    guard (0..<rank).contains(axis), let places = try integers(node, 1), places.count == 1,
      let indices = try constant(node, 1)
    else { throw node.refusal("takes places that are not known before the graph is run") }
    let end = places[0] == -1 ? nil : Checked.sum(places[0], 1)
    var result = try taking(places[0], end, axis, of: activation, node)
    if indices.shape.isEmpty { result.axes.remove(at: axis) }
    return result
  }

  func sliced(_ activation: Activation, _ node: ONNXModel.Node) throws(LSTMError) -> Activation {
    guard let part = try slice(node, rank: activation.axes.count), part.step == 1 else {
      throw node.refusal("takes places that are not known before the graph is run")
    }
    return try taking(
      part.start, part.end >= Int(Int32.max) ? nil : part.end, part.axis, of: activation, node)
  }

  /// The parts of the first axis of an input, which is states of several layers.
  func split(_ activation: Activation, _ node: ONNXModel.Node) throws(LSTMError) -> [Activation] {
    let axis = try node.integer("axis", default: 0)
    guard case .input(let name, nil) = activation.source, axis == 0,
      let size = activation.plainAxes?.first.flatMap(size(of:))
    else { throw node.refusal("takes apart what no network of LSTM layers takes apart") }
    let count = max(1, node.outputs.count)
    let counts =
      try integers(node, 1, attribute: "split") ?? [Int](repeating: size / count, count: count)
    guard size >= 0, counts.count == count, counts.allSatisfy({ $0 >= 0 }),
      Checked.sum(of: counts) == size
    else {
      throw node.refusal("has parts that do not make the whole")
    }
    var start = 0
    return counts.map { count in
      var part = activation
      part.source = .input(name, places: start..<start + count)
      part.axes[0] = [.directions(count)]
      start += count
      return part
    }
  }

  /// Some places of an axis, up to one, or to the end.
  private func taking(
    _ start: Int, _ end: Int?, _ axis: Int, of activation: Activation, _ node: ONNXModel.Node
  ) throws(LSTMError) -> Activation {
    guard activation.axes[axis].count == 1 else {
      throw node.refusal("takes places of axes that were put together")
    }
    let kind = activation.axes[axis][0]
    let size = size(of: kind)
    let first = start < 0 ? size.map { Checked.sum(start, $0) } : start
    let last = end.flatMap { end in end < 0 ? size.map { Checked.sum(end, $0) } : end } ?? size
    let isWhole = first == 0 && (end == nil || size.map { (last ?? 0) >= $0 } == true)
    // Of a sequence of one step the first is the last.
    let isOneStep = kind == sequence?.time && size == 1
    if !isOneStep, isWhole || size == 1 && first == 0 && last == 1 { return activation }
    var result = activation
    switch activation.source {
    case .input(let name, nil) where axis == 0:
      // States of several layers, of which each takes its own.
      guard let first, let last, first >= 0, first < last else {
        throw node.refusal("takes states that are not known before the graph is run")
      }
      result.source = .input(name, places: first..<last)
      result.axes[axis] = [.directions(last - first)]
      return result
    case .hidden(let layers) where kind == .layers:
      result.source = .hidden(layers: [try layer(start, end, of: layers, node)])
    case .cell(let layers) where kind == .layers:
      result.source = .cell(layers: [try layer(start, end, of: layers, node)])
    case .outputs, .head:
      guard kind == sequence?.time, !activation.isLast,
        start == -1 && (end == nil || last == size && size != nil)
          || size.map({ first == $0 - 1 && (last ?? $0) >= $0 }) == true
      else { fallthrough }
      result.isLast = true
    default:
      throw node.refusal("takes other places than those of the last step")
    }
    result.axes[axis] = [.one]
    return result
  }

  /// The one layer that is taken of some.
  private func layer(
    _ start: Int, _ end: Int?, of layers: [Int], _ node: ONNXModel.Node
  ) throws(LSTMError) -> Int {
    let place = start < 0 ? start + layers.count : start
    guard layers.indices.contains(place),
      (end.map { $0 < 0 ? $0 + layers.count : $0 } ?? layers.count) == place + 1
    else { throw node.refusal("takes the states of other than one layer") }
    return layers[place]
  }

  /// The states of several layers, one after the other.
  func states(_ node: ONNXModel.Node, _ inputs: [GraphValue]) throws(LSTMError) -> Activation {
    var (hidden, cell): ([Int], [Int]) = ([], [])
    var axes: [[Axis]]?
    let axis = try node.integer("axis", default: 0)
    for input in inputs {
      guard case .activation(let activation) = input else {
        throw node.refusal("puts together other things than states")
      }
      switch activation.source {
      case .hidden(let layers): hidden += layers
      case .cell(let layers): cell += layers
      default: throw node.refusal("puts together other things than states")
      }
      guard hidden.count <= layers.count, cell.count <= layers.count else {
        throw node.refusal("puts together more states than there are layers")
      }
      axes = activation.axes
    }
    guard var axes, axes.indices.contains(axis), hidden.isEmpty || cell.isEmpty else {
      throw node.refusal("puts together other things than states")
    }
    let isOfOne = (hidden + cell).allSatisfy { layers[$0].layer.direction.count == 1 }
    // States of two directions stay what they are, but none of them is taken.
    axes[axis] = [isOfOne ? .layers : .directions(2 * (hidden + cell).count)]
    var result = Activation(hidden.isEmpty ? .cell(layers: cell) : .hidden(layers: hidden), [])
    result.axes = axes
    return result
  }

  /// The sum over the two directions of a layer.
  mutating func directionsAdded(
    _ activation: Activation, _ node: ONNXModel.Node
  ) throws(LSTMError) -> Activation {
    let rank = activation.axes.count
    let axes = (try integers(node, 1, attribute: "axes") ?? []).map { $0 < 0 ? $0 + rank : $0 }
    guard case .outputs(let layer) = activation.source, axes.count == 1,
      (0..<rank).contains(axes[0]), activation.axes[axes[0]] == [.directions(2)]
    else { throw node.refusal("adds up other things than two directions of a layer") }
    try merge(layer, .bidirectionalSum, node)
    var result = activation
    if try node.integer("keepdims", default: 1) == 1 {
      result.axes[axes[0]] = [.one]
    } else {
      result.axes.remove(at: axes[0])
    }
    return result
  }

  /// Notes what becomes of the two directions of a layer.
  mutating func merge(
    _ layer: Int, _ direction: LSTMLayer.Direction, _ node: ONNXModel.Node
  ) throws(LSTMError) {
    guard layers[layer].layer.direction == direction || !layers[layer].isMerged else {
      throw node.refusal("makes something else of two directions than an operator before it")
    }
    layers[layer].layer.direction = direction
    layers[layer].isMerged = true
  }
}
