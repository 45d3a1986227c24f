internal import CKernels
internal import OpenCL

/// The sum of slices in their order: `Kernels/sum_slices.cl`.
final class SumSlices {
  static let source = KernelSource("sum_slices", in: .sumSlices)

  private static let group = WorkSize(64)

  private var kernel: Kernel

  init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try library.kernel(Self.source)
  }

  /// Adds `slices` arrays of `count` elements, and multiplies the sums by a factor.
  ///
  /// - Parameters:
  ///   - queue: Where to.
  ///   - count: The elements.
  ///   - slices: The number of arrays.
  ///   - pitch: From one of them to the next; `count` where none is given.
  ///   - x: Where they are.
  ///   - start: The first element of the first array.
  ///   - y: Where the sums go.
  ///   - offset: The first place there.
  ///   - factor: The factor.
  /// - Throws: What the device refuses.
  func callAsFunction(
    on queue: CommandQueue, count: Int, slices: Int, pitch: Int? = nil, of x: Buffer<Float>,
    from start: Int = 0, into y: Buffer<Float>, at offset: Int = 0, factor: Float = 1
  ) throws(OpenCLError) {
    try kernel(
      on: queue, global: Self.group.times(tiles(count, of: Self.group.x)), local: Self.group,
      UInt64(count), Int32(slices), UInt64(pitch ?? count), factor, x, UInt64(start), y,
      UInt64(offset))
  }
}
