internal import CKernels
internal import OpenCL

/// The time steps of an LSTM layer, forward: `Kernels/lstm_step_forward.cl`.
final class LSTMStepForward {
  private let itemRows: Int
  private var kernel: Kernel

  init(
    _ library: KernelLibrary, _ sizes: StepSizes = .smallest, _ variant: CellVariant = .plain
  ) throws(OpenCLError) {
    itemRows = sizes.itemRows
    kernel = try library.kernel(
      Self.source(sizes, variant, isProcessor: library.context.device.isProcessor))
  }

  static func source(
    _ sizes: StepSizes, _ variant: CellVariant, isProcessor: Bool
  ) -> KernelSource {
    KernelSource(
      "lstm_step_forward", in: .lstmStepForward,
      definitions: [
        ("TILE_UNITS", StepSizes.forwardGroup.x), ("ROW_ITEMS", StepSizes.forwardGroup.y),
        ("ITEM_ROWS", sizes.itemRows),
      ] + variant.aligned.definitions + KernelLibrary.unrolling(isProcessor: isProcessor))
  }

  /// Runs all steps, one launch each, of which only the numbers change.
  func callAsFunction(
    on queue: CommandQueue, steps: Int, units: Int, _ layer: LayerBuffers
  ) throws(OpenCLError) {
    try kernel.set(
      from: 4, Int32(layer.rows), Int32(units), Int32(flag: layer.keepsGates), layer.parameters,
      layer.layer, layer.gates, layer.hidden, layer.cell,
      UInt64(layer.keepsCells ? layer.rows * units : 0))
    try kernel.set(from: 13, traceOf: layer)
    try kernel.set(from: 16, layer.masked ?? layer.hidden, layer.stepMask ?? layer.cell)
    let group = StepSizes.forwardGroup
    let global = group.times(
      tiles(units, of: group.x), tiles(layer.rows, of: group.y * itemRows))
    for number in 0..<steps {
      let time = layer.time(number, of: steps)
      let (before, after) = layer.isReverse ? (time + 1, time) : (time, time + 1)
      try kernel.set(
        Int32(time), Int32(before), Int32(after),
        Int32(flag: number > 0 || !layer.startsFromZero))
      try kernel.launch(on: queue, global: global, local: group)
    }
  }
}
