internal import CKernels
internal import OpenCL

/// Time steps of an LSTM layer in one launch, forward: `Kernels/lstm_resident_forward.cl`.
final class LSTMResidentForward {
  private let sizes: ResidentSizes
  private var kernel: Kernel

  init(
    _ library: KernelLibrary, _ sizes: ResidentSizes, _ variant: CellVariant = .plain
  ) throws(OpenCLError) {
    self.sizes = sizes
    kernel = try library.kernel(Self.source(sizes, variant), items: sizes.forwardItems)
  }

  static func source(_ sizes: ResidentSizes, _ variant: CellVariant) -> KernelSource {
    KernelSource(
      "lstm_resident_forward", in: .lstmResidentForward,
      definitions: [("INPUTS", sizes.inputs)]
        + sizes.definitions(depth: sizes.forwardDepth, held: sizes.forwardHeld)
        + variant.definitions)
  }

  /// Runs some of the steps, in the order in which they are read.
  ///
  /// - Parameters:
  ///   - queue: Where to.
  ///   - steps: Which of them.
  ///   - count: `T`, of all steps in memory.
  ///   - layer: What they work on.
  ///   - inputs: `[T, B, I]`, read where the inputs are projected inside.
  /// - Throws: What the device refuses.
  func callAsFunction(
    on queue: CommandQueue, steps: Range<Int>, of count: Int, _ layer: LayerBuffers,
    inputs: MatrixOperand
  ) throws(OpenCLError) {
    precondition(sizes.inputs == 0 || inputs.pitch == sizes.inputs, "inputs with gaps")
    let state = layer.rows * sizes.units
    let group = WorkSize(sizes.forwardItems)
    try kernel.set(
      Int32(layer.time(steps.lowerBound, of: count)), Int32(steps.count), layer.direction,
      Int32(layer.rows), Int32(flag: layer.startsFromZero && steps.lowerBound == 0),
      Int32(flag: layer.keepsGates), layer.parameters, layer.layer)
    try kernel.set(
      from: 8, inputs.buffer, UInt64(inputs.offset), layer.gates, layer.hidden,
      UInt64(layer.keepsHidden ? state : 0), layer.cell, UInt64(layer.keepsCells ? state : 0))
    try kernel.set(from: 15, traceOf: layer)
    try kernel.set(from: 18, layer.masked ?? layer.hidden, layer.stepMask ?? layer.cell)
    try kernel.launch(
      on: queue, global: group.times(tiles(layer.rows, of: sizes.rows)), local: group)
  }
}
