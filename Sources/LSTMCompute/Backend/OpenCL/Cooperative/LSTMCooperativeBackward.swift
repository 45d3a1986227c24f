internal import CKernels
internal import OpenCL

/// All time steps of a large LSTM layer in one launch, backward:
/// `Kernels/lstm_cooperative_backward.cl`.
final class LSTMCooperativeBackward {
  /// What work-groups leave for each other, as nothing is changed in place.
  struct Scratch {
    /// `[T, B, H]`, ∂L/∂c before each step.
    var cell: Buffer<Float>
    /// `[T, B, H]`, what of ∂L/∂h does not come through R; for layers that keep some of a state.
    var hidden: Buffer<Float>?
    /// `[B, H]`, ∂L/∂h and ∂L/∂c after the last step, where both those and the ones before the first
    /// step are asked for: other memory than `LayerFlow` has.
    var last: (hidden: Buffer<Float>, cell: Buffer<Float>)?

    init(cell: Buffer<Float>) { self.cell = cell }
  }

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
      "lstm_cooperative_backward", in: .lstmCooperativeBackward,
      definitions: sizes.definitions + variant.definitions)
  }

  /// Runs all steps, the one that was read last first.
  func callAsFunction(
    on queue: CommandQueue, steps: Int, _ layer: LayerBuffers, _ flow: LayerFlow,
    _ scratch: Scratch, _ barrier: GridBarrier
  ) throws(OpenCLError) {
    guard let gates = layer.keptGates else { preconditionFailure("training without gates") }
    try kernel.set(
      Int32(steps), layer.direction, Int32(layer.rows), Int32(sizes.teamRows),
      Int32(flag: layer.startsFromZero), layer.parameters, layer.layer)
    try kernel.set(from: 7, gates, layer.gates, layer.cell)
    try kernel.set(from: 10, traceOf: layer)
    try kernel.set(from: 13, layer.stepMask ?? layer.cell)
    try kernel.set(from: 14, outputsOf: flow, else: layer.cell)
    try kernel.set(
      from: 18, Int32(flag: flow.takesHidden), scratch.last?.hidden ?? flow.hidden,
      Int32(flag: flow.takesCell), scratch.last?.cell ?? flow.cell, Int32(flag: flow.needsState))
    try kernel.set(
      from: 23, flow.hidden, flow.cell, scratch.cell, scratch.hidden ?? scratch.cell)
    try kernel.set(from: 27, barrier)
    let work = sizes.workSizes(rows: layer.rows, barrier)
    try kernel.launch(on: queue, global: work.global, local: work.local)
  }
}
