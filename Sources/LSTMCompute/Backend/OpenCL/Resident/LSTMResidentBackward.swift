internal import CKernels
internal import OpenCL

/// Time steps of an LSTM layer in one launch, backward: `Kernels/lstm_resident_backward.cl`.
final class LSTMResidentBackward {
  private let sizes: ResidentSizes
  private var kernel: Kernel

  init(
    _ library: KernelLibrary, _ sizes: ResidentSizes, _ variant: CellVariant = .plain
  ) throws(OpenCLError) {
    self.sizes = sizes
    kernel = try library.kernel(Self.source(sizes, variant), items: sizes.backwardItems)
  }

  static func source(_ sizes: ResidentSizes, _ variant: CellVariant) -> KernelSource {
    KernelSource(
      "lstm_resident_backward", in: .lstmResidentBackward,
      definitions: sizes.definitions(depth: sizes.backwardDepth, held: sizes.backwardHeld)
        + variant.definitions)
  }

  /// Runs some of the steps, the one that was read last first.
  ///
  /// - Parameters:
  ///   - queue: Where to.
  ///   - steps: Which of them, in the order in which they were read; those after them went before.
  ///   - count: `T`.
  ///   - layer: What they work on.
  ///   - flow: What flows in and out.
  /// - Throws: What the device refuses.
  func callAsFunction(
    on queue: CommandQueue, steps: Range<Int>, of count: Int, _ layer: LayerBuffers,
    _ flow: LayerFlow
  ) throws(OpenCLError) {
    let group = WorkSize(sizes.backwardItems)
    let (isFirst, isLast) = (steps.lowerBound == 0, steps.upperBound == count)
    try kernel.set(
      Int32(layer.time(steps.lowerBound, of: count)), Int32(steps.count), layer.direction,
      Int32(flag: !isLast), Int32(layer.rows), Int32(flag: layer.startsFromZero && isFirst),
      layer.parameters, layer.layer)
    try kernel.set(from: 8, layer.gates, layer.cell)
    try kernel.set(from: 10, traceOf: layer)
    try kernel.set(from: 13, layer.stepMask ?? layer.cell)
    try kernel.set(from: 14, outputsOf: flow, else: layer.cell)
    try kernel.set(
      from: 18, Int32(flag: isLast && flow.takesHidden), Int32(flag: isLast && flow.takesCell),
      Int32(flag: isFirst && flow.needsState), flow.hidden, flow.cell)
    try kernel.launch(
      on: queue, global: group.times(tiles(layer.rows, of: sizes.rows)), local: group)
  }
}
