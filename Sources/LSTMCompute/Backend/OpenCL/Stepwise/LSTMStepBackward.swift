internal import CKernels
internal import OpenCL

/// The time steps of an LSTM layer, backward: `Kernels/lstm_step_backward.cl`.
final class LSTMStepBackward {
  private let tileRows: Int
  private let keepsState: Bool
  private var kernel: Kernel

  init(
    _ library: KernelLibrary, _ sizes: StepSizes = .smallest, _ variant: CellVariant = .plain
  ) throws(OpenCLError) {
    tileRows = sizes.tileRows
    keepsState = variant.keepsState
    kernel = try library.kernel(Self.source(sizes, variant))
  }

  static func source(_ sizes: StepSizes, _ variant: CellVariant) -> KernelSource {
    KernelSource(
      "lstm_step_backward", in: .lstmStepBackward,
      definitions: [
        ("TILE_UNITS", StepSizes.backwardGroup.x), ("TILE_ROWS", sizes.tileRows),
      ] + variant.aligned.definitions)
  }

  /// Runs all steps, the one that was read last first, one launch each, of which only the numbers
  /// change; and one more where the gradient by the state before the first step is needed.
  func callAsFunction(
    on queue: CommandQueue, steps: Int, units: Int, _ layer: LayerBuffers, _ flow: LayerFlow
  ) throws(OpenCLError) {
    try kernel.set(
      from: 9, Int32(layer.rows), Int32(units), layer.parameters, layer.layer, layer.gates,
      layer.cell)
    try kernel.set(from: 15, traceOf: layer)
    try kernel.set(from: 18, layer.stepMask ?? layer.cell)
    try kernel.set(from: 19, outputsOf: flow, else: layer.cell)
    try kernel.set(from: 23, flow.hidden, flow.cell)
    let group = StepSizes.backwardGroup
    let global = group.times(tiles(units, of: group.x), tiles(layer.rows, of: tileRows))
    for number in ((flow.needsState ? -1 : 0)..<steps).reversed() {
      let isEnd = number < 0
      let hasLater = number + 1 < steps
      let time = layer.time(max(number, 0), of: steps)
      let later = hasLater ? layer.time(number + 1, of: steps) : 0
      let (before, after) = layer.isReverse ? (time + 1, time) : (time, time + 1)
      try kernel.set(
        Int32(time), Int32(later), Int32(before), Int32(after),
        Int32(flag: number > 0 || !layer.startsFromZero), Int32(flag: hasLater),
        Int32(flag: hasLater ? keepsState : flow.takesHidden),
        Int32(flag: hasLater || flow.takesCell), Int32(flag: isEnd))
      try kernel.launch(on: queue, global: global, local: group)
    }
  }
}
