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

  /// Of each team, as the kernels know them.
  static let wordsOfTeam = 32

  /// `[teams, wordsOfTeam]`.
  package let words: Buffer<UInt32>
  /// The most teams that a launch has.
  package let teams: Int
  /// How often a work-group looks for the others before it gives up.
  package var polls: Int
  /// A barrier in which nobody waits, for tests.
  package var givesUpAt: Int?

  /// - Parameters:
  ///   - queue: The queue of the launches.
  ///   - teams: The most teams that a launch has.
  /// - Throws: What the device refuses.
  package init(on queue: CommandQueue, teams: Int = 1) throws(OpenCLError) {
    self.teams = teams
    words = try Buffer(count: teams * Self.wordsOfTeam, in: queue.context)
    try queue.fill(words, with: 0)
    polls = queue.context.device.isProcessor ? Self.processorPatience : Self.patience
  }

  /// How often a team gave up in the launches since the beginning.
  ///
  /// Waits for what is in the queue.
  package func timesGivenUp(on queue: CommandQueue) throws(OpenCLError) -> Int {
    let words = try queue.read(words)
    return stride(from: 3, to: words.count, by: Self.wordsOfTeam).reduce(0) { $0 + Int(words[$1]) }
  }
}

extension Kernel {
  /// Sets what a kernel takes whose work-groups wait for each other: from `grids` on.
  mutating func set(from first: Int, _ barrier: GridBarrier) throws(OpenCLError) {
    try set(
      from: first, barrier.words, UInt32(barrier.polls), Int32(barrier.givesUpAt ?? -1))
  }
}

extension KernelLibrary {
  /// A kernel of a layer whose work-groups wait for each other.
  func cooperativeKernel(
    _ name: String, in file: KernelFile, definitions: [(name: String, value: Int)], items: Int
  ) throws(OpenCLError) -> Kernel {
    try kernel(
      name, in: file, after: [.gridBarrier, .lstmCell, .lstmCooperative],
      definitions: definitions + [fence(try GridBarrierProbe.findings(context).hasDeviceFence)],
      items: items)
  }

  /// Whether the compiler is asked for its own fence.
  func fence(_ hasDeviceFence: Bool) -> (name: String, value: Int) {
    ("PTX_FENCE", hasDeviceFence ? 1 : 0)
  }
}
