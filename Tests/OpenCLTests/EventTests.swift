import OpenCL
import Testing

@Suite(.enabled(if: DeviceUnderTest.exists)) struct EventTests {
  @Test func knowsWhenItsKernelRan() throws {
    let context = try DeviceUnderTest.context()
    let queue = try CommandQueue(context, profiles: true)
    let x = try Buffer<Float>(count: 64, in: context)
    try queue.fill(x, with: 1)
    var kernel = try Kernel("scale_add", of: context.program(files: [DeviceUnderTest.source]))
    let launched = try kernel(
      on: queue, global: WorkSize(64), local: WorkSize(16), wantsEvent: true,
      Int32(64), Float(1), x, x)
    let event = try #require(launched)
    try event.wait()
    #expect(try event.end() >= event.start())
    #expect(try event.start() > 0)
  }

  @Test func markersFollowWhatIsInTheQueue() throws {
    let context = try DeviceUnderTest.context()
    let queue = try CommandQueue(context)
    let x = try Buffer<Float>(count: 64, in: context)
    try queue.fill(x, with: 1)
    let marker = try queue.marker()
    try queue.flush()
    try marker.wait()
    try queue.finish()
    // Without profiling there are no times.
    let error = #expect(throws: OpenCLError.self) { try marker.start() }
    #expect(error?.status.name == "CL_PROFILING_INFO_NOT_AVAILABLE")
  }

  /// Two queues that take turns at one buffer, far more often than luck would have it right.
  @Test func queuesWaitForEachOther() throws {
    let context = try DeviceUnderTest.context()
    let queues = try (0..<2).map { _ in try CommandQueue(context) }
    let count = 1 << 14
    let (x, y) = (
      try Buffer<Float>(count: count, in: context), try Buffer<Float>(count: count, in: context)
    )
    try queues[0].fill(x, with: 1)
    try queues[0].fill(y, with: 0)
    var kernel = try Kernel("scale_add", of: context.program(files: [DeviceUnderTest.source]))
    // y = y + x, then x = x + y: Fibonacci's numbers, modulo rounding, up to 2^24.
    for turn in 0..<30 {
      let (from, to) = turn % 2 == 0 ? (x, y) : (y, x)
      try kernel(
        on: queues[turn % 2], global: WorkSize(count), local: WorkSize(64), Int32(count), Float(1),
        from, to)
      let end = try queues[turn % 2].marker()
      try queues[turn % 2].flush()
      try queues[1 - turn % 2].hold(until: end)
    }
    #expect(try queues[0].read(x).allSatisfy { $0 == 1_346_269 })
  }
}
