import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

typealias OpenCLExecutor = NetworkExecutor<OpenCLOperations>

extension NetworkExecutor<OpenCLOperations> {
  /// A network on the first device, with what tests want to decide.
  static func onDevice(
    _ specification: NetworkSpecification, _ configuration: ExecutorConfiguration,
    plan: OpenCLPlanSelection = .stepwise, sizes: PassSizes? = nil,
    wavefront: WavefrontSelection = .auto, tuning: DeviceTuning = .standard,
    takesSequences: Bool = false
  ) throws -> OpenCLExecutor {
    let context = try Context.shared(for: #require(KernelBench.device))
    return try OpenCLExecutor(
      for: specification, configuration: configuration, takesSequences: takesSequences,
      operations: OpenCLOperations(
        ParameterLayout(specification), context: context, mode: configuration.mode,
        selection: plan, sizes: sizes, wavefront: wavefront, tuning: tuning))
  }

  var queue: CommandQueue { operations.queue }
  var launchCount: Int { operations.launchCount }
}

extension LayerArguments {
  /// A plain layer whose R is at an offset.
  init(recurrentOffset: Int) {
    self.init()
    self.recurrentOffset = UInt64(recurrentOffset)
  }
}

extension LayerFlow {
  /// The gradient by the outputs of a layer: of all steps, or of the last one alone, which then comes
  /// as that by the state after it.
  init(
    above: [Float], ofLastStepOnly isLast: Bool, units: Int, cell: Buffer<Float>,
    _ bench: KernelBench
  ) throws {
    let buffer = try bench.buffer(above)
    self.init(
      outputs: isLast ? nil : Rows(buffer, pitch: units),
      hidden: isLast ? buffer : try bench.poisoned(cell.count), cell: cell)
    takesHidden = isLast
  }
}
