package import RealModule

/// A network as plain loops, in `Scalar` throughout.
package final class ReferenceExecutor<Scalar: Real & BinaryFloatingPoint>: Executor {
  package let specification: NetworkSpecification
  package let configuration: ExecutorConfiguration
  package var batchNumber: UInt32 = 0
  package let plan = "plain loops in \(Scalar.self)"

  private let layout: ParameterLayout
  /// The parameters in full precision.
  package var parameterValues: [Scalar]
  /// The gradient in full precision.
  package private(set) var gradientValues: [Scalar]
  /// `[B, O]`, the outputs in full precision.
  package private(set) var outputValues: [Scalar] = []
  /// The losses noted, in full precision.
  package private(set) var lossValues: [Scalar] = []

  /// What was accumulated since the last step.
  private var gradientSum: [Scalar]?
  private var optimizer: ReferenceOptimizer<Scalar>
  /// Where the parameters lie that steps change.
  private var trainedRanges: [Range<Int>]
  private var series: WindowedSeries?
  private var windows: [Window] = []
  private var batch: Range<Int> = 0..<0
  /// `[T, B, I]`, the inputs of the first layer.
  private var inputs: [Scalar] = []
  private var traces: [ReferenceLayerTrace<Scalar>] = []

  package init(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws(LSTMError) {
    try configuration.check()
    self.specification = specification
    self.configuration = configuration
    layout = ParameterLayout(specification)
    parameterValues = Array(repeating: 0, count: layout.count)
    gradientValues = parameterValues
    optimizer = ReferenceOptimizer(count: layout.count)
    trainedRanges = layout.ranges(without: [])
  }

  package func setParameters(_ parameters: Parameters) throws {
    precondition(parameters.layout == layout, "parameters of another network")
    parameterValues = parameters.values.map { Scalar($0) }
  }

  package func parameters() throws -> Parameters {
    try Parameters(layout: layout, values: parameterValues.map { Float($0) })
  }

  package func gradients() throws -> Parameters {
    try Parameters(layout: layout, values: gradientValues.map { Float($0) })
  }

  package func bind(_ series: WindowedSeries) throws {
    try check(series)
    self.series = series
    windows = series.windows
  }

  package func setWindows(_ windows: [Window]) throws {
    try series?.check(windows)
    self.windows = windows
  }

  package func forward(_ range: Range<Int>) throws {
    checkBatch(range, of: windows)
    batch = range
    inputs = gatherInputs()
    var below = inputs
    traces = specification.layers.indices.map { index in
      let trace = layer(index).forward(below, weights(ofLayer: index))
      below = Array(trace.hidden[(range.count * specification.layers[index].hiddenSize)...])
      return trace
    }
    outputValues = headOutputs()
  }

  package func accumulateLoss(_ loss: Loss) throws {
    lossValues.append(try compare(loss).mean)
  }

  package func backward(_ loss: Loss) throws {
    precondition(configuration.mode == .training, "the executor was made for inference")
    batchNumber &+= 1
    let (mean, outputGradient) = try compare(loss)
    lossValues.append(mean)
    for index in gradientValues.indices { gradientValues[index] = 0 }
    let last = headGradient(outputGradient)

    // Of the top layer only the last step's output is seen by the head.
    var above = [Scalar](
      repeating: 0, count: (configuration.steps - 1) * batch.count * specification.headInputSize)
    above += last
    for index in specification.layers.indices.reversed() {
      let below = index == 0 ? inputs : outputSequence(ofLayer: index - 1)
      let gradient = layer(index).backward(
        hiddenGradient: above, input: below, trace: traces[index],
        weights: weights(ofLayer: index))
      let slices = layout.layer(index)
      gradientValues.replaceSubrange(slices.inputWeight.range, with: gradient.weights.input)
      gradientValues.replaceSubrange(slices.recurrentWeight.range, with: gradient.weights.recurrent)
      gradientValues.replaceSubrange(slices.inputBias.range, with: gradient.weights.inputBias)
      gradientValues.replaceSubrange(
        slices.recurrentBias.range, with: gradient.weights.recurrentBias)
      above = gradient.input
    }
  }

  package func accumulateGradient(weight: Double) throws {
    let sum = gradientSum ?? gradientValues.map { _ in 0 }
    gradientSum = zip(sum, gradientValues).map { $0 + Scalar(weight) * $1 }
  }

  package func freeze(_ names: Set<String>) throws {
    trainedRanges = layout.ranges(without: try layout.names(in: names))
  }

  package func step(
    _ optimizer: Optimizer, learningRate: Double, clipping: GradientClipping
  ) throws {
    self.optimizer.step(
      optimizer, parameters: &parameterValues, gradient: gradientSum ?? gradientValues,
      ranges: trainedRanges, learningRate: learningRate, clipping: clipping)
    gradientSum = nil
  }

  package func optimizerState() throws -> OptimizerState {
    OptimizerState(
      parameters: parameterValues.map { Double($0) }, first: optimizer.first.map { Double($0) },
      second: optimizer.second.map { Double($0) }, stepCount: optimizer.steps)
  }

  package func setOptimizerState(_ state: OptimizerState) throws {
    try state.check(parameterCount: layout.count)
    parameterValues = state.parameters.map { Scalar($0) }
    optimizer.first = state.first.map { Scalar($0) }
    optimizer.second = state.second.map { Scalar($0) }
    optimizer.steps = state.stepCount
    gradientSum = nil
  }

  package func takeLosses() throws -> [Float] {
    defer { lossValues = [] }
    return lossValues.map { Float($0) }
  }

  package func outputs() throws -> [Float] {
    outputValues.map { Float($0) }
  }

  package func finalStates() throws -> [LayerState] {
    finalStateValues().map {
      LayerState(hidden: $0.hidden.map { Float($0) }, cell: $0.cell.map { Float($0) })
    }
  }

  /// The state of each layer after the last step, in full precision.
  package func finalStateValues() -> [(hidden: [Scalar], cell: [Scalar])] {
    specification.layers.indices.map { index in
      let start = configuration.steps * batch.count * specification.layers[index].hiddenSize
      return (Array(traces[index].hidden[start...]), Array(traces[index].cell[start...]))
    }
  }

  package func predict() throws -> [Float] {
    try predictInBatches(of: windows)
  }

  // MARK: - Parts of the passes

  private func layer(_ index: Int) -> ReferenceLSTM<Scalar> {
    ReferenceLSTM(
      steps: configuration.steps, batch: batch.count,
      inputSize: specification.inputSize(ofLayer: index),
      hiddenSize: specification.layers[index].hiddenSize)
  }

  private func weights(ofLayer index: Int) -> ReferenceLayerWeights<Scalar> {
    let slices = layout.layer(index)
    return ReferenceLayerWeights(
      input: Array(parameterValues[slices.inputWeight.range]),
      recurrent: Array(parameterValues[slices.recurrentWeight.range]),
      inputBias: Array(parameterValues[slices.inputBias.range]),
      recurrentBias: Array(parameterValues[slices.recurrentBias.range]))
  }

  /// `[T, B, H]`, without the initial state.
  private func outputSequence(ofLayer index: Int) -> [Scalar] {
    Array(traces[index].hidden[(batch.count * specification.layers[index].hiddenSize)...])
  }

  private func gatherInputs() -> [Scalar] {
    guard let series else { preconditionFailure("no series is bound") }
    var gathered: [Scalar] = []
    for t in 0..<series.steps {
      for window in windows[batch] {
        let start = (Int(window.inputRow) + t) * series.inputSize
        gathered += series.inputs[start..<start + series.inputSize].map { Scalar($0) }
      }
    }
    return gathered
  }

  /// The loss of the batch, and `[B, O]`, its derivative by each output.
  private func compare(_ loss: Loss) throws -> (mean: Scalar, gradient: [Scalar]) {
    guard let series else { preconditionFailure("no series is bound") }
    try check(loss, for: series)
    let divisor = Scalar(series.divisor(for: loss, of: windows[batch]))
    var sum: Scalar = 0
    var gradient = [Scalar](repeating: 0, count: outputValues.count)
    gradient.withUnsafeMutableBufferPointer { gradient in
      outputValues.withUnsafeBufferPointer { outputs in
        guard var output = outputs.baseAddress, var slope = gradient.baseAddress else { return }
        for window in windows[batch] {
          let start = Int(window.targetRow) * series.targetSize
          for index in start..<start + series.outputSize {
            sum += loss.evaluate(
              outputs: output, target: Scalar(series.targets[index]),
              weight: Scalar(series.targetWeights?[index] ?? 1), derivatives: slope)
            output += loss.outputsPerTarget
            slope += loss.outputsPerTarget
          }
        }
      }
    }
    return (sum / divisor, gradient.map { $0 / divisor })
  }

  private func headOutputs() -> [Scalar] {
    let (H, O) = (specification.headInputSize, specification.outputSize)
    let head = layout.head
    let last = finalStateValues()[specification.layers.count - 1].hidden
    return (0..<batch.count * O).map { index in
      let (b, output) = (index / O, index % O)
      return (0..<H).reduce(parameterValues[head.bias.offset + output]) { sum, k in
        sum + parameterValues[head.weight.offset + output * H + k] * last[b * H + k]
      }
    }
  }

  /// Leaves the head's gradients; returns `[B, H]`, the loss by the last layer's last output.
  private func headGradient(_ outputGradient: [Scalar]) -> [Scalar] {
    let (H, O) = (specification.headInputSize, specification.outputSize)
    let head = layout.head
    let last = finalStateValues()[specification.layers.count - 1].hidden
    var below = [Scalar](repeating: 0, count: batch.count * H)
    for b in 0..<batch.count {
      for output in 0..<O {
        let d = outputGradient[b * O + output]
        gradientValues[head.bias.offset + output] += d
        for k in 0..<H {
          gradientValues[head.weight.offset + output * H + k] += d * last[b * H + k]
          below[b * H + k] += d * parameterValues[head.weight.offset + output * H + k]
        }
      }
    }
    return below
  }
}

/// Plain loops on one processor core: slow, and what the other backends are held against.
public struct ReferenceBackend: Backend {
  /// Always `reference`.
  public let name = "reference"
  /// What it is.
  public let deviceDescription = "plain loops in double precision, one thread"

  /// The reference backend.
  public init() {}

  /// An executor that computes in double precision.
  ///
  /// - Throws: `LSTMError.invalidConfiguration` where a size is below 1 or the network cannot do what
  ///   is asked.
  public func makeExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any Executor {
    guard specification.isPlain, configuration.isPlain else {
      return try makeSequenceExecutor(for: specification, configuration: configuration)
    }
    return try ReferenceExecutor<Double>(for: specification, configuration: configuration)
  }

  /// An executor that computes in double precision.
  ///
  /// - Throws: As `makeExecutor`.
  public func makeSequenceExecutor(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration
  ) throws -> any SequenceExecutor {
    try ComposedExecutor(
      for: specification, configuration: configuration,
      operations: ReferenceOperations<Double>(ParameterLayout(specification)))
  }
}
