import OpenCL
import Testing

@Suite(.enabled(if: DeviceUnderTest.exists)) struct DeviceTests {
  @Test func knowsItsFacts() throws {
    for (index, device) in try Device.all().enumerated() {
      #expect(device.index == index)
      #expect(!device.name.isEmpty)
      #expect(!device.platformName.isEmpty)
      #expect(!device.driverVersion.isEmpty)
      #expect(device.computeUnits > 0)
      #expect(device.localMemorySize > 0)
      #expect(device.globalMemorySize >= device.largestAllocation)
      #expect(device.largestAllocation > 0)
      #expect(device.largestWorkGroup > 0)
      if device.isPoCL { #expect(device.isProcessor) }
    }
  }

  @Test func isDiscoveredByManyThreadsAtOnce() async {
    let counts = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<16 { group.addTask { (try? Device.all().count) ?? -1 } }
      return await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(counts.count == 1)
    #expect(counts.first != -1)
  }
}
