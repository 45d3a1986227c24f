internal import CKernels
internal import OpenCL

/// The mirror of `ProjectionForward`: `Kernels/projection_backward.cl`.
final class ProjectionBackward {
  static let source = KernelSource(
    "projection_backward", in: .projectionBackward, definitions: [("AT_RUN_TIME", 1)])
  private static let group = WorkSize(64)

  private var kernel: Kernel

  init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try library.kernel(Self.source)
  }

  /// Runs the step for some rows of the batch.
  func callAsFunction(
    on queue: CommandQueue, _ step: CellStep<Buffer<Float>>,
    _ gradients: CellGradients<Buffer<Float>>, projected: Buffer<Float>, rows: Range<Int>
  ) throws(OpenCLError) {
    let (width, outputs) = (step.layer.stateSize, gradients.outputs)
    try kernel.set(
      Int32(width), Int32(step.batch), Int32(rows.lowerBound), Int32(rows.upperBound),
      Int32(step.time), step.layer.projectionClip ?? 0, LayerArguments(step),
      step.stepMask ?? step.trace.cell)
    try kernel.set(
      from: 8, Int32(flag: outputs != nil), outputs?.memory ?? projected,
      UInt64(outputs?.offset ?? 0), UInt64(outputs?.pitch ?? 0), gradients.hidden, projected)
    try kernel.launch(
      on: queue, global: Self.group.times(tiles(rows.count * width, of: Self.group.x)),
      local: Self.group)
  }
}
