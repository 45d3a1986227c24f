internal import CKernels
internal import OpenCL

/// Numbers of which a random share is dropped: `Kernels/dropout.cl`.
final class Dropout {
  static let source = KernelSource("dropout", in: .dropout)

  private static let group = WorkSize(64)

  private var kernel: Kernel

  init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try library.kernel(Self.source)
  }

  /// y = x ⊙ mask / (1 - share), or y + that, for some elements of the mask.
  func callAsFunction(
    on queue: CommandQueue, _ x: Rows<Buffer<Float>>, elements: Range<Int>, _ mask: RandomMask,
    into y: Rows<Buffer<Float>>, accumulates: Bool
  ) throws(OpenCLError) {
    guard !elements.isEmpty else { return }
    let blocks = (elements.upperBound - 1) / 4 - elements.lowerBound / 4 + 1
    try kernel(
      on: queue, global: Self.group.times(tiles(blocks, of: Self.group.x)), local: Self.group,
      UInt64(elements.lowerBound), UInt64(elements.count), mask.share, mask.seed,
      mask.batchNumber, mask.stream, x.memory, UInt64(x.offset), Int32(accumulates ? 1 : 0),
      y.memory, UInt64(y.offset))
  }
}
