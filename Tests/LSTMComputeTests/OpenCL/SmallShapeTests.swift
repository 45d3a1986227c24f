import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// Every kernel once, at shapes so small that a simulator is done with them in minutes, which looks at
/// every access to memory: see `Scripts/check-kernels`.
///
/// What is computed is held against the reference here too; larger shapes are for the other suites.
@Suite(.serialized, .enabled(if: KernelBench.hasDevice)) struct SmallShapeTests {
  private func verify(
    _ backend: OpenCLBackend, _ cases: [DeviceVerification.Case]
  ) throws {
    for result in try DeviceVerification.run(on: backend, cases: cases) {
      print(result)
      #expect(result.passed, "\(result)")
    }
  }

  private static func plain(
    _ inputs: Int, _ hidden: [Int], _ outputs: Int, steps: Int = 3, batch: Int = 3,
    _ loss: Loss = .mse, _ optimizer: Optimizer = .sgd(momentum: 0.5)
  ) throws -> DeviceVerification.Case {
    DeviceVerification.Case(
      try NetworkSpecification(inputSize: inputs, hiddenSizes: hidden, outputSize: outputs),
      steps: steps, batchSize: batch, loss: loss, optimizer: optimizer)
  }

  /// Widths that come in fours and not, and inputs that are projected before the steps.
  @Test(arguments: [OpenCLPlanSelection.stepwise, .resident, .cooperative])
  func plainLayers(plan: OpenCLPlanSelection) throws {
    try verify(
      OpenCLBackend(deviceIndex: 0, plan: plan),
      [Self.plain(2, [5, 4], 2), Self.plain(17, [4], 1, steps: 2, batch: 5)])
  }

  /// Three work-groups for five units, and two teams: a network would give so few to one group.
  @Test(arguments: [0, 1 << 10]) func sharedLayers(polls: Int) throws {
    let bench = try KernelBench()
    let (steps, rows, units) = (3, 3, 5)
    let sizes = CooperativeSizes(units: units, groups: 3, rows: 2, teams: 2, teamRows: 2)
    let (state, barrier) = (rows * units, try GridBarrier(on: bench.queue, teams: sizes.teams))
    barrier.polls = polls
    var generator = PhiloxGenerator(seed: 73, stream: .data)
    let recurrent = generator.values(4 * units * units)
    let sums = generator.values(4 * steps * state)
    let zeros = [Float](repeating: 0, count: state)
    let expected = LSTMStepForwardTests.plain(
      steps: steps, rows: rows, units: units, sums: sums.map(Double.init), recurrent: recurrent,
      hidden: zeros, cell: zeros)
    let parameters = try bench.buffer(recurrent)
    let (sumBuffer, gates) = (try bench.buffer(sums), try bench.poisoned(sums.count))
    let hidden = try bench.poisoned((steps + 1) * state)
    let cell = try bench.poisoned((steps + 1) * state)
    var buffers = LayerBuffers(
      rows: rows, startsFromZero: true, keepsGates: true, parameters: parameters,
      layer: LayerArguments(), gates: sumBuffer, hidden: hidden, cell: cell)
    buffers.keptGates = gates
    try LSTMCooperativeForward(bench.library, sizes)(
      on: bench.queue, steps: steps, buffers, barrier)
    var worst = WorstError()
    worst.expect(
      try bench.queue.read(hidden)[state...], expected.hidden[state...], within: kernelTolerance,
      "hidden")
    worst.expect(try bench.queue.read(gates), expected.gates, within: kernelTolerance, "gates")

    let above = generator.values(steps * state)
    let dz = try bench.poisoned(sums.count)
    buffers.gates = dz
    try LSTMCooperativeBackward(bench.library, sizes)(
      on: bench.queue, steps: steps, buffers,
      LayerFlow(
        above: above, ofLastStepOnly: false, units: units, cell: bench.poisoned(state), bench),
      LSTMCooperativeBackward.Scratch(cell: bench.poisoned(steps * state)), barrier)
    worst.expect(
      try bench.queue.read(dz),
      LSTMStepBackwardTests.plain(
        steps: steps, rows: rows, units: units, gates: expected.gates.map { Float($0) },
        cell: expected.cell.map { Float($0) }, recurrent: recurrent, above: above),
      within: kernelTolerance, "gradient by the gates' sums")
    print("shared by work-groups, \(polls) polls: \(worst)")
  }

  /// Each loss, and each optimizer with what its kernel has variants for.
  @Test func lossesAndOptimizers() throws {
    let quantile = Loss.quantile([0.1, 0.9])
    try verify(
      OpenCLBackend(deviceIndex: 0, plan: .stepwise),
      [
        Self.plain(1, [2], 1, steps: 2, .mae, .sgd(momentum: 0.5, nesterov: true)),
        Self.plain(1, [2], 1, steps: 2, .huber, .sgd(momentum: 0.5, weightDecay: 0.01)),
        Self.plain(1, [2], 2, steps: 2, quantile, .rmsprop()),
        Self.plain(1, [2], 2, steps: 2, .gaussian, .rmsprop(momentum: 0.5, weightDecay: 0.01)),
        Self.plain(1, [2], 1, steps: 2, .mse, .adam()), Self.plain(1, [2], 1, .mse, .adamW()),
      ])
  }

  private static var normalized: LSTMLayer {
    var layer = LSTMLayer(hiddenSize: 5)
    layer.direction = .bidirectional
    layer.normalizesGates = true
    layer.hasPeepholes = true
    layer.dropout = 0.3
    (layer.zoneoutHidden, layer.zoneoutCell) = (0.1, 0.2)
    return layer
  }

  private static var projected: LSTMLayer {
    var layer = LSTMLayer(hiddenSize: 6)
    layer.direction = .bidirectionalSum
    layer.projectionSize = 3
    (layer.projectionClip, layer.cellClip) = (0.2, 0.3)
    layer.recurrentDropout = 0.25
    return layer
  }

  private static var coupled: LSTMLayer {
    var layer = LSTMLayer(hiddenSize: 4)
    layer.couplesGates = true
    layer.gateClip = 0.5
    return layer
  }

  private static func sequences() throws -> [DeviceVerification.Case] {
    [
      DeviceVerification.Case(
        try NetworkSpecification(
          inputSize: 2, layers: [normalized, projected], head: .everyStep, outputSize: 2),
        steps: 2, batchSize: 3, loss: .mse, optimizer: .sgd()),
      DeviceVerification.Case(
        try NetworkSpecification(
          inputSize: 2, layers: [coupled], head: .everyStep, outputSize: 2, decoderSteps: 2),
        steps: 2, batchSize: 3, loss: .gaussian, optimizer: .sgd()),
    ]
  }

  /// Only the coupled layers have a launch for all steps: the others are composed of operations.
  @Test func layersWithOptions() throws {
    let cases = try Self.sequences()
    try verify(OpenCLBackend(deviceIndex: 0, plan: .stepwise), cases)
    try verify(OpenCLBackend(deviceIndex: 0, plan: .resident), [cases[1]])
  }

  /// Weights in 16 bits, and products with emulated tensor cores.
  @Test(arguments: PrecisionTests.arithmetics)
  func otherPrecisions(
    precision: Precision, instructions: TensorProduct.Instructions?
  ) throws {
    try verify(
      OpenCLBackend(deviceIndex: 0, precision: precision, instructions: instructions),
      [Self.plain(2, [5], 1, steps: 2, .mse, .sgd())])
  }

  /// Gradients in slices, parts of a sequence one after the other, and sums over batches.
  @Test func slicesPartsAndSums() throws {
    let specification = try NetworkSpecification(inputSize: 2, hiddenSizes: [5, 3], outputSize: 2)
    let series = try WindowedSeries.random(
      inputSize: 2, targetSize: 2, steps: 5, windows: 9, seed: 71)
    let parameters = Parameters(randomFor: specification, seed: 72)
    var worst = WorstError()
    for mode in [ExecutorConfiguration.Mode.training, .inference] {
      let configuration = ExecutorConfiguration(mode: mode, batchSize: 5, steps: 5)
      let isTraining = mode == .training
      let device = try OpenCLExecutor.onDevice(
        specification, configuration,
        sizes: PassSizes(stepsAtOnce: isTraining ? 5 : 2, gradientSlices: isTraining ? 3 : 1))
      let reference = try ReferenceBackend().makeExecutor(
        for: specification, configuration: configuration)
      for executor in [device, reference] as [any Executor] {
        try executor.setParameters(parameters)
        try executor.bind(series)
        guard isTraining else { continue }
        for batch in executor.batches(of: 9) {
          try executor.forward(batch)
          try executor.backward(.mse)
          try executor.accumulateGradient(weight: 0.5)
        }
        try executor.step(.sgd(), learningRate: 0.1, maximumGradientNorm: 0.1)
      }
      worst.expect(
        try device.parameters().values, try reference.parameters().values, within: 2e-6,
        "parameters")
      worst.expect(
        try device.predict(), try reference.predict(), within: 2e-6, "predictions")
    }
    print("slices, parts and sums: \(worst)")
  }

  /// Groups that wait for each other, give up, or come too late.
  @Test(arguments: [0, 1, 100]) func waitsOfWorkGroups(polls: Int) throws {
    let context = try KernelBench().library.context
    #expect(
      try GridBarrierProbe.passes(context, groups: 1, hasDeviceFence: false, polls: polls))
    _ = try GridBarrierProbe.passes(context, groups: 3, hasDeviceFence: false, polls: polls)
  }
}
