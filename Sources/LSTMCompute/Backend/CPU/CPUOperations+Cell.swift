internal import CSIMD

extension CPUOperations {
  func cellForward(_ step: CellStep<AlignedBuffer>, rows: Range<Int>) {
    run(pass(step, rows), norms: norms(step, rows), instructions.cellForward)
  }

  func projectionForward(_ step: CellStep<AlignedBuffer>, rows: Range<Int>) {
    run(pass(step, rows), norms: nil, instructions.projectionForward)
  }

  func projectionBackward(
    _ step: CellStep<AlignedBuffer>, _ gradients: CellGradients<AlignedBuffer>, rows: Range<Int>
  ) {
    run(pass(step, rows, gradients), norms: nil, instructions.projectionBackward)
  }

  func cellBackward(
    _ step: CellStep<AlignedBuffer>, _ gradients: CellGradients<AlignedBuffer>, rows: Range<Int>
  ) {
    run(pass(step, rows, gradients), norms: norms(step, rows), instructions.cellBackward)
  }

  private func run(
    _ pass: CellPass, norms: CellNorms?, _ function: (UnsafePointer<CellPass>) -> Void
  ) {
    var pass = pass
    guard let norms else { return function(&pass) }
    withUnsafePointer(to: norms) {
      pass.norms = $0
      function(&pass)
    }
  }

  // MARK: - What the inner loops take

  private func pass(
    _ step: CellStep<AlignedBuffer>, _ rows: Range<Int>,
    _ gradients: CellGradients<AlignedBuffer>? = nil
  ) -> CellPass {
    let (layer, trace) = (step.layer, step.trace)
    let (H, R) = (layer.hiddenSize, layer.stateSize)
    let row = step.time * step.batch + rows.lowerBound
    let before = step.before * step.batch + rows.lowerBound
    let after = step.after * step.batch + rows.lowerBound
    func zoneout(_ mask: RandomMask?, _ share: Float, _ width: Int) -> Zoneout {
      Zoneout(
        is_random: mask != nil, share: step.isTraining ? 0 : share,
        elements: mask?.elements(from: row * width) ?? RandomElements(), values: nil)
    }

    var pass = CellPass()
    (pass.rows, pass.units, pass.width) = (rows.count, H, R)
    (pass.cell_stride, pass.hidden_stride) = (H, R)
    (pass.gate_stride, pass.gates_stride, pass.peephole_stride) = (H, 4 * H, H)
    pass.gate_clip = layer.gateClip ?? 0
    pass.cell_clip = layer.cellClip ?? 0
    pass.projection_clip = layer.projectionClip ?? 0
    pass.couples_gates = layer.couplesGates
    pass.keeps_trace = step.keepsTrace
    pass.peephole = step.slices.peephole.map { UnsafePointer(parameters.start + $0.offset) }
    pass.step_mask = step.stepMask.map { UnsafePointer($0.start + row) }
    pass.hidden_zoneout = zoneout(step.zoneoutHidden, layer.zoneoutHidden, R)
    pass.cell_zoneout = zoneout(step.zoneoutCell, layer.zoneoutCell, H)
    pass.hidden_before = UnsafePointer(trace.hidden.start + before * R)
    pass.cell_before = UnsafePointer(trace.cell.start + before * H)
    pass.hidden_after = trace.hidden.start + after * R
    pass.cell_after = trace.cell.start + after * H
    pass.gates = trace.gates.start + row * 4 * H
    pass.arguments = trace.arguments.map { $0.start + row * 4 * H }
    pass.candidate = trace.candidate.start + row * H
    pass.emitted = trace.emitted.map { $0.start + row * H }
    pass.projected = trace.projected.map { $0.start + row * R }
    guard let gradients else { return pass }
    pass.output_gradient = gradients.outputs.map { UnsafePointer($0.start + row * $0.pitch) }
    pass.output_stride = gradients.outputs?.pitch ?? 0
    pass.hidden_gradient = gradients.hidden.start + rows.lowerBound * R
    pass.cell_gradient = gradients.cell.start + rows.lowerBound * H
    pass.emitted_gradient = gradients.emitted.map { UnsafePointer($0.start + rows.lowerBound * H) }
    return pass
  }

  private func norms(_ step: CellStep<AlignedBuffer>, _ rows: Range<Int>) -> CellNorms? {
    guard let trace = step.trace.norms, let slices = step.slices.norms else { return nil }
    let H = step.layer.hiddenSize
    let row = step.time * step.batch + rows.lowerBound
    func gain(_ slice: ParameterSlice) -> UnsafePointer<Float> {
      UnsafePointer(parameters.start + slice.offset)
    }
    return CellNorms(
      input_gain: gain(slices.input), recurrent_gain: gain(slices.recurrent),
      cell_gain: gain(slices.cellWeight), cell_shift: gain(slices.cellBias),
      bias: step.slices.inputBias.map(gain), second_bias: step.slices.recurrentBias.map(gain),
      input: trace.input.start + row * 4 * H, recurrent: trace.recurrent.start + row * 4 * H,
      cell: trace.cell.start + row * H, scales: trace.scales.start + row * 3,
      input_gradient: trace.inputGradient.map { $0.start + row * 4 * H },
      recurrent_gradient: trace.recurrentGradient.map { $0.start + row * 4 * H },
      cell_gradient: trace.cellGradient.map { $0.start + row * H })
  }
}

extension RandomMask {
  /// The mask from an element on, as the inner loops take it.
  func elements(from first: Int) -> RandomElements {
    RandomElements(
      first: UInt64(first), share: share, key_low: UInt32(truncatingIfNeeded: seed),
      key_high: UInt32(truncatingIfNeeded: seed >> 32), batch_number: batchNumber, stream: stream)
  }
}
