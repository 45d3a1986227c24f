internal import CKernels
internal import OpenCL

/// All time steps of a large LSTM layer in one launch, forward:
/// `Kernels/lstm_cooperative_forward.cl`.
final class LSTMCooperativeForward {
  private let sizes: CooperativeSizes
  private var kernel: Kernel

  init(
    _ library: KernelLibrary, _ sizes: CooperativeSizes, _ variant: CellVariant = .plain
  ) throws(OpenCLError) {
    self.sizes = sizes
    kernel = try library.cooperativeKernel(Self.source(sizes, variant), items: sizes.itemCount)
  }

  static func source(_ sizes: CooperativeSizes, _ variant: CellVariant) -> KernelSource {
    KernelSource(
      "lstm_cooperative_forward", in: .lstmCooperativeForward,
      definitions: sizes.definitions + variant.definitions)
  }

  /// Runs all steps.
  func callAsFunction(
    on queue: CommandQueue, steps: Int, _ layer: LayerBuffers, _ barrier: GridBarrier
  ) throws(OpenCLError) {
    precondition(
      !layer.keepsGates || layer.keptGates != nil, "what groups share is not changed in place")
    try kernel.set(
      Int32(steps), layer.direction, Int32(layer.rows), Int32(sizes.teamRows),
      Int32(flag: layer.startsFromZero), Int32(flag: layer.keepsGates), layer.parameters,
      layer.layer)
    try kernel.set(
      from: 8, layer.gates, layer.keptGates ?? layer.gates, layer.hidden, layer.cell)
    try kernel.set(from: 12, traceOf: layer)
    try kernel.set(from: 15, layer.masked ?? layer.hidden, layer.stepMask ?? layer.cell)
    try kernel.set(from: 17, barrier)
    let work = sizes.workSizes(rows: layer.rows, barrier)
    try kernel.launch(on: queue, global: work.global, local: work.local)
  }
}
