/// The decoder of an encoder-decoder.
final class DecoderStack<Operations: DeviceOperations> {
  typealias Memory = Operations.Memory

  let stack: LayerStack<Operations>
  private let steps: Int
  private let width: Int
  private let operations: Operations
  /// `[N, B, F]`, the encoder's last output in each step.
  private let inputs: Memory
  /// `[N, B, F]`, ∂L/∂(the decoder's outputs).
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
    own.hasMissingRows = false
    stack = try LayerStack(
      specification.places(layout, own, isDecoder: true, keepsOutputs: true), operations)
    inputs = try operations.memory(steps * configuration.batchSize * width)
    outputGradient =
      configuration.mode == .training
      ? try operations.memory(steps * configuration.batchSize * width) : nil
  }

  /// The decoder's pass for the encoder's.
  func pass(_ encoder: ForwardPass<Memory>) -> ForwardPass<Memory> {
    var pass = encoder
    pass.steps = steps
    pass.stepMask = nil
    pass.outputScales = nil
    pass.startsFromZero = false
    return pass
  }

  /// Runs the decoder from the encoder's final states, each step of it on the encoder's last output.
  ///
  /// - Returns: `[N, B, F]`.
  func forward(
    _ encoderPass: ForwardPass<Memory>, from encoder: LayerStack<Operations>
  ) throws -> Rows<Memory> {
    let pass = pass(encoderPass)
    for (from, to) in zip(encoder.passes.joined(), stack.passes.joined()) {
      try operations.copy(
        from.state(.final, encoderPass), to: to.state(.initial, pass), rows: pass.batch,
        of: from.place.layer)
    }
    guard let top = encoder.lastState else {
      preconditionFailure("an encoder that does not read forward")
    }
    let context = top.state(.final, encoderPass).hidden
    for step in 0..<steps {
      try operations.merge(
        context, rows: pass.batch, columns: width, scales: nil,
        into: Rows(inputs, at: step * pass.batch * width, pitch: width), accumulates: false)
    }
    let outputs = try stack.prepare(pass, input: Rows(inputs, pitch: width))
    try stack.run(pass) { rows in try stack.forward(pass, rows: rows) }
    return outputs
  }

  /// Takes the gradient back to the encoder's final states, which it sets.
  ///
  /// - Parameters:
  ///   - encoderPass: As in the forward pass.
  ///   - head: The network's head, whose gradient is in place.
  ///   - encoder: The encoder.
  ///   - factor: By which the gradients of the tensors are multiplied.
  ///   - addsToStates: Whether the encoder's state gradients hold something that is added to.
  /// - Throws: What the device refuses.
  func backward(
    _ encoderPass: ForwardPass<Memory>, _ head: DenseHead<Operations>,
    into encoder: LayerStack<Operations>, factor: Operations.Scalar, addsToStates: Bool
  ) throws {
    guard let outputGradient else { preconditionFailure("made for inference") }
    let pass = pass(encoderPass)
    let outputs = Rows(outputGradient, pitch: width)
    var gradients = try stack.prepareBackward(outputGradient: outputs, needsInputGradient: true)
    gradients.needsInitialStates = true
    try stack.run(pass) { rows in
      try head.backward(into: outputs, encoderPass, rows: rows)
      try stack.backward(pass, rows: rows, gradients)
    }
    try stack.parameterGradients(pass, factor: factor)
    for (from, to) in zip(stack.passes.joined(), encoder.passes.joined()) {
      guard let source = from.stateGradient, let target = to.stateGradient else { continue }
      let layer = from.place.layer
      try operations.merge(
        source.hidden, rows: pass.batch, columns: layer.stateSize, scales: nil,
        into: target.hidden, accumulates: addsToStates)
      try operations.merge(
        source.cell, rows: pass.batch, columns: layer.hiddenSize, scales: nil, into: target.cell,
        accumulates: addsToStates)
    }
    // The encoder's last output is its last layer's final state.
    guard let below = gradients.inputs[0],
      let top = encoder.lastState?.stateGradient
    else { return }
    for step in 0..<steps {
      try operations.merge(
        below.dropFirst(step * pass.batch), rows: pass.batch, columns: width, scales: nil,
        into: top.hidden, accumulates: true)
    }
  }
}
