import OpenCL
import Testing

@Suite(.enabled(if: DeviceUnderTest.exists)) struct BufferTests {
  @Test func holdsWhatIsWritten() throws {
    let context = try DeviceUnderTest.context()
    let queue = try CommandQueue(context)
    let buffer = try Buffer<Int32>(count: 6, in: context)
    try queue.fill(buffer, with: 7)
    try queue.write([1, 2], to: buffer, at: 3)
    #expect(try queue.read(buffer) == [7, 7, 7, 1, 2, 7])
    #expect(try queue.read(buffer, 3..<5) == [1, 2])
    #expect(try queue.read(buffer, 6..<6).isEmpty)

    let copy = try Buffer<Int32>(count: 6, in: context)
    try queue.fill(copy, with: 0)
    try queue.copy(buffer, 2..<5, to: copy, at: 1)
    #expect(try queue.read(copy) == [0, 7, 1, 2, 0, 0])
  }

  @Test func refusesWhatReachesBeyondIt() throws {
    let context = try DeviceUnderTest.context()
    let queue = try CommandQueue(context)
    let buffer = try Buffer<Float>(count: 4, in: context)
    let error = #expect(throws: OpenCLError.self) { try queue.write([1, 2], to: buffer, at: 3) }
    #expect(error?.detail == "2 elements at 3 of a buffer of 4")
    #expect(throws: OpenCLError.self) { try queue.write([1], to: buffer, at: -1) }
    #expect(throws: OpenCLError.self) { try queue.read(buffer, 2..<5) }
    #expect(throws: OpenCLError.self) { try queue.copy(buffer, 0..<3, to: buffer, at: 2) }
  }

  @Test(arguments: [0, -1, Int.max])
  func refusesSizesThatAreNone(count: Int) throws {
    let context = try DeviceUnderTest.context()
    #expect(throws: OpenCLError.self) { try Buffer<Float>(count: count, in: context) }
  }

  @Test func saysHowMuchWasAskedFor() throws {
    let context = try DeviceUnderTest.context()
    let count = context.device.largestAllocation / 4 + 1_000_000
    let error = #expect(throws: OpenCLError.self) { try Buffer<Float>(count: count, in: context) }
    #expect(error?.detail?.contains("\(4 * count) bytes") == true)
  }
}
