internal import CKernels
internal import OpenCL

/// The loss of a batch and its gradient by the outputs: `Kernels/loss.cl`.
final class BatchLoss {
  static let source = KernelSource(
    "loss", in: .loss, definitions: [("LOSS_ITEMS", group.x)])
  private static let group = WorkSize(128)
  /// What a work-group takes before there is a second one.
  private static let elementsPerGroup = 4096
  private static let largestGroupCount = 256

  private var kernel: Kernel
  private let sumSlices: SumSlices
  /// The parts of a loss that several work-groups compute.
  private let parts: Buffer<Float>
  /// The quantiles of the last loss that had some.
  private var quantiles: (values: [Float], buffer: Buffer<Float>)?

  init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try library.kernel(Self.source)
    sumSlices = try SumSlices(library)
    parts = try Buffer(count: Self.largestGroupCount, in: library.context)
  }

  /// Compares outputs with the targets of their windows.
  ///
  /// - Parameters:
  ///   - queue: Where to.
  ///   - loss: How.
  ///   - outputs: `[S, B, K, P]`, P for each number of the targets as the loss takes them.
  ///   - targets: `[S, B, K]` of the windows.
  ///   - windows: The current windows.
  ///   - batch: The numbers of those that are compared.
  ///   - steps: S.
  ///   - divisor: What the sum is divided by, as `BoundSeries.divisor` tells.
  ///   - gradient: `[S, B, K, P]`, written if given: the gradient of the sum, not of the mean.
  ///   - losses: Where the loss goes.
  ///   - slot: Its index there.
  /// - Throws: What the device refuses.
  func callAsFunction(
    on queue: CommandQueue, _ loss: Loss, outputs: Buffer<Float>,
    targets: WindowTargets<Buffer<Float>>, windows: Buffer<Window>, batch: Range<Int>,
    steps: Int = 1, divisor: Float, gradient: Buffer<Float>?, into losses: Buffer<Float>,
    at slot: Int
  ) throws(OpenCLError) {
    let count = steps * batch.count * targets.count
    let groups = min(tiles(count, of: Self.elementsPerGroup), Self.largestGroupCount)
    let isWhole = groups == 1
    let kind =
      switch loss {
      case .mse: 0
      case .mae: 1
      case .huber: 2
      case .quantile: 3
      case .gaussian: 4
      }
    var quantiles = outputs
    if case .quantile(let values) = loss { quantiles = try resident(values, on: queue) }
    try kernel(
      on: queue, global: Self.group.times(groups), local: Self.group,
      Int32(kind), Int32(steps), Int32(batch.count), Int32(targets.shift), Int32(targets.count),
      Int32(loss.outputsPerTarget), Int32(targets.columns), UInt64(tiles(count, of: groups)),
      outputs, UInt64(0), targets.values, targets.weights ?? targets.values,
      Int32(targets.weights == nil ? 0 : 1), windows, UInt64(batch.lowerBound), quantiles, divisor,
      Int32(gradient == nil ? 0 : 1),
      gradient ?? outputs, isWhole ? losses : parts, UInt64(isWhole ? slot : 0))
    if !isWhole {
      try sumSlices(on: queue, count: 1, slices: groups, of: parts, into: losses, at: slot)
    }
  }

  /// The quantiles on the device, copied there where the last loss had others.
  private func resident(
    _ values: [Float], on queue: CommandQueue
  ) throws(OpenCLError) -> Buffer<Float> {
    if let quantiles, quantiles.values == values { return quantiles.buffer }
    let buffer = try Buffer<Float>(count: values.count, in: queue.context)
    try queue.write(values, to: buffer)
    quantiles = (values, buffer)
    return buffer
  }
}
