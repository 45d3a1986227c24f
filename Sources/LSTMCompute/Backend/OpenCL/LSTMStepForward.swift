internal import CKernels
package import OpenCL

/// The time steps of an LSTM layer, forward: `Kernels/lstm_step_forward.cl`.
package final class LSTMStepForward {
  /// What the steps work on.
  package struct Arguments {
    /// `B`.
    package var rows: Int
    /// `H`.
    package var units: Int
    /// Whether slot 0 stands for a state of zeros.
    package var startsFromZero: Bool
    /// Whether the activated gates are left for the backward pass.
    package var keepsGates: Bool
    package var parameters: Buffer<Float>
    /// Where R `[4H, H]` is among the parameters.
    package var recurrentOffset: Int
    /// `[T, B, 4H]`, W x + b; then the gates, if they are kept.
    package var gates: Buffer<Float>
    /// `[T + 1, B, H]`.
    package var hidden: Buffer<Float>
    /// `[T + 1, B, H]`, or `[B, H]` where only the last is kept.
    package var cell: Buffer<Float>
    /// Whether there is a slot of the cell for each step.
    package var keepsCells: Bool

    package init(
      rows: Int, units: Int, startsFromZero: Bool, keepsGates: Bool, parameters: Buffer<Float>,
      recurrentOffset: Int, gates: Buffer<Float>, hidden: Buffer<Float>, cell: Buffer<Float>,
      keepsCells: Bool
    ) {
      self.rows = rows
      self.units = units
      self.startsFromZero = startsFromZero
      self.keepsGates = keepsGates
      self.parameters = parameters
      self.recurrentOffset = recurrentOffset
      self.gates = gates
      self.hidden = hidden
      self.cell = cell
      self.keepsCells = keepsCells
    }
  }

  private let itemRows: Int
  private var kernel: Kernel

  package init(_ library: KernelLibrary, _ sizes: StepSizes = .smallest) throws(OpenCLError) {
    itemRows = sizes.itemRows
    kernel = try library.kernel(
      "lstm_step_forward", in: .lstmStepForward,
      definitions: [
        ("TILE_UNITS", StepSizes.forwardGroup.x), ("ROW_ITEMS", StepSizes.forwardGroup.y),
        ("ITEM_ROWS", sizes.itemRows),
      ] + library.unrolling)
  }

  /// Runs the steps 0 to `steps` - 1, one launch each; only the number of the step changes.
  package func callAsFunction(
    on queue: CommandQueue, steps: Int, _ layer: Arguments
  ) throws(OpenCLError) {
    try kernel.set(
      Int32(0), Int32(layer.rows), Int32(layer.units), Int32(layer.startsFromZero ? 1 : 0),
      Int32(layer.keepsGates ? 1 : 0), layer.parameters, UInt64(layer.recurrentOffset),
      layer.gates, layer.hidden, layer.cell,
      UInt64(layer.keepsCells ? layer.rows * layer.units : 0))
    let group = StepSizes.forwardGroup
    let global = group.times(
      tiles(layer.units, of: group.x), tiles(layer.rows, of: group.y * itemRows))
    for step in 0..<steps {
      try kernel.set(Int32(step))
      try kernel.launch(on: queue, global: global, local: group)
    }
  }
}
