import Testing

@testable import LSTMCompute

/// What the system says of the processors that a process may use.
@Suite struct ProcessorThreadsTests {
  @Test(arguments: [("f", 4), ("ff,ffffffff", 40), ("00000000,00000005", 2), ("0", nil)])
  func affinity(mask: String, count: Int?) {
    let status = "Name:\tx\nCpus_allowed:\t\(mask)\nCpus_allowed_list:\t0-3\n"
    #expect(ProcessorThreads.affinity(SystemFiles(fixed: ["/proc/self/status": status])) == count)
  }

  @Test func quotaOfAnyGroupAbove() {
    func quota(_ files: [String: String]) -> Int? {
      ProcessorThreads.quota(SystemFiles(fixed: files))
    }
    let group = ["/proc/self/cgroup": "0::/a/b\n"]
    func second(_ more: [String: String]) -> Int? { quota(group.merging(more) { $1 }) }
    #expect(second([:]) == nil)
    #expect(second(["/sys/fs/cgroup/a/b/cpu.max": "max 100000\n"]) == nil)
    #expect(second(["/sys/fs/cgroup/a/b/cpu.max": "250000 100000\n"]) == 3)
    #expect(second(["/sys/fs/cgroup/a/b/cpu.max": "1000 100000\n"]) == 1)
    #expect(
      second([
        "/sys/fs/cgroup/a/b/cpu.max": "800000 100000\n",
        "/sys/fs/cgroup/a/cpu.max": "200000 100000",
      ]) == 2)
    #expect(second(["/sys/fs/cgroup/cpu.max": "150000 100000\n"]) == 2)
    #expect(second(["/sys/fs/cgroup/cpu.max": "-5 0\n"]) == nil)
    #expect(second(["/sys/fs/cgroup/cpu.max": "1e300 1\n"]) == .max)
    let first = [
      "/proc/self/cgroup": "4:cpuset:/x\n2:cpu,cpuacct:/d\n",
      "/sys/fs/cgroup/cpu/d/cpu.cfs_quota_us": "200000\n",
      "/sys/fs/cgroup/cpu/d/cpu.cfs_period_us": "100000\n",
    ]
    #expect(quota(first) == 2)
    #expect(quota(first.merging(["/sys/fs/cgroup/cpu/d/cpu.cfs_quota_us": "-1\n"]) { $1 }) == nil)
    #expect(ProcessorThreads.available >= 1)
  }
}
