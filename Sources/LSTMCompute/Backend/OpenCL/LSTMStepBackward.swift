internal import CKernels
package import OpenCL

/// The time steps of an LSTM layer, backward: `Kernels/lstm_step_backward.cl`.
package final class LSTMStepBackward {
  /// What the steps work on.
  package struct Arguments {
    /// `B`.
    package var rows: Int
    /// `H`.
    package var units: Int
    /// Whether slot 0 stands for a state of zeros.
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
    /// `[B, H]`, scratch.
    package var cellGradient: Buffer<Float>

    package init(
      rows: Int, units: Int, startsFromZero: Bool, parameters: Buffer<Float>, recurrentOffset: Int,
      gates: Buffer<Float>, cell: Buffer<Float>, above: Buffer<Float>, aboveStep: Int,
      cellGradient: Buffer<Float>
    ) {
      self.rows = rows
      self.units = units
      self.startsFromZero = startsFromZero
      self.parameters = parameters
      self.recurrentOffset = recurrentOffset
      self.gates = gates
      self.cell = cell
      self.above = above
      self.aboveStep = aboveStep
      self.cellGradient = cellGradient
    }
  }

  private let tileRows: Int
  private var kernel: Kernel

  package init(_ library: KernelLibrary, _ sizes: StepSizes = .smallest) throws(OpenCLError) {
    tileRows = sizes.tileRows
    kernel = try library.kernel(
      "lstm_step_backward", in: .lstmStepBackward,
      definitions: [
        ("TILE_UNITS", StepSizes.backwardGroup.x), ("TILE_ROWS", sizes.tileRows),
      ])
  }

  /// Runs the steps `steps` - 1 to 0, one launch each; only the number of the step changes.
  package func callAsFunction(
    on queue: CommandQueue, steps: Int, _ layer: Arguments
  ) throws(OpenCLError) {
    try kernel.set(
      Int32(0), Int32(steps), Int32(layer.rows), Int32(layer.units),
      Int32(layer.startsFromZero ? 1 : 0), layer.parameters, UInt64(layer.recurrentOffset),
      layer.gates, layer.cell, layer.above, Int32(layer.aboveStep), layer.cellGradient)
    let group = StepSizes.backwardGroup
    let global = group.times(
      tiles(layer.units, of: group.x), tiles(layer.rows, of: tileRows))
    for step in (0..<steps).reversed() {
      try kernel.set(Int32(step))
      try kernel.launch(on: queue, global: global, local: group)
    }
  }
}
