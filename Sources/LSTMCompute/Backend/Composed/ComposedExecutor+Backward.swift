extension ComposedExecutor {
  /// Makes the loss by the final states zero.
  func clearStateGradients(_ pass: ComposedPass<Memory>) throws {
    for cell in encoder.cells.joined() {
      guard let hidden = cell.hiddenGradient, let gradient = cell.cellGradient else { continue }
      try operations.fill(hidden, 0..<pass.batch * cell.layer.stateSize, with: 0)
      try operations.fill(gradient, 0..<pass.batch * cell.layer.hiddenSize, with: 0)
    }
  }

  /// Takes the loss back from the head's outputs, whose gradient is in place; the states' gradients
  /// are added to.
  ///
  /// - Parameters:
  ///   - pass: The last forward pass.
  ///   - head: The head.
  ///   - factor: By which the gradients of the tensors are multiplied.
  ///   - needsInputGradient: Whether the loss by the inputs is computed.
  ///   - outputGradient: `[T, B, F]`, the loss by the last layer's outputs that does not come through
  ///     the head; the head's part is added to it.
  /// - Returns: `[T, B, I]`, if it was asked for.
  /// - Throws: What the device refuses.
  @discardableResult
  func backward(
    _ pass: ComposedPass<Memory>, _ head: ComposedHead<Operations>, factor: Scalar,
    needsInputGradient: Bool, outputGradient: Memory? = nil
  ) throws -> Memory? {
    var above = outputGradient
    if let decoder {
      try decoder.backward(pass, head, into: encoder, factor: factor)
    } else {
      let width = specification.headInputSize
      let seen = try headGradient(width)
      try head.backward(into: Rows(seen, pitch: width), pass, factor: factor)
      if specification.head == .everyStep {
        if let above {
          try operations.add(above, 0..<pass.rows * width, to: seen, at: 0)
        }
        above = seen
      } else {
        above = try addLastStep(seen, pass, to: above)
      }
    }
    return try encoder.backward(
      pass, outputGradient: above, factor: factor, needsInputGradient: needsInputGradient)
  }

  /// Adds the loss by the last step's output where it came from.
  ///
  /// - Returns: The loss by all outputs, unless it went to the final state.
  private func addLastStep(
    _ gradient: Memory, _ pass: ComposedPass<Memory>, to outputGradient: Memory?
  ) throws -> Memory? {
    let width = specification.headInputSize
    let top = encoder.cells[encoder.cells.count - 1]
    if top.count == 1, top[0].layer.direction == .forward {
      guard let hidden = top[0].hiddenGradient else { preconditionFailure("made for inference") }
      try operations.add(gradient, 0..<pass.batch * width, to: hidden, at: 0)
      return outputGradient
    }
    let all = try outputGradient ?? zeroOutputGradient(pass)
    try operations.add(
      gradient, 0..<pass.batch * width, to: all, at: (pass.steps - 1) * pass.batch * width)
    return all
  }

  private func zeroOutputGradient(_ pass: ComposedPass<Memory>) throws -> Memory {
    let memory = try sequenceGradient()
    try operations.fill(memory, 0..<pass.rows * specification.headInputSize, with: 0)
    return memory
  }
}

/// The decoder of an encoder-decoder.
final class DecoderPart<Operations: SequenceOperations> {
  typealias Memory = Operations.Memory

  let stack: ComposedStack<Operations>
  private let steps: Int
  private let width: Int
  private let operations: Operations
  /// `[N, B, F]`, the encoder's last output in each step.
  private let inputs: Memory
  /// `[N, B, F]`, the loss by the decoder's outputs.
  private let outputGradient: Memory?

  init(
    _ steps: Int, _ specification: NetworkSpecification, _ layout: ParameterLayout,
    configuration: ExecutorConfiguration, operations: Operations
  ) throws {
    self.steps = steps
    self.operations = operations
    width = specification.headInputSize
    var own = configuration
    own.steps = steps
    let count = specification.layers.count
    stack = try ComposedStack(
      specification.layers, inputSize: width, layout.cells[count...], firstIndex: count,
      configuration: own, operations: operations)
    inputs = try operations.memory(steps * configuration.batchSize * width)
    outputGradient =
      configuration.mode == .training
      ? try operations.memory(steps * configuration.batchSize * width) : nil
  }

  /// The decoder's pass for the encoder's.
  func pass(_ encoder: ComposedPass<Memory>) -> ComposedPass<Memory> {
    var pass = encoder
    pass.steps = steps
    pass.stepMask = nil
    pass.outputScales = nil
    return pass
  }

  /// Runs the decoder from the encoder's final states.
  ///
  /// - Returns: `[N, B, F]`.
  func forward(
    _ encoderPass: ComposedPass<Memory>, from encoder: ComposedStack<Operations>,
    context: Rows<Memory>
  ) throws -> Rows<Memory> {
    for (from, to) in zip(encoder.cells.joined(), stack.cells.joined()) {
      let hidden = encoderPass.batch * from.layer.stateSize
      let units = encoderPass.batch * from.layer.hiddenSize
      let slot = from.finalSlot(encoderPass)
      try operations.copy(
        from.trace.hidden, slot * hidden..<(slot + 1) * hidden, to: to.trace.hidden, at: 0)
      try operations.copy(
        from.trace.cell, slot * units..<(slot + 1) * units, to: to.trace.cell, at: 0)
    }
    let count = encoderPass.batch * width
    let last = context.offset + (encoderPass.steps - 1) * count
    for step in 0..<steps {
      try operations.copy(context.memory, last..<last + count, to: inputs, at: step * count)
    }
    return try stack.forward(pass(encoderPass), input: Rows(inputs, pitch: width))
  }

  /// Takes the loss back to the encoder's final states, whose gradients are added to.
  func backward(
    _ encoderPass: ComposedPass<Memory>, _ head: ComposedHead<Operations>,
    into encoder: ComposedStack<Operations>, factor: Operations.Scalar
  ) throws {
    guard let outputGradient else { preconditionFailure("made for inference") }
    let pass = pass(encoderPass)
    try head.backward(into: Rows(outputGradient, pitch: width), pass, factor: factor)
    for cell in stack.cells.joined() {
      guard let hidden = cell.hiddenGradient, let gradient = cell.cellGradient else { continue }
      try operations.fill(hidden, 0..<pass.batch * cell.layer.stateSize, with: 0)
      try operations.fill(gradient, 0..<pass.batch * cell.layer.hiddenSize, with: 0)
    }
    let below = try stack.backward(
      pass, outputGradient: outputGradient, factor: factor, needsInputGradient: true)
    for (from, to) in zip(stack.cells.joined(), encoder.cells.joined()) {
      guard let hidden = from.hiddenGradient, let cell = from.cellGradient,
        let encoderHidden = to.hiddenGradient, let encoderCell = to.cellGradient
      else { continue }
      try operations.add(
        hidden, 0..<pass.batch * from.layer.stateSize, to: encoderHidden, at: 0)
      try operations.add(cell, 0..<pass.batch * from.layer.hiddenSize, to: encoderCell, at: 0)
    }
    // The encoder's last output is its last layer's final state.
    guard let below, let top = encoder.cells.last?.first?.hiddenGradient else { return }
    let count = pass.batch * width
    for step in 0..<steps {
      try operations.add(below, step * count..<(step + 1) * count, to: top, at: 0)
    }
  }
}
