internal import CKernels
internal import OpenCL

/// The sums of a matrix's columns: `Kernels/sum_columns.cl`.
final class SumColumns {
  static let source = KernelSource(
    "sum_columns", in: .sumColumns,
    definitions: [("SUM_COLUMNS", group.x), ("SUM_ROWS", group.y)])
  private static let group = WorkSize(32, 8)

  private var kernel: Kernel

  init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try library.kernel(Self.source)
  }

  /// Into how many slices the rows are cut, so that a device has enough to do.
  static func slices(rows: Int, columns: Int, computeUnits: Int) -> Int {
    let groups = tiles(columns, of: group.x)
    return max(1, min(tiles(2 * computeUnits, of: groups), 64, rows / 256))
  }

  /// Writes `[slices, columns]`: factor times the sums over each slice of the rows of x, or of
  /// x ⊙ z.
  func callAsFunction(
    on queue: CommandQueue, rows: Int, columns: Int, _ x: Rows<Buffer<Float>>,
    times z: Rows<Buffer<Float>>?, slices: Int, factor: Float, into y: Buffer<Float>, at offset: Int
  ) throws(OpenCLError) {
    try kernel(
      on: queue, global: Self.group.times(tiles(columns, of: Self.group.x), slices),
      local: Self.group,
      UInt64(rows), UInt64(columns), UInt64(tiles(rows, of: slices)), factor,
      x.memory, UInt64(x.offset), UInt64(x.pitch), Int32(z == nil ? 0 : 1),
      z?.memory ?? x.memory, UInt64(z?.offset ?? 0), UInt64(z?.pitch ?? 0), y, UInt64(offset))
  }
}
