import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// Layers with options by every plan, against the reference in Double: what kernels of whole steps
/// compute, and what they cost.
@Suite(.enabled(if: KernelBench.hasDevice)) struct OpenCLOptionTests {
  /// A layer with something that a plain one does not have.
  struct Option: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let change: @Sendable (inout LSTMLayer) -> Void

    init(_ name: String, _ change: @escaping @Sendable (inout LSTMLayer) -> Void) {
      testDescription = name
      self.change = change
    }

    /// Two layers whose units come in fours and do not.
    ///
    /// Peepholes of seven units leave R of the next layer where it cannot be read in fours.
    func network(_ head: NetworkSpecification.Head = .lastStep) throws -> NetworkSpecification {
      var layers = [7, 8].map {
        var layer = LSTMLayer(hiddenSize: $0)
        change(&layer)
        return layer
      }
      // It is between layers.
      layers[1].dropout = 0
      return head == .none
        ? try NetworkSpecification(inputSize: 3, layers: layers)
        : try NetworkSpecification(inputSize: 3, layers: layers, head: head, outputSize: 2)
    }

    /// The directions of all layers.
    var directionCount: Int {
      get throws { try ParameterLayout(network()).cells.reduce(0) { $0 + $1.count } }
    }
  }

  static let plain = Option("plain") { _ in }
  static let options = [
    Option("one bias") { $0.bias = .one },
    Option("no bias, reverse") { ($0.bias, $0.direction) = (.none, .reverse) },
    Option("both directions") { $0.direction = .bidirectional },
    Option("dropout") { $0.dropout = 0.3 },
    Option("recurrent dropout") { $0.recurrentDropout = 0.4 },
    Option("zoneout") { ($0.zoneoutHidden, $0.zoneoutCell) = (0.3, 0.2) },
    Option("peepholes") { $0.hasPeepholes = true },
    Option("coupled gates") { $0.couplesGates = true },
    Option("clips") { ($0.gateClip, $0.cellClip) = (0.6, 0.3) },
    Option("everything") {
      ($0.bias, $0.direction, $0.dropout) = (.one, .bidirectionalSum, 0.1)
      ($0.recurrentDropout, $0.zoneoutHidden, $0.zoneoutCell) = (0.2, 0.3, 0.2)
      ($0.hasPeepholes, $0.couplesGates, $0.gateClip, $0.cellClip) = (true, true, 0.7, 0.4)
    },
  ]
  static let plans = [OpenCLPlanSelection.resident, .cooperative, .stepwise]

  private static let (steps, rows) = (4, 5)

  /// Windows: outputs and states, gradients, losses and parameters after steps of an optimizer.
  @Test(arguments: options, plans) func trains(option: Option, plan: OpenCLPlanSelection) throws {
    let results = try DeviceVerification.run(
      on: OpenCLBackend(deviceIndex: 0, plan: plan),
      cases: [
        DeviceVerification.Case(
          option.network(), steps: Self.steps, batchSize: Self.rows, loss: .mse,
          optimizer: .sgd())
      ])
    for result in results {
      print(option.testDescription, result)
      #expect(result.passed, "\(result)")
    }
  }

  /// Sequences: states given, lengths with a zero among them, gradients of all outputs and of the
  /// final states, and gradients by the inputs and the states before the first step.
  @Test(arguments: [plain] + options, plans)
  func takesSequences(option: Option, plan: OpenCLPlanSelection) throws {
    let specification = try option.network(.none)
    let configuration = ExecutorConfiguration(
      mode: .training, batchSize: Self.rows, steps: Self.steps, seed: 11)
    let device = try OpenCLExecutor.onDevice(
      specification, configuration, plan: plan, takesSequences: true)
    #expect(device.plan.hasPrefix("\(plan.rawValue), float32"), "\(device.plan)")
    let reference = try NetworkExecutor(
      for: specification, configuration: configuration,
      operations: ReferenceOperations<Double>(ParameterLayout(specification)))
    let parameters = Parameters(randomFor: specification, seed: 5)
    try device.setParameters(parameters)
    try reference.setParameters(parameters)

    var worst = WorstError()
    func compare(_ batch: SequenceBatch, _ gradients: SequenceGradients, _ name: String) throws {
      let (actual, expected) = (try device.forward(batch), try reference.forwardValues(batch))
      worst.expect(actual.outputs, expected.outputs, within: 2e-6, "\(name): outputs")
      for (state, expected) in zip(actual.finalStates, expected.states) {
        worst.expect(state.hidden, expected.hidden, within: 2e-6, "\(name): h")
        worst.expect(state.cell, expected.cell, within: 2e-6, "\(name): c")
      }
      let (back, expectedBack) = (
        try device.backward(gradients), try reference.backwardValues(gradients)
      )
      worst.expect(back.inputs, expectedBack.inputs, within: 2e-5, "\(name): ∂L/∂x")
      for (state, expected) in zip(back.initialStates, expectedBack.states) {
        worst.expect(state.hidden, expected.hidden, within: 2e-5, "\(name): ∂L/∂h")
        worst.expect(state.cell, expected.cell, within: 2e-5, "\(name): ∂L/∂c")
      }
      let (actualGradients, expectedGradients) = (
        try device.gradients(), try reference.gradientValues()
      )
      for slice in actualGradients.layout.slices {
        worst.expect(
          actualGradients[slice], Array(expectedGradients[slice.range]), within: 2e-5,
          "\(name): gradient of \(slice.name)")
      }
    }

    var generator = PhiloxGenerator(seed: 8, stream: .data)
    let states = zip(specification.layers, ParameterLayout(specification).cells).flatMap {
      layer, directions in
      directions.map { _ in
        LayerState(
          hidden: generator.values(Self.rows * layer.stateSize),
          cell: generator.values(Self.rows * layer.hiddenSize))
      }
    }
    let inputs = generator.values(Self.steps * Self.rows * 3)
    let outputs = generator.values(Self.steps * Self.rows * specification.headInputSize)
    var batch = SequenceBatch(
      layout: .timeMajor, steps: Self.steps, rows: Self.rows, inputs: inputs)
    try compare(batch, SequenceGradients(outputs: outputs), "plain")
    batch.initialStates = states
    try compare(batch, SequenceGradients(outputs: outputs, finalStates: states), "states")
    try compare(batch, SequenceGradients(finalStates: states), "states only")
    batch.lengths = [4, 0, 2, 1, 3]
    try compare(batch, SequenceGradients(outputs: outputs, finalStates: states), "lengths")
    batch.lengths = nil
    batch.mask = (0..<Self.steps * Self.rows).map { $0 % 3 != 1 }
    batch.initialStates = nil
    try compare(batch, SequenceGradients(outputs: outputs), "mask")
    // One step, which is the first and the last.
    let one = SequenceBatch(
      layout: .timeMajor, steps: 1, rows: 2, inputs: Array(inputs.prefix(2 * 3)))
    try compare(
      one, SequenceGradients(outputs: Array(outputs.prefix(2 * specification.headInputSize))),
      "one step")
    print("\(option.testDescription), \(plan): \(worst)")
  }

  /// Inference goes on from state to state, in parts of the steps and from batch to batch.
  @Test(arguments: [Option("zoneout") { ($0.zoneoutHidden, $0.zoneoutCell) = (0.3, 0.2) }], plans)
  func keepsStates(option: Option, plan: OpenCLPlanSelection) throws {
    let specification = try option.network()
    var configuration = ExecutorConfiguration(mode: .inference, batchSize: Self.rows, steps: 7)
    configuration.keepsStates = true
    let series = try WindowedSeries.random(
      inputSize: 3, targetSize: 2, steps: 7, windows: 15, seed: 4)
    let device = try OpenCLExecutor.onDevice(
      specification, configuration, plan: plan, sizes: PassSizes(stepsAtOnce: 3, gradientSlices: 1))
    let reference = try ReferenceBackend().makeExecutor(
      for: specification, configuration: configuration)
    for executor in [device, reference] as [any Executor] {
      try executor.setParameters(Parameters(randomFor: specification, seed: 5))
      try executor.bind(series)
    }
    var worst = WorstError()
    for range in device.batches(of: 15) {
      try device.forward(range)
      try reference.forward(range)
      worst.expect(try device.outputs(), try reference.outputs(), within: 2e-6, "outputs")
    }
    print("\(plan), states kept, parts of steps: \(worst)")
  }

  @Test func argumentsAreAsLongAsTheKernelsTakeThem() {
    #expect(MemoryLayout<LayerArguments>.size == 104 && MemoryLayout<LayerArguments>.stride == 104)
  }

  // MARK: - Launches

  private func launches(
    _ option: Option, _ plan: OpenCLPlanSelection, steps: Int
  ) throws -> Int {
    let specification = try option.network()
    let executor = try OpenCLExecutor.onDevice(
      specification,
      ExecutorConfiguration(mode: .training, batchSize: Self.rows, steps: steps), plan: plan)
    try executor.setParameters(Parameters(randomFor: specification, seed: 5))
    try executor.bind(
      .random(inputSize: 3, targetSize: 2, steps: steps, windows: Self.rows, seed: 4))
    let before = executor.launchCount
    try executor.forward(0..<Self.rows)
    try executor.backward(.mse)
    return executor.launchCount - before
  }

  /// No option adds a launch for each time step: whole layers have none, and steps one forward and one
  /// backward for each direction.
  @Test(arguments: [plain] + options) func addsNoLaunchForAStep(option: Option) throws {
    let directions = try option.directionCount
    var table: [String] = []
    for plan in Self.plans {
      let (few, many) = (try launches(option, plan, steps: 3), try launches(option, plan, steps: 8))
      #expect(many - few == (plan == .stepwise ? 2 * directions * 5 : 0), "\(plan)")
      table.append("\(plan) \(few)")
    }
    print(
      "launches of a batch of 3 steps, \(option.testDescription): "
        + table.joined(separator: ", "))
  }
}
