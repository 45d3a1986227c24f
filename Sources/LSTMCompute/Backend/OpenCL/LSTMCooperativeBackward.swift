internal import CKernels
package import OpenCL

/// All time steps of a large LSTM layer in one launch, backward:
/// `Kernels/lstm_cooperative_backward.cl`.
package final class LSTMCooperativeBackward {
  /// What the steps work on.
  package struct Arguments {
    /// `B`.
    package var rows: Int
    /// Whether slot 0 stands for a state of zeros.
    package var startsFromZero: Bool
    package var parameters: Buffer<Float>
    /// Where R `[4H, H]` is among the parameters.
    package var recurrentOffset: Int
    /// `[T, B, 4H]`, the gates that the forward pass left.
    package var gates: Buffer<Float>
    /// `[T, B, 4H]`, for the gradients by their sums.
    package var sumGradient: Buffer<Float>
    /// `[T + 1, B, H]`, as the forward pass left it.
    package var cell: Buffer<Float>
    /// `[T - aboveStep, B, H]`, the gradient by the layer's output of the last steps.
    package var above: Buffer<Float>
    /// The step to which the first of them belongs.
    package var aboveStep: Int
    /// `[T, B, H]`, scratch.
    package var cellGradient: Buffer<Float>

    package init(
      rows: Int, startsFromZero: Bool, parameters: Buffer<Float>, recurrentOffset: Int,
      gates: Buffer<Float>, sumGradient: Buffer<Float>, cell: Buffer<Float>,
      above: Buffer<Float>, aboveStep: Int, cellGradient: Buffer<Float>
    ) {
      self.rows = rows
      self.startsFromZero = startsFromZero
      self.parameters = parameters
      self.recurrentOffset = recurrentOffset
      self.gates = gates
      self.sumGradient = sumGradient
      self.cell = cell
      self.above = above
      self.aboveStep = aboveStep
      self.cellGradient = cellGradient
    }
  }

  private let sizes: CooperativeSizes
  private var kernel: Kernel

  package init(_ library: KernelLibrary, _ sizes: CooperativeSizes) throws(OpenCLError) {
    self.sizes = sizes
    kernel = try library.cooperativeKernel(
      "lstm_cooperative_backward", in: .lstmCooperativeBackward, definitions: sizes.definitions,
      items: sizes.itemCount,
      hasDeviceFence: try GridBarrierProbe.findings(library.context).hasDeviceFence)
  }

  /// Runs all steps, the last one first.
  package func callAsFunction(
    on queue: CommandQueue, steps: Int, _ layer: Arguments, _ barrier: GridBarrier
  ) throws(OpenCLError) {
    let group = WorkSize(sizes.itemCount)
    let teams = tiles(layer.rows, of: sizes.teamRows)
    precondition(teams <= barrier.teams, "each team has words of its own")
    try kernel(
      on: queue, global: group.times(sizes.groups, teams), local: group,
      Int32(steps), Int32(layer.rows), Int32(sizes.teamRows),
      Int32(layer.startsFromZero ? 1 : 0), layer.parameters,
      UInt64(layer.recurrentOffset), layer.gates, layer.sumGradient, layer.cell, layer.above,
      Int32(layer.aboveStep), layer.cellGradient,
      barrier.words, UInt32(barrier.polls), Int32(barrier.givesUpAt ?? -1))
  }
}
