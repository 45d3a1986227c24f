internal import CKernels
package import OpenCL

/// Time steps of an LSTM layer in one launch, backward: `Kernels/lstm_resident_backward.cl`.
package final class LSTMResidentBackward {
  /// What the steps work on.
  package struct Arguments {
    /// `B`.
    package var rows: Int
    /// Whether the slot before the first step stands for a state of zeros.
    package var startsFromZero: Bool
    package var parameters: Buffer<Float>
    /// Where R `[4H, H]` is among the parameters.
    package var recurrentOffset: Int
    /// `[T, B, 4H]`, the gates that the forward pass left; then the gradients by their sums.
    package var gates: Buffer<Float>
    /// `[T + 1, B, H]`, as the forward pass left it.
    package var cell: Buffer<Float>
    /// `[T - aboveStep, B, H]`, the gradient by the layer's output of the last steps.
    package var above: Buffer<Float>
    /// The step to which the first of them belongs.
    package var aboveStep: Int
    /// Whether the steps after these went before, and left what they carry; else these are the last.
    package var continues: Bool
    /// `[B, H]`, the gradient by the cell: what the steps after these left, where there are such;
    /// then what these do.
    package var cellGradient: Buffer<Float>

    package init(
      rows: Int, startsFromZero: Bool, parameters: Buffer<Float>, recurrentOffset: Int,
      gates: Buffer<Float>, cell: Buffer<Float>, above: Buffer<Float>, aboveStep: Int,
      continues: Bool, cellGradient: Buffer<Float>
    ) {
      self.rows = rows
      self.startsFromZero = startsFromZero
      self.parameters = parameters
      self.recurrentOffset = recurrentOffset
      self.gates = gates
      self.cell = cell
      self.above = above
      self.aboveStep = aboveStep
      self.continues = continues
      self.cellGradient = cellGradient
    }
  }

  private let sizes: ResidentSizes
  private var kernel: Kernel

  package init(_ library: KernelLibrary, _ sizes: ResidentSizes) throws(OpenCLError) {
    self.sizes = sizes
    kernel = try library.kernel(
      "lstm_resident_backward", in: .lstmResidentBackward,
      definitions: [
        ("UNITS", sizes.units), ("ROWS", sizes.rows), ("DEPTH", sizes.backwardDepth),
        ("HELD", sizes.backwardHeld),
      ], items: sizes.backwardItems)
  }

  /// Runs steps, the last one first.
  package func callAsFunction(
    on queue: CommandQueue, steps: Range<Int>, _ layer: Arguments
  ) throws(OpenCLError) {
    precondition(layer.recurrentOffset % 4 == 0, "R is read in fours")
    let group = WorkSize(sizes.backwardItems)
    try kernel(
      on: queue, global: group.times(tiles(layer.rows, of: sizes.rows)), local: group,
      Int32(steps.lowerBound), Int32(steps.count), Int32(layer.continues ? 1 : 0),
      Int32(layer.rows), Int32(layer.startsFromZero ? 1 : 0), layer.parameters,
      UInt64(layer.recurrentOffset), layer.gates, layer.cell, layer.above, Int32(layer.aboveStep),
      layer.cellGradient)
  }
}
