internal import CSIMD

extension PanelLayer {
  // MARK: - Steps of some rows and some panels of units

  /// Puts the states before the first step in place.
  func startForward(rows: Range<Int>, _ pass: ForwardPass<AlignedBuffer>) {
    let slot = isReverse ? pass.steps : 0
    let offset = rows.lowerBound * stride
    let before = hiddenState(slot, pass.batch) + offset
    if pass.startsFromZero {
      before.update(repeating: 0, count: rows.count * stride)
      (cellState(slot, pass.batch) + offset).update(repeating: 0, count: rows.count * stride)
    } else if let ends {
      before.update(from: ends.start + offset, count: rows.count * stride)
    }
    if let mask = options.recurrentMask(pass) {
      drawScales(mask, rows: rows)
      maskHidden(slot, rows: rows, panels: 0..<panels, pass)
    }
  }

  /// Takes h after the last step out of the memory that other layers write to.
  func endForward(rows: Range<Int>, _ pass: ForwardPass<AlignedBuffer>) {
    guard let ends else { return }
    let offset = rows.lowerBound * stride
    (ends.start + pass.batch * stride + offset).update(
      from: hiddenState(place.slot(.final, steps: pass.steps), pass.batch) + offset,
      count: rows.count * stride)
  }

  /// Runs one step.
  ///
  /// - Parameters:
  ///   - time: The step's place in time.
  ///   - rows: The rows of the batch.
  ///   - panels: The panels of units.
  ///   - pass: The batch.
  ///   - input: `[T, B, I]`.
  func forwardStep(
    _ time: Int, rows: Range<Int>, panels: Range<Int>, _ pass: ForwardPass<AlignedBuffer>,
    _ input: Rows<AlignedBuffer>
  ) {
    let offset = rows.lowerBound * stride
    let (before, after) = (before(time), after(time))
    let isMasked = options.recurrentMask(pass) != nil
    let seen =
      isMasked ? options.maskedState(before, pass, stride) : hiddenState(before, pass.batch)
    let row = gatesRow(time, rows, pass)
    var step = LSTMForwardStep(
      rows: rows.count, panels: self.panels, first_panel: panels.lowerBound,
      last_panel: panels.upperBound, input_size: inputSize, hidden_size: hiddenSize,
      input: input.start + (time * pass.batch + rows.lowerBound) * input.pitch,
      input_stride: input.pitch, sums: nil, sums_panel_stride: 0, sums_row: 0,
      hidden_before: seen + offset, cell_before: cellState(before, pass.batch) + offset,
      weights: weights.start, bias: bias.start, hidden: hiddenState(after, pass.batch) + offset,
      cell: cellState(after, pass.batch) + offset, gates: keepsTrace ? gates.start : nil,
      gates_panel_stride: gatesPanelStride(pass), gates_row: row, options: nil)
    if stepsAhead > 1 {
      useSums(&step, time, rows: rows, panels: panels, pass, input)
    }
    if options.changesCell(pass) {
      step.gates = gates.start
      withUnsafePointer(to: cellPass(time, rows, pass, nil)) {
        step.options = $0
        instructions.forwardStep(&step)
      }
    } else {
      instructions.forwardStep(&step)
    }
    if isMasked { maskHidden(after, rows: rows, panels: panels, pass) }
  }

  /// The first of a step's rows among those that gates are kept of.
  private func gatesRow(
    _ time: Int, _ rows: Range<Int>, _ pass: ForwardPass<AlignedBuffer>
  ) -> Int {
    keepsTrace ? time * pass.batch + rows.lowerBound : rows.lowerBound
  }

  func gatesPanelStride(_ pass: ForwardPass<AlignedBuffer>) -> Int {
    (keepsTrace ? pass.rows : pass.batch) * width
  }

  /// Has a step go on from the products with W that were computed ahead.
  ///
  /// The first of the steps computes them for all. Apart from `forwardStep`, whose small networks it
  /// would slow down.
  @inline(never)
  private func useSums(
    _ step: inout LSTMForwardStep, _ time: Int, rows: Range<Int>, panels: Range<Int>,
    _ pass: ForwardPass<AlignedBuffer>, _ input: Rows<AlignedBuffer>
  ) {
    let first = time - time % stepsAhead
    let last = min(first + stepsAhead, pass.steps)
    if time == (isReverse ? last - 1 : first) {
      sumInputs(first..<last, rows: rows, panels: panels, pass, input)
    }
    let place = sumPlace(time, rows, pass)
    step.sums = UnsafePointer(place.start)
    step.sums_panel_stride = place.panelStride
    step.sums_row = place.row
  }

  /// Leaves bias and W x of some steps where `forwardStep` goes on from.
  private func sumInputs(
    _ range: Range<Int>, rows: Range<Int>, panels: Range<Int>,
    _ pass: ForwardPass<AlignedBuffer>, _ input: Rows<AlignedBuffer>
  ) {
    // The rows of a whole batch follow each other from step to step.
    let blocks = rows.count == pass.batch ? 1 : range.count
    let count = rows.count * range.count / blocks
    for panel in panels {
      for time in range.prefix(blocks) {
        let place = sumPlace(time, rows, pass)
        var sums = LSTMInputSums(
          rows: count, panel: panel, input_size: inputSize, hidden_size: hiddenSize,
          input: input.start + (time * pass.batch + rows.lowerBound) * input.pitch,
          input_stride: input.pitch, weights: weights.start, bias: bias.start,
          sums: place.start, sums_panel_stride: place.panelStride, sums_row: place.row)
        instructions.inputSums(&sums)
      }
    }
  }

  /// Where the products with W of a step's rows are kept, if they are computed ahead.
  private func sumPlace(
    _ time: Int, _ rows: Range<Int>, _ pass: ForwardPass<AlignedBuffer>
  ) -> (start: UnsafeMutablePointer<Float>, panelStride: Int, row: Int) {
    keepsTrace
      ? (gates.start, gatesPanelStride(pass), gatesRow(time, rows, pass))
      : (sums.start, sumRows * width, time % stepsAhead * pass.batch + rows.lowerBound)
  }
}

extension PanelLayer {
  // MARK: - The same backward

  /// `[B, Hp]`, the gradients of the states, from the first of some rows on.
  private func gradients(
    _ rows: Range<Int>
  ) -> (hidden: UnsafeMutablePointer<Float>, cell: UnsafeMutablePointer<Float>) {
    guard let stateGradient else { preconditionFailure("the pass was made for inference") }
    let offset = rows.lowerBound * stride
    return (stateGradient.hidden.start + offset, stateGradient.cell.start + offset)
  }

  /// Makes those gradients of the states after the last step zero that are not given, and the padding
  /// of the others.
  func startBackward(rows: Range<Int>, _ flow: GradientFlow<AlignedBuffer>) {
    let gradients = gradients(rows)
    clear(gradients.hidden, rows.count, keepsUnits: flow.hasFinalHidden)
    clear(gradients.cell, rows.count, keepsUnits: flow.hasFinalCell)
  }

  private func clear(_ start: UnsafeMutablePointer<Float>, _ rows: Int, keepsUnits: Bool) {
    guard keepsUnits else { return start.update(repeating: 0, count: rows * stride) }
    guard stride > hiddenSize else { return }
    for row in 0..<rows {
      (start + row * stride + hiddenSize).update(repeating: 0, count: stride - hiddenSize)
    }
  }

  /// Replaces the gates of one step by the gradients of their arguments.
  ///
  /// - Parameters:
  ///   - time: The step's place in time.
  ///   - rows: The rows of the batch.
  ///   - panels: The panels of units.
  ///   - pass: The batch.
  ///   - flow: What flows in.
  func backwardStep(
    _ time: Int, rows: Range<Int>, panels: Range<Int>, _ pass: ForwardPass<AlignedBuffer>,
    _ flow: GradientFlow<AlignedBuffer>
  ) {
    let offset = rows.lowerBound * stride
    let (hidden, cell) = gradients(rows)
    let row = time * pass.batch + rows.lowerBound
    var step = LSTMBackwardStep(
      rows: rows.count, panels: self.panels, first_panel: panels.lowerBound,
      last_panel: panels.upperBound, hidden_size: hiddenSize, gates: gates.start,
      gates_panel_stride: gatesPanelStride(pass), gates_row: row,
      cell_before: cellState(before(time), pass.batch) + offset,
      cell: cellState(after(time), pass.batch) + offset,
      output_gradient: flow.outputs.map { UnsafePointer($0.start + row * $0.pitch) },
      output_stride: flow.outputs?.pitch ?? 0, hidden_gradient: hidden, cell_gradient: cell,
      options: nil)
    guard options.changesCell(pass) else { return instructions.backwardStep(&step) }
    withUnsafePointer(to: cellPass(time, rows, pass, flow)) {
      step.options = $0
      instructions.backwardStep(&step)
    }
  }

  /// The gradient of the output of the step before, from the derivatives of all panels of this step.
  ///
  /// - Parameters:
  ///   - time: The step's place in time.
  ///   - rows: The rows of the batch.
  ///   - panels: The panels of units of the step before.
  ///   - pass: The batch.
  func carryGradient(
    _ time: Int, rows: Range<Int>, panels: Range<Int>, _ pass: ForwardPass<AlignedBuffer>
  ) {
    let hidden = gradients(rows).hidden
    // With options, something may have flowed past the step.
    let adds = options.changesCell(pass)
    let isMasked = options.recurrentMask(pass) != nil
    let masked = isMasked ? options.maskedGradient.start + rows.lowerBound * stride : hidden
    multiplyGates(
      time, rows: rows, columns: hiddenSize, vectors: panels, pass, weights: recurrentBackward,
      result: masked, resultStride: stride, adds: adds && !isMasked)
    if isMasked { multiplyByMask(masked, into: hidden, rows: rows, panels: panels, adds: adds) }
  }

  /// The gradient of the input of this step, if anyone asks for it.
  ///
  /// - Parameters:
  ///   - time: The step's place in time.
  ///   - rows: The rows of the batch.
  ///   - vectors: The vectors of inputs, of `inputVectors`.
  ///   - pass: The batch.
  ///   - flow: Where to.
  func inputGradient(
    _ time: Int, rows: Range<Int>, vectors: Range<Int>, _ pass: ForwardPass<AlignedBuffer>,
    _ flow: GradientFlow<AlignedBuffer>
  ) {
    guard let target = flow.inputs else { return }
    guard let inputBackward else { preconditionFailure("no weights for the input's gradient") }
    multiplyGates(
      time, rows: rows, columns: inputSize, vectors: vectors, pass, weights: inputBackward,
      result: target.start + (time * pass.batch + rows.lowerBound) * target.pitch,
      resultStride: target.pitch, adds: flow.addsToInputs)
  }

  /// The number of vectors that the inputs fill.
  var inputVectors: Int { (inputSize + lanes - 1) / lanes }

  private func multiplyGates(
    _ time: Int, rows: Range<Int>, columns: Int, vectors: Range<Int>,
    _ pass: ForwardPass<AlignedBuffer>, weights: AlignedBuffer,
    result: UnsafeMutablePointer<Float>, resultStride: Int, adds: Bool
  ) {
    var product = GateProduct(
      rows: rows.count, columns: columns, panels: panels, first_vector: vectors.lowerBound,
      last_vector: vectors.upperBound, hidden_size: hiddenSize, gates: gates.start,
      gates_panel_stride: gatesPanelStride(pass),
      gates_row: time * pass.batch + rows.lowerBound, weights: weights.start, result: result,
      result_stride: resultStride, accumulates: adds)
    instructions.gateProduct(&product)
  }
}
