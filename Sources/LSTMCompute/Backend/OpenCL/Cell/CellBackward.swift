internal import CKernels
internal import OpenCL

/// The mirror of `CellForward`: `Kernels/cell_backward.cl`.
final class CellBackward {
  private let options: CellKernelOptions
  private var kernel: Kernel

  init(_ library: KernelLibrary, _ options: CellKernelOptions) throws(OpenCLError) {
    self.options = options
    kernel = try library.kernel(Self.source(options))
  }

  static func source(_ options: CellKernelOptions) -> KernelSource {
    KernelSource("cell_backward", in: .cellBackward, definitions: options.definitions)
  }

  /// Runs the step for some rows of the batch.
  func callAsFunction(
    on queue: CommandQueue, _ step: CellStep<Buffer<Float>>,
    _ gradients: CellGradients<Buffer<Float>>, rows: Range<Int>, parameters: Buffer<Float>
  ) throws(OpenCLError) {
    let (trace, outputs) = (step.trace, gradients.outputs)
    try kernel.set(
      Int32(step.layer.hiddenSize), Int32(step.batch), Int32(rows.lowerBound),
      Int32(rows.upperBound), Int32(step.time), Int32(step.before), parameters,
      LayerArguments(step))
    try kernel.set(
      from: 8, trace.gates, trace.cell, trace.candidate, Int32(flag: trace.arguments != nil),
      trace.arguments ?? trace.gates, step.stepMask ?? trace.cell)
    try kernel.set(
      from: 14, Int32(flag: outputs != nil), outputs?.memory ?? trace.gates,
      UInt64(outputs?.offset ?? 0), UInt64(outputs?.pitch ?? 0), gradients.hidden, gradients.cell,
      gradients.emitted ?? gradients.cell)
    if let norms = trace.norms, let slices = step.slices.norms {
      guard let inputGradient = norms.inputGradient,
        let recurrentGradient = norms.recurrentGradient, let cellGradient = norms.cellGradient
      else { preconditionFailure("no memory for the gradients") }
      try kernel.set(
        from: 21, UInt64(slices.input.offset), UInt64(slices.recurrent.offset),
        UInt64(slices.cellWeight.offset), UInt64(slices.cellBias.offset), norms.input,
        norms.recurrent, norms.cell, norms.scales)
      try kernel.set(from: 29, inputGradient, recurrentGradient, cellGradient)
    }
    let size = options.workSizes(units: step.layer.hiddenSize, rows: rows.count)
    try kernel.launch(on: queue, global: size.global, local: size.local)
  }
}
