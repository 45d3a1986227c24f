internal import CKernels
package import OpenCL

/// What launches need whose work-groups wait for each other: `Kernels/grid_barrier.cl`.
///
/// One is enough for all launches of an in-order queue; each leaves it as the next wants it.
package final class GridBarrier {
  /// How often a work-group of a GPU looks for the others before it gives up: some tenths of a
  /// second, which is no wait for those that run and no hang where they do not.
  static let patience = 1 << 18
  /// Where the device is the processor itself, work-groups wait for threads that may be at other
  /// work, and looking costs those their time.
  static let processorPatience = 1 << 10

  /// Five words, as the kernels know them.
  package let words: Buffer<UInt32>
  /// How often a work-group looks for the others before it gives up.
  package var polls: Int
  /// A barrier in which nobody waits, for tests.
  package var givesUpAt: Int?

  package init(on queue: CommandQueue) throws(OpenCLError) {
    words = try Buffer(count: 5, in: queue.context)
    try queue.fill(words, with: 0)
    polls = queue.context.device.isProcessor ? Self.processorPatience : Self.patience
  }

  /// Whether some launch since the beginning gave up, and in which barrier the last one did.
  ///
  /// Waits for what is in the queue.
  package func givenUp(on queue: CommandQueue) throws(OpenCLError) -> (launches: Int, at: Int) {
    let words = try queue.read(words, 3..<5)
    return (Int(words[0]), Int(words[1]))
  }
}

extension KernelLibrary {
  /// A kernel whose work-groups wait for each other.
  func cooperativeKernel(
    _ name: String, in file: KernelFile, definitions: [(name: String, value: Int)],
    hasDeviceFence: Bool
  ) throws(OpenCLError) -> Kernel {
    try kernel(
      name, in: file, after: [.gridBarrier],
      definitions: definitions + [("PTX_FENCE", hasDeviceFence ? 1 : 0)])
  }
}
