extension DeviceOperations {
  /// Makes `count` rows zero, up to their pitch.
  func clear(_ rows: Rows<Memory>, count: Int) throws {
    try fill(rows.memory, rows.offset..<rows.offset + count * rows.pitch, with: 0)
  }

  /// Makes the states of so many rows zero.
  func clear(_ state: StateRows<Memory>, rows: Int) throws {
    try clear(state.hidden, count: rows)
    try clear(state.cell, count: rows)
  }

  /// Writes `[count, columns]`, and zeros up to the pitch.
  func write(floats values: [Float], to target: Rows<Memory>, columns: Int) throws {
    guard target.pitch > columns else {
      return try write(floats: values, to: target.memory, at: target.offset)
    }
    let count = values.count / columns
    var padded = [Float](repeating: 0, count: count * target.pitch)
    for row in 0..<count {
      for column in 0..<columns {
        padded[row * target.pitch + column] = values[row * columns + column]
      }
    }
    try write(floats: padded, to: target.memory, at: target.offset)
  }

  /// Writes the states of some rows.
  func write(_ value: LayerState, to target: StateRows<Memory>, of layer: LSTMLayer) throws {
    try write(floats: value.hidden, to: target.hidden, columns: layer.stateSize)
    try write(floats: value.cell, to: target.cell, columns: layer.hiddenSize)
  }

  /// `[count, columns]`, without what lies between the rows.
  func read(_ source: Rows<Memory>, count: Int, columns: Int) throws -> [Scalar] {
    let values = try read(source.memory, source.offset..<source.offset + count * source.pitch)
    return values.withoutPadding(count: count, columns: columns, pitch: source.pitch)
  }

  /// The same in single precision.
  func readFloats(_ source: Rows<Memory>, count: Int, columns: Int) throws -> [Float] {
    let values = try readFloats(
      source.memory, source.offset..<source.offset + count * source.pitch)
    return values.withoutPadding(count: count, columns: columns, pitch: source.pitch)
  }

  /// The states of so many rows.
  func readFloats(
    _ state: StateRows<Memory>, rows: Int, of layer: LSTMLayer
  ) throws -> LayerState {
    LayerState(
      hidden: try readFloats(state.hidden, count: rows, columns: layer.stateSize),
      cell: try readFloats(state.cell, count: rows, columns: layer.hiddenSize))
  }

  /// Copies the states of so many rows of a layer, unless they are there already.
  func copy(
    _ source: StateRows<Memory>, to target: StateRows<Memory>, rows: Int, of layer: LSTMLayer
  ) throws {
    for (source, target, columns) in [
      (source.hidden, target.hidden, layer.stateSize), (source.cell, target.cell, layer.hiddenSize),
    ] {
      if source.memory === target.memory, source.offset == target.offset { continue }
      if source.pitch == target.pitch {
        try copy(
          source.memory, source.offset..<source.offset + rows * source.pitch, to: target.memory,
          at: target.offset)
      } else {
        try merge(
          source, rows: rows, columns: columns, scales: nil, into: target, accumulates: false)
      }
    }
  }
}

extension Array {
  fileprivate func withoutPadding(count: Int, columns: Int, pitch: Int) -> [Element] {
    guard pitch > columns else { return self }
    var result: [Element] = []
    result.reserveCapacity(count * columns)
    for row in 0..<count { result += self[row * pitch..<row * pitch + columns] }
    return result
  }
}
