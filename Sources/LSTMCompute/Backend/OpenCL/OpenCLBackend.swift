internal import OpenCL

/// Runs networks on an OpenCL device.
public struct OpenCLBackend: Backend {
  /// The device.
  public let device: OpenCLDevice
  /// How it runs networks.
  public private(set) var plan: OpenCLPlanSelection
  /// In what it stores and multiplies weights and outputs.
  public let precision: Precision
  /// Such as `opencl:0`.
  public var name: String { "opencl:\(device.index)" }
  /// The device's name, size and driver.
  public var deviceDescription: String {
    "\(device.name), \(device.computeUnits) compute units, \(device.memorySize >> 20) MiB, "
      + "\(device.platform), driver \(device.driver)"
  }

  /// Every plan that the device can run; only the one that is forced where one is.
  public var forcedPlans: [(name: String, backend: any Backend)] {
    // In other precisions there is only the one that goes step by step.
    guard precision == .float32 else { return [] }
    let plans = plan == .auto ? [OpenCLPlanSelection.stepwise, .resident, .cooperative] : [plan]
    return plans.map { plan in
      var forced = self
      forced.plan = plan
      return (plan.rawValue, forced)
    }
  }

  private let context: Context
  private let instructions: TensorProduct.Instructions?
  private let tuning: DeviceTuning

  /// The backend for a device.
  ///
  /// - Parameters:
  ///   - deviceIndex: The device's number among `OpenCLDevice.all()`.
  ///   - plan: How it runs networks; what suits each of them where none is forced.
  ///   - precision: In what weights and outputs are stored and multiplied.
  /// - Throws: `LSTMError.deviceUnavailable` where there is no such device or it cannot do the work,
  ///   `LSTMError.invalidConfiguration` where the plan does not know the precision or the device does
  ///   not.
  public init(
    deviceIndex: Int, plan: OpenCLPlanSelection = .auto, precision: Precision = .float32
  ) throws(LSTMError) {
    try self.init(deviceIndex: deviceIndex, plan: plan, precision: precision, instructions: nil)
  }

  /// The same, with somebody who multiplies in the precision in place of tensor cores.
  init(
    deviceIndex: Int, plan: OpenCLPlanSelection = .auto, precision: Precision,
    instructions: TensorProduct.Instructions?
  ) throws(LSTMError) {
    guard plan.takes(precision) else {
      throw .invalidConfiguration(
        "the plan '\(plan.rawValue)' computes in float32 only; use the plan 'auto' or 'stepwise' with "
          + "\(precision.rawValue)")
    }
    self.plan = plan
    self.precision = precision
    let devices = try deviceCall { () throws(OpenCLError) in try Device.all() }
    guard devices.indices.contains(deviceIndex) else {
      throw .deviceUnavailable(
        devices.isEmpty
          ? "there is no OpenCL device, so no opencl:\(deviceIndex)"
          : "there is no device opencl:\(deviceIndex); there "
            + (devices.count == 1 ? "is opencl:0" : "are opencl:0 to opencl:\(devices.count - 1)"))
    }
    let device = devices[deviceIndex]
    guard device.isAvailable, device.hasCompiler else {
      throw .deviceUnavailable(
        "\(device.name) "
          + (device.isAvailable
            ? "takes no kernels as text, and there are no others for it; choose another device"
            : "is not available at the moment, says its driver; choose another device"))
    }
    // What the kernels were laid out for, and every GPU of the last ten years has.
    guard device.largestWorkGroup >= 256, device.localMemorySize >= 16384 else {
      throw .deviceUnavailable(
        "\(device.name) has work-groups of \(device.largestWorkGroup) items and "
          + "\(device.localMemorySize) bytes of local memory; 256 and 16384 are needed")
    }
    self.device = OpenCLDevice(device)
    context = try deviceCall { () throws(OpenCLError) in try Context.shared(for: device) }
    // Refused before any work is done.
    self.instructions = try TensorCores.instructions(
      for: precision, in: context, given: instructions)
    tuning = DeviceTuning.shared(for: device)
  }

  /// Reserves everything that is needed to run a network on the device.
  ///
  /// - Throws: `LSTMError.deviceFailure` where the device refuses, `LSTMError.invalidConfiguration`
  ///   where a size cannot be run, or not by the plan that is forced, or the network cannot do what is
  ///   asked.
  public func makeExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any Executor {
    try executor(for: specification, configuration: configuration, takesSequences: false)
  }

  /// Reserves everything that is needed to run a network over sequences too.
  ///
  /// - Throws: As `makeExecutor`.
  public func makeSequenceExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any SequenceExecutor {
    try executor(for: specification, configuration: configuration, takesSequences: true)
  }

  private func executor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration,
    takesSequences: Bool
  ) throws -> NetworkExecutor<OpenCLOperations> {
    try Self.checkCounts(specification, configuration)
    return try NetworkExecutor(
      for: specification, configuration: configuration, takesSequences: takesSequences,
      operations: OpenCLOperations(
        ParameterLayout(specification), context: context, mode: configuration.mode,
        precision: precision, instructions: instructions, selection: plan, tuning: tuning))
  }

  /// Throws where a count would not fit the `int`s in which kernels take them.
  static func checkCounts(
    _ specification: NetworkSpecification, _ configuration: ExecutorConfiguration
  ) throws(LSTMError) {
    let widest = max(
      specification.inputSize, specification.outputSize,
      4 * (specification.layers.map(\.hiddenSize).max() ?? 1))
    let rows = configuration.batchSize.multipliedReportingOverflow(by: configuration.steps)
    let step = configuration.batchSize.multipliedReportingOverflow(by: widest)
    guard
      !rows.overflow, rows.partialValue <= Int(Int32.max), !step.overflow,
      step.partialValue <= Int(Int32.max)
    else {
      throw .invalidConfiguration(
        "a batch of \(configuration.batchSize) windows of \(configuration.steps) steps is too "
          + "large for an OpenCL device; choose a smaller batch")
    }
  }
}
