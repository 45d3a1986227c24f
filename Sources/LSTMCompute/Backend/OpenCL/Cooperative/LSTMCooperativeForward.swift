internal import CKernels
package import OpenCL

/// All time steps of a large LSTM layer in one launch, forward:
/// `Kernels/lstm_cooperative_forward.cl`.
package final class LSTMCooperativeForward {
  private let sizes: CooperativeSizes
  private var kernel: Kernel

  package init(
    _ library: KernelLibrary, _ sizes: CooperativeSizes, _ variant: CellVariant = .plain
  ) throws(OpenCLError) {
    self.sizes = sizes
    kernel = try library.cooperativeKernel(
      "lstm_cooperative_forward", in: .lstmCooperativeForward,
      definitions: sizes.definitions + variant.definitions, items: sizes.itemCount)
  }

  /// Runs all steps.
  package func callAsFunction(
    on queue: CommandQueue, steps: Int, _ layer: LayerBuffers, _ barrier: GridBarrier
  ) throws(OpenCLError) {
    precondition(
      !layer.keepsGates || layer.keptGates != nil, "what groups share is not changed in place")
    let group = WorkSize(sizes.itemCount)
    let teams = tiles(layer.rows, of: sizes.teamRows)
    precondition(teams <= barrier.teams, "each team has words of its own")
    try kernel.set(
      Int32(steps), layer.direction, Int32(layer.rows), Int32(sizes.teamRows),
      Int32(flag: layer.startsFromZero), Int32(flag: layer.keepsGates), layer.parameters,
      layer.layer)
    try kernel.set(
      from: 8, layer.gates, layer.keptGates ?? layer.gates, layer.hidden, layer.cell)
    try kernel.set(from: 12, traceOf: layer)
    try kernel.set(from: 15, layer.masked ?? layer.hidden, layer.stepMask ?? layer.cell)
    try kernel.set(from: 17, barrier)
    try kernel.launch(on: queue, global: group.times(sizes.groups, teams), local: group)
  }
}
