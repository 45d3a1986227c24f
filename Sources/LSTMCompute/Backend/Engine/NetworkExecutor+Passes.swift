extension NetworkExecutor {
  // MARK: - Forward

  @specialized(where Operations == CPUOperations)
  func forward(_ range: Range<Int>) throws {
    guard let head else { throw LSTMError.callOutOfTurn("forward(_:)", needs: .boundSeries) }
    try forward(range, of: range, into: Rows(head.outputs, pitch: specification.outputSize))
  }

  func forward(_ range: Range<Int>, of batch: Range<Int>) throws {
    guard let head else { throw LSTMError.callOutOfTurn("forward(_:)", needs: .boundSeries) }
    try forward(range, of: batch, into: Rows(head.outputs, pitch: specification.outputSize))
  }

  /// Runs a batch of windows.
  ///
  /// - Parameters:
  ///   - range: The numbers of the windows.
  ///   - whole: Those of the batch that they are a share of, or all of.
  ///   - outputs: `[S, B, O]`, where the head's outputs go.
  /// - Throws: As `Executor.forward`.
  private func forward(
    _ range: Range<Int>, of whole: Range<Int>, into outputs: Rows<Memory>
  ) throws {
    guard let series else {
      throw LSTMError.callOutOfTurn("forward(_:)", needs: .boundSeries)
    }
    try checkBatch(range, of: windows)
    progress.endPass()
    (batch, wholeBatch) = (range, whole)
    var first = 0
    while first < configuration.steps {
      var pass = makePass(
        steps: min(stepsAtOnce, configuration.steps - first), rows: range.count)
      if range != whole, specification.layers.contains(where: { $0.dropout > 0 }) {
        pass.place = (range.lowerBound - whole.lowerBound, whole.count)
      }
      if first > 0, let last = self.pass {
        try goOn(from: last, to: &pass)
      } else {
        try startStates(&pass, nil)
      }
      pass.stepMask = series.rowMask == nil ? nil : stepMask
      let isLast = first + pass.steps == configuration.steps
      try run(pass, head: isLast ? outputs : nil) { rows in
        try self.gather(series, pass, first: first, rows: rows)
      }
      first += pass.steps
    }
    if configuration.keepsStates { keptRows = range.count }
    progress.ranForward(over: .windows)
  }

  /// Copies the inputs of some rows out of the series, from a step on.
  private func gather(
    _ series: BoundSeries<Operations>, _ pass: ForwardPass<Memory>, first: Int, rows: Range<Int>
  ) throws {
    try operations.gather(
      series.inputs, columns: specification.inputSize, start: .inputRow, shift: first,
      steps: pass.steps, count: specification.inputSize, batch: batch, rows: rows, into: inputs)
    if let rowMask = series.rowMask, let stepMask = pass.stepMask {
      try operations.gather(
        rowMask, columns: 1, start: .inputRow, shift: first, steps: pass.steps, count: 1,
        batch: batch, rows: rows, into: stepMask)
    }
  }

  /// Runs all layers and the head from the states that were set.
  ///
  /// - Parameters:
  ///   - pass: The batch.
  ///   - outputs: `[S, B, O]`, where the head's outputs go; `nil` to leave the head out.
  ///   - begin: Puts the inputs of some rows in place, on the thread that runs them.
  /// - Throws: What the device refuses.
  func run(
    _ pass: ForwardPass<Memory>, head outputs: Rows<Memory>?,
    begin: (Range<Int>) throws -> Void = { _ in }
  ) throws {
    try loadWeights()
    self.pass = pass
    let top = try encoder.prepare(pass, input: Rows(inputs, pitch: specification.inputSize))
    guard let head, let outputs, decoder == nil else {
      try encoder.run(pass) { rows in
        try begin(rows)
        try encoder.forward(pass, rows: rows)
      }
      guard let head, let outputs, let decoder else { return }
      let decoded = try decoder.forward(pass, from: encoder)
      head.see(decoded)
      return try head.forward(decoded, pass, rows: 0..<pass.batch, into: outputs)
    }
    let seen = try head.seen(of: top, encoder, pass)
    head.see(seen)
    try encoder.run(pass) { rows in
      try begin(rows)
      try encoder.forward(pass, rows: rows)
      try head.forward(seen, pass, rows: rows, into: outputs)
    }
  }

  @specialized(where Operations == CPUOperations)
  func predict() throws -> [Float] {
    guard let head, series != nil else {
      throw LSTMError.callOutOfTurn("predict()", needs: .boundSeries)
    }
    let (size, steps) = (
      specification.outputSize, specification.outputSteps(for: configuration.steps)
    )
    let (batchSize, count) = (configuration.batchSize, windows.count)
    guard count > 0 else { return [] }
    // The outputs of many batches are collected on the device, so that the host waits seldom.
    let part = max(1, (1 << 24) / (batchSize * steps * size)) * batchSize
    let memory =
      count <= batchSize
      ? head.outputs
      : try operations.memory(
        min(part, (count + batchSize - 1) / batchSize * batchSize) * steps * size)
    var all: [Float] = []
    all.reserveCapacity(count * steps * size)
    for first in stride(from: 0, to: count, by: part) {
      let last = min(first + part, count)
      let ranges = stride(from: first, to: last, by: batchSize).map {
        $0..<min($0 + batchSize, last)
      }
      for range in ranges {
        let offset = (range.lowerBound - first) * steps * size
        try forward(range, of: range, into: Rows(memory, at: offset, pitch: size))
      }
      let values = try operations.readFloats(memory, 0..<(last - first) * steps * size)
      try operations.giveUpWhereNoted()
      guard steps > 1 else {
        all += values
        continue
      }
      for range in ranges {
        let start = (range.lowerBound - first) * steps * size
        all += Array(values[start..<start + range.count * steps * size])
          .transposed(rows: steps, columns: range.count, width: size)
      }
    }
    // The outputs of the last batch are not where `outputs` reads them.
    progress.endPass()
    return all
  }

  // MARK: - Backward

  @specialized(where Operations == CPUOperations)
  func accumulateLoss(_ loss: Loss) throws {
    try progress.checkForward("accumulateLoss(_:)", over: .windows)
    try compare(loss, gradient: nil)
  }

  @specialized(where Operations == CPUOperations)
  func backward(_ loss: Loss) throws {
    try progress.checkBackward("backward(_:)", over: .windows)
    guard let pass, let head else { preconditionFailure("a forward pass over windows has a head") }
    // What the loss's derivatives were left without.
    let divisor = try compare(loss, gradient: head.outputGradient)
    progress.beginBackward()
    try backward(pass, factor: Scalar(1 / divisor), StackGradientRequest())
    progress.ranBackward()
    batchNumber &+= 1
  }

  /// Notes the loss; returns what it is divided by.
  @discardableResult
  private func compare(_ loss: Loss, gradient: Memory?) throws -> Double {
    guard let series, let head, let pass else {
      preconditionFailure("a forward pass over windows has a series and a head")
    }
    try check(loss, for: series.host)
    let steps = head.steps(pass)
    let divisor = series.divisor(for: loss, of: windows[wholeBatch], steps: steps)
    try operations.compare(
      loss, outputs: head.outputs, targets: series.targets, batch: batch, steps: steps,
      divisor: divisor, gradient: gradient)
    return divisor
  }

  /// What a backward pass starts from besides the head, and what it is asked for.
  struct StackGradientRequest {
    /// `[T, B, F]`, ∂L/∂(the last layer's outputs) that does not come through the head; overwritten.
    var outputs: Rows<Memory>?
    /// Whether ∂L/∂(final states) are set in all layers.
    var hasFinalStates = false
    /// Whether the gradients by the inputs and the states before the first step are needed.
    var needsInputs = false
  }

  /// Takes the gradient back from the head's outputs, whose gradient is in place, and from what else
  /// is given.
  ///
  /// - Parameters:
  ///   - pass: The last forward pass.
  ///   - factor: By which the gradients of the tensors are multiplied.
  ///   - request: What else there is, and what is asked for.
  /// - Returns: `[T, B, I]`, ∂L/∂x, if it was asked for.
  /// - Throws: What the device refuses.
  @discardableResult
  func backward(
    _ pass: ForwardPass<Memory>, factor: Scalar, _ request: StackGradientRequest
  ) throws -> Rows<Memory>? {
    var request = request
    var headTarget: (rows: Rows<Memory>, adds: Bool)?
    var topHasFinalHidden = false
    if let head, let decoder {
      try decoder.backward(
        pass, head, into: encoder, factor: factor, addsToStates: request.hasFinalStates)
      request.hasFinalStates = true
    } else if head != nil {
      if specification.head == .lastStep,
        let gradient = encoder.lastState?.stateGradient
      {
        headTarget = (gradient.hidden, request.hasFinalStates)
        topHasFinalHidden = true
      } else {
        headTarget = try placeOfHeadGradient(pass, &request.outputs)
      }
    }
    var gradients = try encoder.prepareBackward(
      outputGradient: request.outputs, needsInputGradient: request.needsInputs)
    gradients.allHaveFinalStates = request.hasFinalStates
    gradients.topHasFinalHidden = topHasFinalHidden
    gradients.needsInitialStates = request.needsInputs
    try encoder.run(pass) { rows in
      if let head, let headTarget {
        try head.backward(into: headTarget.rows, adds: headTarget.adds, pass, rows: rows)
      }
      try encoder.backward(pass, rows: rows, gradients)
    }
    try head?.parameterGradients(pass, factor: factor)
    try encoder.parameterGradients(pass, factor: factor)
    try operations.endGradients()
    return gradients.inputs[0]
  }

  /// Where the head writes its gradient among the outputs of all steps.
  ///
  /// - Parameters:
  ///   - pass: The forward pass.
  ///   - outputs: `[T, B, F]`, what else there is for them; made where there is nothing.
  /// - Returns: `[S, B, F]`, and whether it is added to.
  /// - Throws: What the device refuses.
  private func placeOfHeadGradient(
    _ pass: ForwardPass<Memory>, _ outputs: inout Rows<Memory>?
  ) throws -> (rows: Rows<Memory>, adds: Bool) {
    let adds = outputs != nil
    let all = try outputs ?? sequenceGradient()
    outputs = all
    guard specification.head == .lastStep else { return (all, adds) }
    if !adds { try operations.clear(all, count: pass.rows) }
    return (all.dropFirst((pass.steps - 1) * pass.batch), adds)
  }
}
