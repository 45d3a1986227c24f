extension NetworkExecutor {
  @specialized(where Operations == CPUOperations)
  func forward(_ batch: SequenceBatch) throws -> SequenceOutputs {
    let pass = try run(batch)
    let top = lastOutputs
    let outputs = try operations.readFloats(
      top, count: pass.rows, columns: specification.headInputSize)
    let result = SequenceOutputs(
      outputs: inLayout(outputs, pass.steps, pass.batch, specification.headInputSize),
      finalStates: try finalStates(), predictions: try predictions(pass))
    try operations.giveUpWhereNoted()
    return result
  }

  /// The same in full precision.
  func forwardValues(
    _ batch: SequenceBatch
  ) throws -> (
    outputs: [Scalar], states: [(hidden: [Scalar], cell: [Scalar])], predictions: [Scalar]?
  ) {
    let pass = try run(batch)
    let top = lastOutputs
    let outputs = try operations.read(
      top, count: pass.rows, columns: specification.headInputSize)
    return (
      inLayout(outputs, pass.steps, pass.batch, specification.headInputSize),
      try finalStateValues(), try head == nil ? nil : outputValues(batch.layout)
    )
  }

  /// Runs the network over a batch of sequences.
  private func run(_ batch: SequenceBatch) throws -> ForwardPass<Memory> {
    guard takesSequences, let stepMask, let outputScales else {
      throw LSTMError.callOutOfTurn("forward(_:)", needs: .sequenceExecutor)
    }
    try batch.check(specification, configuration)
    progress.endPass()
    sequenceLayout = batch.layout
    var pass = makePass(steps: batch.steps, rows: batch.rows)
    var values = timeMajor(batch.inputs, batch.steps, batch.rows, specification.inputSize)
    if batch.lengths != nil || batch.mask != nil {
      let present = batch.stepMask()
      values.clear(where: present, width: specification.inputSize)
      try operations.write(floats: present, to: stepMask, at: 0)
      pass.stepMask = stepMask
    }
    try operations.write(floats: values, to: inputs, at: 0)
    sequenceScales = batch.lengths == nil ? nil : batch.outputScales()
    if let sequenceScales {
      try operations.write(floats: sequenceScales, to: outputScales, at: 0)
      pass.outputScales = outputScales
    }
    try startStates(&pass, batch.initialStates)
    try run(
      pass, head: head.map { Rows($0.outputs, pitch: specification.outputSize) })
    if configuration.keepsStates { keptRows = pass.batch }
    progress.ranForward(over: .sequences)
    return pass
  }

  /// `[T, B, F]`, the outputs of the last layer.
  private var lastOutputs: Rows<Memory> {
    guard let outputs = encoder.outputs else { preconditionFailure("no forward pass") }
    return outputs
  }

  private func predictions(_ pass: ForwardPass<Memory>) throws -> [Float]? {
    guard let head else { return nil }
    let steps = head.steps(pass)
    let values = try operations.readFloats(
      head.outputs, 0..<steps * pass.batch * specification.outputSize)
    return inLayout(values, steps, pass.batch, specification.outputSize)
  }

  // MARK: - Backward

  @specialized(where Operations == CPUOperations)
  func backward(_ gradients: SequenceGradients) throws -> SequenceInputGradients {
    let (pass, inputs) = try takeBack(gradients)
    let values = try operations.readFloats(
      inputs, count: pass.rows, columns: specification.inputSize)
    return SequenceInputGradients(
      inputs: inLayout(values, pass.steps, pass.batch, specification.inputSize),
      initialStates: try stateGradients().map { state, layer in
        try operations.readFloats(state, rows: pass.batch, of: layer)
      })
  }

  /// The same in full precision.
  func backwardValues(
    _ gradients: SequenceGradients
  ) throws -> (inputs: [Scalar], states: [(hidden: [Scalar], cell: [Scalar])]) {
    let (pass, inputs) = try takeBack(gradients)
    let values = try operations.read(inputs, count: pass.rows, columns: specification.inputSize)
    return (
      inLayout(values, pass.steps, pass.batch, specification.inputSize),
      try stateGradients().map { state, layer in
        (
          try operations.read(state.hidden, count: pass.batch, columns: layer.stateSize),
          try operations.read(state.cell, count: pass.batch, columns: layer.hiddenSize)
        )
      }
    )
  }

  /// Takes gradients back through the last batch; returns its pass and ∂L/∂x `[T, B, I]`.
  private func takeBack(
    _ gradients: SequenceGradients
  ) throws -> (pass: ForwardPass<Memory>, inputs: Rows<Memory>) {
    try progress.checkBackward("backward(_:)", over: .sequences)
    guard let pass else { preconditionFailure("no forward pass") }
    try check(gradients, pass)
    progress.beginBackward()
    let width = specification.headInputSize
    var request = StackGradientRequest()
    request.needsInputs = true
    if let values = gradients.outputs {
      let rows = try sequenceGradient()
      var ordered = timeMajor(values, pass.steps, pass.batch, width)
      if let sequenceScales { ordered.clear(where: sequenceScales, width: width) }
      try operations.write(floats: ordered, to: rows, columns: width)
      request.outputs = rows
    }
    if let states = gradients.finalStates {
      for ((target, layer), state) in zip(stateGradients(), states) {
        try operations.write(state, to: target, of: layer)
      }
      request.hasFinalStates = true
    }
    if let head, let memory = head.outputGradient {
      let count = head.steps(pass) * pass.batch * specification.outputSize
      if let values = gradients.predictions {
        try operations.write(
          floats: timeMajor(values, head.steps(pass), pass.batch, specification.outputSize),
          to: memory, at: 0)
      } else {
        try operations.fill(memory, 0..<count, with: 0)
      }
    }
    guard let inputs = try backward(pass, factor: 1, request) else {
      preconditionFailure("no gradient by the inputs")
    }
    progress.ranBackward()
    batchNumber &+= 1
    return (pass, inputs)
  }

  private func stateGradients() -> [(state: StateRows<Memory>, layer: LSTMLayer)] {
    encoder.passes.joined().map { direction in
      guard let gradient = direction.stateGradient else {
        preconditionFailure("the pass was made for inference")
      }
      return (gradient, direction.place.layer)
    }
  }

  // MARK: - Results

  @specialized(where Operations == CPUOperations)
  func takeLosses() throws -> [Float] {
    let losses = try operations.takeLosses().map { Float($0) }
    try operations.giveUpWhereNoted()
    return losses
  }

  /// The losses in full precision.
  func takeLossValues() throws -> [Scalar] { try operations.takeLosses() }

  @specialized(where Operations == CPUOperations)
  func outputs() throws -> [Float] {
    try progress.checkForward("outputs()")
    guard let pass, let head else { return [] }
    let steps = head.steps(pass)
    let values = try operations.readFloats(
      head.outputs, 0..<steps * pass.batch * specification.outputSize)
    try operations.giveUpWhereNoted()
    return values.transposed(rows: steps, columns: pass.batch, width: specification.outputSize)
  }

  /// `[B, S, O]` or `[S, B, O]`, the outputs of the last `forward` in full precision.
  func outputValues(_ layout: SequenceBatch.Layout = .batchFirst) throws -> [Scalar] {
    try progress.checkForward("outputValues()")
    guard let pass, let head else { return [] }
    let steps = head.steps(pass)
    let values = try operations.read(
      head.outputs, 0..<steps * pass.batch * specification.outputSize)
    return layout == .timeMajor
      ? values
      : values.transposed(rows: steps, columns: pass.batch, width: specification.outputSize)
  }

  func finalStates() throws -> [LayerState] {
    try progress.checkForward("finalStates()")
    guard let pass else { return [] }
    let states = try encoder.passes.joined().map { direction in
      try operations.readFloats(
        direction.state(.final, pass), rows: pass.batch, of: direction.place.layer)
    }
    try operations.giveUpWhereNoted()
    return states
  }

  /// The state of each layer and direction after its last step, in full precision.
  func finalStateValues() throws -> [(hidden: [Scalar], cell: [Scalar])] {
    try progress.checkForward("finalStateValues()")
    guard let pass else { return [] }
    return try encoder.passes.joined().map { direction in
      let (state, layer) = (direction.state(.final, pass), direction.place.layer)
      return (
        try operations.read(state.hidden, count: pass.batch, columns: layer.stateSize),
        try operations.read(state.cell, count: pass.batch, columns: layer.hiddenSize)
      )
    }
  }

  // MARK: - Layouts

  private func timeMajor(_ values: [Float], _ steps: Int, _ rows: Int, _ width: Int) -> [Float] {
    sequenceLayout == .timeMajor
      ? values : values.transposed(rows: rows, columns: steps, width: width)
  }

  private func inLayout<Number>(
    _ values: [Number], _ steps: Int, _ rows: Int, _ width: Int
  ) -> [Number] {
    sequenceLayout == .timeMajor
      ? values : values.transposed(rows: steps, columns: rows, width: width)
  }

  private func check(
    _ gradients: SequenceGradients, _ pass: ForwardPass<Memory>
  ) throws(LSTMError) {
    func check(_ count: Int?, _ expected: Int, _ name: String) throws(LSTMError) {
      guard let count, count != expected else { return }
      throw .shapeMismatch("\(name): \(count) numbers, expected \(expected)")
    }
    try check(
      gradients.outputs?.count, pass.rows * specification.headInputSize,
      "the gradient by the outputs")
    if gradients.predictions != nil, specification.head == .none {
      throw .shapeMismatch("a gradient by predictions, but the network has no head")
    }
    try check(
      gradients.predictions?.count,
      specification.outputSteps(for: pass.steps) * pass.batch * specification.outputSize,
      "the gradient by the predictions")
    if let states = gradients.finalStates {
      try states.check(specification, rows: pass.batch, "the gradient by the final states")
    }
  }
}

extension [Float] {
  /// Makes the rows of some width zero that are not there: whatever stands for them, infinite or no
  /// number, has no part in anything.
  fileprivate mutating func clear(where isPresent: [Float], width: Int) {
    for (row, present) in isPresent.enumerated() where present == 0 {
      for index in row * width..<(row + 1) * width { self[index] = 0 }
    }
  }
}
