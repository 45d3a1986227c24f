/// The one executor: a network with any options, on any device.
///
/// It owns the order of things: parameters, series, windows, phases, losses and the contract of
/// `Executor`. What a device is good at stays with the device: how it runs the steps of a layer
/// (`LayerPass`), and everything in between (`DeviceOperations`).
final class NetworkExecutor<Operations: DeviceOperations>: SequenceExecutor {
  typealias Memory = Operations.Memory
  typealias Scalar = Operations.Scalar

  let specification: NetworkSpecification
  let configuration: ExecutorConfiguration
  var plan: String {
    encoder.plan(
      ForwardPass(
        steps: stepsAtOnce, batch: configuration.batchSize,
        isTraining: configuration.mode == .training))
  }
  var batchNumber: UInt32 = 0

  let operations: Operations
  let layout: ParameterLayout
  let encoder: LayerStack<Operations>
  let decoder: DecoderStack<Operations>?
  let head: DenseHead<Operations>?
  /// Whether batches of sequences are taken too; otherwise only windows, which need less memory.
  let takesSequences: Bool
  /// The number of steps whose memory exists at a time: all of them, but for inference over windows
  /// where that would be too much.
  let stepsAtOnce: Int
  /// `[T, B, I]`.
  let inputs: Memory
  /// `[T, B]`, where steps can be missing.
  let stepMask: Memory?
  /// `[T, B]`, where sequences have lengths.
  let outputScales: Memory?

  var series: BoundSeries<Operations>?
  var windows: [Window] = []
  var progress: ExecutorProgress
  /// The last forward pass, whose final states may be gone on from.
  var pass: ForwardPass<Memory>?
  /// The windows of the last forward pass.
  var batch = 0..<0
  /// Those of the batch that they are a share of, or all of.
  var wholeBatch = 0..<0
  /// The number of rows whose states the next forward pass goes on from.
  var keptRows: Int?
  /// The layout of the last batch of sequences.
  var sequenceLayout = SequenceBatch.Layout.timeMajor
  /// `[T, B]`, 1 within a sequence's length, of the last batch of sequences if it had lengths.
  var sequenceScales: [Float]?
  private var areWeightsLoaded = false
  private var phase: ExecutorPhase
  /// Where the parameters lie that steps change.
  private var trainedRanges: [Range<Int>]
  /// `[T, B, F]`; made when first needed.
  private var sequenceGradientMemory: Memory?

  /// Reserves everything that is needed to run a network.
  ///
  /// - Parameters:
  ///   - specification: The network.
  ///   - configuration: The largest sizes.
  ///   - takesSequences: Whether batches of sequences are taken beside windows.
  ///   - operations: The device.
  /// - Throws: `LSTMError.invalidConfiguration` where the network cannot do what is asked; what the
  ///   device refuses.
  init(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration,
    takesSequences: Bool = true, operations: Operations
  ) throws {
    try configuration.check()
    try configuration.checkStates(of: specification)
    self.specification = specification
    self.configuration = configuration
    self.takesSequences = takesSequences
    self.operations = operations
    let layout = ParameterLayout(specification)
    self.layout = layout
    trainedRanges = layout.ranges(without: [])
    progress = ExecutorProgress(isForTraining: configuration.mode == .training)
    phase = configuration.mode == .training ? .training : .inference
    var sizes = configuration
    let canPause =
      configuration.mode == .inference && !takesSequences && specification.canPause
    if canPause { sizes.steps = operations.stepsAtOnce(specification, configuration) }
    stepsAtOnce = sizes.steps
    encoder = try LayerStack(
      specification.places(
        layout, sizes, keepsOutputs: takesSequences || specification.head != .lastStep,
        canMissSteps: takesSequences || configuration.hasMissingRows), operations)
    decoder = try specification.decoderSteps.map { steps in
      try DecoderStack(
        steps, specification, layout, configuration: configuration, operations: operations)
    }
    head =
      specification.head == .none
      ? nil
      : try DenseHead(
        specification, layout, configuration: configuration, operations: operations)
    let rows = stepsAtOnce * configuration.batchSize
    inputs = try operations.memory(rows * specification.inputSize)
    stepMask =
      takesSequences || configuration.hasMissingRows ? try operations.memory(rows) : nil
    outputScales = takesSequences ? try operations.memory(rows) : nil
  }

  // MARK: - Parameters

  func setParameters(_ parameters: Parameters) throws {
    guard parameters.layout == layout else {
      throw LSTMError.shapeMismatch("the parameters are those of another network")
    }
    try operations.write(floats: parameters.values, to: operations.parameters, at: 0)
    changedParameters()
  }

  func parameters() throws -> Parameters {
    try Parameters(
      layout: layout, values: operations.readFloats(operations.parameters, 0..<layout.count))
  }

  func gradients() throws -> Parameters {
    try progress.checkGradient("gradients()")
    return try Parameters(
      layout: layout, values: operations.readFloats(operations.gradient, 0..<layout.count))
  }

  /// In full precision.
  func parameterValues() throws -> [Scalar] {
    try operations.read(operations.parameters, 0..<layout.count)
  }

  /// Replaces the parameters in full precision.
  func setParameterValues(_ values: [Scalar]) throws {
    try operations.write(values, to: operations.parameters, at: 0)
    changedParameters()
  }

  /// In full precision.
  func gradientValues() throws -> [Scalar] {
    try progress.checkGradient("gradientValues()")
    return try operations.read(operations.gradient, 0..<layout.count)
  }

  func optimizerState() throws -> OptimizerState {
    try progress.checkTraining("optimizerState()")
    let moments = try operations.optimizerMoments()
    return OptimizerState(
      parameters: try parameterValues().map { Double($0) }, first: moments.first.map { Double($0) },
      second: moments.second.map { Double($0) }, stepCount: moments.stepCount)
  }

  func setOptimizerState(_ state: OptimizerState) throws {
    try progress.checkTraining("setOptimizerState(_:)")
    try state.check(parameterCount: layout.count)
    try operations.write(state.parameters.map { Scalar($0) }, to: operations.parameters, at: 0)
    try operations.setOptimizerMoments(
      first: state.first.map { Scalar($0) }, second: state.second.map { Scalar($0) },
      stepCount: state.stepCount)
    changedParameters()
  }

  @specialized(where Operations == CPUOperations)
  func accumulateGradient(weight: Double) throws {
    try progress.checkGradient("accumulateGradient(weight:)")
    // Devices take it as a Float.
    guard Float(weight).isFinite else {
      throw LSTMError.invalidConfiguration("the weight is \(weight); it must be a finite number")
    }
    try operations.accumulateGradient(weight: weight)
  }

  func freeze(_ names: Set<String>) throws {
    trainedRanges = layout.ranges(without: try layout.names(in: names))
  }

  @specialized(where Operations == CPUOperations)
  func step(
    _ optimizer: Optimizer, learningRate: Double, clipping: GradientClipping
  ) throws {
    try progress.checkGradient("step(_:learningRate:clipping:)")
    try optimizer.check()
    try clipping.check()
    guard learningRate >= 0, Float(learningRate).isFinite else {
      throw LSTMError.invalidConfiguration(
        "the learning rate is \(learningRate); it must be a finite number, 0 or more")
    }
    try operations.step(
      optimizer, ranges: trainedRanges, learningRate: learningRate, clipping: clipping)
    changedParameters()
  }

  private func changedParameters() {
    areWeightsLoaded = false
    progress.replacedParameters()
  }

  func enter(_ phase: ExecutorPhase) throws {
    if phase == .training { try progress.checkTraining("enter(.training)") }
    self.phase = phase
  }

  func resetStates() { keptRows = nil }

  // MARK: - Series

  func bind(_ series: WindowedSeries) throws {
    guard head != nil else { throw LSTMError.callOutOfTurn("bind(_:)", needs: .head) }
    try check(series)
    try specification.check(series.windows, of: series)
    progress.endPass()
    self.series = try BoundSeries(series, specification: specification, operations: operations)
    try operations.setWindows(series.windows)
    windows = series.windows
  }

  func setWindows(_ windows: [Window]) throws {
    guard let series else {
      throw LSTMError.callOutOfTurn("setWindows(_:)", needs: .boundSeries)
    }
    try specification.check(windows, of: series.host)
    progress.endPass()
    try operations.setWindows(windows)
    self.windows = windows
  }

  // MARK: - Parts of passes

  func loadWeights() throws {
    guard !areWeightsLoaded else { return }
    try encoder.loadWeights()
    try decoder?.stack.loadWeights()
    try head?.loadWeights()
    areWeightsLoaded = true
  }

  func makePass(steps: Int, rows: Int) -> ForwardPass<Memory> {
    ForwardPass(
      steps: steps, batch: rows, isTraining: phase == .training, seed: configuration.seed,
      batchNumber: batchNumber)
  }

  /// Puts the states before the first step in place: those given, those kept, or none, which are
  /// zeros.
  func startStates(_ pass: inout ForwardPass<Memory>, _ states: [LayerState]?) throws {
    if let states {
      for (state, direction) in zip(states, encoder.passes.joined()) {
        try operations.write(
          state, to: direction.state(.initial, pass), of: direction.place.layer)
      }
      pass.startsFromZero = false
    } else if configuration.keepsStates, let keptRows, let last = self.pass {
      guard keptRows == pass.batch else {
        throw LSTMError.shapeMismatch(
          "a batch of \(pass.batch) rows cannot go on from the states of \(keptRows) rows; reset "
            + "the states, or make all batches the same size")
      }
      try goOn(from: last, to: &pass)
    }
  }

  /// Makes a pass start from the states that another one ended with.
  func goOn(from last: ForwardPass<Memory>, to pass: inout ForwardPass<Memory>) throws {
    for direction in encoder.passes.joined() {
      try operations.copy(
        direction.state(.final, last), to: direction.state(.initial, pass), rows: pass.batch,
        of: direction.place.layer)
    }
    pass.startsFromZero = false
  }

  /// `[T, B, F]`, ∂L/∂(the last layer's outputs).
  func sequenceGradient() throws -> Rows<Memory> {
    let pitch = operations.gradientPitch(ofColumns: specification.headInputSize)
    if let sequenceGradientMemory { return Rows(sequenceGradientMemory, pitch: pitch) }
    let memory = try operations.memory(configuration.steps * configuration.batchSize * pitch)
    sequenceGradientMemory = memory
    return Rows(memory, pitch: pitch)
  }
}

extension ExecutorConfiguration {
  /// Throws where a network cannot go on from the states of the last batch.
  fileprivate func checkStates(of specification: NetworkSpecification) throws(LSTMError) {
    guard keepsStates else { return }
    guard
      specification.decoderSteps == nil,
      specification.layers.allSatisfy({ $0.direction == .forward })
    else {
      throw .invalidConfiguration(
        "a network that reads in reverse or decodes cannot go on from the states of the last "
          + "batch: what comes later is not known yet")
    }
  }
}

extension NetworkSpecification {
  /// Whether a pass can stop after any step and go on later from its states.
  fileprivate var canPause: Bool {
    head == .lastStep && decoderSteps == nil && layers.allSatisfy { $0.direction == .forward }
  }

  /// The places of all directions of all layers.
  func places(
    _ layout: ParameterLayout, _ configuration: ExecutorConfiguration, isDecoder: Bool = false,
    keepsOutputs: Bool, canMissSteps: Bool = false
  ) -> [[LayerPlace]] {
    let first = isDecoder ? layers.count : 0
    return layers.enumerated().map { index, layer in
      let inputSize = index == 0 && isDecoder ? headInputSize : self.inputSize(ofLayer: index)
      return layout.cells[first + index].enumerated().map { direction, slices in
        LayerPlace(
          layer: layer, slices: slices, inputSize: inputSize, index: first + index,
          direction: direction, steps: configuration.steps, batchSize: configuration.batchSize,
          isTraining: configuration.mode == .training,
          keepsOutputs: keepsOutputs || index < layers.count - 1 || layer.direction != .forward,
          canMissSteps: canMissSteps)
      }
    }
  }
}
