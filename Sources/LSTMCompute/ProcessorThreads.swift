#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif
internal import Synchronization

/// How many threads this process may keep busy.
package enum ProcessorThreads {
  private static let chosen = Atomic<Int>(0)

  /// The number that the user has chosen; 0 leaves it to `available`.
  package static var limit: Int {
    get { chosen.load(ordering: .relaxed) }
    set { chosen.store(max(0, newValue), ordering: .relaxed) }
  }

  /// The number that the CPU backend takes where it is given none.
  package static var count: Int { limit > 0 ? limit : available }

  /// How many threads one of several processes on this machine takes, so that all of them together keep
  /// the processors busy: fewer where each of them may run on some processors alone.
  package static func share(ofProcesses count: Int) -> Int {
    let together = [sysconf(Int32(_SC_NPROCESSORS_ONLN)), quota(SystemFiles())].compactMap(\.self)
    return max(1, min(available, (together.min() ?? 1) / max(1, count)))
  }

  /// The processors that there are, that the process may run on and that its control groups leave
  /// it time for.
  static let available = max(
    1,
    [
      sysconf(Int32(_SC_NPROCESSORS_ONLN)), affinity(SystemFiles()), quota(SystemFiles()),
    ].compactMap(\.self).min() ?? 1)

  /// The number of processors in the process's affinity mask (`taskset`, cpusets); `nil` where the
  /// system does not tell.
  static func affinity(_ files: SystemFiles) -> Int? {
    guard let status = files.text("/proc/self/status"),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") })
    else { return nil }
    let digits = line.dropFirst("Cpus_allowed:".count).compactMap(\.hexDigitValue)
    let count = digits.reduce(0) { $0 + $1.nonzeroBitCount }
    return count > 0 ? count : nil
  }

  /// The processors' worth of time that the tightest of the process's control groups allows, rounded
  /// up (cgroups(7): `cpu.max`, or `cpu.cfs_quota_us` in version 1); `nil` where none has a limit.
  static func quota(_ files: SystemFiles) -> Int? {
    guard let groups = files.text("/proc/self/cgroup") else { return nil }
    var smallest: Double?
    for line in groups.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isSecond = fields[1].isEmpty
      let controllers = fields[1].split(separator: ",")
      guard isSecond || controllers.contains("cpu") else { continue }
      let roots =
        isSecond
        ? ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
        : ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/\(fields[1])"]
      // A container may see its own group as the root, and limits hold for all groups below.
      var path = fields[2] == "/" ? "" : fields[2]
      while true {
        for root in roots {
          let folder = "\(root)\(path)"
          let share = isSecond ? second(folder, files) : first(folder, files)
          if let share { smallest = min(smallest ?? share, share) }
        }
        guard let cut = path.lastIndex(of: "/") else { break }
        path = path[..<cut]
      }
    }
    return smallest.map { max(1, Checked.integer($0.rounded(.up))) }
  }

  private static func second(_ folder: String, _ files: SystemFiles) -> Double? {
    let numbers = files.text("\(folder)/cpu.max")?.split { $0 == " " || $0 == "\n" } ?? []
    guard numbers.count == 2 else { return nil }
    return share(Double(numbers[0]), Double(numbers[1]))
  }

  private static func first(_ folder: String, _ files: SystemFiles) -> Double? {
    func number(_ name: String) -> Double? {
      files.text("\(folder)/\(name)")?.split(separator: "\n").first.flatMap { Double($0) }
    }
    return share(number("cpu.cfs_quota_us"), number("cpu.cfs_period_us"))
  }

  private static func share(_ quota: Double?, _ period: Double?) -> Double? {
    guard let quota, let period, quota > 0, period > 0 else { return nil }
    return quota / period
  }
}

/// The files in which the system tells about a process.
struct SystemFiles {
  /// What a test puts in their place.
  var fixed: [String: String]?

  /// The text of a file; `nil` where it cannot be read.
  func text(_ path: String) -> String? {
    if let fixed { return fixed[path] }
    return (try? AtomicFile.read(path)).map { String(decoding: $0, as: UTF8.self) }
  }
}
