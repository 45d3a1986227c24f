internal import CKernels
package import OpenCL

/// Rows of a series for a batch of windows: `Kernels/gather_windows.cl`.
package final class GatherWindows {
  private static let group = WorkSize(64)
  /// Kept below the number of work-groups that some devices take in the second dimension.
  private static let largestStepCount = 32768

  private var kernel: Kernel

  package init(_ library: KernelLibrary) throws(OpenCLError) {
    kernel = try library.kernel("gather_windows", in: .gatherWindows)
  }

  /// Writes `[T, B, I]` to `x`, for some of the steps of the windows.
  package func callAsFunction(
    on queue: CommandQueue, _ batch: DeviceBatch, inputSize: Int, steps: Range<Int>,
    into x: Buffer<Float>
  ) throws(OpenCLError) {
    try self(
      on: queue, batch.inputs, columns: inputSize, count: inputSize, start: .inputRow,
      shift: steps.lowerBound, steps: steps.count, windows: batch.windows,
      batch: batch.firstWindow..<batch.firstWindow + batch.rows, into: x)
  }

  /// Writes `[steps, batch, count]` to `x`: from each of the rows that the windows' starts and the
  /// shift say, `count` numbers on.
  package func callAsFunction(
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

/// Some of the windows over a series on the device.
package struct DeviceBatch {
  /// `[rows, I]`.
  package var inputs: Buffer<Float>
  /// `[target rows, target columns]`.
  package var targets: Buffer<Float>
  /// The weights of the targets; none where all count the same.
  package var weights: Buffer<Float>?
  /// The number of target columns.
  package var targetSize: Int
  /// The current windows.
  package var windows: Buffer<Window>
  /// The window that is row 0 of the batch.
  package var firstWindow: Int
  /// `B`.
  package var rows: Int

  package init(
    inputs: Buffer<Float>, targets: Buffer<Float>, weights: Buffer<Float>? = nil, targetSize: Int,
    windows: Buffer<Window>, firstWindow: Int, rows: Int
  ) {
    self.inputs = inputs
    self.targets = targets
    self.weights = weights
    self.targetSize = targetSize
    self.windows = windows
    self.firstWindow = firstWindow
    self.rows = rows
  }
}

/// So that windows can lie in a device's memory as they are: two `int`s.
extension Window: BitwiseCopyable {}
