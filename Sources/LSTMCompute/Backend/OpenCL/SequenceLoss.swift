internal import CKernels
package import OpenCL

/// The loss of outputs that lie beside their targets: `Kernels/sequence_loss.cl`.
package final class SequenceLoss {
  /// What the kernel can compute.
  package enum Kind: Hashable, Sendable {
    case squared
    case absolute
    case huber
    /// Pinball, an output for each of the quantiles.
    case quantile([Float])
    /// Of mean and logarithm of the variance.
    case gaussian

    init(_ loss: Loss) {
      self =
        switch loss {
        case .mse: .squared
        case .mae: .absolute
        case .huber: .huber
        }
    }

    /// `P`, the outputs for each target.
    package var outputCount: Int {
      switch self {
      case .squared, .absolute, .huber: 1
      case .quantile(let quantiles): quantiles.count
      case .gaussian: 2
      }
    }

    fileprivate var number: Int32 {
      switch self {
      case .squared: 0
      case .absolute: 1
      case .huber: 2
      case .quantile: 3
      case .gaussian: 4
      }
    }
  }

  /// Arrays that belong together.
  package struct Arguments {
    /// `[elements, P]`.
    package var outputs: Buffer<Float>
    /// `[elements]`.
    package var targets: Buffer<Float>
    /// `[elements]`, all 1 where there are none.
    package var weights: Buffer<Float>?
    package var elements: Int
    /// The sum of the weights.
    package var totalWeight: Double
    /// `[elements, P]`, written if given.
    package var gradient: Buffer<Float>?

    package init(
      outputs: Buffer<Float>, targets: Buffer<Float>, weights: Buffer<Float>?, elements: Int,
      totalWeight: Double, gradient: Buffer<Float>?
    ) {
      (self.outputs, self.targets, self.weights) = (outputs, targets, weights)
      (self.elements, self.totalWeight, self.gradient) = (elements, totalWeight, gradient)
    }
  }

  private static let group = WorkSize(128)
  /// What a work-group takes before there is a second one.
  private static let elementsPerGroup = 4096
  private static let largestGroupCount = 256

  private var kernel: Kernel
  private let sumSlices: SumSlices
  /// The parts of a loss that several work-groups compute.
  private let parts: Buffer<Float>
  private var quantiles: (values: [Float], buffer: Buffer<Float>)?

  package init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try library.kernel(
      "sequence_loss", in: .sequenceLoss, definitions: [("LOSS_ITEMS", Self.group.x)])
    sumSlices = try SumSlices(library)
    parts = try Buffer(count: Self.largestGroupCount, in: library.context)
  }

  /// Compares outputs with targets, and puts the loss into a slot of `losses`.
  package func callAsFunction(
    on queue: CommandQueue, _ kind: Kind, _ arguments: Arguments, into losses: Buffer<Float>,
    at slot: Int
  ) throws(OpenCLError) {
    let count = arguments.elements
    let groups = max(1, min(tiles(count, of: Self.elementsPerGroup), Self.largestGroupCount))
    let isWhole = groups == 1
    try kernel(
      on: queue, global: Self.group.times(groups), local: Self.group,
      kind.number, UInt64(count), UInt64(tiles(count, of: groups)), Int32(kind.outputCount),
      try quantileBuffer(kind, queue) ?? arguments.outputs, arguments.outputs, arguments.targets,
      Int32(arguments.weights == nil ? 0 : 1), arguments.weights ?? arguments.targets,
      arguments.totalWeight == 0 ? 0 : Float(1 / arguments.totalWeight),
      Int32(arguments.gradient == nil ? 0 : 1), arguments.gradient ?? losses,
      isWhole ? losses : parts, UInt64(isWhole ? slot : 0))
    if !isWhole {
      try sumSlices(on: queue, count: 1, slices: groups, of: parts, into: losses, at: slot)
    }
  }

  /// The quantiles on the device; only when others are asked for, they are copied there.
  private func quantileBuffer(
    _ kind: Kind, _ queue: CommandQueue
  ) throws(OpenCLError) -> Buffer<Float>? {
    guard case .quantile(let values) = kind else { return nil }
    if let quantiles, quantiles.values == values { return quantiles.buffer }
    let buffer = try Buffer<Float>(count: values.count, in: queue.context)
    try queue.write(values, to: buffer)
    quantiles = (values, buffer)
    return buffer
  }
}
