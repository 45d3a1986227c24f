/// A network with any options, composed of operations that every device has.
///
/// Plain networks have faster paths of their own; this one runs everything else, and those too.
package final class ComposedExecutor<Operations: SequenceOperations>: SequenceExecutor {
  package typealias Memory = Operations.Memory
  package typealias Scalar = Operations.Scalar

  package let specification: NetworkSpecification
  package let configuration: ExecutorConfiguration
  package var plan: String { "composed of operations, \(operations.description)" }
  package var batchNumber: UInt32 = 0

  package let operations: Operations
  let layout: ParameterLayout
  let encoder: ComposedStack<Operations>
  let decoder: DecoderPart<Operations>?
  let head: ComposedHead<Operations>?
  /// `[T, B, I]`.
  let inputs: Memory
  /// `[T, B]` each.
  let stepMask: Memory
  let outputScales: Memory

  private var series: BoundSeries<Operations>?
  private var windows: [Window] = []
  /// Where the parameters lie that steps change.
  private var trainedRanges: [Range<Int>]
  private var areWeightsLoaded = false
  private var phase: ExecutorPhase
  /// The number of rows whose states the next forward pass goes on from.
  private var keptRows: Int?
  private var batch = 0..<0
  /// The last forward pass.
  private(set) var pass: ComposedPass<Memory>?
  /// What the last forward pass left; none while one is under way.
  var trace: ForwardTrace?
  /// The layout of the last batch of sequences.
  var sequenceLayout = SequenceBatch.Layout.timeMajor
  /// `[T, B]`, 1 within a sequence's length, of the last batch of sequences if it had lengths.
  var sequenceScales: [Float]?
  /// `[S, B, F]` and `[T, B, F]`; made when first needed.
  private var headGradientMemory: Memory?
  private var sequenceGradientMemory: Memory?

  package init(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration,
    operations: Operations
  ) throws {
    try configuration.check()
    self.specification = specification
    self.configuration = configuration
    self.operations = operations
    let layout = ParameterLayout(specification)
    self.layout = layout
    trainedRanges = layout.ranges(without: [])
    phase = configuration.mode == .training ? .training : .inference
    if configuration.keepsStates {
      guard
        specification.decoderSteps == nil,
        specification.layers.allSatisfy({ $0.direction == .forward })
      else {
        throw LSTMError.invalidConfiguration(
          "a network that reads in reverse or decodes cannot go on from the states of the last "
            + "batch: what comes later is not known yet")
      }
    }
    let layers = specification.layers
    encoder = try ComposedStack(
      layers, inputSize: specification.inputSize, layout.cells[..<layers.count], firstIndex: 0,
      configuration: configuration, operations: operations)
    decoder = try specification.decoderSteps.map { steps in
      try DecoderPart(
        steps, specification, layout, configuration: configuration, operations: operations)
    }
    head =
      specification.head == .none
      ? nil
      : try ComposedHead(
        specification, layout, configuration: configuration, operations: operations)
    let rows = configuration.steps * configuration.batchSize
    inputs = try operations.memory(rows * specification.inputSize)
    stepMask = try operations.memory(rows)
    outputScales = try operations.memory(rows)
  }

  // MARK: - Parameters

  package func setParameters(_ parameters: Parameters) throws {
    precondition(parameters.layout == layout, "parameters of another network")
    try operations.write(parameters.values.map { Scalar($0) }, to: operations.parameters, at: 0)
    areWeightsLoaded = false
  }

  package func parameters() throws -> Parameters {
    try Parameters(layout: layout, values: parameterValues().map { Float($0) })
  }

  package func gradients() throws -> Parameters {
    try Parameters(layout: layout, values: gradientValues().map { Float($0) })
  }

  /// In full precision.
  package func parameterValues() throws -> [Scalar] {
    try operations.read(operations.parameters, 0..<layout.count)
  }

  /// In full precision.
  package func gradientValues() throws -> [Scalar] {
    try operations.read(operations.gradient, 0..<layout.count)
  }

  package func optimizerState() throws -> OptimizerState {
    precondition(configuration.mode == .training, "the executor was made for inference")
    let moments = try operations.optimizerMoments()
    return OptimizerState(
      parameters: try parameterValues().map { Double($0) }, first: moments.first.map { Double($0) },
      second: moments.second.map { Double($0) }, stepCount: moments.stepCount)
  }

  package func setOptimizerState(_ state: OptimizerState) throws {
    precondition(configuration.mode == .training, "the executor was made for inference")
    try state.check(parameterCount: layout.count)
    try operations.write(state.parameters.map { Scalar($0) }, to: operations.parameters, at: 0)
    try operations.setOptimizerMoments(
      first: state.first.map { Scalar($0) }, second: state.second.map { Scalar($0) },
      stepCount: state.stepCount)
    areWeightsLoaded = false
  }

  package func accumulateGradient(weight: Double) throws {
    try operations.accumulateGradient(weight: weight)
  }

  package func freeze(_ names: Set<String>) throws {
    trainedRanges = layout.ranges(without: try layout.names(in: names))
  }

  package func step(
    _ optimizer: Optimizer, learningRate: Double, clipping: GradientClipping
  ) throws {
    try operations.step(
      optimizer, ranges: trainedRanges, learningRate: learningRate, clipping: clipping)
    areWeightsLoaded = false
  }

  package func enter(_ phase: ExecutorPhase) {
    precondition(phase == .inference || configuration.mode == .training, "made for inference")
    self.phase = phase
  }

  package func resetStates() { keptRows = nil }

  // MARK: - Series

  package func bind(_ series: WindowedSeries) throws {
    guard head != nil else {
      throw LSTMError.invalidConfiguration(
        "a network without a head cannot be held against targets")
    }
    try check(series, handlesRowMask: true)
    self.series = try BoundSeries(
      series, specification: specification, configuration: configuration, operations: operations)
    try setWindows(series.windows)
  }

  package func setWindows(_ windows: [Window]) throws {
    guard let series else { preconditionFailure("no series is bound") }
    try specification.check(windows, of: series.host)
    try operations.setWindows(windows)
    self.windows = windows
    batch = 0..<0
  }

  // MARK: - Passes

  package func forward(_ range: Range<Int>) throws {
    guard let series, let head else { preconditionFailure("no series is bound") }
    checkBatch(range, of: windows)
    trace = nil
    batch = range
    try operations.gather(
      series.inputs, columns: specification.inputSize, start: .inputRow, shift: 0,
      steps: configuration.steps, count: specification.inputSize, batch: range, into: inputs)
    var pass = makePass(steps: configuration.steps, rows: range.count)
    if let rowMask = series.rowMask {
      try operations.gather(
        rowMask, columns: 1, start: .inputRow, shift: 0, steps: configuration.steps, count: 1,
        batch: range, into: stepMask)
      pass.stepMask = stepMask
    }
    try startStates(pass, nil)
    try run(pass)
    try series.gatherTargets(batch: range, steps: head.steps(pass), operations)
    trace = ForwardTrace(source: .windows)
  }

  /// Runs everything from the states that were set; `inputs` and masks are in place.
  func run(_ pass: ComposedPass<Memory>) throws {
    if !areWeightsLoaded {
      try encoder.load()
      try decoder?.stack.load()
      try head?.load()
      areWeightsLoaded = true
    }
    self.pass = pass
    let outputs = try encoder.forward(pass, input: Rows(inputs, pitch: specification.inputSize))
    lastOutputs = outputs
    if configuration.keepsStates { keptRows = pass.batch }
    guard let head else { return }
    if let decoder {
      let decoded = try decoder.forward(pass, from: encoder, context: outputs)
      try head.forward(decoded, decoder.pass(pass))
    } else {
      try head.forward(try head.seen(of: outputs, encoder, pass), pass)
    }
  }

  /// `[T, B, F]`, the outputs of the last layer.
  private(set) var lastOutputs: Rows<Memory>?

  func makePass(steps: Int, rows: Int) -> ComposedPass<Memory> {
    ComposedPass(
      steps: steps, batch: rows, isTraining: phase == .training, seed: configuration.seed,
      batchNumber: batchNumber)
  }

  /// Puts the states before the first step in place: those given, those kept, or zeros.
  func startStates(_ pass: ComposedPass<Memory>, _ states: [LayerState]?) throws {
    if states == nil, configuration.keepsStates, let keptRows, keptRows != pass.batch {
      throw LSTMError.shapeMismatch(
        "a batch of \(pass.batch) rows cannot go on from the states of \(keptRows) rows; reset the "
          + "states, or make all batches the same size")
    }
    for (index, cell) in encoder.cells.joined().enumerated() {
      let (hidden, units) = (pass.batch * cell.layer.stateSize, pass.batch * cell.layer.hiddenSize)
      let (first, last) = (cell.initialSlot(pass), keptSlot)
      if let states {
        try operations.write(
          states[index].hidden.map { Scalar($0) }, to: cell.trace.hidden, at: first * hidden)
        try operations.write(
          states[index].cell.map { Scalar($0) }, to: cell.trace.cell, at: first * units)
      } else if keptRows != nil {
        try operations.copy(
          cell.trace.hidden, last * hidden..<(last + 1) * hidden, to: cell.trace.hidden, at: 0)
        try operations.copy(
          cell.trace.cell, last * units..<(last + 1) * units, to: cell.trace.cell, at: 0)
      } else {
        try operations.fill(cell.trace.hidden, first * hidden..<(first + 1) * hidden, with: 0)
        try operations.fill(cell.trace.cell, first * units..<(first + 1) * units, with: 0)
      }
    }
  }

  /// Where the last pass left the states that are kept.
  private var keptSlot: Int { pass?.steps ?? 0 }

  package func accumulateLoss(_ loss: Loss) throws {
    try compare(loss, keepsGradient: false)
  }

  package func backward(_ loss: Loss) throws {
    let pass = tracedPass(of: .windows)
    guard let head else { preconditionFailure("no head") }
    // What the loss's derivatives were left without.
    let factor = 1 / (try compare(loss, keepsGradient: true))
    trace?.isWhole = false
    try clearStateGradients(pass)
    try backward(pass, head, factor: Scalar(factor), needsInputGradient: false)
    batchNumber &+= 1
  }

  /// The last forward pass, to be taken back.
  func tracedPass(of source: ForwardTrace.Source) -> ComposedPass<Memory> {
    precondition(configuration.mode == .training, "the executor was made for inference")
    guard let pass, let trace else { preconditionFailure("no forward pass") }
    precondition(trace.source == source, "the last forward pass was not over \(source)")
    precondition(trace.isWhole, "the last forward pass has been taken back already")
    return pass
  }

  /// Notes the loss; returns what it is divided by.
  @discardableResult
  private func compare(_ loss: Loss, keepsGradient: Bool) throws -> Double {
    guard let series, let head, let pass, trace?.source == .windows else {
      preconditionFailure("no forward pass over windows")
    }
    try check(loss, for: series.host)
    let steps = head.steps(pass)
    let divisor = series.divisor(for: loss, of: windows[batch], steps: steps)
    try operations.compare(
      loss, outputs: head.outputs, targets: series.targets, weights: series.weights,
      elements: steps * pass.batch * series.targetCount, divisor: divisor,
      gradient: keepsGradient ? head.outputGradient : nil)
    return divisor
  }

  /// `[S, B, F]`, the loss by what the head sees.
  func headGradient(_ width: Int) throws -> Memory {
    if let headGradientMemory { return headGradientMemory }
    let steps = specification.outputSteps(for: configuration.steps)
    let memory = try operations.memory(steps * configuration.batchSize * width)
    headGradientMemory = memory
    return memory
  }

  /// `[T, B, F]`, the loss by the last layer's outputs.
  func sequenceGradient() throws -> Memory {
    if let sequenceGradientMemory { return sequenceGradientMemory }
    let memory = try operations.memory(
      configuration.steps * configuration.batchSize * specification.headInputSize)
    sequenceGradientMemory = memory
    return memory
  }

  // MARK: - Results

  package func takeLosses() throws -> [Float] {
    try operations.takeLosses().map { Float($0) }
  }

  package func outputs() throws -> [Float] {
    try outputValues().map { Float($0) }
  }

  /// `[B, S, O]`, the outputs of the last `forward` in full precision.
  package func outputValues() throws -> [Scalar] {
    guard let pass, let head else { return [] }
    return try head.read(decoder?.pass(pass) ?? pass, .batchFirst)
  }

  package func finalStates() throws -> [LayerState] {
    try finalStateValues().map {
      LayerState(hidden: $0.hidden.map { Float($0) }, cell: $0.cell.map { Float($0) })
    }
  }

  package func predict() throws -> [Float] {
    try predictInBatches(of: windows)
  }
}
