/// Layers on top of each other, with the memory for what goes between them.
final class LayerStack<Operations: DeviceOperations> {
  typealias Memory = Operations.Memory
  typealias Pass = any LayerPass<Memory, Operations.Scalar>

  /// The directions of each layer.
  let passes: [[Pass]]
  /// The pass whose final state is the output of the last step; `nil` where the last layer reads in
  /// reverse too.
  let lastState: Pass?
  /// How many floating-point operations a step takes for one row, roughly.
  private let stepOperations: Int
  private let layers: [LSTMLayer]
  private let places: [[LayerPlace]]
  private let operations: Operations
  /// The most T B.
  private let largestRows: Int
  /// `[T, B, F]` of each layer whose outputs are not a direction's own; made when first needed.
  private var merged: [Memory?]
  /// Where layers share it in inference.
  private let shared: LayerMemory<Memory>?
  /// `[T, B, I]` of each layer whose input's gradient is asked for; made when first needed.
  private var inputGradients: [Memory?]
  /// What each layer reads in this pass; then the last one's outputs.
  private var inputs: [Rows<Memory>] = []
  /// Of the last pass, whose rows are those of the next one where that is alike: small batches would
  /// feel it if all were found anew.
  private var shape: Shape?
  /// Whether threads can go through all layers with rows of their own, in a pass of that shape.
  private var isLocalToRows = false
  /// What flows between the layers where nothing flows out of the lowest one.
  private var innerGradients: [Rows<Memory>?]?

  /// What decides where the outputs of layers are.
  private struct Shape: Equatable {
    let steps: Int
    let batch: Int
    let isTraining: Bool
    let hasScales: Bool

    init(_ pass: ForwardPass<Memory>) {
      steps = pass.steps
      batch = pass.batch
      isTraining = pass.isTraining
      hasScales = pass.outputScales != nil
    }
  }

  /// `[T, B, F]`, the last layer's outputs of the last pass.
  var outputs: Rows<Memory>? { inputs.last }

  /// - Parameters:
  ///   - places: The directions of each layer.
  ///   - operations: The device.
  /// - Throws: What the device refuses.
  init(_ places: [[LayerPlace]], _ operations: Operations) throws {
    self.places = places
    self.operations = operations
    layers = places.map { $0[0].layer }
    largestRows = places[0][0].steps * places[0][0].batchSize
    merged = places.map { _ in nil }
    shared =
      places[0][0].isTraining || !operations.runsLayersInTurn ? nil : LayerMemory()
    inputGradients = merged
    let passes = try operations.makeLayers(places)
    self.passes = passes
    stepOperations = passes.joined().reduce(0) { $0 + $1.stepOperations }
    lastState = layers.last?.direction == .forward ? passes.last?.first : nil
  }

  /// One line on how the layers are run.
  func plan(_ pass: ForwardPass<Memory>) -> String { operations.plan(of: passes, pass) }

  func loadWeights() throws {
    for pass in passes.joined() { try pass.loadWeights() }
  }

  /// How many floating-point operations a pass takes, roughly.
  func operationCount(_ pass: ForwardPass<Memory>) -> Int {
    stepOperations * pass.rows
  }

  /// Calls `body` for rows that are run by themselves: for shares of the batch on the device's threads
  /// where all layers are local to rows, otherwise once for all of them.
  ///
  /// The pass is the one that was prepared.
  func run(_ pass: ForwardPass<Memory>, _ body: (Range<Int>) throws -> Void) throws {
    guard isLocalToRows else { return try body(0..<pass.batch) }
    try operations.split(pass.batch, operations: operationCount(pass), body)
  }

  // MARK: - Forward

  /// Makes ready for a pass over a batch, before its threads begin.
  ///
  /// - Parameters:
  ///   - pass: The batch.
  ///   - input: `[T, B, I]`, which must stay for the backward pass.
  /// - Returns: `[T, B, F]`, where the last layer's outputs will be.
  /// - Throws: What the device refuses.
  func prepare(_ pass: ForwardPass<Memory>, input: Rows<Memory>) throws -> Rows<Memory> {
    operations.prepare(passes, pass)
    let shape = Shape(pass)
    guard shape != self.shape else {
      inputs[0] = input
      return inputs[layers.count]
    }
    self.shape = nil
    inputs = [input]
    for index in layers.indices { inputs.append(try outputRows(ofLayer: index, pass)) }
    isLocalToRows = passes.joined().allSatisfy { $0.isLocalToRows(pass) }
    self.shape = shape
    return inputs[layers.count]
  }

  /// Runs all layers for some rows of the batch, all of them unless they are local to rows.
  func forward(_ pass: ForwardPass<Memory>, rows: Range<Int>) throws {
    if rows == 0..<pass.batch, try operations.forwardSideBySide(passes, pass, inputs) { return }
    for index in layers.indices {
      for direction in passes[index] {
        try direction.forward(pass, rows: rows, input: inputs[index])
      }
      try passOn(index, pass, rows: rows)
    }
  }

  /// Whether the layer above reads something else than a direction's own outputs.
  private func isMerged(_ index: Int, _ pass: ForwardPass<Memory>) -> Bool {
    passes[index].count > 1 || pass.outputScales != nil || dropout(index, pass) != nil
  }

  /// What the layer above reads.
  private func outputRows(
    ofLayer index: Int, _ pass: ForwardPass<Memory>
  ) throws -> Rows<Memory> {
    guard isMerged(index, pass) else { return passes[index][0].outputs(pass) }
    let width = layers[index].outputSize
    // A layer has read all that is below it before its own outputs are put there.
    let memory =
      try shared?.memory(.merged, width: width) { try operations.memory(largestRows * width) }
      ?? memory(&merged, index, width)
    return Rows(memory, pitch: width)
  }

  /// Puts the outputs of both directions together, and drops some of them in training.
  private func passOn(_ index: Int, _ pass: ForwardPass<Memory>, rows: Range<Int>) throws {
    guard isMerged(index, pass) else { return }
    let layer = layers[index]
    let target = inputs[index + 1]
    let mask = dropout(index, pass)
    let isAlone = passes[index].count == 1 && pass.outputScales == nil
    try pass.forEachBlock(of: rows) { first, count in
      let block = target.dropFirst(first)
      if !isAlone {
        for (number, direction) in passes[index].enumerated() {
          let adds = number > 0 && layer.direction == .bidirectionalSum
          var columns = block
          columns.offset += adds ? 0 : number * layer.stateSize
          try operations.merge(
            direction.outputs(pass).dropFirst(first), rows: count, columns: layer.stateSize,
            scales: pass.outputScales.map { Rows($0, at: first, pitch: 1) }, into: columns,
            accumulates: adds)
        }
      }
      if let mask {
        let source = isAlone ? passes[index][0].outputs(pass).dropFirst(first) : block
        let row = pass.maskRow(first)
        try operations.dropout(
          source, rows: row..<row + count, columns: layer.outputSize, mask, into: block,
          accumulates: false)
      }
    }
  }

  // MARK: - Backward

  /// Makes ready for the backward pass, before its threads begin.
  ///
  /// - Parameters:
  ///   - outputGradient: `[T, B, F]`, ∂L/∂(outputs of the last layer), which is overwritten; `nil` is
  ///     zero.
  ///   - needsInputGradient: Whether the gradient by the input is computed.
  /// - Returns: What flows between the layers.
  /// - Throws: What the device refuses.
  func prepareBackward(
    outputGradient: Rows<Memory>?, needsInputGradient: Bool
  ) throws -> StackGradients<Memory> {
    var below = try innerGradients ?? ([nil] + layers.indices.dropFirst().map(gradientRows))
    innerGradients = below
    if needsInputGradient { below[0] = try gradientRows(0) }
    let gradients = StackGradients(outputs: outputGradient, inputs: below)
    try operations.prepareBackward(passes, gradients)
    return gradients
  }

  /// Runs all layers back, but for the gradients of their tensors.
  ///
  /// - Parameters:
  ///   - pass: As in the forward pass.
  ///   - rows: As in the forward pass.
  ///   - gradients: From `prepareBackward`.
  /// - Throws: What the device refuses.
  func backward(
    _ pass: ForwardPass<Memory>, rows: Range<Int>, _ gradients: StackGradients<Memory>
  ) throws {
    if rows == 0..<pass.batch, try operations.backwardSideBySide(passes, pass, gradients) { return }
    for index in layers.indices.reversed() {
      let layer = layers[index]
      let above = index == layers.count - 1 ? gradients.outputs : gradients.inputs[index + 1]
      if let above { try takeBack(index, pass, rows: rows, above) }
      for (number, direction) in passes[index].enumerated() {
        var flow = gradients.flow(ofTop: index == layers.count - 1)
        flow.outputs = above.map { rows in
          var rows = rows
          rows.offset += layer.direction == .bidirectional ? number * layer.stateSize : 0
          return rows
        }
        flow.inputs = gradients.inputs[index]
        flow.addsToInputs = number > 0
        try direction.backward(pass, rows: rows, flow)
      }
    }
  }

  /// The mirror of `passOn`, in place.
  private func takeBack(
    _ index: Int, _ pass: ForwardPass<Memory>, rows: Range<Int>, _ above: Rows<Memory>
  ) throws {
    let width = layers[index].outputSize
    let mask = dropout(index, pass)
    guard mask != nil || pass.outputScales != nil else { return }
    try pass.forEachBlock(of: rows) { first, count in
      let block = above.dropFirst(first)
      if let mask {
        let row = pass.maskRow(first)
        try operations.dropout(
          block, rows: row..<row + count, columns: width, mask, into: block,
          accumulates: false)
      }
      if let scales = pass.outputScales {
        try operations.merge(
          block, rows: count, columns: width, scales: Rows(scales, at: first, pitch: 1),
          into: block, accumulates: false)
      }
    }
  }

  /// The gradients of all layers' tensors, once `backward` is done for all rows.
  func parameterGradients(_ pass: ForwardPass<Memory>, factor: Operations.Scalar) throws {
    for index in layers.indices.reversed() {
      for direction in passes[index] {
        try direction.parameterGradients(pass, input: inputs[index], factor: factor)
      }
    }
  }

  // MARK: - Parts

  private func dropout(_ index: Int, _ pass: ForwardPass<Memory>) -> RandomMask? {
    guard pass.isTraining, layers[index].dropout > 0 else { return nil }
    return RandomMask(
      share: layers[index].dropout, .dropout, seed: pass.seed, batchNumber: pass.batchNumber,
      layer: places[index][0].index, direction: 0)
  }

  /// `[T, B, I]`, where the gradient of what a layer reads goes.
  private func gradientRows(_ index: Int) throws -> Rows<Memory>? {
    let pitch = operations.gradientPitch(ofColumns: places[index][0].inputSize)
    return Rows(try memory(&inputGradients, index, pitch), pitch: pitch)
  }

  private func memory(_ memories: inout [Memory?], _ index: Int, _ width: Int) throws -> Memory {
    if let memory = memories[index] { return memory }
    let memory = try operations.memory(largestRows * width)
    memories[index] = memory
    return memory
  }
}

/// What flows through a stack of layers in the backward pass.
struct StackGradients<Memory: AnyObject> {
  /// `[T, B, F]`, ∂L/∂(outputs of the last layer); `nil` is zero.
  var outputs: Rows<Memory>?
  /// For each layer `[T, B, I]`, ∂L/∂(what it reads); `nil` where nobody needs it.
  var inputs: [Rows<Memory>?]
  /// Whether ∂L/∂h after the last step is set in the last layer.
  var topHasFinalHidden = false
  /// Whether ∂L/∂h and ∂L/∂c after the last step are set in all layers.
  var allHaveFinalStates = false
  /// Whether the gradients by the states before the first step are needed.
  var needsInitialStates = false

  init(outputs: Rows<Memory>?, inputs: [Rows<Memory>?]) {
    self.outputs = outputs
    self.inputs = inputs
  }

  /// What is the same for all directions of a layer.
  func flow(ofTop isTop: Bool) -> GradientFlow<Memory> {
    var flow = GradientFlow<Memory>()
    flow.hasFinalHidden = allHaveFinalStates || isTop && topHasFinalHidden
    flow.hasFinalCell = allHaveFinalStates
    flow.needsInitialState = needsInitialStates
    return flow
  }
}
