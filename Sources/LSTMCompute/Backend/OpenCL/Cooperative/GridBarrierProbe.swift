internal import CKernels
internal import OpenCL
internal import Synchronization

/// Finds out whether the work-groups of a device run side by side and see what others write:
/// `Kernels/grid_barrier_probe.cl`.
enum GridBarrierProbe {
  /// What was found out.
  struct Findings: Hashable, Sendable {
    /// Whether the compiler knows an instruction for a fence for the whole device.
    var hasDeviceFence: Bool
    /// Whether as many work-groups as there are compute units ran at the same time, and every value
    /// reached all of them.
    var runsSideBySide: Bool
  }

  static let source = KernelSource(
    "grid_barrier_probe", in: .gridBarrierProbe, definitions: [("PROBE_ITEMS", items)])
  private static let items = 256
  private static let rounds = 8

  private static let known = Mutex<[Int: Findings]>([:])

  /// What is so for a device; it is tried at the first call.
  ///
  /// The processor itself is not tried: its work-groups take turns on its threads.
  ///
  /// - Throws: What the device refuses.
  static func findings(_ context: Context) throws(OpenCLError) -> Findings {
    guard !context.device.isProcessor else {
      return Findings(hasDeviceFence: false, runsSideBySide: false)
    }
    return try known.withLock { known -> Result<Findings, OpenCLError> in
      if let findings = known[context.device.index] { return .success(findings) }
      return Result { () throws(OpenCLError) in
        let findings = try probe(context)
        known[context.device.index] = findings
        return findings
      }
    }.get()
  }

  private static func probe(_ context: Context) throws(OpenCLError) -> Findings {
    let groups = context.device.computeUnits
    // A compiler that does not know the instruction refuses it here: that is an answer. Where it knows
    // it, groups that did not run side by side, on a device that is busy, are no reason to do without.
    if context.device.takesPTX,
      let passes = try? passes(context, groups: groups, hasDeviceFence: true)
    {
      return Findings(hasDeviceFence: true, runsSideBySide: passes)
    }
    do {
      _ = try kernel(KernelLibrary(context), hasDeviceFence: false)
    } catch {
      guard error.refusesKernel else { throw error }
      // Nor will it take the kernels that this is tried for.
      return Findings(hasDeviceFence: false, runsSideBySide: false)
    }
    return Findings(
      hasDeviceFence: false,
      runsSideBySide: try passes(context, groups: groups, hasDeviceFence: false))
  }

  private static func kernel(
    _ library: KernelLibrary, hasDeviceFence: Bool
  ) throws(OpenCLError) -> Kernel {
    try library.kernel(source.adding(fence: hasDeviceFence), items: items)
  }

  /// Tries it.
  ///
  /// - Parameters:
  ///   - context: The device.
  ///   - groups: The number of work-groups.
  ///   - hasDeviceFence: Whether the instruction is used.
  ///   - polls: How often a work-group looks for the others.
  /// - Returns: Whether nobody gave up and no value was missed.
  /// - Throws: What the device refuses.
  static func passes(
    _ context: Context, groups: Int, hasDeviceFence: Bool, polls: Int? = nil
  ) throws(OpenCLError) -> Bool {
    let queue = try CommandQueue(context)
    let barrier = try GridBarrier(on: queue)
    var kernel = try kernel(KernelLibrary(context), hasDeviceFence: hasDeviceFence)
    let values = try Buffer<UInt32>(count: rounds * groups * items, in: context)
    let misses = try Buffer<UInt32>(count: groups, in: context)
    try queue.fill(values, with: 0)
    try queue.fill(misses, with: 0)
    let group = WorkSize(items)
    try kernel(
      on: queue, global: group.times(groups), local: group, Int32(rounds), barrier.words,
      UInt32(polls ?? barrier.polls), values, misses)
    let missed = try queue.read(misses).contains { $0 > 0 }
    return try barrier.timesGivenUp(on: queue) == 0 && !missed
  }
}
