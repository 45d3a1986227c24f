/// Layers on top of each other, with the memory for what goes between them.
final class ComposedStack<Operations: SequenceOperations> {
  typealias Memory = Operations.Memory

  /// The directions of each layer.
  let cells: [[ComposedCell<Operations>]]
  private let layers: [LSTMLayer]
  private let inputSize: Int
  private let operations: Operations
  private let firstIndex: Int
  private let largestRows: Int
  /// `[T, B, F]` of each layer whose outputs are not a direction's own; made when first needed.
  private var merged: [Memory?]
  /// `[T, B, I]` of each layer whose input's gradient is asked for; made when first needed.
  private var inputGradients: [Memory?]
  /// What each layer read in the last forward pass.
  private var inputs: [Rows<Memory>] = []

  /// - Parameters:
  ///   - layers: The layers.
  ///   - inputSize: The width of the first layer's input.
  ///   - slices: Their tensors.
  ///   - firstIndex: The number of the first layer, for random masks.
  ///   - configuration: The largest sizes.
  ///   - operations: The device.
  /// - Throws: What the device refuses.
  init(
    _ layers: [LSTMLayer], inputSize: Int, _ slices: ArraySlice<[CellSlices]>, firstIndex: Int,
    configuration: ExecutorConfiguration, operations: Operations
  ) throws {
    self.layers = layers
    self.inputSize = inputSize
    self.operations = operations
    self.firstIndex = firstIndex
    largestRows = configuration.steps * configuration.batchSize
    merged = layers.map { _ in nil }
    inputGradients = merged
    cells = try zip(layers, slices).enumerated().map { index, layer in
      try layer.1.enumerated().map { direction, slices in
        try ComposedCell(
          layer.0, slices, index: firstIndex + index, direction: direction,
          configuration: configuration, operations: operations)
      }
    }
  }

  func load() throws {
    for cell in cells.joined() { try cell.load() }
  }

  /// Runs all layers, from the states in their initial slots.
  ///
  /// - Parameters:
  ///   - pass: The batch.
  ///   - input: `[T, B, I]`, which must stay for the backward pass.
  /// - Returns: `[T, B, F]`, the last layer's outputs.
  /// - Throws: What the device refuses.
  func forward(_ pass: ComposedPass<Memory>, input: Rows<Memory>) throws -> Rows<Memory> {
    inputs = [input]
    for (index, directions) in cells.enumerated() {
      for cell in directions { try cell.forward(pass, input: inputs[index]) }
      inputs.append(try outputs(ofLayer: index, pass))
    }
    return inputs.removeLast()
  }

  /// What the layer above reads: the outputs of both directions, and of those that drop out none.
  private func outputs(
    ofLayer index: Int, _ pass: ComposedPass<Memory>
  ) throws -> Rows<Memory> {
    let layer = layers[index]
    let width = layer.outputSize
    var result = cells[index][0].outputs(pass)
    if cells[index].count > 1 || pass.outputScales != nil {
      let memory = try memory(&merged, index, width)
      for (direction, cell) in cells[index].enumerated() {
        let adds = direction > 0 && layer.direction == .bidirectionalSum
        try operations.merge(
          cell.outputs(pass), rows: pass.rows, columns: layer.stateSize,
          scales: pass.outputScales,
          into: Rows(memory, at: adds ? 0 : direction * layer.stateSize, pitch: width),
          accumulates: adds)
      }
      result = Rows(memory, pitch: width)
    }
    if let mask = dropout(index, pass) {
      let target = Rows(try memory(&merged, index, width), pitch: width)
      try operations.dropout(
        result, elements: 0..<pass.rows * width, mask, into: target, accumulates: false)
      result = target
    }
    return result
  }

  /// Takes the loss back through all layers; the cells' state gradients must have been set.
  ///
  /// - Parameters:
  ///   - pass: As in the forward pass.
  ///   - outputGradient: `[T, B, F]`, the loss by the last layer's outputs, which is overwritten;
  ///     `nil` is zero.
  ///   - factor: By which the gradients of the tensors are multiplied.
  ///   - needsInputGradient: Whether the loss by the input is computed.
  /// - Returns: `[T, B, I]`, the loss by the input, if it was asked for.
  /// - Throws: What the device refuses.
  func backward(
    _ pass: ComposedPass<Memory>, outputGradient: Memory?, factor: Operations.Scalar,
    needsInputGradient: Bool
  ) throws -> Memory? {
    var above = outputGradient
    for index in layers.indices.reversed() {
      let layer = layers[index]
      let width = layer.outputSize
      if let above, let mask = dropout(index, pass) {
        let rows = Rows(above, pitch: width)
        try operations.dropout(
          rows, elements: 0..<pass.rows * width, mask, into: rows, accumulates: false)
      }
      if let above, let scales = pass.outputScales {
        let rows = Rows(above, pitch: width)
        try operations.merge(
          rows, rows: pass.rows, columns: width, scales: scales, into: rows, accumulates: false)
      }
      let columns = index == 0 ? inputSize : layers[index - 1].outputSize
      let below =
        index > 0 || needsInputGradient ? try memory(&inputGradients, index, columns) : nil
      for (direction, cell) in cells[index].enumerated() {
        let offset = layer.direction == .bidirectional ? direction * layer.stateSize : 0
        try cell.backward(
          pass, input: inputs[index],
          outputGradient: above.map { Rows($0, at: offset, pitch: width) }, factor: factor,
          inputGradient: below.map { Rows($0, pitch: columns) }, accumulates: direction > 0)
      }
      above = below
    }
    return above
  }

  private func dropout(_ index: Int, _ pass: ComposedPass<Memory>) -> RandomMask? {
    guard pass.isTraining, layers[index].dropout > 0 else { return nil }
    return RandomMask(
      share: layers[index].dropout, .dropout, seed: pass.seed, batchNumber: pass.batchNumber,
      layer: firstIndex + index, direction: 0)
  }

  private func memory(_ memories: inout [Memory?], _ index: Int, _ width: Int) throws -> Memory {
    if let memory = memories[index] { return memory }
    let memory = try operations.memory(largestRows * width)
    memories[index] = memory
    return memory
  }
}
