// What exporters leave to be done to weights and shapes before they are used.

extension GraphReader {
  /// Operators on weights and on sizes; `nil` for others.
  mutating func constants(
    of node: ONNXModel.Node, _ inputs: [GraphValue]
  ) throws(LSTMError) -> [GraphValue]? {
    if node.operation == "ConstantOfShape" {
      guard case .tensor(let value)? = node.attributes["value"] else { return [.zeros] }
      return value.isZero ? [.zeros] : nil
    }
    switch inputs.first {
    case .constant(let tensor)? where inputs.allSatisfy(\.isConstant):
      return try constants(of: node, tensor, inputs)
    case .constant(let tensor)? where node.operation == "Expand" && tensor.isZero: return [.zeros]
    case .zeros?:
      // Whatever is done to zeros here, they stay zeros.
      let keeping = [
        "Identity", "Cast", "Expand", "Unsqueeze", "Squeeze", "Reshape", "Transpose",
        "Slice", "Gather", "Tile",
      ]
      return keeping.contains(node.operation) ? [.zeros] : nil
    default: return try sizes(of: node, inputs).map { [$0] }
    }
  }

  private mutating func constants(
    of node: ONNXModel.Node, _ tensor: SafetensorsFile.Tensor, _ inputs: [GraphValue]
  ) throws(LSTMError) -> [GraphValue]? {
    let rank = tensor.shape.count
    func axes(_ values: [Int], of rank: Int) throws(LSTMError) -> [Int] {
      let axes = values.map { $0 < 0 ? $0 + rank : $0 }
      guard axes.allSatisfy((0..<rank).contains), Set(axes).count == axes.count else {
        throw node.refusal("has axes that there are not")
      }
      return axes
    }
    switch node.operation {
    case "Identity": return [inputs[0]]
    case "Expand" where tensor.isZero: return [.zeros]
    case "Cast":
      let type = try node.integer("to", default: 1)
      guard type == tensor.elementType.onnxNumber || type == 1 else { return nil }
      guard type != tensor.elementType.onnxNumber else { return [inputs[0]] }
      return [
        try made(node, bytes: Checked.product(4, tensor.shape.reduce(1, *))) {
          .init(tensor.floats, shape: tensor.shape)
        }
      ]
    case "Transpose":
      var order = Array((0..<rank).reversed())
      if case .integers(let given)? = node.attributes["perm"] { order = given }
      guard order.sorted() == Array(0..<rank) else {
        throw node.refusal("has a 'perm' that is no order of \(rank) axes")
      }
      return [try made(node, bytes: tensor.byteCount) { tensor.transposed(order) }]
    case "Squeeze":
      let ones = tensor.shape.indices.filter { tensor.shape[$0] == 1 }
      let removed = try axes(integers(node, 1, attribute: "axes") ?? ones, of: rank)
      guard removed.allSatisfy({ tensor.shape[$0] == 1 }) else {
        throw node.refusal("takes away an axis that has more than one place")
      }
      let shape = tensor.shape.indices.filter { !removed.contains($0) }.map { tensor.shape[$0] }
      return [.constant(tensor.reshaped(shape))]
    case "Unsqueeze":
      guard let added = try integers(node, 1, attribute: "axes"), added.count <= Self.mostAxes
      else {
        return nil
      }
      var shape = tensor.shape
      for axis in try axes(added, of: rank + added.count).sorted() {
        guard axis <= shape.count else { throw node.refusal("has axes that there are not") }
        shape.insert(1, at: axis)
      }
      return [.constant(tensor.reshaped(shape))]
    case "Reshape":
      guard let wanted = try integers(node, 1) else { return nil }
      return [.constant(tensor.reshaped(try shape(wanted, of: tensor, node)))]
    case "Concat":
      let parts = inputs.compactMap { if case .constant(let part) = $0 { part } else { nil } }
      let axis = try axes([node.integer("axis", default: 0)], of: rank)[0]
      let size = Checked.sum(of: parts.map(\.byteCount))
      return [try made(node, bytes: size) { .joined(parts, axis: axis) }]
    case "Gather":
      let axis = try axes([node.integer("axis", default: 0)], of: rank)[0]
      guard let places = try integers(node, 1), case .constant(let indices) = inputs[1],
        indices.shape.count <= 1
      else { return nil }
      let taken = try take(places, tensor, axis: axis, node)
      guard indices.shape.isEmpty, case .constant(let one) = taken else { return [taken] }
      var shape = one.shape
      shape.remove(at: axis)
      return [.constant(one.reshaped(shape))]
    case "Slice":
      guard let part = try slice(node, rank: rank), part.step == 1 else { return nil }
      let range = part.range(of: tensor.shape[part.axis])
      return [try take(Array(range), tensor, axis: part.axis, node)]
    case "Split":
      let axis = try axes([node.integer("axis", default: 0)], of: rank)[0]
      let count = max(1, node.outputs.count)
      let even = [Int](repeating: tensor.shape[axis] / count, count: count)
      let counts = try integers(node, 1, attribute: "split") ?? even
      guard counts.count == count, counts.allSatisfy({ $0 >= 0 }),
        Checked.sum(of: counts) == tensor.shape[axis]
      else { throw node.refusal("has parts that do not make the whole") }
      var start = 0
      var parts: [GraphValue] = []
      for count in counts {
        parts.append(try take(Array(start..<start + count), tensor, axis: axis, node))
        start += count
      }
      return parts
    default: return nil
    }
  }

  private mutating func take(
    _ places: [Int], _ tensor: SafetensorsFile.Tensor, axis: Int, _ node: ONNXModel.Node
  ) throws(LSTMError) -> GraphValue {
    let size = tensor.shape[axis]
    let places = places.map { $0 < 0 ? Checked.sum($0, size) : $0 }
    guard places.allSatisfy((0..<size).contains) else {
      throw node.refusal("reads places that there are not")
    }
    let row = size == 0 ? 0 : tensor.byteCount / size
    return try made(node, bytes: Checked.product(row, places.count)) {
      tensor.taking(places, axis: axis)
    }
  }

  /// The shape that a constant gets: 0 keeps a size, -1 follows from the others.
  private func shape(
    _ wanted: [Int], of tensor: SafetensorsFile.Tensor, _ node: ONNXModel.Node
  ) throws(LSTMError) -> [Int] {
    var shape = wanted
    for (axis, size) in wanted.enumerated() where size == 0 && axis < tensor.shape.count {
      shape[axis] = tensor.shape[axis]
    }
    let count = tensor.shape.reduce(1, *)
    let others = Checked.product(of: shape.filter { $0 != -1 }.map { max(0, $0) })
    if let free = shape.firstIndex(of: -1), others > 0 { shape[free] = count / others }
    guard shape.allSatisfy({ $0 >= 0 }), Checked.product(of: shape) == count,
      SafetensorsFile.Tensor.isReasonable(shape)
    else {
      throw node.refusal("makes the shape \(wanted) of \(tensor.shape)")
    }
    return shape
  }
}

extension GraphValue {
  /// Whether it is a tensor that is known.
  fileprivate var isConstant: Bool {
    switch self {
    case .constant, .none: true
    default: false
    }
  }
}
