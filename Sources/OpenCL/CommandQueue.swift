internal import COpenCL
internal import Synchronization

/// An in-order queue of work for a device.
///
/// `@unchecked Sendable`: commands may be put into a queue by every thread.
package final class CommandQueue: @unchecked Sendable {
  package let context: Context
  let handle: Handle<CommandQueueKind>
  private let launches = Atomic<Int>(0)
  private let reads = Atomic<Int>(0)
  private let readBytes = Atomic<Int>(0)
  private let writtenBytes = Atomic<Int>(0)
  /// Whether each kernel leaves an event by which it can be timed.
  let timesKernels: Bool
  private let timed = Mutex<(first: Event, last: Event)?>(nil)

  /// The number of kernels that were launched into this queue.
  package var launchCount: Int { launches.load(ordering: .relaxed) }
  /// The number of times that the host read from the device, and waited for it.
  package var readCount: Int { reads.load(ordering: .relaxed) }
  /// The number of bytes that these reads brought.
  package var bytesRead: Int { readBytes.load(ordering: .relaxed) }
  /// The number of bytes that the host wrote to the device.
  package var bytesWritten: Int { writtenBytes.load(ordering: .relaxed) }

  /// Makes a queue.
  ///
  /// - Parameters:
  ///   - context: Whose device works the queue off.
  ///   - profiles: Whether events know when their commands ran.
  /// - Throws: What the device refuses.
  package init(_ context: Context, profiles: Bool = false) throws(OpenCLError) {
    self.context = context
    timesKernels = profiles
    let properties = profiles ? cl_command_queue_properties(CL_QUEUE_PROFILING_ENABLE) : 0
    handle = try Handle(call: "clCreateCommandQueue") { status in
      clCreateCommandQueue(
        context.handle.pointer, context.device.pointer, properties, &status)
    }
  }

  func countLaunch() { launches.add(1, ordering: .relaxed) }

  func noteTime(of event: Event) {
    timed.withLock { $0 = ($0?.first ?? event, event) }
  }

  /// How long the kernels since the last call of this took, in seconds of the device.
  ///
  /// It is from the start of the first to the end of the last; 0 where there was none. Waits for the
  /// device.
  ///
  /// - Returns: The seconds.
  /// - Throws: Where the queue does not profile, and what the device refuses.
  package func takeKernelTime() throws(OpenCLError) -> Double {
    try finish()
    let events = timed.withLock { events in
      defer { events = nil }
      return events
    }
    guard let events else { return 0 }
    let (start, end) = (try events.first.start(), try events.last.end())
    return end > start ? Double(end - start) * 1e-9 : 0
  }

  /// Copies from the host, and waits until that is done.
  package func write<Element>(
    _ elements: [Element], to buffer: Buffer<Element>, at offset: Int = 0
  ) throws(OpenCLError) {
    try buffer.check(elements.count, at: offset, for: "clEnqueueWriteBuffer")
    guard !elements.isEmpty else { return }
    let stride = MemoryLayout<Element>.stride
    let status = elements.withUnsafeBytes {
      clEnqueueWriteBuffer(
        handle.pointer, buffer.handle.pointer, cl_bool(CL_TRUE), offset * stride, $0.count,
        $0.baseAddress, 0, nil, nil)
    }
    try check(status, "clEnqueueWriteBuffer")
    writtenBytes.add(elements.count * stride, ordering: .relaxed)
  }

  /// Copies to the host, once everything before it in the queue is done.
  ///
  /// - Parameters:
  ///   - buffer: What is read.
  ///   - range: Which elements; all of them where none is given.
  /// - Returns: The elements.
  /// - Throws: What the device refuses, and a range beyond the buffer.
  package func read<Element>(
    _ buffer: Buffer<Element>, _ range: Range<Int>? = nil
  ) throws(OpenCLError) -> [Element] {
    let range = range ?? 0..<buffer.count
    try buffer.check(range.count, at: range.lowerBound, for: "clEnqueueReadBuffer")
    guard !range.isEmpty else { return [] }
    let stride = MemoryLayout<Element>.stride
    var status = Status.success.rawValue
    let elements = [Element](unsafeUninitializedCapacity: range.count) { elements, count in
      status = clEnqueueReadBuffer(
        handle.pointer, buffer.handle.pointer, cl_bool(CL_TRUE), range.lowerBound * stride,
        range.count * stride, elements.baseAddress, 0, nil, nil)
      count = status == Status.success.rawValue ? range.count : 0
    }
    try check(status, "clEnqueueReadBuffer")
    reads.add(1, ordering: .relaxed)
    readBytes.add(range.count * stride, ordering: .relaxed)
    return elements
  }

  /// Copies within the device.
  package func copy<Element>(
    _ source: Buffer<Element>, _ range: Range<Int>, to target: Buffer<Element>,
    at offset: Int = 0
  ) throws(OpenCLError) {
    try source.check(range.count, at: range.lowerBound, for: "clEnqueueCopyBuffer")
    try target.check(range.count, at: offset, for: "clEnqueueCopyBuffer")
    guard !range.isEmpty else { return }
    let stride = MemoryLayout<Element>.stride
    let status = clEnqueueCopyBuffer(
      handle.pointer, source.handle.pointer, target.handle.pointer, range.lowerBound * stride,
      offset * stride, range.count * stride, 0, nil, nil)
    try check(status, "clEnqueueCopyBuffer")
  }

  /// Sets every element, or those of a range, to the same value.
  package func fill<Element>(
    _ buffer: Buffer<Element>, _ range: Range<Int>? = nil, with element: Element
  ) throws(OpenCLError) {
    let range = range ?? 0..<buffer.count
    try buffer.check(range.count, at: range.lowerBound, for: "clEnqueueFillBuffer")
    guard !range.isEmpty else { return }
    let stride = MemoryLayout<Element>.stride
    let status = withUnsafePointer(to: element) {
      clEnqueueFillBuffer(
        handle.pointer, buffer.handle.pointer, $0, stride, range.lowerBound * stride,
        range.count * stride, 0, nil, nil)
    }
    try check(status, "clEnqueueFillBuffer")
  }

  /// An event that is complete when everything before it in the queue is.
  package func marker() throws(OpenCLError) -> Event {
    var pointer: OpaquePointer?
    try check(
      clEnqueueMarkerWithWaitList(handle.pointer, 0, nil, &pointer), "clEnqueueMarkerWithWaitList")
    return try Event(pointer)
  }

  /// Makes the device start on what is in the queue.
  package func flush() throws(OpenCLError) {
    try check(clFlush(handle.pointer), "clFlush")
  }

  /// Waits until the queue is empty.
  package func finish() throws(OpenCLError) {
    try check(clFinish(handle.pointer), "clFinish")
  }
}
