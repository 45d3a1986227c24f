internal import CSIMD

/// One LSTM layer on the CPU: its packed weights and what a pass over a batch leaves.
///
/// The layouts are those of `CSIMD.h`, for the batch at hand; the buffers hold the largest one.
final class CPULayer {
  let instructions: InstructionSet
  let steps: Int
  let inputSize: Int
  let hiddenSize: Int
  /// P, the number of panels of units.
  let panels: Int
  /// Hp, the number of units with their padding.
  let stride: Int

  /// `[T+1, B, Hp]`, or `[2, B, Hp]` where no one reads the sequence: then a step reads one half and
  /// writes the other.
  let hidden: AlignedBuffer
  private let keepsHidden: Bool
  /// `[T+1, B, Hp]`, or `[2, B, Hp]` for inference.
  private let cell: AlignedBuffer
  private let keepsTrace: Bool
  /// `[P, T * B, 4, V]`.
  private let gates: AlignedBuffer
  /// `[P, rowsAhead, 4, V]`, the products with W of the steps to come; in training these are put
  /// where the gates will be.
  private let sums: AlignedBuffer
  private let sumRows: Int
  /// `[P, I + H, 4, V]`, and the bias `[P, 4, V]`.
  private let weights: AlignedBuffer
  private let bias: AlignedBuffer
  /// R and W for the backward pass.
  private let recurrentBackward: AlignedBuffer
  private let inputBackward: AlignedBuffer
  /// The gradients of `weights` and `bias`.
  private let weightGradient: AlignedBuffer
  private let biasGradient: AlignedBuffer
  /// `[B, Hp]`, carried from step to step by the backward pass.
  private let hiddenGradient: AlignedBuffer
  private let cellGradient: AlignedBuffer

  var lanes: Int { stride / panels }
  var width: Int { 4 * lanes }
  /// How many vectors the gates of a panel fill, 4 in all but the last.
  private func vectors(ofPanel panel: Int) -> Int {
    instructions.vectorCount(hiddenSize: hiddenSize, panel: panel)
  }

  init(
    instructions: InstructionSet, configuration: ExecutorConfiguration, inputSize: Int,
    hiddenSize: Int, isFirst: Bool, isLast: Bool, memory: inout MemoryBudget
  ) throws(LSTMError) {
    let lanes = Int(instructions.laneCount)
    let (steps, batch) = (configuration.steps, configuration.batchSize)
    let trains = configuration.mode == .training
    self.instructions = instructions
    self.steps = steps
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    panels = (hiddenSize + lanes - 1) / lanes
    stride = panels * lanes
    keepsTrace = trains

    func blocks(_ columns: Int) -> Int { (columns + 4 * lanes - 1) / (4 * lanes) }
    let trained = trains ? 1 : 0
    keepsHidden = trains || !isLast
    hidden = try memory.buffer(keepsHidden ? steps + 1 : 2, batch, stride)
    cell = try memory.buffer(trains ? steps + 1 : 2, batch, stride)
    gates = try memory.buffer(trained, steps, batch, 4 * stride)
    sumRows = trains || steps == 1 ? 0 : min(BatchSplit.rowsAhead, steps * batch)
    sums = try memory.buffer(sumRows, 4 * stride)
    weights = try memory.buffer(inputSize + hiddenSize, 4 * stride)
    bias = try memory.buffer(4 * stride)
    recurrentBackward = try memory.buffer(trained, blocks(hiddenSize), 4 * stride, 4 * lanes)
    inputBackward = try memory.buffer(
      isFirst ? 0 : trained, blocks(inputSize), 4 * stride, 4 * lanes)
    weightGradient = try memory.buffer(trained, inputSize + hiddenSize, 4 * stride)
    biasGradient = try memory.buffer(trained, 4 * stride)
    hiddenGradient = try memory.buffer(trained, batch, stride)
    cellGradient = try memory.buffer(trained, batch, stride)
  }

  /// Packs the parameters of some panels of units for the passes.
  func pack(_ panels: Range<Int>, _ parameters: UnsafePointer<Float>, _ slices: LayerSlices) {
    let inputWeight = parameters + slices.inputWeight.offset
    let recurrentWeight = parameters + slices.recurrentWeight.offset
    var (input, recurrent) = packings(panels)
    instructions.packForward(&input, inputWeight, into: weights.start)
    instructions.packForward(&recurrent, recurrentWeight, into: weights.start)
    if keepsTrace {
      instructions.packBackward(&recurrent, recurrentWeight, into: recurrentBackward.start)
    }
    if inputBackward.count > 0 {
      instructions.packBackward(&input, inputWeight, into: inputBackward.start)
    }
    forEachBias(panels) { row, packed in
      bias.start[packed] =
        parameters[slices.inputBias.offset + row] + parameters[slices.recurrentBias.offset + row]
    }
  }

  /// How W and R lie in the packed weights, for some panels of units.
  private func packings(
    _ panels: Range<Int>
  ) -> (input: WeightPacking, recurrent: WeightPacking) {
    func packing(_ columns: Int, _ firstRow: Int) -> WeightPacking {
      WeightPacking(
        hidden_size: hiddenSize, columns: columns, first_unit: panels.lowerBound * lanes,
        last_unit: min(panels.upperBound * lanes, hiddenSize), first_row: firstRow,
        total_rows: inputSize + hiddenSize)
    }
    return (packing(inputSize, 0), packing(hiddenSize, inputSize))
  }

  /// Calls `body` with where each gate's bias lies in PyTorch's layout and in the packed one.
  private func forEachBias(_ panels: Range<Int>, _ body: (_ row: Int, _ packed: Int) -> Void) {
    for unit in panels.lowerBound * lanes..<min(panels.upperBound * lanes, hiddenSize) {
      let panel = unit / lanes
      for gate in 0..<4 {
        body(
          gate * hiddenSize + unit,
          panel * width + gate * vectors(ofPanel: panel) * lanes / 4 + unit % lanes)
      }
    }
  }

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
          rows: count, first_panel: panel, last_panel: panel + 1, input_size: inputSize,
          hidden_size: hiddenSize,
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

  // MARK: - Weight gradients

  /// The number of independent parts of the weight gradients: for each column of `[W R]` the vectors
  /// of all panels.
  var gradientParts: Int {
    (4 * (panels - 1) + vectors(ofPanel: panels - 1)) * (inputSize + hiddenSize)
  }

  /// The number of weights, a measure of the work of packing them.
  var weightCount: Int { 4 * hiddenSize * (inputSize + hiddenSize) }

  /// What decides how a batch is split over threads.
  var splitMeasure: BatchSplit.Layer {
    BatchSplit.Layer(
      inputColumns: inputSize, recurrentColumns: hiddenSize, panels: panels, width: width)
  }

  /// How many floating-point operations all parts take for one row of one step.
  var gradientOperations: Int { 2 * weightCount }

  /// Some parts of the weight gradients, for all rows of all steps.
  ///
  /// A column belongs to the part in which its first vector is.
  ///
  /// - Parameters:
  ///   - parts: Which of the `gradientParts`.
  ///   - batch: B, the size of the batch.
  ///   - input: The layer's input, as in the forward pass.
  func computeGradient(parts: Range<Int>, batch: Int, input: LayerInput) {
    let columns = inputSize + hiddenSize
    let rows = steps * batch
    for panel in parts.lowerBound / (4 * columns)...(parts.upperBound - 1) / (4 * columns) {
      let (start, vectors) = (4 * panel * columns, vectors(ofPanel: panel))
      let range = parts.clamped(to: start..<start + vectors * columns)
      let first = (range.lowerBound - start + vectors - 1) / vectors
      let last = (range.upperBound - start + vectors - 1) / vectors
      guard first < last else { continue }
      var gradient = WeightGradient(
        rows: rows, input_size: inputSize, first_column: first, last_column: last,
        input: input.start, input_stride: input.stride, hidden: hidden.start, hidden_stride: stride,
        gates: gates.start + panel * rows * width, vectors: vectors,
        result: weightGradient.start + panel * columns * width,
        bias: first == 0 ? biasGradient.start + panel * width : nil)
      instructions.weightGradient(&gradient)
    }
  }

  /// Puts the gradients of some panels of units where the parameters' layout has them.
  func unpackGradient(
    _ panels: Range<Int>, _ gradient: UnsafeMutablePointer<Float>, _ slices: LayerSlices
  ) {
    var (input, recurrent) = packings(panels)
    instructions.unpackForward(
      &input, weightGradient.start, into: gradient + slices.inputWeight.offset)
    instructions.unpackForward(
      &recurrent, weightGradient.start, into: gradient + slices.recurrentWeight.offset)
    forEachBias(panels) { row, packed in
      gradient[slices.inputBias.offset + row] = biasGradient.start[packed]
      gradient[slices.recurrentBias.offset + row] = biasGradient.start[packed]
    }
  }

  // MARK: - Where things lie

  /// `[B, Hp]`, the last step's output.
  func lastHidden(batch: Int) -> UnsafeMutablePointer<Float> {
    hiddenState(steps, batch)
  }

  /// The state after the last step, without padding.
  func finalState(batch: Int) -> LayerState {
    func unpadded(_ start: UnsafeMutablePointer<Float>) -> [Float] {
      (0..<batch).flatMap { UnsafeBufferPointer(start: start + $0 * stride, count: hiddenSize) }
    }
    return LayerState(
      hidden: unpadded(lastHidden(batch: batch)), cell: unpadded(cellState(steps, batch)))
  }

  private func hiddenState(_ slot: Int, _ batch: Int) -> UnsafeMutablePointer<Float> {
    hidden.start + (keepsHidden ? slot : slot % 2) * batch * stride
  }

  private func cellState(_ slot: Int, _ batch: Int) -> UnsafeMutablePointer<Float> {
    cell.start + (keepsTrace ? slot : slot % 2) * batch * stride
  }
}
