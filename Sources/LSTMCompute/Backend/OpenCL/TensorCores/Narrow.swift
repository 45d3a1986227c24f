internal import CKernels
internal import OpenCL

/// Numbers as they are stored in 16 bits: `Kernels/narrow.cl`.
final class Narrow {
  private static let group = WorkSize(64)

  private var kernel: Kernel

  init(_ library: KernelLibrary, _ precision: Precision) throws(OpenCLError) {
    kernel = try library.kernel(Self.source(precision))
  }

  static func source(_ precision: Precision) -> KernelSource {
    KernelSource("narrow", in: .narrow, definitions: [("STORAGE", precision.storage)])
  }

  /// Fills `y` from `x`.
  func callAsFunction(
    on queue: CommandQueue, _ x: Buffer<Float>, at offset: Int, into y: Buffer<UInt16>
  ) throws(OpenCLError) {
    try kernel(
      on: queue, global: Self.group.times(tiles(y.count, of: Self.group.x)), local: Self.group,
      UInt64(y.count), x, UInt64(offset), y)
  }
}
