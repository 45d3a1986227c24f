extension ComposedExecutor {
  package func forward(_ batch: SequenceBatch) throws -> SequenceOutputs {
    let (outputs, states, predictions) = try forwardValues(batch)
    return SequenceOutputs(
      outputs: outputs.map { Float($0) },
      finalStates: states.map {
        LayerState(hidden: $0.hidden.map { Float($0) }, cell: $0.cell.map { Float($0) })
      },
      predictions: predictions?.map { Float($0) })
  }

  /// The same in full precision.
  package func forwardValues(
    _ batch: SequenceBatch
  ) throws -> (
    outputs: [Scalar], states: [(hidden: [Scalar], cell: [Scalar])], predictions: [Scalar]?
  ) {
    try batch.check(specification, configuration)
    trace = nil
    sequenceLayout = batch.layout
    var pass = makePass(steps: batch.steps, rows: batch.rows)
    var values = timeMajor(batch.inputs, batch, width: specification.inputSize)
    if batch.lengths != nil || batch.mask != nil {
      let present = batch.stepMask()
      values.clear(where: present, width: specification.inputSize)
      try operations.write(present.map { Scalar($0) }, to: stepMask, at: 0)
      pass.stepMask = stepMask
    }
    try operations.write(values.map { Scalar($0) }, to: inputs, at: 0)
    sequenceScales = batch.lengths == nil ? nil : batch.outputScales()
    if let sequenceScales {
      try operations.write(sequenceScales.map { Scalar($0) }, to: outputScales, at: 0)
      pass.outputScales = outputScales
    }
    try startStates(pass, batch.initialStates)
    try run(pass)
    trace = ForwardTrace(source: .sequences)
    guard let lastOutputs else { preconditionFailure("no outputs") }
    let width = specification.headInputSize
    let outputs = try operations.read(
      lastOutputs.memory, lastOutputs.offset..<lastOutputs.offset + pass.rows * width)
    return (
      inLayout(outputs, pass.steps, pass.batch, width), try finalStateValues(),
      try head?.read(pass, batch.layout)
    )
  }

  package func backward(_ gradients: SequenceGradients) throws -> SequenceInputGradients {
    let (inputs, states) = try backwardValues(gradients)
    return SequenceInputGradients(
      inputs: inputs.map { Float($0) },
      initialStates: states.map {
        LayerState(hidden: $0.hidden.map { Float($0) }, cell: $0.cell.map { Float($0) })
      })
  }

  /// The same in full precision.
  package func backwardValues(
    _ gradients: SequenceGradients
  ) throws -> (inputs: [Scalar], states: [(hidden: [Scalar], cell: [Scalar])]) {
    let pass = tracedPass(of: .sequences)
    try check(gradients, pass)
    trace?.isWhole = false
    let width = specification.headInputSize
    var outputGradient: Memory?
    if let values = gradients.outputs {
      let memory = try sequenceGradient()
      var ordered = timeMajor(values, pass.steps, pass.batch, width)
      if let sequenceScales { ordered.clear(where: sequenceScales, width: width) }
      try operations.write(ordered.map { Scalar($0) }, to: memory, at: 0)
      outputGradient = memory
    }
    try clearStateGradients(pass)
    for (cell, state) in zip(encoder.cells.joined(), gradients.finalStates ?? []) {
      guard let hidden = cell.hiddenGradient, let memory = cell.cellGradient else { continue }
      try operations.write(state.hidden.map { Scalar($0) }, to: hidden, at: 0)
      try operations.write(state.cell.map { Scalar($0) }, to: memory, at: 0)
    }
    var inputGradient: Memory?
    if let head, let memory = head.outputGradient {
      let count = head.steps(pass) * pass.batch * specification.outputSize
      if let values = gradients.predictions {
        try operations.write(
          timeMajor(values, head.steps(pass), pass.batch, specification.outputSize).map {
            Scalar($0)
          }, to: memory, at: 0)
      } else {
        try operations.fill(memory, 0..<count, with: 0)
      }
      inputGradient = try backward(
        pass, head, factor: 1, needsInputGradient: true, outputGradient: outputGradient)
    } else {
      inputGradient = try encoder.backward(
        pass, outputGradient: outputGradient, factor: 1, needsInputGradient: true)
    }
    batchNumber &+= 1
    guard let inputGradient else { preconditionFailure("no gradient by the inputs") }
    let values = try operations.read(inputGradient, 0..<pass.rows * specification.inputSize)
    return (
      inLayout(values, pass.steps, pass.batch, specification.inputSize),
      try encoder.cells.joined().map { cell in
        guard let hidden = cell.hiddenGradient, let memory = cell.cellGradient else {
          preconditionFailure("made for inference")
        }
        return (
          try operations.read(hidden, 0..<pass.batch * cell.layer.stateSize),
          try operations.read(memory, 0..<pass.batch * cell.layer.hiddenSize)
        )
      }
    )
  }

  package func cellSequences() throws -> [[Float]] {
    try cellSequenceValues().map { $0.map { Float($0) } }
  }

  /// The same in full precision.
  package func cellSequenceValues() throws -> [[Scalar]] {
    guard let pass else { return [] }
    return try encoder.cells.joined().map { cell in
      let size = pass.batch * cell.layer.hiddenSize
      // All slots but that of the initial state.
      let first = cell.initialSlot(pass) == 0 ? size : 0
      return try operations.read(cell.trace.cell, first..<first + pass.steps * size)
    }
  }

  /// The state of each layer and direction after its last step, in full precision.
  package func finalStateValues() throws -> [(hidden: [Scalar], cell: [Scalar])] {
    guard let pass else { return [] }
    return try encoder.cells.joined().map { cell in
      let (hidden, units) = (pass.batch * cell.layer.stateSize, pass.batch * cell.layer.hiddenSize)
      let slot = cell.finalSlot(pass)
      return (
        try operations.read(cell.trace.hidden, slot * hidden..<(slot + 1) * hidden),
        try operations.read(cell.trace.cell, slot * units..<(slot + 1) * units)
      )
    }
  }

  // MARK: - Layouts

  private func timeMajor(_ values: [Float], _ batch: SequenceBatch, width: Int) -> [Float] {
    timeMajor(values, batch.steps, batch.rows, width)
  }

  private func timeMajor(_ values: [Float], _ steps: Int, _ rows: Int, _ width: Int) -> [Float] {
    sequenceLayout == .timeMajor
      ? values : values.transposed(rows: rows, columns: steps, width: width)
  }

  private func inLayout(_ values: [Scalar], _ steps: Int, _ rows: Int, _ width: Int) -> [Scalar] {
    sequenceLayout == .timeMajor
      ? values : values.transposed(rows: steps, columns: rows, width: width)
  }

  private func check(
    _ gradients: SequenceGradients, _ pass: ComposedPass<Memory>
  ) throws(LSTMError) {
    func check(_ count: Int?, _ expected: Int, _ name: String) throws(LSTMError) {
      guard let count, count != expected else { return }
      throw .shapeMismatch("\(name): \(count) numbers, expected \(expected)")
    }
    try check(
      gradients.outputs?.count, pass.rows * specification.headInputSize,
      "the loss by the outputs")
    if gradients.predictions != nil, specification.head == .none {
      throw .shapeMismatch("a loss by predictions, but the network has no head")
    }
    try check(
      gradients.predictions?.count,
      specification.outputSteps(for: pass.steps) * pass.batch * specification.outputSize,
      "the loss by the predictions")
    if let states = gradients.finalStates {
      try states.check(specification, rows: pass.batch, "the loss by the final states")
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

extension SequenceBatch {
  /// Throws where the batch does not fit a network, an executor or itself.
  func check(
    _ specification: NetworkSpecification, _ configuration: ExecutorConfiguration
  ) throws(LSTMError) {
    guard (1...configuration.steps).contains(steps), (1...configuration.batchSize).contains(rows)
    else {
      throw .shapeMismatch(
        "a batch of \(rows) rows of \(steps) steps; the executor was made for 1 to "
          + "\(configuration.batchSize) rows of 1 to \(configuration.steps) steps")
    }
    guard inputs.count == rows * steps * specification.inputSize else {
      throw .shapeMismatch(
        "\(inputs.count) inputs, expected \(rows) rows of \(steps) steps of "
          + "\(specification.inputSize) features")
    }
    if let lengths {
      guard lengths.count == rows else {
        throw .shapeMismatch("\(lengths.count) lengths of \(rows) rows")
      }
      if let length = lengths.first(where: { !(0...steps).contains($0) }) {
        throw .shapeMismatch("a length of \(length); it must be 0 to \(steps)")
      }
    }
    if let mask, mask.count != rows * steps {
      throw .shapeMismatch("a mask of \(mask.count), expected \(rows) rows of \(steps) steps")
    }
    if let initialStates {
      try initialStates.check(specification, rows: rows, "the initial states")
    }
    if specification.decoderSteps != nil, lengths != nil {
      throw .invalidConfiguration(
        "an encoder-decoder takes no lengths: give a mask for steps that are missing")
    }
  }

  /// `[T, B]`, 1 where a row has the step.
  func stepMask() -> [Float] {
    (0..<steps * rows).map { index in
      let (t, b) = (index / rows, index % rows)
      if let lengths, t >= lengths[b] { return 0 }
      guard let mask else { return 1 }
      return mask[layout == .timeMajor ? index : b * steps + t] ? 1 : 0
    }
  }

  /// `[T, B]`, 1 within a row's length.
  func outputScales() -> [Float] {
    (0..<steps * rows).map { $0 / rows < lengths?[$0 % rows] ?? steps ? 1 : 0 }
  }
}

extension [LayerState] {
  /// Throws where these are not the states of a network's layers and directions.
  func check(
    _ specification: NetworkSpecification, rows: Int, _ name: String
  ) throws(LSTMError) {
    let layers = specification.layers.flatMap {
      Array<LSTMLayer>(repeating: $0, count: $0.direction.count)
    }
    guard count == layers.count else {
      throw .shapeMismatch("\(name): \(count), expected \(layers.count), one a layer and direction")
    }
    for (index, (state, layer)) in zip(self, layers).enumerated() {
      guard state.hidden.count == rows * layer.stateSize,
        state.cell.count == rows * layer.hiddenSize
      else {
        throw .shapeMismatch(
          "\(name): number \(index) has \(state.hidden.count) and \(state.cell.count) numbers, "
            + "expected \(rows) rows of \(layer.stateSize) and \(layer.hiddenSize)")
      }
    }
  }
}
