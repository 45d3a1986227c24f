internal import COpenCL

/// What OpenCL found on this machine, once per process.
///
/// Once, because PoCL 3.1 crashes when two threads make the first discovery at the same time; a
/// `static let` is initialized by one thread while the others wait.
enum Discovery {
  static let result: Result<[Device], OpenCLError> = Result { () throws(OpenCLError) in
    try discover()
  }

  private static func discover() throws(OpenCLError) -> [Device] {
    try Library.load()
    var devices: [Device] = []
    var failure: OpenCLError?
    for platform in try platforms() {
      // A driver that fails must not hide the devices of the others.
      do throws(OpenCLError) {
        for identifier in try identifiers(of: platform) {
          devices.append(try Device(identifier, platform: platform, index: devices.count))
        }
      } catch {
        failure = failure ?? error
      }
    }
    if let failure, devices.isEmpty { throw failure }
    return devices
  }

  private static func platforms() throws(OpenCLError) -> [OpaquePointer] {
    var count: UInt32 = 0
    let status = clGetPlatformIDs(0, nil, &count)
    // A loader without any driver says so with a status of its own. That is no error here.
    if status == Status.platformNotFound.rawValue { return [] }
    try check(status, "clGetPlatformIDs")
    var list = [OpaquePointer?](repeating: nil, count: Int(count))
    guard count > 0 else { return [] }
    try check(clGetPlatformIDs(count, &list, nil), "clGetPlatformIDs")
    return list.compactMap(\.self)
  }

  private static func identifiers(
    of platform: OpaquePointer
  ) throws(OpenCLError) -> [OpaquePointer] {
    var count: UInt32 = 0
    let all = cl_device_type(CL_DEVICE_TYPE_ALL)
    let status = clGetDeviceIDs(platform, all, 0, nil, &count)
    if status == Status.deviceNotFound.rawValue || (status == 0 && count == 0) { return [] }
    try check(status, "clGetDeviceIDs")
    var list = [OpaquePointer?](repeating: nil, count: Int(count))
    try check(clGetDeviceIDs(platform, all, count, &list, nil), "clGetDeviceIDs")
    return list.compactMap(\.self)
  }
}
