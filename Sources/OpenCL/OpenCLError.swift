/// A call that OpenCL refused.
package struct OpenCLError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What it returned.
  package let status: Status
  /// The function that was called, and on what, such as `clCreateKernel(adam_step)`.
  package let call: String
  /// What else is known: a build log, the sizes asked for.
  package let detail: String?

  package init(status: Status, call: String, detail: String? = nil) {
    self.status = status
    self.call = call
    self.detail = detail
  }

  /// Whether it is a kernel that a device does not take, for its registers or because it cannot be
  /// compiled, while others may be taken.
  package var refusesKernel: Bool { status == .outOfResources || status == .buildProgramFailure }

  package var description: String {
    // Nothing was called.
    if status == .libraryNotLoaded, let detail { return detail }
    return "\(call) failed with \(status.name)" + (detail.map { ": \($0)" } ?? "")
  }
}

/// Throws where a call did not succeed.
func check(
  _ status: Int32, _ call: @autoclosure () -> String, detail: @autoclosure () -> String? = nil
) throws(OpenCLError) {
  guard status == Status.success.rawValue else {
    throw OpenCLError(status: Status(rawValue: status), call: call(), detail: detail())
  }
}
