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
}
