internal import CKernels
internal import OpenCL

/// Rows of a series for a batch of windows: `Kernels/gather_windows.cl`.
final class GatherWindows {
  static let source = KernelSource("gather_windows", in: .gatherWindows)

  private static let group = WorkSize(64)
  /// Kept below the number of work-groups that some devices take in the second dimension.
  private static let largestStepCount = 32768

  private var kernel: Kernel

  init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try library.kernel(Self.source)
  }

  /// Writes `[steps, batch, count]` to `x`: from each of the rows that the windows' starts and the
  /// shift say, `count` numbers on.
  func callAsFunction(
    on queue: CommandQueue, _ source: Buffer<Float>, columns: Int, count: Int, start: WindowStart,
    shift: Int, steps: Int, windows: Buffer<Window>, batch: Range<Int>, into x: Buffer<Float>
  ) throws(OpenCLError) {
    try kernel(
      on: queue,
      global: Self.group.times(
        tiles(batch.count * count, of: Self.group.x), min(steps, Self.largestStepCount)),
      local: Self.group,
      Int32(batch.count), Int32(columns), Int32(count), Int32(steps),
      Int32(start == .targetRow ? 1 : 0), Int32(shift), source, windows,
      UInt64(batch.lowerBound), x)
  }
}

/// So that windows can lie in a device's memory as they are: two `int`s.
extension Window: BitwiseCopyable {}
