internal import CSIMD

extension CPULayer {
  // MARK: - Steps of some rows and some panels of units

  /// Sets the states before the first step to zero.
  func startForward(rows: Range<Int>) {
    let offset = rows.lowerBound * stride
    (hidden.start + offset).update(repeating: 0, count: rows.count * stride)
    (cell.start + offset).update(repeating: 0, count: rows.count * stride)
  }

  /// Runs one step.
  ///
  /// - Parameters:
  ///   - t: The step.
  ///   - rows: The rows of the batch.
  ///   - panels: The panels of units.
  ///   - batch: B, the size of the batch.
  ///   - input: The layer's input.
  func forwardStep(
    _ t: Int, rows: Range<Int>, panels: Range<Int>, batch: Int, input: LayerInput
  ) {
    let offset = rows.lowerBound * stride
    var step = LSTMForwardStep(
      rows: rows.count, panels: self.panels, first_panel: panels.lowerBound,
      last_panel: panels.upperBound, input_size: inputSize, hidden_size: hiddenSize,
      input: input.start + (t * batch + rows.lowerBound) * input.stride,
      input_stride: input.stride, sums: nil, sums_panel_stride: 0, sums_row: 0,
      hidden_before: hiddenState(t, batch) + offset,
      cell_before: cellState(t, batch) + offset,
      weights: weights.start, bias: bias.start,
      hidden: hiddenState(t + 1, batch) + offset,
      cell: cellState(t + 1, batch) + offset, gates: keepsTrace ? gates.start : nil,
      gates_panel_stride: steps * batch * width, gates_row: t * batch + rows.lowerBound)
    if input.stepsAhead > 1 {
      useSums(&step, t, rows: rows, panels: panels, batch: batch, input: input)
    }
    instructions.forwardStep(&step)
  }

  /// Has a step go on from the products with W that were computed ahead.
  ///
  /// The first of the steps computes them for all. Apart from `forwardStep`, whose small networks it
  /// would slow down.
  @inline(never)
  private func useSums(
    _ step: inout LSTMForwardStep, _ t: Int, rows: Range<Int>, panels: Range<Int>, batch: Int,
    input: LayerInput
  ) {
    if t % input.stepsAhead == 0 {
      sumInputs(t, rows: rows, panels: panels, batch: batch, input: input)
    }
    let place = sumPlace(t, rows, batch: batch, input.stepsAhead)
    step.sums = UnsafePointer(place.start)
    step.sums_panel_stride = place.panelStride
    step.sums_row = place.row
  }

  /// Leaves bias and W x of the steps from `first` on where `forwardStep` goes on from.
  private func sumInputs(
    _ first: Int, rows: Range<Int>, panels: Range<Int>, batch: Int, input: LayerInput
  ) {
    let range = first..<min(first + input.stepsAhead, steps)
    // The rows of a whole batch follow each other from step to step.
    let blocks = rows.count == batch ? 1 : range.count
    let count = rows.count * range.count / blocks
    for panel in panels {
      for t in range.prefix(blocks) {
        let place = sumPlace(t, rows, batch: batch, input.stepsAhead)
        var pass = LSTMInputSums(
          rows: count, panel: panel, input_size: inputSize, hidden_size: hiddenSize,
          input: input.start + (t * batch + rows.lowerBound) * input.stride,
          input_stride: input.stride, weights: weights.start, bias: bias.start,
          sums: place.start, sums_panel_stride: place.panelStride, sums_row: place.row)
        instructions.inputSums(&pass)
      }
    }
  }

  /// Where the products with W of a step's rows are kept, if they are computed ahead.
  private func sumPlace(
    _ t: Int, _ rows: Range<Int>, batch: Int, _ ahead: Int
  ) -> (start: UnsafeMutablePointer<Float>, panelStride: Int, row: Int) {
    keepsTrace
      ? (gates.start, steps * batch * width, t * batch + rows.lowerBound)
      : (sums.start, sumRows * width, t % ahead * batch + rows.lowerBound)
  }
}

extension CPULayer {
  // MARK: - The same backward

  /// Sets the loss by the last step's states.
  ///
  /// - Parameters:
  ///   - rows: The rows of the batch.
  ///   - lastGradient: `[B, Hp]`, the loss by the last step's output, where the head is above.
  func startBackward(rows: Range<Int>, lastGradient: UnsafePointer<Float>?) {
    let offset = rows.lowerBound * stride
    let carried = hiddenGradient.start + offset
    if let lastGradient {
      carried.update(from: lastGradient + offset, count: rows.count * stride)
    } else {
      carried.update(repeating: 0, count: rows.count * stride)
    }
    (cellGradient.start + offset).update(repeating: 0, count: rows.count * stride)
  }

  /// Replaces the gates of one step by the loss's derivatives by their arguments.
  ///
  /// - Parameters:
  ///   - t: The step.
  ///   - rows: The rows of the batch.
  ///   - panels: The panels of units.
  ///   - batch: B, the size of the batch.
  ///   - outputGradient: `[T, B, Hp]`, the loss by each step's output, where a layer is above.
  func backwardStep(
    _ t: Int, rows: Range<Int>, panels: Range<Int>, batch: Int,
    outputGradient: UnsafePointer<Float>?
  ) {
    let offset = rows.lowerBound * stride
    var step = LSTMBackwardStep(
      rows: rows.count, panels: self.panels, first_panel: panels.lowerBound,
      last_panel: panels.upperBound, hidden_size: hiddenSize, gates: gates.start,
      gates_panel_stride: steps * batch * width, gates_row: t * batch + rows.lowerBound,
      cell_before: cellState(t, batch) + offset,
      cell: cellState(t + 1, batch) + offset,
      output_gradient: outputGradient.map { $0 + t * batch * stride + offset },
      hidden_gradient: hiddenGradient.start + offset, cell_gradient: cellGradient.start + offset)
    instructions.backwardStep(&step)
  }

  /// The loss by the output of the step before, from all panels' derivatives of this step.
  ///
  /// - Parameters:
  ///   - t: The step.
  ///   - rows: The rows of the batch.
  ///   - panels: The panels of units of the step before.
  ///   - batch: B, the size of the batch.
  func carryGradient(_ t: Int, rows: Range<Int>, panels: Range<Int>, batch: Int) {
    // Before the first step the state is zero and has no gradient that anyone reads.
    guard t > 0 else { return }
    multiplyGates(
      t, rows: rows, columns: hiddenSize, vectors: panels, batch: batch, weights: recurrentBackward,
      result: hiddenGradient.start + rows.lowerBound * stride, resultStride: stride)
  }

  /// The loss by the input of this step.
  ///
  /// - Parameters:
  ///   - t: The step.
  ///   - rows: The rows of the batch.
  ///   - vectors: The vectors of inputs, of `inputVectors`.
  ///   - batch: B, the size of the batch.
  ///   - gradient: `[T, B, I]` at `stride`: written up to a multiple of a vector.
  ///   - stride: The floats from row to row of the gradient.
  func inputGradient(
    _ t: Int, rows: Range<Int>, vectors: Range<Int>, batch: Int,
    gradient: UnsafeMutablePointer<Float>, stride: Int
  ) {
    multiplyGates(
      t, rows: rows, columns: inputSize, vectors: vectors, batch: batch, weights: inputBackward,
      result: gradient + (t * batch + rows.lowerBound) * stride, resultStride: stride)
  }

  /// The number of vectors that the inputs fill.
  var inputVectors: Int { (inputSize + lanes - 1) / lanes }

  private func multiplyGates(
    _ t: Int, rows: Range<Int>, columns: Int, vectors: Range<Int>, batch: Int,
    weights: AlignedBuffer, result: UnsafeMutablePointer<Float>, resultStride: Int
  ) {
    var product = GateProduct(
      rows: rows.count, columns: columns, panels: panels, first_vector: vectors.lowerBound,
      last_vector: vectors.upperBound, hidden_size: hiddenSize, gates: gates.start,
      gates_panel_stride: steps * batch * width, gates_row: t * batch + rows.lowerBound,
      weights: weights.start, result: result, result_stride: resultStride)
    instructions.gateProduct(&product)
  }
}
