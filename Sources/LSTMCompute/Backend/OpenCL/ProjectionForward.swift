internal import CKernels
internal import OpenCL

/// One time step from the projected output to h: `Kernels/projection_forward.cl`.
final class ProjectionForward {
  private static let group = WorkSize(64)

  private var kernel: Kernel

  init(_ library: KernelLibrary, _ precision: Precision) throws(OpenCLError) {
    kernel = try library.kernel(
      "projection_forward", in: .projectionForward,
      definitions: [("STORAGE", precision.storage)])
  }

  /// Runs the step for some rows of the batch.
  func callAsFunction(
    on queue: CommandQueue, _ step: CellStep<Buffer<Float>>, projected: Buffer<Float>,
    rows: Range<Int>
  ) throws(OpenCLError) {
    let (units, trace, hidden) = (step.layer.stateSize, step.trace, step.hiddenZoneout)
    try kernel(
      on: queue, global: Self.group.times(tiles(rows.count * units, of: Self.group.x)),
      local: Self.group,
      Int32(units), Int32(step.batch), Int32(rows.lowerBound), Int32(rows.upperBound),
      Int32(step.time), Int32(step.before), Int32(step.after), step.layer.projectionClip ?? 0,
      Int32(step.stepMask == nil ? 0 : 1), step.stepMask ?? trace.cell, hidden.kind, hidden.share,
      hidden.seed, hidden.batchNumber, hidden.stream, projected, trace.hidden)
  }
}
