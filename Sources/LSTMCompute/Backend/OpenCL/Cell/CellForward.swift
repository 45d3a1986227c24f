internal import CKernels
internal import OpenCL

/// One time step of a layer with options, from the gates' arguments: `Kernels/cell_forward.cl`.
final class CellForward {
  private let options: CellKernelOptions
  private var kernel: Kernel

  init(_ library: KernelLibrary, _ options: CellKernelOptions) throws(OpenCLError) {
    self.options = options
    kernel = try library.kernel(Self.source(options))
  }

  static func source(_ options: CellKernelOptions) -> KernelSource {
    KernelSource("cell_forward", in: .cellForward, definitions: options.definitions)
  }

  /// Runs the step for some rows of the batch.
  func callAsFunction(
    on queue: CommandQueue, _ step: CellStep<Buffer<Float>>, rows: Range<Int>,
    parameters: Buffer<Float>
  ) throws(OpenCLError) {
    let trace = step.trace
    try kernel.set(
      Int32(step.layer.hiddenSize), Int32(step.batch), Int32(rows.lowerBound),
      Int32(rows.upperBound), Int32(step.time), Int32(step.before), Int32(step.after),
      Int32(flag: step.keepsTrace), parameters, LayerArguments(step))
    try kernel.set(
      from: 10, trace.hidden, trace.cell, trace.gates, trace.candidate,
      Int32(flag: trace.arguments != nil), trace.arguments ?? trace.gates,
      trace.emitted ?? trace.gates, step.stepMask ?? trace.cell)
    if let norms = trace.norms, let slices = step.slices.norms {
      try kernel.set(
        from: 18, UInt64(slices.input.offset), UInt64(slices.recurrent.offset),
        UInt64(slices.cellWeight.offset), UInt64(slices.cellBias.offset), norms.input,
        norms.recurrent, norms.cell, norms.scales)
    }
    let size = options.workSizes(units: step.layer.hiddenSize, rows: rows.count)
    try kernel.launch(on: queue, global: size.global, local: size.local)
  }
}
