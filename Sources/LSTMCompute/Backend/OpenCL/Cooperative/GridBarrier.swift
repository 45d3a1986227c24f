internal import CKernels
internal import OpenCL

/// What launches need whose work-groups wait for each other: `Kernels/grid_barrier.cl`.
///
/// One is enough for all launches of an in-order queue; each leaves it as the next wants it.
final class GridBarrier {
  /// How often a work-group of a GPU looks for the others before it gives up: some tenths of a
  /// second, which is no wait for those that run and no hang where they do not.
  static let patience = 1 << 18
  /// Where the device is the processor itself, work-groups wait for threads that may be at other
  /// work, and looking costs those their time.
  static let processorPatience = 1 << 10

  /// Of each team, as the kernels know them.
  static let wordsOfTeam = 32

  /// `[teams, wordsOfTeam]`.
  let words: Buffer<UInt32>
  /// The most teams that a launch has.
  let teams: Int
  /// How often a work-group looks for the others before it gives up.
  var polls: Int
  /// A barrier in which nobody waits, for tests.
  var givesUpAt: Int?

  /// - Parameters:
  ///   - queue: The queue of the launches.
  ///   - teams: The most teams that a launch has.
  /// - Throws: What the device refuses.
  init(on queue: CommandQueue, teams: Int = 1) throws(OpenCLError) {
    self.teams = teams
    words = try Buffer(count: teams * Self.wordsOfTeam, in: queue.context)
    try queue.fill(words, with: 0)
    polls = queue.context.device.isProcessor ? Self.processorPatience : Self.patience
  }

  /// How often a team gave up in the launches since the beginning.
  ///
  /// Waits for what is in the queue.
  func timesGivenUp(on queue: CommandQueue) throws(OpenCLError) -> Int {
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

extension CooperativeSizes {
  /// The items of a work-group, and all of them for so many rows.
  func workSizes(rows: Int, _ barrier: GridBarrier) -> (local: WorkSize, global: WorkSize) {
    let teams = tiles(rows, of: teamRows)
    precondition(teams <= barrier.teams, "each team has words of its own")
    let local = WorkSize(itemCount)
    return (local, local.times(groups, teams))
  }
}

extension KernelLibrary {
  /// A kernel of a layer whose work-groups wait for each other.
  func cooperativeKernel(_ source: KernelSource, items: Int) throws(OpenCLError) -> Kernel {
    let findings = try GridBarrierProbe.findings(context)
    return try kernel(source.adding(fence: findings.hasDeviceFence), items: items)
  }
}

extension KernelSource {
  /// The same, saying whether the compiler is asked for its own fence.
  func adding(fence hasDeviceFence: Bool) -> KernelSource {
    adding([("PTX_FENCE", hasDeviceFence ? 1 : 0)])
  }
}
