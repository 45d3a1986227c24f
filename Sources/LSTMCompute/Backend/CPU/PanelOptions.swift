internal import CSIMD

/// The memory that the options of a layer need in a `PanelLayer`; what an option does not need is
/// empty.
final class PanelOptions {
  private let place: LayerPlace
  private let changesCell: Bool
  private let dropsHidden: Bool
  /// `[T+1, B, Hp]`, h as R sees it where it is masked.
  let maskedHidden: AlignedBuffer
  /// `[B, Hp]`, its mask: 0 or 1 / (1 - share).
  let recurrentScales: AlignedBuffer
  /// `[B, Hp]`, the gradient of the masked h.
  let maskedGradient: AlignedBuffer
  /// `[B, Hp]`, the random numbers of zoneout in one step.
  let hiddenZoneout: AlignedBuffer
  let cellZoneout: AlignedBuffer
  /// `[P, T * B, 4, V]`, the gates' arguments before they are cut.
  let arguments: AlignedBuffer
  /// `[T, B, Hp]`, the cell before zoneout, which the gradient of a peephole needs.
  let candidate: AlignedBuffer

  init(_ place: LayerPlace, stride: Int, _ operations: CPUOperations) throws {
    self.place = place
    let layer = place.layer
    changesCell = layer.hasCellOptions
    dropsHidden = place.isTraining && layer.recurrentDropout > 0
    let (steps, batch) = (place.steps, place.batchSize)
    func buffer(_ needed: Bool, steps: Int = 1, _ width: Int) throws -> AlignedBuffer {
      try operations.buffer(needed ? steps : 0, batch, width)
    }
    maskedHidden = try buffer(dropsHidden, steps: steps + 1, stride)
    recurrentScales = try buffer(dropsHidden, stride)
    maskedGradient = try buffer(dropsHidden, stride)
    let trains = place.isTraining
    hiddenZoneout = try buffer(trains && layer.zoneoutHidden > 0, stride)
    cellZoneout = try buffer(trains && layer.zoneoutCell > 0, stride)
    arguments = try buffer(trains && layer.gateClip != nil, steps: steps, 4 * stride)
    candidate = try buffer(
      trains && layer.hasPeepholes && layer.zoneoutCell > 0, steps: steps, stride)
  }

  /// Whether the cell's equations are not the plain ones.
  func changesCell(_ pass: ForwardPass<AlignedBuffer>) -> Bool {
    changesCell || pass.stepMask != nil
  }

  /// The mask on h before R, where there is one.
  func recurrentMask(_ pass: ForwardPass<AlignedBuffer>) -> RandomMask? {
    dropsHidden ? place.recurrentMask(pass) : nil
  }

  /// `[B, Hp]`, h of a slot as R sees it.
  func maskedState(
    _ slot: Int, _ pass: ForwardPass<AlignedBuffer>, _ stride: Int
  ) -> UnsafeMutablePointer<Float> {
    maskedHidden.start + slot * pass.batch * stride
  }
}

extension PanelLayer {
  // MARK: - Recurrent dropout

  /// Draws the mask of some rows, which is the same for all steps.
  func drawScales(_ mask: RandomMask, rows: Range<Int>) {
    for row in rows {
      var elements = mask.elements(from: row * hiddenSize)
      let scales = options.recurrentScales.start + row * stride
      instructions.randomHits(&elements, count: hiddenSize, into: scales)
      let scale = 1 / (1 - mask.share)
      for unit in 0..<hiddenSize { scales[unit] = (1 - scales[unit]) * scale }
    }
  }

  /// Makes of h in a slot what R sees of it.
  func maskHidden(
    _ slot: Int, rows: Range<Int>, panels: Range<Int>, _ pass: ForwardPass<AlignedBuffer>
  ) {
    let offset = rows.lowerBound * stride
    multiplyByMask(
      hiddenState(slot, pass.batch) + offset,
      into: options.maskedState(slot, pass, stride) + offset, rows: rows, panels: panels,
      adds: false)
  }

  /// target = values ⊙ mask (+ target), `[B, Hp]` from the first of some rows on.
  func multiplyByMask(
    _ values: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>,
    rows: Range<Int>, panels: Range<Int>, adds: Bool
  ) {
    let first = panels.lowerBound * lanes
    var product = RowProduct(
      rows: rows.count, columns: panels.count * lanes, stride: stride, left: values + first,
      right: options.recurrentScales.start + rows.lowerBound * stride + first,
      result: target + first, accumulates: adds)
    instructions.multiplyRows(&product)
  }

  // MARK: - The cell

  /// A step of all panels for some rows, as the inner loops take it.
  func cellPass(
    _ time: Int, _ rows: Range<Int>, _ pass: ForwardPass<AlignedBuffer>,
    _ flow: GradientFlow<AlignedBuffer>?
  ) -> CellPass {
    let layer = place.layer
    let offset = rows.lowerBound * stride
    let row = time * pass.batch + rows.lowerBound
    func zoneout(_ mask: RandomMask?, _ share: Float, _ values: AlignedBuffer) -> Zoneout {
      Zoneout(
        is_random: mask != nil, share: pass.isTraining ? 0 : share,
        elements: mask?.elements(from: row * hiddenSize) ?? RandomElements(),
        values: values.start + offset)
    }
    var cell = CellPass()
    (cell.rows, cell.units, cell.width) = (rows.count, hiddenSize, hiddenSize)
    (cell.cell_stride, cell.hidden_stride) = (stride, stride)
    cell.gate_clip = layer.gateClip ?? 0
    cell.cell_clip = layer.cellClip ?? 0
    cell.couples_gates = layer.couplesGates
    cell.keeps_trace = keepsTrace
    cell.peephole = place.slices.peephole.map {
      UnsafePointer(operations.parameters.start + $0.offset)
    }
    cell.peephole_stride = hiddenSize
    cell.step_mask = pass.stepMask.map { UnsafePointer($0.start + row) }
    cell.hidden_zoneout = zoneout(
      place.hiddenZoneoutMask(pass), layer.zoneoutHidden, options.hiddenZoneout)
    cell.cell_zoneout = zoneout(
      place.cellZoneoutMask(pass), layer.zoneoutCell, options.cellZoneout)
    cell.hidden_before = UnsafePointer(hiddenState(before(time), pass.batch) + offset)
    cell.cell_before = UnsafePointer(cellState(before(time), pass.batch) + offset)
    cell.hidden_after = hiddenState(after(time), pass.batch) + offset
    cell.cell_after = cellState(after(time), pass.batch) + offset
    cell.gates = gates.start
    cell.arguments = options.arguments.count > 0 ? options.arguments.start : nil
    cell.candidate =
      options.candidate.count > 0 ? options.candidate.start + row * stride : nil
    guard let flow, let stateGradient else { return cell }
    cell.output_gradient = flow.outputs.map { UnsafePointer($0.start + row * $0.pitch) }
    cell.output_stride = flow.outputs?.pitch ?? 0
    cell.hidden_gradient = stateGradient.hidden.start + offset
    cell.cell_gradient = stateGradient.cell.start + offset
    return cell
  }

  /// Leaves the gradient of some units' peepholes.
  func peepholeGradient(
    _ panel: Int, _ pass: ForwardPass<AlignedBuffer>, factor: Float,
    into slice: ParameterSlice
  ) {
    // Without zoneout the candidate is the cell after the step. Where a step is missing it is not,
    // but has a gradient of zero.
    let candidate =
      options.candidate.count > 0 ? options.candidate.start : cellState(after(0), pass.batch)
    var gradient = PeepholeGradient(
      rows: pass.rows, panel: panel, hidden_size: hiddenSize,
      gates: gates.start + panel * gatesPanelStride(pass),
      cell_before: cellState(before(0), pass.batch), cell_after: candidate, stride: stride,
      factor: factor, result: operations.gradient.start + slice.offset)
    instructions.peepholeGradient(&gradient)
  }
}
