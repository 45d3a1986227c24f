internal import CKernels
internal import OpenCL

/// The mirror of `ProjectionForward`: `Kernels/projection_backward.cl`.
final class ProjectionBackward {
  private static let group = WorkSize(64)

  private var kernel: Kernel

  init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try library.kernel("projection_backward", in: .projectionBackward)
  }

  /// Runs the step for some rows of the batch.
  func callAsFunction(
    on queue: CommandQueue, _ step: CellStep<Buffer<Float>>,
    _ gradients: CellGradients<Buffer<Float>>, projected: Buffer<Float>, rows: Range<Int>
  ) throws(OpenCLError) {
    let (units, hidden, outputs) = (step.layer.stateSize, step.hiddenZoneout, gradients.outputs)
    try kernel(
      on: queue, global: Self.group.times(tiles(rows.count * units, of: Self.group.x)),
      local: Self.group,
      Int32(units), Int32(step.batch), Int32(rows.lowerBound), Int32(rows.upperBound),
      Int32(step.time), step.layer.projectionClip ?? 0, Int32(step.stepMask == nil ? 0 : 1),
      step.stepMask ?? step.trace.cell, hidden.kind, hidden.share, hidden.seed,
      hidden.batchNumber, hidden.stream, Int32(outputs == nil ? 0 : 1),
      outputs?.memory ?? projected, UInt64(outputs?.offset ?? 0), UInt64(outputs?.pitch ?? 0),
      gradients.hidden, projected)
  }
}
