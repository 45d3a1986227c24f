internal import COpenCL

/// A command in a queue, which can be waited for.
///
/// `@unchecked Sendable`: events may be used from every thread.
package final class Event: @unchecked Sendable {
  let handle: Handle<EventKind>

  init(_ pointer: OpaquePointer?) throws(OpenCLError) {
    guard let pointer else {
      throw OpenCLError(status: .invalidValue, call: "clEnqueue", detail: "it returned no event")
    }
    handle = Handle(owning: pointer)
  }

  /// Waits until the command is complete.
  package func wait() throws(OpenCLError) {
    var pointer: OpaquePointer? = handle.pointer
    try check(clWaitForEvents(1, &pointer), "clWaitForEvents")
  }

  /// When the device started the command, in nanoseconds of its own clock.
  ///
  /// - Throws: Where the queue does not profile or the command is not complete.
  package func start() throws(OpenCLError) -> UInt64 {
    try time(CL_PROFILING_COMMAND_START)
  }

  /// When the device had done the command, in nanoseconds of its own clock.
  ///
  /// - Throws: Where the queue does not profile or the command is not complete.
  package func end() throws(OpenCLError) -> UInt64 {
    try time(CL_PROFILING_COMMAND_END)
  }

  private func time(_ fact: Int32) throws(OpenCLError) -> UInt64 {
    var value: UInt64 = 0
    let status = clGetEventProfilingInfo(
      handle.pointer, cl_profiling_info(fact), MemoryLayout<UInt64>.size, &value, nil)
    try check(status, "clGetEventProfilingInfo")
    return value
  }
}
