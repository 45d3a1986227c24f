internal import CKernels
package import OpenCL

/// All time steps of a large LSTM layer in one launch, forward:
/// `Kernels/lstm_cooperative_forward.cl`.
package final class LSTMCooperativeForward {
  /// What the steps work on.
  package struct Arguments {
    /// `B`.
    package var rows: Int
    /// Whether slot 0 stands for a state of zeros.
    package var startsFromZero: Bool
    package var parameters: Buffer<Float>
    /// Where R `[4H, H]` is among the parameters.
    package var recurrentOffset: Int
    /// `[T, B, 4H]`, W x + b.
    package var sums: Buffer<Float>
    /// `[T, B, 4H]`, for the activated gates; none where they are not kept.
    package var gates: Buffer<Float>?
    /// `[T + 1, B, H]`.
    package var hidden: Buffer<Float>
    /// `[T + 1, B, H]`.
    package var cell: Buffer<Float>

    package init(
      rows: Int, startsFromZero: Bool, parameters: Buffer<Float>, recurrentOffset: Int,
      sums: Buffer<Float>, gates: Buffer<Float>?, hidden: Buffer<Float>, cell: Buffer<Float>
    ) {
      self.rows = rows
      self.startsFromZero = startsFromZero
      self.parameters = parameters
      self.recurrentOffset = recurrentOffset
      self.sums = sums
      self.gates = gates
      self.hidden = hidden
      self.cell = cell
    }
  }

  private let sizes: CooperativeSizes
  private var kernel: Kernel

  package init(_ library: KernelLibrary, _ sizes: CooperativeSizes) throws(OpenCLError) {
    self.sizes = sizes
    kernel = try library.cooperativeKernel(
      "lstm_cooperative_forward", in: .lstmCooperativeForward, definitions: sizes.definitions,
      items: sizes.itemCount,
      hasDeviceFence: try GridBarrierProbe.findings(library.context).hasDeviceFence)
  }

  /// Runs all steps.
  package func callAsFunction(
    on queue: CommandQueue, steps: Int, _ layer: Arguments, _ barrier: GridBarrier
  ) throws(OpenCLError) {
    precondition(
      sizes.units % 4 != 0 || layer.recurrentOffset % 4 == 0, "R is read in fours")
    let group = WorkSize(sizes.itemCount)
    let teams = tiles(layer.rows, of: sizes.teamRows)
    precondition(teams <= barrier.teams, "each team has words of its own")
    try kernel(
      on: queue, global: group.times(sizes.groups, teams), local: group,
      Int32(steps), Int32(layer.rows), Int32(sizes.teamRows), Int32(layer.startsFromZero ? 1 : 0),
      Int32(layer.gates == nil ? 0 : 1), layer.parameters, UInt64(layer.recurrentOffset),
      layer.sums, layer.gates ?? layer.sums, layer.hidden, layer.cell,
      barrier.words, UInt32(barrier.polls), Int32(barrier.givesUpAt ?? -1))
  }
}
