internal import CKernels
package import OpenCL

/// The sum of slices in their order: `Kernels/sum_slices.cl`.
package final class SumSlices {
  private static let group = WorkSize(64)

  private var kernel: Kernel

  package init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try library.kernel("sum_slices", in: .sumSlices)
  }

  /// Adds `slices` arrays of `count` elements, which lie one after the other in `x`, and multiplies
  /// the sums by a factor.
  package func callAsFunction(
    on queue: CommandQueue, count: Int, slices: Int, of x: Buffer<Float>,
    into y: Buffer<Float>, at offset: Int = 0, factor: Float = 1
  ) throws(OpenCLError) {
    try kernel(
      on: queue, global: Self.group.times(tiles(count, of: Self.group.x)), local: Self.group,
      UInt64(count), Int32(slices), UInt64(count), factor, x, y, UInt64(offset))
  }
}
