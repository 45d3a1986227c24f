package import OpenCL

/// A network made ready on an OpenCL device.
///
/// Everything is put into one in-order queue, to which those of layers that run side by side come
/// back; nothing is read back before a call that returns it.
/// The passes are a plan's; the executor has the series, the windows, the losses, the parameters and
/// the optimizer.
package final class OpenCLExecutor: Executor {
  /// What only training needs.
  private struct Training {
    let parameters: ParameterTraining
    /// `[B, O]`.
    let outputGradient: Buffer<Float>
  }

  package let specification: NetworkSpecification
  package let configuration: ExecutorConfiguration
  package var batchNumber: UInt32 = 0
  package var plan: String { passes.description }
  package let queue: CommandQueue
  /// What work-groups wait at; none where no plan has them do that.
  package var barrier: GridBarrier? { (passes as? LayerwisePlan)?.barrier }

  /// Who lets layers run side by side; none where they run one after the other.
  package var wavefront: Wavefront? { (passes as? LayerwisePlan)?.wavefront }
  /// The number of kernels that were launched.
  package var launchCount: Int {
    (wavefront?.queues ?? [queue]).reduce(0) { $0 + $1.launchCount }
  }

  private let layout: ParameterLayout
  private let passes: any OpenCLPlan
  private let parameterBuffer: Buffer<Float>
  private let training: Training?
  /// `[B, O]`.
  private let outputBuffer: Buffer<Float>
  private let batchLoss: BatchLoss
  private let losses: LossSlots
  private var series: ResidentSeries?
  private var batch = 0..<0
  /// Where the parameters lie that steps change.
  private var trainedRanges: [Range<Int>]
  private var pacer = SubmissionPacer()

  /// Reserves everything that is needed to run a network.
  ///
  /// - Parameters:
  ///   - specification: The network.
  ///   - configuration: The largest batch, the number of steps, and what it is for.
  ///   - context: Whose device computes.
  ///   - selection: How it runs the steps.
  ///   - sizes: The memory of the passes, where it is not to be chosen here.
  ///   - wavefront: Whether layers run side by side.
  ///   - tuning: The sizes of products and work-groups.
  ///   - profiles: Whether the queue can tell how long kernels took.
  /// - Throws: What the device refuses, and what does not fit it.
  package init(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration,
    context: Context, selection: OpenCLPlanSelection = .auto, sizes: PassSizes? = nil,
    wavefront: WavefrontSelection = .auto,
    tuning: DeviceTuning = .standard, profiles: Bool = false
  ) throws(LSTMError) {
    try configuration.check()
    try Self.checkCounts(specification, configuration)
    let loops = try LayerLoops(
      selection, for: specification, batchSize: configuration.batchSize,
      isTraining: configuration.mode == .training, context: context, tuning: tuning)
    self.specification = specification
    self.configuration = configuration
    let layout = ParameterLayout(specification)
    self.layout = layout
    trainedRanges = layout.ranges(without: [])
    let sizes =
      sizes
      ?? PassSizes(
        for: specification, configuration: configuration, loops: loops.loops,
        computeUnits: context.device.computeUnits, tuning: tuning)
    let wavefrontSizes = try WavefrontSizes(
      wavefront, for: loops.loops, batchSize: configuration.batchSize, steps: sizes.stepsAtOnce,
      device: context.device)
    let outputCount = configuration.batchSize * specification.outputSize

    (queue, parameterBuffer, outputBuffer, batchLoss, losses, training, passes) =
      try deviceCall { () throws(OpenCLError) in
        let queue = try CommandQueue(context, profiles: profiles)
        let library = KernelLibrary(context, tuning: tuning)
        let parameters = try Buffer<Float>(count: layout.count, in: context)
        try queue.fill(parameters, with: 0)
        let training: Training? =
          configuration.mode == .inference
          ? nil
          : Training(
            parameters: try ParameterTraining(layout, library, on: queue),
            outputGradient: try Buffer(count: outputCount, in: context))
        let memory = PlanMemory(
          queue: queue, library: library, layout: layout, parameters: parameters,
          gradient: training?.parameters.gradient)
        return (
          queue, parameters, try Buffer<Float>(count: outputCount, in: context),
          try BatchLoss(library), try LossSlots(context), training,
          try LayerwisePlan(
            for: specification, configuration: configuration, loops: loops, sizes: sizes,
            wavefront: wavefrontSizes, memory: memory)
        )
      }
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

  // MARK: - Parameters

  package func setParameters(_ parameters: Parameters) throws {
    precondition(parameters.layout == layout, "parameters of another network")
    try deviceCall { () throws(OpenCLError) in
      try queue.write(parameters.values, to: parameterBuffer)
    }
  }

  package func parameters() throws -> Parameters {
    try Parameters(
      layout: layout,
      values: deviceCall { () throws(OpenCLError) in try queue.read(parameterBuffer) })
  }

  package func gradients() throws -> Parameters {
    guard let training else { return Parameters(zerosFor: layout) }
    return try Parameters(
      layout: layout,
      values: deviceCall { () throws(OpenCLError) in try queue.read(training.parameters.gradient) })
  }

  // MARK: - Series

  package func bind(_ series: WindowedSeries) throws {
    try check(series)
    self.series = try deviceCall { () throws(OpenCLError) in
      try ResidentSeries(series, on: queue)
    }
    batch = 0..<0
  }

  package func setWindows(_ windows: [Window]) throws {
    guard let series else { preconditionFailure("no series is bound") }
    try series.host.check(windows)
    try deviceCall { () throws(OpenCLError) in try series.setWindows(windows, on: queue) }
    batch = 0..<0
  }

  private func deviceBatch(_ range: Range<Int>) -> DeviceBatch {
    guard let series else { preconditionFailure("no series is bound") }
    precondition(
      !range.isEmpty && range.count <= configuration.batchSize && range.lowerBound >= 0
        && range.upperBound <= series.windowCount, "batch out of bounds")
    return series.batch(range)
  }

  // MARK: - Passes

  package func enter(_ phase: ExecutorPhase) throws {}

  package func resetStates() {}

  package func forward(_ range: Range<Int>) throws {
    try forward(range, into: outputBuffer, at: 0)
  }

  private func forward(
    _ range: Range<Int>, into outputs: Buffer<Float>, at offset: Int
  ) throws(LSTMError) {
    let deviceBatch = deviceBatch(range)
    batch = range
    try deviceCall { () throws(OpenCLError) in
      try passes.forward(deviceBatch, into: outputs, at: offset)
      try pacer.batchEnded(on: queue)
    }
  }

  package func accumulateLoss(_ loss: Loss) throws {
    _ = try compare(loss, gradient: nil)
  }

  package func backward(_ loss: Loss) throws {
    guard let training else { preconditionFailure("the executor was made for inference") }
    batchNumber &+= 1
    let divisor = try compare(loss, gradient: training.outputGradient)
    try deviceCall { () throws(OpenCLError) in
      try passes.backward(training.outputGradient, divisor: divisor)
    }
  }

  /// Notes the loss, and returns what it and the gradient are divided by.
  private func compare(_ loss: Loss, gradient: Buffer<Float>?) throws(LSTMError) -> Float {
    let deviceBatch = deviceBatch(batch)
    guard let series else { preconditionFailure("no series is bound") }
    try check(loss, for: series.host)
    let divisor = Float(series.host.divisor(for: loss, of: series.hostWindows[batch]))
    try deviceCall { () throws(OpenCLError) in
      let slot = try losses.next(on: queue)
      try batchLoss(
        on: queue, loss, outputs: outputBuffer,
        targets: WindowTargets(
          values: deviceBatch.targets, weights: deviceBatch.weights,
          columns: deviceBatch.targetSize, shift: 0,
          count: specification.outputSize / loss.outputsPerTarget),
        windows: deviceBatch.windows, batch: batch, divisor: divisor, gradient: gradient,
        into: losses.buffer, at: slot)
    }
    return divisor
  }

  package func accumulateGradient(weight: Double) throws {
    guard let training else { preconditionFailure("the executor was made for inference") }
    try deviceCall { () throws(OpenCLError) in
      try training.parameters.accumulate(weight: weight, on: queue)
    }
  }

  package func freeze(_ names: Set<String>) throws {
    trainedRanges = layout.ranges(without: try layout.names(in: names))
  }

  package func step(
    _ optimizer: Optimizer, learningRate: Double, clipping: GradientClipping
  ) throws {
    guard let training else { preconditionFailure("the executor was made for inference") }
    try deviceCall { () throws(OpenCLError) in
      try training.parameters.step(
        optimizer, on: queue, parameters: parameterBuffer, ranges: trainedRanges,
        learningRate: learningRate, clipping: clipping)
    }
  }

  package func optimizerState() throws -> OptimizerState {
    guard let training else { preconditionFailure("the executor was made for inference") }
    return try deviceCall { () throws(OpenCLError) in
      let moments = try training.parameters.moments(on: queue)
      return OptimizerState(
        parameters: try queue.read(parameterBuffer).map { Double($0) },
        first: moments.first.map { Double($0) }, second: moments.second.map { Double($0) },
        stepCount: moments.stepCount)
    }
  }

  package func setOptimizerState(_ state: OptimizerState) throws {
    guard let training else { preconditionFailure("the executor was made for inference") }
    try state.check(parameterCount: layout.count)
    try deviceCall { () throws(OpenCLError) in
      try queue.write(state.parameters.map { Float($0) }, to: parameterBuffer)
      try training.parameters.setMoments(
        first: state.first.map { Float($0) }, second: state.second.map { Float($0) },
        stepCount: state.stepCount, on: queue)
    }
  }

  // MARK: - Results

  package func takeLosses() throws -> [Float] {
    try deviceCall { () throws(OpenCLError) in
      let taken = try losses.take(on: queue)
      try passes.giveUpWhereNoted()
      return taken
    }
  }

  package func outputs() throws -> [Float] {
    try deviceCall { () throws(OpenCLError) in
      let outputs = try queue.read(outputBuffer, 0..<batch.count * specification.outputSize)
      try passes.giveUpWhereNoted()
      return outputs
    }
  }

  package func finalStates() throws -> [LayerState] {
    try deviceCall { () throws(OpenCLError) in
      let states = try passes.finalStates()
      try passes.giveUpWhereNoted()
      return states
    }
  }

  /// The outputs that are on the device before they are read, 64 MiB of them.
  private static let outputsAtOnce = 1 << 24

  package func predict() throws -> [Float] {
    guard let series, series.windowCount > 0 else { return [] }
    let count = series.windowCount
    let size = specification.outputSize
    // A whole number of batches.
    let part =
      max(1, Self.outputsAtOnce / (configuration.batchSize * size)) * configuration.batchSize
    let buffer = try deviceCall { () throws(OpenCLError) in
      try Buffer<Float>(count: min(part, count) * size, in: queue.context)
    }
    var all: [Float] = []
    all.reserveCapacity(count * size)
    for first in stride(from: 0, to: count, by: part) {
      let last = min(first + part, count)
      for start in stride(from: first, to: last, by: configuration.batchSize) {
        let range = start..<min(start + configuration.batchSize, last)
        try forward(range, into: buffer, at: (start - first) * size)
      }
      all += try deviceCall { () throws(OpenCLError) in
        let outputs = try queue.read(buffer, 0..<(last - first) * size)
        try passes.giveUpWhereNoted()
        return outputs
      }
    }
    // As the last `forward` would have left them.
    try deviceCall { () throws(OpenCLError) in
      try queue.write(Array(all.suffix(batch.count * size)), to: outputBuffer)
    }
    return all
  }
}
