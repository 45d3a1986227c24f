import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// Layers side by side in time against the same layers one after the other, and the reference.
@Suite(.enabled(if: KernelBench.hasDevice)) struct WavefrontTests {
  struct Network: Sendable {
    var inputs = 3
    var hidden: [Int]
    var steps = 37
    var batchSize = 20
  }

  /// Inputs projected inside and before, for the lowest layer and those above; a short last batch.
  static let networks = [
    Network(hidden: [18, 9]), Network(inputs: 20, hidden: [18, 9, 18]),
    Network(hidden: [18, 9], steps: 6, batchSize: 1),
  ]

  private func specification(_ network: Network) throws -> NetworkSpecification {
    try NetworkSpecification(
      inputSize: network.inputs, hiddenSizes: network.hidden, outputSize: 4)
  }

  private func series(_ network: Network) throws -> WindowedSeries {
    try .random(
      inputSize: network.inputs, targetSize: 4, steps: network.steps,
      windows: 2 * network.batchSize + 7, seed: 71)
  }

  private func executor(
    _ network: Network, _ wavefront: WavefrontSelection,
    mode: ExecutorConfiguration.Mode = .training, stepsAtOnce: Int? = nil
  ) throws -> OpenCLExecutor {
    let specification = try specification(network)
    let executor = try OpenCLExecutor.onDevice(
      specification,
      ExecutorConfiguration(mode: mode, batchSize: network.batchSize, steps: network.steps),
      plan: .resident,
      sizes: PassSizes(
        stepsAtOnce: stepsAtOnce ?? network.steps,
        gradientSlices: mode == .inference || network.steps < 10 ? 1 : 3),
      wavefront: wavefront)
    try executor.setParameters(Parameters(randomFor: specification, seed: 72))
    try executor.bind(series(network))
    return executor
  }

  /// Everything that can be read after a batch of training.
  private func train(_ executor: OpenCLExecutor, _ range: Range<Int>) throws -> [UInt32] {
    try executor.forward(range)
    try executor.backward(.mse)
    var values = try executor.outputs() + executor.gradients().values
    for state in try executor.finalStates() { values += state.hidden + state.cell }
    try executor.step(.adam(), learningRate: 0.01, maximumGradientNorm: 1)
    values += try executor.parameters().values + executor.takeLosses()
    return values.map(\.bitPattern)
  }

  // MARK: - The same bits

  /// Chunks that divide the steps and such that do not, of one step, and longer than all steps.
  @Test(arguments: networks.indices, [1, 5, 12, 40])
  func trainsToTheSameBits(network: Int, chunkSteps: Int) throws {
    let network = Self.networks[network]
    let plain = try executor(network, .off)
    let wavefronts = try (0..<2).map { _ in try executor(network, .chunks(of: chunkSteps)) }
    #expect(plain.operations.wavefront == nil)
    #expect(wavefronts[0].operations.wavefront?.queues.count == network.hidden.count)
    for range in plain.batches(of: 2 * network.batchSize + 7) {
      let expected = try train(plain, range)
      // Twice, so that what depends on chance would show.
      for wavefront in wavefronts {
        #expect(try train(wavefront, range) == expected, "\(range)")
      }
    }
  }

  /// Many batches without a read between them, so that the next one comes while queues are at work.
  @Test func batchesFollowEachOther() throws {
    let network = Self.networks[1]
    let results = try [WavefrontSelection.off, .chunks(of: 3)].map { wavefront in
      let executor = try executor(network, wavefront)
      for range in (0..<4).flatMap({ _ in executor.batches(of: 47) }) {
        try executor.forward(range)
        try executor.backward(.huber)
        try executor.step(.adam(), learningRate: 0.01, maximumGradientNorm: 1)
      }
      return try (executor.parameters().values + executor.takeLosses()).map(\.bitPattern)
    }
    #expect(results[0] == results[1])
  }

  /// With a part of the steps in memory at a time, each of which is cut into chunks.
  @Test(arguments: [1, 5, 12, 37], [4, 40])
  func predictsTheSameBits(stepsAtOnce: Int, chunkSteps: Int) throws {
    let network = Self.networks[1]
    let results = try [WavefrontSelection.off, .chunks(of: chunkSteps)].map { wavefront in
      let executor = try executor(
        network, wavefront, mode: .inference, stepsAtOnce: stepsAtOnce)
      let predictions = try executor.predict()
      try executor.forward(0..<20)
      return try (predictions + executor.finalStates().flatMap { $0.hidden + $0.cell })
        .map(\.bitPattern)
    }
    #expect(results[0] == results[1])
  }

  // MARK: - The reference

  @Test(arguments: networks.indices)
  func computesWhatTheReferenceComputes(network: Int) throws {
    let network = Self.networks[network]
    let executor = try executor(network, .chunks(of: 5))
    let reference = try ReferenceBackend().makeExecutor(
      for: specification(network), configuration: executor.configuration)
    try reference.setParameters(Parameters(randomFor: specification(network), seed: 72))
    try reference.bind(series(network))
    var worst = WorstError()
    for range in executor.batches(of: 2 * network.batchSize + 7) {
      for executor in [executor, reference] as [any Executor] {
        try executor.forward(range)
        try executor.backward(.mse)
      }
      worst.expect(
        try executor.outputs(), try reference.outputs(),
        within: BackendParityTests.forwardTolerance, "outputs")
      let (gradients, expected) = (try executor.gradients(), try reference.gradients())
      for slice in gradients.layout.slices {
        worst.expect(
          gradients[slice], expected[slice], within: BackendParityTests.gradientTolerance,
          slice.name)
      }
    }
    print("\(network.hidden) of \(network.steps) steps in chunks: \(worst)")
  }

  // MARK: - What it costs

  /// A launch more for each further chunk: of the steps of each layer, of W x + b of those above the
  /// lowest that do not do that inside, and backward of the gradient by the outputs below.
  @Test(arguments: [(5, 8), (12, 4), (37, 1), (40, 1)])
  func launchesEachChunk(chunkSteps: Int, chunks: Int) throws {
    // 18 units into 9 are projected before, 9 into 18 inside.
    for (network, projected) in [(Self.networks[0], 1), (Self.networks[1], 1)] {
      let layers = network.hidden.count
      let launches = try [WavefrontSelection.off, .chunks(of: chunkSteps)].map { wavefront in
        let executor = try executor(network, wavefront)
        let before = executor.launchCount
        try executor.forward(0..<network.batchSize)
        let between = executor.launchCount
        try executor.backward(.mse)
        return (between - before, executor.launchCount - between)
      }
      #expect(launches[1].0 - launches[0].0 == (chunks - 1) * (layers + projected))
      #expect(launches[1].1 - launches[0].1 == (chunks - 1) * (2 * layers - 1))
    }
  }

  @Test func saysSo() throws {
    let network = Self.networks[0]
    #expect(
      try executor(network, .chunks(of: 5)).plan.contains(
        ", layers side by side in 8 chunks of 5 steps, "))
    #expect(try !executor(network, .off).plan.contains("side by side"))
    // The processor has no compute units to spare.
    if KernelBench.device?.isProcessor == true {
      #expect(try executor(network, .auto).operations.wavefront == nil)
    }
  }

  @Test func refusesLayersThatAreNotResident() throws {
    #expect(throws: LSTMError.self) {
      try OpenCLExecutor.onDevice(
        specification(Self.networks[0]),
        ExecutorConfiguration(mode: .training, batchSize: 2, steps: 3), plan: .stepwise,
        wavefront: .chunks(of: 2))
    }
  }

  /// What cannot run side by side is refused where that is asked for, and runs as ever otherwise.
  @Test(arguments: [
    ("one layer", "a single one"), ("reverse", "read in reverse"),
    ("both ways", "read in reverse"), ("dropout", "dropout between them"),
  ])
  func refusesLayersThatAreNoChain(kind: String, reason: String) throws {
    var lower = LSTMLayer(hiddenSize: 5)
    let upper = LSTMLayer(hiddenSize: 4)
    if kind == "reverse" { lower.direction = .reverse }
    if kind == "both ways" { lower.direction = .bidirectional }
    if kind == "dropout" { lower.dropout = 0.5 }
    let specification = try NetworkSpecification(
      inputSize: 3, layers: kind == "one layer" ? [lower] : [lower, upper], head: .lastStep,
      outputSize: 1)
    func make(_ wavefront: WavefrontSelection) throws -> OpenCLExecutor {
      try .onDevice(
        specification, ExecutorConfiguration(mode: .training, batchSize: 2, steps: 3),
        plan: .resident, wavefront: wavefront)
    }
    let error = #expect(throws: LSTMError.self) { try make(.chunks(of: 2)) }
    #expect("\(error.map { "\($0)" } ?? "")".contains(reason))
    _ = try make(.auto)
  }

  @Test func refusesChunksOfNothing() throws {
    #expect(throws: LSTMError.self) { try executor(Self.networks[0], .chunks(of: 0)) }
  }

  /// The outputs between the layers are cut to the lengths, step by step.
  @Test func refusesLengths() throws {
    let specification = try specification(Self.networks[0])
    let executor = try OpenCLExecutor.onDevice(
      specification, ExecutorConfiguration(mode: .inference, batchSize: 2, steps: 3),
      plan: .resident, wavefront: .chunks(of: 2), takesSequences: true)
    try executor.setParameters(Parameters(randomFor: specification, seed: 1))
    var batch = SequenceBatch(
      layout: .timeMajor, steps: 3, rows: 2, inputs: Array(repeating: 1, count: 3 * 2 * 3))
    _ = try executor.forward(batch)
    batch.lengths = [3, 2]
    #expect(throws: LSTMError.self) { try executor.forward(batch) }
  }

  // MARK: - Errors

  private static let failure = OpenCLError(
    status: .invalidValue, call: "clEnqueueNDRangeKernel", detail: "a test")

  /// What fails half-way leaves nothing in the queues that the next batch could meet.
  @Test(arguments: [0, 1, 2], [false, true])
  func goesOnAfterAnError(layer: Int, inBackward: Bool) throws {
    let network = Self.networks[1]
    let plain = try executor(network, .off)
    let executor = try executor(network, .chunks(of: 3))
    let wavefront = try #require(executor.operations.wavefront)
    for first in [0, 12, 36] {
      if inBackward { try executor.forward(0..<20) }
      wavefront.interruption = { at, steps throws(OpenCLError) in
        if at == layer, steps.lowerBound == first { throw Self.failure }
      }
      let error = #expect(throws: LSTMError.self) {
        if inBackward { try executor.backward(.mse) } else { try executor.forward(0..<20) }
      }
      guard case .deviceFailure(let message) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(message.contains("a test"), "the first error is told")
      wavefront.interruption = nil
      // The loss of the batch that failed.
      _ = try executor.takeLosses()
      for range in [20..<40, 40..<47] {
        let expected = try train(plain, range)
        #expect(try train(executor, range) == expected, "\(first), \(range)")
      }
    }
  }

  /// An error is not told before the other queues are empty, however much is in them.
  @Test func waitsForTheOtherQueuesBeforeAnErrorIsTold() throws {
    let executor = try executor(Self.networks[1], .chunks(of: 3))
    let wavefront = try #require(executor.operations.wavefront)
    let count = 1 << 22
    let buffer = try Buffer<Float>(count: count, in: executor.queue.context)
    try executor.queue.fill(buffer, with: 0)
    try executor.queue.finish()
    wavefront.interruption = { layer, steps throws(OpenCLError) in
      guard layer == 2 else { return }
      for turn in 1...50 { try wavefront.queues[2].fill(buffer, with: Float(turn)) }
      throw Self.failure
    }
    #expect(throws: LSTMError.self) { try executor.forward(0..<20) }
    #expect(try executor.queue.read(buffer, count - 1..<count) == [50])
  }

  // MARK: - The choice

  private func sizes(
    _ batch: Int, _ steps: Int, _ inputs: Int, _ hidden: Int, _ layers: Int,
    isProcessor: Bool = false
  ) throws -> WavefrontSizes? {
    let layers = (0..<layers).map { (LSTMLayer(hiddenSize: hidden), $0 == 0 ? inputs : hidden) }
    let plan = try NetworkPlan(
      .auto, for: layers, batchSize: batch,
      PlanChoice.Rules(limits: OpenCLPlanTests.large, isProcessor: false))
    return WavefrontSizes(
      for: plan.loops, batchSize: batch, steps: steps,
      computeUnits: OpenCLPlanTests.large.computeUnits, isProcessor: isProcessor)
  }

  /// Long sequences of few rows; not what is short, fills the device, has one layer or a large one.
  @Test func choosesItWhereItPays() throws {
    for (batch, steps, inputs, hidden, layers, isChosen) in [
      (20, 1314, 344, 32, 3, true), (3, 2560, 368, 40, 4, true), (8, 5005, 80, 128, 4, true),
      (47, 1892, 104, 88, 4, true), (32, 720, 8, 128, 2, true), (256, 168, 8, 64, 2, false),
      (64, 50, 32, 256, 2, false), (32, 30, 8, 64, 2, false), (8, 5005, 80, 128, 1, false),
      (1, 1, 8, 64, 3, false), (100_000, 5000, 8, 64, 2, false),
    ] {
      let chosen = try sizes(batch, steps, inputs, hidden, layers)
      #expect((chosen != nil) == isChosen, "\((batch, steps, inputs, hidden, layers))")
      if let chosen {
        #expect(chosen.chunks(of: steps).count > 1)
        #expect(chosen.chunks(of: steps).map(\.count).reduce(0, +) == steps)
      }
    }
    #expect(try sizes(20, 1314, 344, 32, 3, isProcessor: true) == nil)
  }
}
