internal import COpenCL

/// A kind of OpenCL object, which keeps it apart from the others and knows how one is released.
///
/// In Swift all of them are the same pointer type.
protocol HandleKind {
  static func release(_ pointer: OpaquePointer)
}

/// The one owner of an OpenCL object, which is released with it.
///
/// A release that fails is not reported: there is nobody left who could do anything about it.
struct Handle<Kind: HandleKind>: ~Copyable {
  let pointer: OpaquePointer

  /// Takes over what a creating call returned.
  init(
    call: @autoclosure () -> String, detail: @autoclosure () -> String? = nil,
    create: (inout Int32) -> OpaquePointer?
  ) throws(OpenCLError) {
    var status = Status.success.rawValue
    let pointer = create(&status)
    try check(status, call(), detail: detail())
    guard let pointer else {
      throw OpenCLError(status: .invalidValue, call: call(), detail: "it returned nothing")
    }
    self.pointer = pointer
  }

  /// Takes over a pointer that the caller owns.
  init(owning pointer: OpaquePointer) {
    self.pointer = pointer
  }

  deinit { Kind.release(pointer) }
}

enum ContextKind: HandleKind {
  static func release(_ pointer: OpaquePointer) { clReleaseContext(pointer) }
}

enum CommandQueueKind: HandleKind {
  static func release(_ pointer: OpaquePointer) { clReleaseCommandQueue(pointer) }
}

enum BufferKind: HandleKind {
  static func release(_ pointer: OpaquePointer) { clReleaseMemObject(pointer) }
}

enum ProgramKind: HandleKind {
  static func release(_ pointer: OpaquePointer) { clReleaseProgram(pointer) }
}

enum KernelKind: HandleKind {
  static func release(_ pointer: OpaquePointer) { clReleaseKernel(pointer) }
}

enum EventKind: HandleKind {
  static func release(_ pointer: OpaquePointer) { clReleaseEvent(pointer) }
}
