internal import CKernels
internal import OpenCL

/// One time step of a layer with options, from the gates' arguments: `Kernels/cell_forward.cl`.
final class CellForward {
  private let options: CellKernelOptions
  private var kernel: Kernel

  init(_ library: KernelLibrary, _ options: CellKernelOptions) throws(OpenCLError) {
    self.options = options
    kernel = try library.kernel(
      "cell_forward", in: .cellForward, definitions: options.definitions)
  }

  /// Runs the step for some rows of the batch.
  func callAsFunction(
    on queue: CommandQueue, _ step: CellStep<Buffer<Float>>, rows: Range<Int>,
    parameters: Buffer<Float>
  ) throws(OpenCLError) {
    let (trace, cell, hidden) = (step.trace, step.cellZoneout, step.hiddenZoneout)
    let flags = step.flags
    try kernel.set(
      Int32(step.layer.hiddenSize), flags.hasPeepholes, flags.isCoupled, flags.isProjected,
      Int32(step.batch), Int32(rows.lowerBound), Int32(rows.upperBound), Int32(step.time),
      Int32(step.before), Int32(step.after), step.layer.gateClip ?? 0, step.layer.cellClip ?? 0,
      Int32(step.stepMask == nil ? 0 : 1), step.stepMask ?? trace.cell, cell.kind, cell.share,
      cell.seed, cell.batchNumber, cell.stream, hidden.kind, hidden.share, hidden.seed,
      hidden.batchNumber, hidden.stream, parameters, UInt64(step.slices.peephole?.offset ?? 0),
      trace.hidden, trace.cell, Int32(step.keepsTrace ? 1 : 0), trace.gates, trace.candidate,
      Int32(trace.arguments == nil ? 0 : 1), trace.arguments ?? trace.gates,
      trace.emitted ?? trace.gates)
    if let norms = trace.norms, let slices = step.slices.norms {
      let biases = step.slices.biases
      try kernel.set(
        from: 34, UInt64(biases.first?.offset ?? 0), Int32(biases.count),
        UInt64(slices.input.offset), UInt64(slices.recurrent.offset),
        UInt64(slices.cellWeight.offset), UInt64(slices.cellBias.offset), norms.input,
        norms.recurrent, norms.cell, norms.scales)
    }
    let size = options.workSizes(units: step.layer.hiddenSize, rows: rows.count)
    try kernel.launch(on: queue, global: size.global, local: size.local)
  }
}
