internal import CSIMD

extension PanelLayer {
  // MARK: - Packed weights

  func loadWeights() {
    // Strided copies: each number costs about as much as ten operations.
    operations.parallel(panels, operations: 20 * weightCount) { panels in pack(panels) }
  }

  /// Makes ready for the gradient of the input; until someone asks for it, W is not packed for it.
  func prepareInputGradient() throws {
    guard inputBackward == nil else { return }
    let blocks = (inputSize + 4 * lanes - 1) / (4 * lanes)
    inputBackward = try operations.buffer(blocks, 4 * stride, 4 * lanes)
    packInputBackward(0..<panels)
  }

  /// Packs the parameters of some panels of units for the passes.
  private func pack(_ panels: Range<Int>) {
    let parameters = operations.parameters.start
    let inputWeight = parameters + place.slices.inputWeight.offset
    let recurrentWeight = parameters + place.slices.recurrentWeight.offset
    var (input, recurrent) = packings(panels)
    instructions.packForward(&input, inputWeight, into: weights.start)
    instructions.packForward(&recurrent, recurrentWeight, into: weights.start)
    if keepsTrace {
      instructions.packBackward(&recurrent, recurrentWeight, into: recurrentBackward.start)
    }
    packInputBackward(panels)
    let (first, second) = (place.slices.inputBias?.offset, place.slices.recurrentBias?.offset)
    guard let first else { return }
    forEachBias(panels) { row, packed in
      bias.start[packed] = parameters[first + row] + (second.map { parameters[$0 + row] } ?? 0)
    }
  }

  private func packInputBackward(_ panels: Range<Int>) {
    guard let inputBackward else { return }
    var (input, _) = packings(panels)
    instructions.packBackward(
      &input, operations.parameters.start + place.slices.inputWeight.offset,
      into: inputBackward.start)
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

  /// How many one row of one step takes: the products, and activations that take a unit as long as
  /// 128 of them.
  var stepOperations: Int { gradientOperations + 128 * hiddenSize }

  /// Some parts of the weight gradients, for all rows of all steps.
  ///
  /// A column belongs to the part in which its first vector is.
  ///
  /// - Parameters:
  ///   - parts: Which of the `gradientParts`.
  ///   - pass: The batch.
  ///   - input: The layer's input, as in the forward pass.
  func computeGradient(
    parts: Range<Int>, _ pass: ForwardPass<AlignedBuffer>, _ input: Rows<AlignedBuffer>
  ) {
    let columns = inputSize + hiddenSize
    let isMasked = options.recurrentMask(pass) != nil
    let hidden =
      isMasked ? options.maskedState(before(0), pass, stride) : hiddenState(before(0), pass.batch)
    for panel in parts.lowerBound / (4 * columns)...(parts.upperBound - 1) / (4 * columns) {
      let (start, vectors) = (4 * panel * columns, vectors(ofPanel: panel))
      let range = parts.clamped(to: start..<start + vectors * columns)
      let first = (range.lowerBound - start + vectors - 1) / vectors
      let last = (range.upperBound - start + vectors - 1) / vectors
      guard first < last else { continue }
      var gradient = WeightGradient(
        rows: pass.rows, input_size: inputSize, first_column: first, last_column: last,
        input: input.start, input_stride: input.pitch, hidden: hidden, hidden_stride: stride,
        gates: gates.start + panel * gatesPanelStride(pass), vectors: vectors,
        result: weightGradient.start + panel * columns * width,
        bias: first == 0 ? biasGradient.start + panel * width : nil)
      instructions.weightGradient(&gradient)
    }
  }

  /// Puts the gradients of some panels of units where the parameters' layout has them.
  func unpackGradient(_ panels: Range<Int>, factor: Float) {
    let gradient = operations.gradient.start
    let slices = place.slices
    var (input, recurrent) = packings(panels)
    instructions.unpackForward(
      &input, weightGradient.start, factor: factor, into: gradient + slices.inputWeight.offset)
    instructions.unpackForward(
      &recurrent, weightGradient.start, factor: factor,
      into: gradient + slices.recurrentWeight.offset)
    for slice in slices.biases {
      let target = gradient + slice.offset
      forEachBias(panels) { row, packed in target[row] = factor * biasGradient.start[packed] }
    }
  }
}
