/// The choice of a backend.
public enum Backends {
  /// A backend, and why it is this one.
  public struct Choice: Sendable {
    /// The backend.
    public let backend: any Backend
    /// One line for the user: what it runs on and why.
    public let reason: String

    /// A choice from its parts.
    public init(backend: any Backend, reason: String) {
      self.backend = backend
      self.reason = reason
    }
  }

  /// The backend that a user asks for.
  ///
  /// `auto` takes the first OpenCL device that is a GPU. An OpenCL device that is the processor itself
  /// is never better than the CPU backend, and an accelerator may be one that only emulates another
  /// device; so both are taken only when asked for.
  ///
  /// - Parameters:
  ///   - selection: What the user asks for.
  ///   - plan: How an OpenCL device runs networks.
  ///   - precision: In what an OpenCL device stores and multiplies weights and outputs.
  ///   - place: The number of this process among those on the same machine, from 0: of several OpenCL
  ///     devices that are as good, each process takes another one, in turn.
  /// - Returns: The backend and the reason.
  /// - Throws: `LSTMError.deviceUnavailable` where the device asked for does not exist,
  ///   `LSTMError.invalidConfiguration` where a plan is forced or a precision other than float32 is asked
  ///   for and the device is no OpenCL device, or cannot do that.
  public static func make(
    _ selection: DeviceSelection, plan: OpenCLPlanSelection = .auto,
    precision: Precision = .float32, place: Int = 0
  ) throws(LSTMError) -> Choice {
    let choice = try make(selection, plan, precision, place)
    guard precision == .float32 || choice.backend is OpenCLBackend else {
      throw .invalidConfiguration(
        "\(precision.rawValue) is for OpenCL devices, but the device is \(choice.reason)")
    }
    guard plan == .auto || choice.backend is OpenCLBackend else {
      throw .invalidConfiguration(
        "the plan '\(plan.rawValue)' is for OpenCL devices, but the device is \(choice.reason)")
    }
    return choice
  }

  private static func make(
    _ selection: DeviceSelection, _ plan: OpenCLPlanSelection, _ precision: Precision, _ place: Int
  ) throws(LSTMError) -> Choice {
    switch selection {
    case .reference:
      return Choice(ReferenceBackend(), "as asked")
    case .cpu:
      return Choice(CPUBackend(), "as asked")
    case .opencl(let number):
      let devices = try openCLDevices()
      guard let first = preferred(devices, place).first else {
        throw .deviceUnavailable(
          "there is no OpenCL device; install the driver of a GPU, or use --device cpu")
      }
      return Choice(
        try OpenCLBackend(deviceIndex: number ?? first.index, plan: plan, precision: precision),
        "as asked")
    case .auto:
      return automatic(plan, precision, place)
    }
  }

  /// The devices for somebody who wants one of them.
  private static func openCLDevices() throws(LSTMError) -> [OpenCLDevice] {
    do {
      return try OpenCLDevice.all()
    } catch .deviceUnavailable(let message) {
      throw .deviceUnavailable("\(message); install \(loaderPackage) or use --device cpu")
    }
  }

  /// What has OpenCL's library.
  private static var loaderPackage: String {
    #if os(Linux)
      "ocl-icd-libopencl1 (its name in Debian and Ubuntu)"
    #else
      "OpenCL"
    #endif
  }

  /// The devices in the order in which `opencl` takes them: GPUs first, the processor itself last.
  private static func preferred(_ devices: [OpenCLDevice], _ place: Int) -> [OpenCLDevice] {
    devices.filter { $0.kind == .gpu }.beginning(at: place)
      + devices.filter { $0.kind != .gpu && !$0.isProcessor }.beginning(at: place)
      + devices.filter(\.isProcessor)
  }

  /// The best there is; a device that fails to start is passed over, and the reason says so.
  private static func automatic(
    _ plan: OpenCLPlanSelection, _ precision: Precision, _ place: Int
  ) -> Choice {
    let devices: [OpenCLDevice]
    do {
      devices = try OpenCLDevice.all()
    } catch .deviceUnavailable(let message) {
      return Choice(CPUBackend(), "there is no OpenCL device: \(message)")
    } catch {
      return Choice(CPUBackend(), "OpenCL devices could not be listed: \(error)")
    }
    var failures: [String] = []
    for device in devices.filter({ $0.kind == .gpu }).beginning(at: place) {
      do {
        let others =
          devices.count == 1
          ? "the GPU"
          : place == 0
            ? "the first of \(devices.count) OpenCL devices"
            : "of \(devices.count) OpenCL devices that of process \(place) on this machine"
        return Choice(
          try OpenCLBackend(deviceIndex: device.index, plan: plan, precision: precision), others)
      } catch {
        failures.append("\(device.name): \(error)")
      }
    }
    let why =
      !failures.isEmpty
      ? "no OpenCL device could be used: \(failures.joined(separator: "; "))"
      : devices.isEmpty
        ? "there is no OpenCL device"
        : devices.allSatisfy(\.isProcessor)
          ? "OpenCL has only the processor itself, which this backend uses better"
          : "no OpenCL device is a GPU, and others are used only when asked for"
    return Choice(CPUBackend(), why)
  }
}

extension Backends.Choice {
  fileprivate init(_ backend: any Backend, _ why: String) {
    self.backend = backend
    reason = "\(backend.name) (\(backend.deviceDescription)): \(why)"
  }
}

extension [OpenCLDevice] {
  /// The same devices in a circle, from one of a number on, which may be larger than theirs.
  fileprivate func beginning(at place: Int) -> [OpenCLDevice] {
    indices.map { self[($0 + place) % count] }
  }
}
