/// A value that a kernel takes.
package protocol KernelArgument {
  /// Calls the body with the size and the bytes of the argument, as `clSetKernelArg` wants them.
  func withArgumentBytes<Result>(_ body: (Int, UnsafeRawPointer?) -> Result) -> Result
}

extension KernelArgument where Self: BitwiseCopyable {
  package func withArgumentBytes<Result>(_ body: (Int, UnsafeRawPointer?) -> Result) -> Result {
    withUnsafeBytes(of: self) { body($0.count, $0.baseAddress) }
  }
}

/// An `int`.
extension Int32: KernelArgument {}
/// A `uint`.
extension UInt32: KernelArgument {}
/// A `long`.
extension Int64: KernelArgument {}
/// A `ulong`.
extension UInt64: KernelArgument {}
/// A `float`.
extension Float: KernelArgument {}

/// A `__global` pointer.
extension Buffer: KernelArgument {
  package func withArgumentBytes<Result>(_ body: (Int, UnsafeRawPointer?) -> Result) -> Result {
    withUnsafeBytes(of: handle.pointer) { body($0.count, $0.baseAddress) }
  }
}
