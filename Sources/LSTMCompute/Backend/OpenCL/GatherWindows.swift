internal import CKernels
package import OpenCL

/// The inputs of a batch of windows, gathered from the resident series: `Kernels/gather_windows.cl`.
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
    let columns = tiles(batch.rows * inputSize, of: Self.group.x)
    try kernel(
      on: queue, global: Self.group.times(columns, min(steps.count, Self.largestStepCount)),
      local: Self.group,
      Int32(batch.rows), Int32(inputSize), Int32(steps.count), Int32(steps.lowerBound),
      batch.inputs, batch.windows, UInt64(batch.firstWindow), x)
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
