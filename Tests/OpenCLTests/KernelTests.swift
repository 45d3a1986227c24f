import OpenCL
import Testing

@Suite(.enabled(if: DeviceUnderTest.exists)) struct KernelTests {
  @Test func takesValuesAndBuffers() throws {
    let context = try DeviceUnderTest.context()
    let queue = try CommandQueue(context)
    let x = try Buffer<Float>(count: 5, in: context)
    let y = try Buffer<Float>(count: 5, in: context)
    try queue.write([1, 2, 3, 4, 5], to: x)
    try queue.fill(y, with: 10)
    var kernel = try Kernel("scale_add", of: context.program(files: [DeviceUnderTest.source]))
    try kernel(on: queue, global: WorkSize(8), local: WorkSize(4), Int32(4), Float(2), x, y)
    #expect(try queue.read(y) == [12, 14, 16, 18, 10])
    // Only the first argument changes.
    try kernel.set(Int32(1))
    try kernel.launch(on: queue, global: WorkSize(4), local: WorkSize(4))
    #expect(try queue.read(y) == [14, 14, 16, 18, 10])
    #expect(queue.launchCount == 2)
  }

  @Test func refusesArgumentsOfAnotherSize() throws {
    let context = try DeviceUnderTest.context()
    let queue = try CommandQueue(context)
    let x = try Buffer<Float>(count: 8, in: context)
    var kernel = try Kernel("scale_add", of: context.program(files: [DeviceUnderTest.source]))
    do {
      try kernel(on: queue, global: WorkSize(8), local: WorkSize(4), Int64(4), Float(2), x, x)
      Issue.record("an int was set by eight bytes")
    } catch {
      #expect(error.call == "clSetKernelArg(scale_add, 0)")
      #expect(error.status == .invalidArgumentSize)
    }
  }

  @Test func refusesGroupsThatDoNotDivideTheWork() throws {
    let context = try DeviceUnderTest.context()
    let queue = try CommandQueue(context)
    let x = try Buffer<Float>(count: 8, in: context)
    var kernel = try Kernel("scale_add", of: context.program(files: [DeviceUnderTest.source]))
    do {
      let size = context.device.largestWorkGroup + 1
      try kernel(on: queue, global: WorkSize(size), local: WorkSize(size), Int32(4), Float(2), x, x)
      Issue.record("a group was larger than the device takes")
    } catch {
      #expect(error.call == "clEnqueueNDRangeKernel(scale_add)")
    }
  }

  @Test func worksInTwoThreadsAtOnce() async throws {
    let context = try DeviceUnderTest.context()
    let sums = try await withThrowingTaskGroup(of: [Float].self) { group in
      for thread in 0..<2 {
        group.addTask {
          let queue = try CommandQueue(context)
          let x = try Buffer<Float>(count: 64, in: context)
          let y = try Buffer<Float>(count: 64, in: context)
          try queue.fill(x, with: Float(thread + 1))
          try queue.fill(y, with: 0)
          var kernel = try Kernel(
            "scale_add", of: context.program(files: [DeviceUnderTest.source]))
          for _ in 0..<100 {
            try kernel(
              on: queue, global: WorkSize(64), local: WorkSize(16), Int32(64), Float(1), x, y)
          }
          return try queue.read(y)
        }
      }
      return try await group.reduce(into: Set<Float>()) { $0.formUnion($1) }
    }
    #expect(sums == [100, 200])
  }
}
