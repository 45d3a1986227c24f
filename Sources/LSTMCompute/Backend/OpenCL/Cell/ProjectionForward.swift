internal import CKernels
internal import OpenCL

/// One time step from the projected output to h: `Kernels/projection_forward.cl`.
final class ProjectionForward {
  private static let group = WorkSize(64)

  private var kernel: Kernel

  init(_ library: KernelLibrary, _ precision: Precision) throws(OpenCLError) {
    kernel = try library.kernel(Self.source(precision))
  }

  static func source(_ precision: Precision) -> KernelSource {
    KernelSource(
      "projection_forward", in: .projectionForward,
      definitions: [("AT_RUN_TIME", 1), ("STORAGE", precision.storage)])
  }

  /// Runs the step for some rows of the batch.
  func callAsFunction(
    on queue: CommandQueue, _ step: CellStep<Buffer<Float>>, projected: Buffer<Float>,
    rows: Range<Int>
  ) throws(OpenCLError) {
    let (width, trace) = (step.layer.stateSize, step.trace)
    try kernel.set(
      Int32(width), Int32(step.batch), Int32(rows.lowerBound), Int32(rows.upperBound),
      Int32(step.time), Int32(step.before), Int32(step.after), step.layer.projectionClip ?? 0)
    try kernel.set(
      from: 8, LayerArguments(step), step.stepMask ?? trace.cell, projected, trace.hidden)
    try kernel.launch(
      on: queue, global: Self.group.times(tiles(rows.count * width, of: Self.group.x)),
      local: Self.group)
  }
}
