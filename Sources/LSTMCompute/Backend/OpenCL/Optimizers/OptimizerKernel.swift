internal import CKernels
internal import OpenCL

/// The kernel of an optimizer in the variants that its macros make, each built when it is first asked
/// for: `Kernels/sgd_step.cl`, `Kernels/rmsprop_step.cl`, `Kernels/adam_step.cl`.
final class OptimizerKernel {
  /// A macro that adds something to a kernel.
  enum Option: String {
    case adjusts = "ADJUSTS"
    case nesterov = "NESTEROV"
    case moves = "MOVES"
  }

  /// What a step of any of them changes and reads.
  struct Buffers {
    var parameters: Buffer<Float>
    var gradient: Buffer<Float>
    /// The momentum, or Adam's mean of the gradient.
    var firstMoment: Buffer<Float>
    /// The mean of the squared gradient; `nil` for gradient descent.
    var secondMoment: Buffer<Float>?
    /// `[1]`, by which the gradient is multiplied; `nil` leaves it as it is.
    var scale: Buffer<Float>?
    /// What is done to the scaled gradient.
    var adjustment: GradientAdjustment
  }

  /// A class, because a kernel cannot be copied into a dictionary.
  private final class Variant {
    var kernel: Kernel
    init(_ kernel: consuming Kernel) { self.kernel = kernel }
  }

  static let sgd = KernelSource("sgd_step", in: .sgdStep)
  static let rmsprop = KernelSource("rmsprop_step", in: .rmspropStep)
  static let adam = KernelSource("adam_step", in: .adamStep)
  private static let group = WorkSize(64)

  private let library: KernelLibrary
  private let source: KernelSource
  private var variants: [Set<Option>: Variant] = [:]

  /// - Parameters:
  ///   - source: The plain kernel.
  ///   - library: Whose device computes.
  init(_ source: KernelSource, of library: KernelLibrary) {
    (self.library, self.source) = (library, source)
  }

  /// Launches the variant with some options for each of some ranges of elements.
  ///
  /// - Parameters:
  ///   - options: Those of the rule; whether the gradient is adjusted the buffers say.
  ///   - queue: Where to.
  ///   - ranges: The elements.
  ///   - buffers: What is changed and read.
  ///   - numbers: What the rule takes besides.
  /// - Throws: What the device refuses.
  func callAsFunction<each Number: KernelArgument>(
    _ options: Set<Option> = [], on queue: CommandQueue, _ ranges: [Range<Int>],
    _ buffers: Buffers, _ numbers: repeat each Number
  ) throws(OpenCLError) {
    let adjustment = buffers.adjustment
    let variant = try variant(adjustment.isIdentity ? options : options.union([.adjusts]))
    try variant.kernel.set(from: 2, buffers.parameters, buffers.gradient, buffers.firstMoment)
    var next = 5
    if let secondMoment = buffers.secondMoment {
      try variant.kernel.set(from: next, secondMoment)
      next += 1
    }
    try variant.kernel.set(
      from: next, buffers.scale ?? buffers.gradient, Int32(flag: buffers.scale != nil),
      Float(adjustment.limit), Float(adjustment.penalty))
    try variant.kernel.set(from: next + 4, repeat each numbers)
    for range in ranges {
      try variant.kernel.set(UInt64(range.lowerBound), UInt64(range.count))
      try variant.kernel.launch(
        on: queue, global: Self.group.times(tiles(range.count, of: Self.group.x)),
        local: Self.group)
    }
  }

  private func variant(_ options: Set<Option>) throws(OpenCLError) -> Variant {
    if let variant = variants[options] { return variant }
    let variant = Variant(try library.kernel(Self.source(source, options)))
    variants[options] = variant
    return variant
  }

  /// A plain kernel with options.
  static func source(_ plain: KernelSource, _ options: Set<Option>) -> KernelSource {
    plain.adding(options.map(\.rawValue).sorted().map { ($0, 1) })
  }
}
