#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif
internal import COpenCL

/// OpenCL's library, which is loaded when the first device is asked for.
enum Library {
  /// The variable of the environment that names another library than the system's.
  static let variable = "SWIFT_LSTM_OPENCL"

  /// Loads the library, before which no function of OpenCL may be called.
  ///
  /// Only `Discovery` calls this, once in a process: every other call needs a device from there.
  ///
  /// - Throws: An error of the status `libraryNotLoaded` where there is none that can be used.
  static func load() throws(OpenCLError) {
    let given = getenv(variable).flatMap { $0.pointee == 0 ? nil : String(cString: $0) }
    try load(given)
  }

  /// Loads the library at a path, the system's where none is given.
  static func load(_ path: String?) throws(OpenCLError) {
    var reason = [CChar](repeating: 0, count: 1024)
    let state = opencl_load(path, &reason, reason.count)
    if state == opencl_is_loaded { return }
    let name = path ?? opencl_library_name.map { String(cString: $0) } ?? "libOpenCL"
    let text = reason.withUnsafeBufferPointer { bytes in
      String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
    let problem =
      switch state {
      case opencl_is_absent: "is not on this machine"
      case opencl_is_incomplete: "lacks \(text) of OpenCL 1.2"
      default: "cannot be loaded: \(text)"
      }
    throw OpenCLError(
      status: .libraryNotLoaded, call: "dlopen",
      detail:
        "OpenCL's library \(name)\(path == nil ? "" : ", which \(variable) names,") \(problem)")
  }
}
