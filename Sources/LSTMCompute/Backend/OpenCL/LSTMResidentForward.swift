internal import CKernels
package import OpenCL

/// Time steps of an LSTM layer in one launch, forward: `Kernels/lstm_resident_forward.cl`.
package final class LSTMResidentForward {
  /// What the steps work on.
  package struct Arguments {
    /// `B`.
    package var rows: Int
    /// Whether the slot before the first step stands for a state of zeros.
    package var startsFromZero: Bool
    /// Whether the activated gates are left for the backward pass.
    package var keepsGates: Bool
    package var parameters: Buffer<Float>
    /// Where W, R and the biases are among the parameters.
    package var slices: LayerSlices
    /// `[T, B, I]`, read where the inputs are projected inside.
    package var inputs: MatrixOperand
    /// `[T, B, 4H]`, W x + b where the inputs are projected before; then the gates, if kept.
    ///
    /// Neither read nor written where neither is so.
    package var gates: Buffer<Float>
    /// `[T + 1, B, H]`, or `[B, H]` where only the last is kept.
    package var hidden: Buffer<Float>
    /// Whether there is a slot of the hidden state for each step.
    package var keepsHidden: Bool
    /// `[T + 1, B, H]`, or `[B, H]` where only the last is kept.
    package var cell: Buffer<Float>
    /// Whether there is a slot of the cell for each step.
    package var keepsCells: Bool

    package init(
      rows: Int, startsFromZero: Bool, keepsGates: Bool, parameters: Buffer<Float>,
      slices: LayerSlices, inputs: MatrixOperand, gates: Buffer<Float>, hidden: Buffer<Float>,
      keepsHidden: Bool, cell: Buffer<Float>, keepsCells: Bool
    ) {
      self.rows = rows
      self.startsFromZero = startsFromZero
      self.keepsGates = keepsGates
      self.parameters = parameters
      self.slices = slices
      self.inputs = inputs
      self.gates = gates
      self.hidden = hidden
      self.keepsHidden = keepsHidden
      self.cell = cell
      self.keepsCells = keepsCells
    }
  }

  private let sizes: ResidentSizes
  private var kernel: Kernel

  package init(_ library: KernelLibrary, _ sizes: ResidentSizes) throws(OpenCLError) {
    self.sizes = sizes
    kernel = try library.kernel(
      "lstm_resident_forward", in: .lstmResidentForward,
      definitions: [
        ("UNITS", sizes.units), ("INPUTS", sizes.inputs), ("ROWS", sizes.rows),
        ("DEPTH", sizes.forwardDepth), ("HELD", sizes.forwardHeld),
      ], items: sizes.forwardItems)
  }

  /// Runs steps, which all of what they work on has memory for.
  package func callAsFunction(
    on queue: CommandQueue, steps: Range<Int>, _ layer: Arguments
  ) throws(OpenCLError) {
    precondition(layer.slices.recurrentWeight.offset % 4 == 0, "R is read in fours")
    let state = layer.rows * sizes.units
    let group = WorkSize(sizes.forwardItems)
    try kernel(
      on: queue, global: group.times(tiles(layer.rows, of: sizes.rows)), local: group,
      Int32(steps.lowerBound), Int32(steps.count), Int32(layer.rows),
      Int32(layer.startsFromZero ? 1 : 0), Int32(layer.keepsGates ? 1 : 0), layer.parameters,
      UInt64(layer.slices.inputWeight.offset), UInt64(layer.slices.recurrentWeight.offset),
      UInt64(layer.slices.inputBias.offset), layer.inputs.buffer, UInt64(layer.inputs.offset),
      layer.gates, layer.hidden, UInt64(layer.keepsHidden ? state : 0),
      layer.cell, UInt64(layer.keepsCells ? state : 0))
  }
}
