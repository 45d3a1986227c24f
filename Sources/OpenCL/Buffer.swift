internal import COpenCL

/// Memory of a device that holds elements of one type.
///
/// `@unchecked Sendable`: the handle may be used from every thread. What the memory holds is
/// ordered by the queues that use it.
package final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
  let handle: Handle<BufferKind>
  /// The number of elements.
  package let count: Int

  /// Reserves memory, whose contents are undefined.
  package init(count: Int, in context: Context) throws(OpenCLError) {
    let bytes = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count > 0, !bytes.overflow else {
      throw OpenCLError(
        status: .invalidValue, call: "clCreateBuffer", detail: "\(count) elements")
    }
    self.count = count
    handle = try Handle(
      call: "clCreateBuffer",
      detail: "\(bytes.partialValue) bytes, of \(context.device.largestAllocation) at most"
    ) { status in
      clCreateBuffer(
        context.handle.pointer, cl_mem_flags(CL_MEM_READ_WRITE), bytes.partialValue, nil, &status)
    }
  }

  /// Throws where elements from `offset` on reach beyond the buffer.
  func check(_ elements: Int, at offset: Int, for call: String) throws(OpenCLError) {
    guard elements >= 0, offset >= 0, offset <= count, elements <= count - offset else {
      throw OpenCLError(
        status: .invalidValue, call: call,
        detail: "\(elements) elements at \(offset) of a buffer of \(count)")
    }
  }
}
