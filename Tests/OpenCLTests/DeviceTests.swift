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
      if device.isPoCL { #expect(device.isProcessor && !device.takesPTX) }
      #expect(device.isAvailable && device.hasCompiler)
    }
  }

  /// The default device's bit, 1, says nothing; simulators set all.
  @Test(
    arguments: [
      (2, .cpu), (3, .cpu), (4, .gpu), (5, .gpu), (8, .accelerator), (15, .cpu), (16, .other),
    ] as [(UInt64, Device.Kind)])
  func knowsKindsByTheirBits(bits: UInt64, kind: Device.Kind) {
    #expect(Device.Kind(bits: bits) == kind)
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
