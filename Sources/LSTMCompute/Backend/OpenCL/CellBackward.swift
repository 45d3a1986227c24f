internal import CKernels
internal import OpenCL

/// The mirror of `CellForward`: `Kernels/cell_backward.cl`.
final class CellBackward {
  private let options: CellKernelOptions
  private var kernel: Kernel

  init(_ library: KernelLibrary, _ options: CellKernelOptions) throws(OpenCLError) {
    self.options = options
    kernel = try library.kernel(
      "cell_backward", in: .cellBackward, definitions: options.definitions)
  }

  /// Runs the step for some rows of the batch.
  func callAsFunction(
    on queue: CommandQueue, _ step: CellStep<Buffer<Float>>,
    _ gradients: CellGradients<Buffer<Float>>, rows: Range<Int>, parameters: Buffer<Float>
  ) throws(OpenCLError) {
    let (trace, cell, hidden) = (step.trace, step.cellZoneout, step.hiddenZoneout)
    let flags = step.flags
    let outputs = gradients.outputs
    try kernel.set(
      Int32(step.layer.hiddenSize), flags.hasPeepholes, flags.isCoupled, flags.isProjected,
      Int32(step.batch), Int32(rows.lowerBound), Int32(rows.upperBound), Int32(step.time),
      Int32(step.before), step.layer.gateClip ?? 0, step.layer.cellClip ?? 0,
      Int32(step.stepMask == nil ? 0 : 1), step.stepMask ?? trace.cell,
      cell.kind, cell.share, cell.seed, cell.batchNumber, cell.stream, hidden.kind, hidden.share,
      hidden.seed, hidden.batchNumber, hidden.stream, parameters,
      UInt64(step.slices.peephole?.offset ?? 0), Int32(outputs == nil ? 0 : 1),
      outputs?.memory ?? trace.gates, UInt64(outputs?.offset ?? 0), UInt64(outputs?.pitch ?? 0),
      gradients.hidden, gradients.cell, gradients.emitted ?? gradients.cell, trace.cell,
      trace.gates, trace.candidate, Int32(trace.arguments == nil ? 0 : 1),
      trace.arguments ?? trace.gates)
    if let norms = trace.norms, let slices = step.slices.norms {
      guard let inputGradient = norms.inputGradient,
        let recurrentGradient = norms.recurrentGradient, let cellGradient = norms.cellGradient
      else { preconditionFailure("no memory for the gradients") }
      try kernel.set(
        from: 37, UInt64(slices.input.offset), UInt64(slices.recurrent.offset),
        UInt64(slices.cellWeight.offset), UInt64(slices.cellBias.offset), norms.input,
        norms.recurrent, norms.cell, norms.scales, inputGradient, recurrentGradient, cellGradient)
    }
    let size = options.workSizes(units: step.layer.hiddenSize, rows: rows.count)
    try kernel.launch(on: queue, global: size.global, local: size.local)
  }
}
