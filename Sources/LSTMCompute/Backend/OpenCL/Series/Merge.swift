internal import CKernels
internal import OpenCL

/// Rows that are copied or added: `Kernels/merge.cl`.
final class Merge {
  static let source = KernelSource("merge", in: .merge)

  private static let group = WorkSize(64)

  private var kernel: Kernel

  init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try library.kernel(Self.source)
  }

  /// y = scales ⊙ x, or y + scales ⊙ x.
  func callAsFunction(
    on queue: CommandQueue, rows: Int, columns: Int, _ x: Rows<Buffer<Float>>,
    scales: Rows<Buffer<Float>>?, into y: Rows<Buffer<Float>>, accumulates: Bool
  ) throws(OpenCLError) {
    guard rows > 0, columns > 0 else { return }
    try kernel(
      on: queue, global: Self.group.times(tiles(rows * columns, of: Self.group.x)),
      local: Self.group,
      UInt64(rows), UInt64(columns), x.memory, UInt64(x.offset), UInt64(x.pitch),
      Int32(scales == nil ? 0 : 1), scales?.memory ?? x.memory, UInt64(scales?.offset ?? 0),
      Int32(accumulates ? 1 : 0), y.memory, UInt64(y.offset), UInt64(y.pitch))
  }
}
