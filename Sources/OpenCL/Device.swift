internal import COpenCL

/// An OpenCL device and the facts by which work is laid out for it.
///
/// `@unchecked Sendable`: the pointer names a root device, which lives as long as the process and
/// which every call may use from every thread.
package struct Device: @unchecked Sendable {
  /// What a device is.
  package enum Kind: String, Hashable, Sendable {
    case cpu, gpu, accelerator, other

    /// The kind that the bits of `CL_DEVICE_TYPE` mean.
    ///
    /// Simulators say that they are everything at once, and run on the processor.
    package init(bits: UInt64) {
      let has = { (bit: Int32) in bits & UInt64(bit) != 0 }
      self =
        has(CL_DEVICE_TYPE_CPU)
        ? .cpu
        : has(CL_DEVICE_TYPE_GPU)
          ? .gpu : has(CL_DEVICE_TYPE_ACCELERATOR) ? .accelerator : .other
    }
  }

  let pointer: OpaquePointer
  /// The number of the device among all of all platforms.
  package let index: Int
  package let name: String
  package let vendor: String
  package let platformName: String
  /// The version of the OpenCL implementation, such as `OpenCL 3.0 PoCL 3.1+debian ...`.
  package let platformVersion: String
  package let driverVersion: String
  package let kind: Kind
  /// Whether it can be used at the moment.
  package let isAvailable: Bool
  /// Whether it takes kernels as text; some want programs that were compiled elsewhere.
  package let hasCompiler: Bool
  package let computeUnits: Int
  /// In bytes, for one work-group.
  package let localMemorySize: Int
  /// In bytes.
  package let globalMemorySize: Int
  /// In bytes, for one buffer.
  package let largestAllocation: Int
  /// In work-items, whatever the kernel.
  package let largestWorkGroup: Int
  package let extensions: Set<String>

  /// Whether this is PoCL, which compiles kernels for the processor.
  package var isPoCL: Bool { platformName == "Portable Computing Language" }
  /// Whether this is the processor itself.
  package var isProcessor: Bool { kind == .cpu }

  /// Whether its compiler may be asked for NVIDIA's instructions (PTX).
  ///
  /// Not every compiler survives instructions of another machine, so it must be NVIDIA's.
  package var takesPTX: Bool { extensions.contains { $0.hasPrefix("cl_nv_") } }

  /// What tells it from other devices and drivers, a line each: what was built or measured for one
  /// is not for another.
  package var identity: String {
    [name, vendor, driverVersion, platformName, platformVersion].joined(separator: "\n")
  }

  /// All devices of all platforms; empty where there is no driver.
  ///
  /// - Throws: An error of the status `libraryNotLoaded` where OpenCL's library is not there either,
  ///   and what a driver refuses.
  package static func all() throws(OpenCLError) -> [Device] {
    try Discovery.result.get()
  }

  init(_ pointer: OpaquePointer, platform: OpaquePointer, index: Int) throws(OpenCLError) {
    self.pointer = pointer
    self.index = index
    name = try Self.text(pointer, CL_DEVICE_NAME)
    vendor = try Self.text(pointer, CL_DEVICE_VENDOR)
    driverVersion = try Self.text(pointer, CL_DRIVER_VERSION)
    platformName = try textOfInfo("clGetPlatformInfo") {
      clGetPlatformInfo(platform, cl_platform_info(CL_PLATFORM_NAME), $0, $1, $2)
    }
    platformVersion = try textOfInfo("clGetPlatformInfo") {
      clGetPlatformInfo(platform, cl_platform_info(CL_PLATFORM_VERSION), $0, $1, $2)
    }
    extensions = Set(
      try Self.text(pointer, CL_DEVICE_EXTENSIONS).split(separator: " ").map(String.init))
    kind = Kind(bits: try Self.number(pointer, CL_DEVICE_TYPE, as: cl_device_type.self))
    isAvailable = try Self.number(pointer, CL_DEVICE_AVAILABLE, as: cl_bool.self) != 0
    hasCompiler = try Self.number(pointer, CL_DEVICE_COMPILER_AVAILABLE, as: cl_bool.self) != 0
    computeUnits = Int(try Self.number(pointer, CL_DEVICE_MAX_COMPUTE_UNITS, as: UInt32.self))
    localMemorySize = Int(
      clamping: try Self.number(pointer, CL_DEVICE_LOCAL_MEM_SIZE, as: UInt64.self))
    globalMemorySize = Int(
      clamping: try Self.number(pointer, CL_DEVICE_GLOBAL_MEM_SIZE, as: UInt64.self))
    largestAllocation = Int(
      clamping: try Self.number(pointer, CL_DEVICE_MAX_MEM_ALLOC_SIZE, as: UInt64.self))
    largestWorkGroup = try Self.number(pointer, CL_DEVICE_MAX_WORK_GROUP_SIZE, as: Int.self)
  }

  private static func text(_ device: OpaquePointer, _ fact: Int32) throws(OpenCLError) -> String {
    try textOfInfo("clGetDeviceInfo(\(fact))") {
      clGetDeviceInfo(device, cl_device_info(fact), $0, $1, $2)
    }
  }

  private static func number<Number: FixedWidthInteger>(
    _ device: OpaquePointer, _ fact: Int32, as type: Number.Type
  ) throws(OpenCLError) -> Number {
    var value: Number = 0
    let status = clGetDeviceInfo(
      device, cl_device_info(fact), MemoryLayout<Number>.size, &value, nil)
    try check(status, "clGetDeviceInfo(\(fact))")
    return value
  }
}

/// The text that a query returns which is asked for its size first.
func textOfInfo(
  _ call: @autoclosure () -> String,
  query: (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> Int32
) throws(OpenCLError) -> String {
  var size = 0
  try check(query(0, nil, &size), call())
  var bytes = [UInt8](repeating: 0, count: size)
  try check(query(size, &bytes, nil), call())
  let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  let isBlank = { (character: Character) in character.isWhitespace }
  let start = text.drop(while: isBlank)
  return String(start.reversed().drop(while: isBlank).reversed())
}
