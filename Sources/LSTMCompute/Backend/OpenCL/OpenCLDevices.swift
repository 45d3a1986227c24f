internal import OpenCL

/// An OpenCL device, as a user chooses it.
public struct OpenCLDevice: Hashable, Sendable {
  /// What a device is.
  public enum Kind: String, Hashable, Sendable {
    /// The processor itself.
    case cpu
    /// A graphics processor.
    case gpu
    /// Another processor made for computing.
    case accelerator
    /// Something else.
    case other
  }

  /// The number by which it is chosen, as in `opencl:0`.
  public let index: Int
  /// The name that the driver gives it.
  public let name: String
  /// Who made it.
  public let vendor: String
  /// The OpenCL implementation that it belongs to.
  public let platform: String
  /// The version of the driver.
  public let driver: String
  /// What it is.
  public let kind: Kind
  /// The number of units that run work-groups side by side.
  public let computeUnits: Int
  /// The size of its memory in bytes.
  public let memorySize: Int
  /// The largest single piece of memory, in bytes.
  public let largestAllocation: Int
  /// The memory that a work-group shares, in bytes.
  public let localMemorySize: Int
  /// Whether it is the processor itself, as with PoCL, so that nothing is won over the CPU backend.
  public let isProcessor: Bool

  /// All OpenCL devices of this machine; none where there is no driver.
  ///
  /// - Returns: The devices in the order of their numbers.
  /// - Throws: `LSTMError.deviceUnavailable` where OpenCL's library is not on the machine or cannot be
  ///   loaded, `LSTMError.deviceFailure` where a driver fails.
  public static func all() throws(LSTMError) -> [OpenCLDevice] {
    try deviceCall { () throws(OpenCLError) in try Device.all() }.map(OpenCLDevice.init)
  }

  init(_ device: Device) {
    index = device.index
    name = device.name
    vendor = device.vendor
    platform = device.platformName
    driver = device.driverVersion
    kind =
      switch device.kind {
      case .cpu: .cpu
      case .gpu: .gpu
      case .accelerator: .accelerator
      case .other: .other
      }
    computeUnits = device.computeUnits
    memorySize = device.globalMemorySize
    largestAllocation = device.largestAllocation
    localMemorySize = device.localMemorySize
    isProcessor = device.isProcessor
  }
}

/// Makes what OpenCL refuses an error of this library.
func deviceCall<Result>(
  _ body: () throws(OpenCLError) -> Result
) throws(LSTMError) -> Result {
  do {
    return try body()
  } catch {
    throw error.status == .libraryNotLoaded
      ? .deviceUnavailable(error.description) : .deviceFailure(error.description)
  }
}
