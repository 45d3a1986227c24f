internal import CSIMD

/// A network on the CPU, where each thread carries its rows of the batch through all steps of all
/// layers.
final class CPUExecutor: Executor {
  let specification: NetworkSpecification
  let configuration: ExecutorConfiguration
  var batchNumber: UInt32 = 0
  var plan: String {
    let split = split(ofBatch: configuration.batchSize)
    let units = split.unitGroups == 1 ? "" : ", \(split.unitGroups) over the units"
    return "fused steps, float32, \(instructions.name), "
      + "\(split.rowGroups) thread\(split.rowGroups == 1 ? "" : "s") over the batch\(units)"
  }

  private let instructions: InstructionSet
  private let team: ThreadTeam
  private let layout: ParameterLayout
  private let layers: [CPULayer]
  private let parameterBuffer: AlignedBuffer
  private let gradientBuffer: AlignedBuffer
  /// What was accumulated since the last step.
  private var gradientSum: AlignedBuffer?
  private var hasSum = false
  private let optimizer: CPUOptimizer
  /// `[T, B, I]`.
  private let inputs: AlignedBuffer
  /// `[B, O]`.
  private let output: AlignedBuffer
  private let outputGradient: AlignedBuffer
  /// `[B, Hp]`, the loss by the last layer's last output.
  private let lastGradient: AlignedBuffer
  /// `[T, B, Hp]` for each layer but the last, the loss by its outputs.
  private let sequenceGradients: [AlignedBuffer]

  private var memory: MemoryBudget
  /// Where the parameters lie that steps change.
  private var trainedRanges: [Range<Int>]
  private var series: WindowedSeries?
  private var windows: [Window] = []
  private var batch: Range<Int> = 0..<0
  private var losses: [Float] = []
  private var isPacked = false
  /// How a batch of `splitBatch` rows is split over the threads.
  private var split = BatchSplit()
  /// Of how many steps each layer computes the products with W at once.
  private var stepsAhead: [Int] = []
  private var splitBatch = 0

  init(
    backend: CPUBackend, specification: NetworkSpecification,
    configuration: ExecutorConfiguration
  ) throws(LSTMError) {
    try configuration.check()
    let instructions = backend.instructions
    let trains = configuration.mode == .training
    let layout = ParameterLayout(specification)
    let (steps, batch) = (configuration.steps, configuration.batchSize)
    self.specification = specification
    self.configuration = configuration
    self.instructions = instructions
    self.layout = layout
    team = backend.team
    var memory = MemoryBudget()
    let trained = trains ? 1 : 0
    var layers: [CPULayer] = []
    for index in specification.layers.indices {
      layers.append(
        try CPULayer(
          instructions: instructions, configuration: configuration,
          inputSize: specification.inputSize(ofLayer: index),
          hiddenSize: specification.layers[index].hiddenSize, isFirst: index == 0,
          isLast: index == specification.layers.count - 1, memory: &memory))
    }
    trainedRanges = layout.ranges(without: [])
    self.layers = layers
    parameterBuffer = try memory.buffer(layout.count)
    gradientBuffer = try memory.buffer(trained, layout.count)
    optimizer = try CPUOptimizer(
      count: trained * layout.count, instructions: instructions, team: backend.team,
      memory: &memory)
    inputs = try memory.buffer(steps, batch, specification.inputSize)
    output = try memory.buffer(batch, specification.outputSize)
    outputGradient = try memory.buffer(batch, specification.outputSize)
    lastGradient = try memory.buffer(trained, batch, layers[layers.count - 1].stride)
    var sequenceGradients: [AlignedBuffer] = []
    for layer in layers.dropLast() {
      sequenceGradients.append(try memory.buffer(trained, steps, batch, layer.stride))
    }
    self.sequenceGradients = sequenceGradients
    self.memory = memory
  }

  // MARK: - Parameters and data

  func setParameters(_ parameters: Parameters) throws {
    precondition(parameters.layout == layout, "parameters of another network")
    parameterBuffer.replace(with: parameters.values)
    isPacked = false
  }

  func parameters() throws -> Parameters {
    try Parameters(layout: layout, values: parameterBuffer.array(0..<layout.count))
  }

  func gradients() throws -> Parameters {
    try Parameters(layout: layout, values: gradientBuffer.array(0..<layout.count))
  }

  func bind(_ series: WindowedSeries) throws {
    try check(series)
    self.series = series
    windows = series.windows
  }

  func setWindows(_ windows: [Window]) throws {
    guard let series else { preconditionFailure("no series is bound") }
    try series.check(windows)
    self.windows = windows
  }

  // MARK: - Forward

  func forward(_ range: Range<Int>) throws {
    guard let series else { preconditionFailure("no series is bound") }
    checkBatch(range, of: windows)
    batch = range
    packIfNeeded()
    let count = range.count
    chooseSplit()
    series.inputs.withUnsafeBufferPointer { values in
      windows.withUnsafeBufferPointer { windows in
        guard split.unitGroups == 1 else {
          gather(0..<count, values, windows)
          for (index, layer) in layers.enumerated() {
            layer.forward(split, team, batch: count, input: input(ofLayer: index))
          }
          var pass = headPass(0..<count)
          return instructions.headForward(&pass)
        }
        team.run(parts: split.parts) { _, part in
          let rows = split.rows(part, of: count)
          gather(rows, values, windows)
          for (index, layer) in layers.enumerated() {
            layer.forward(rows: rows, batch: count, input: input(ofLayer: index))
          }
          var pass = headPass(rows)
          instructions.headForward(&pass)
        }
      }
    }
  }

  /// Copies the inputs of some rows of the batch out of the series, time-major.
  private func gather(
    _ rows: Range<Int>, _ values: UnsafeBufferPointer<Float>,
    _ windows: UnsafeBufferPointer<Window>
  ) {
    guard let values = values.baseAddress else { return }
    let (count, size) = (batch.count, specification.inputSize)
    for row in rows {
      let first = values + Int(windows[batch.lowerBound + row].inputRow) * size
      for t in 0..<configuration.steps {
        (inputs.start + (t * count + row) * size).update(from: first + t * size, count: size)
      }
    }
  }

  // MARK: - Loss and backward

  func accumulateLoss(_ loss: Loss) throws {
    losses.append(try computeLoss(loss))
  }

  func backward(_ loss: Loss) throws {
    precondition(configuration.mode == .training, "the executor was made for inference")
    batchNumber &+= 1
    losses.append(try computeLoss(loss))
    let count = batch.count
    backwardThroughTime()
    for (index, layer) in layers.enumerated() {
      let input = input(ofLayer: index)
      let operations = layer.gradientOperations * configuration.steps * count
      team.split(layer.gradientParts, operations: operations) { parts in
        layer.computeGradient(parts: parts, batch: count, input: input)
      }
      // Strided copies: each number costs about as much as ten operations.
      team.split(layer.panels, operations: 10 * layer.weightCount) { panels in
        layer.unpackGradient(panels, gradientBuffer.start, layout.layer(index))
      }
    }
    var pass = headPass(0..<count)
    instructions.headWeightGradient(&pass)
  }

  private func backwardThroughTime() {
    let count = batch.count
    guard split.unitGroups == 1 else {
      var pass = headPass(0..<count)
      instructions.headBackward(&pass)
      for index in layers.indices.reversed() {
        layers[index].backward(split, team, batch: count, gradients(ofLayer: index))
      }
      return
    }
    team.run(parts: split.parts) { _, part in
      let rows = split.rows(part, of: count)
      var pass = headPass(rows)
      instructions.headBackward(&pass)
      for index in layers.indices.reversed() {
        layers[index].backward(rows: rows, batch: count, gradients(ofLayer: index))
      }
    }
  }

  /// Leaves the loss's derivative by the outputs, and returns its mean.
  private func computeLoss(_ loss: Loss) throws(LSTMError) -> Float {
    guard let series else { preconditionFailure("no series is bound") }
    try check(loss, for: series)
    let divisor = series.divisor(for: loss, of: windows[batch])
    let scale = 1 / Float(divisor)
    let perTarget = loss.outputsPerTarget
    var (sum, place) = (0.0, 0)
    for window in windows[batch] {
      let first = Int(window.targetRow) * series.targetSize
      for index in first..<first + series.outputSize {
        let derivatives = outputGradient.start + place
        sum += Double(
          loss.evaluate(
            outputs: output.start + place, target: series.targets[index],
            weight: series.targetWeights?[index] ?? 1, derivatives: derivatives))
        for output in 0..<perTarget { derivatives[output] *= scale }
        place += perTarget
      }
    }
    return Float(sum / divisor)
  }

  // MARK: - Step

  func accumulateGradient(weight: Double) throws {
    let sum = try gradientSum ?? memory.buffer(layout.count)
    gradientSum = sum
    let keeps = hasSum
    team.split(layout.count, operations: 2 * layout.count) { range in
      instructions.accumulate(
        gradientBuffer.start + range.lowerBound, weight: Float(weight), count: range.count,
        keeps: keeps, into: sum.start + range.lowerBound)
    }
    hasSum = true
  }

  func freeze(_ names: Set<String>) throws {
    trainedRanges = layout.ranges(without: try layout.names(in: names))
  }

  func step(
    _ optimizer: Optimizer, learningRate: Double, clipping: GradientClipping
  ) throws {
    let gradient = hasSum ? gradientSum ?? gradientBuffer : gradientBuffer
    hasSum = false
    self.optimizer.step(
      optimizer, parameters: parameterBuffer, gradient: gradient, ranges: trainedRanges,
      learningRate: learningRate, clipping: clipping)
    isPacked = false
  }

  func optimizerState() throws -> OptimizerState {
    precondition(configuration.mode == .training, "the executor was made for inference")
    func doubles(_ buffer: AlignedBuffer) -> [Double] {
      buffer.array(0..<layout.count).map { Double($0) }
    }
    return OptimizerState(
      parameters: doubles(parameterBuffer), first: doubles(optimizer.first),
      second: doubles(optimizer.second), stepCount: optimizer.steps)
  }

  func setOptimizerState(_ state: OptimizerState) throws {
    precondition(configuration.mode == .training, "the executor was made for inference")
    try state.check(parameterCount: layout.count)
    parameterBuffer.replace(with: state.parameters.map { Float($0) })
    optimizer.first.replace(with: state.first.map { Float($0) })
    optimizer.second.replace(with: state.second.map { Float($0) })
    optimizer.steps = state.stepCount
    hasSum = false
    isPacked = false
  }

  // MARK: - Results

  func takeLosses() throws -> [Float] {
    defer { losses = [] }
    return losses
  }

  func outputs() throws -> [Float] {
    output.array(0..<batch.count * specification.outputSize)
  }

  func finalStates() throws -> [LayerState] {
    layers.map { $0.finalState(batch: batch.count) }
  }

  func predict() throws -> [Float] {
    try predictInBatches(of: windows)
  }

  // MARK: - Parts

  private func chooseSplit() {
    guard batch.count != splitBatch else { return }
    splitBatch = batch.count
    split = split(ofBatch: batch.count)
    stepsAhead = layers.map {
      split.stepsAhead($0.splitMeasure, batch: batch.count, steps: configuration.steps)
    }
  }

  private func split(ofBatch count: Int) -> BatchSplit {
    let operations = layers.reduce(0) { $0 + $1.stepOperations } * configuration.steps * count
    return BatchSplit.best(
      layers.map(\.splitMeasure), batch: count, steps: configuration.steps,
      parts: team.parts(of: .max, operations: operations))
  }

  /// The losses by what a layer leaves and by what it reads.
  private func gradients(ofLayer index: Int) -> LayerGradients {
    var gradients = LayerGradients()
    if index == layers.count - 1 {
      gradients.last = UnsafePointer(lastGradient.start)
    } else {
      gradients.output = UnsafePointer(sequenceGradients[index].start)
    }
    if index > 0 {
      gradients.input = sequenceGradients[index - 1].start
      gradients.inputStride = layers[index - 1].stride
    }
    return gradients
  }

  private func input(ofLayer index: Int) -> LayerInput {
    guard index > 0 else {
      return LayerInput(
        start: UnsafePointer(inputs.start), stride: specification.inputSize,
        stepsAhead: stepsAhead[index])
    }
    let below = layers[index - 1]
    return LayerInput(
      start: UnsafePointer(below.hidden.start + batch.count * below.stride), stride: below.stride,
      stepsAhead: stepsAhead[index])
  }

  private func packIfNeeded() {
    guard !isPacked else { return }
    for (index, layer) in layers.enumerated() {
      team.split(layer.panels, operations: 20 * layer.weightCount) { panels in
        layer.pack(panels, parameterBuffer.start, layout.layer(index))
      }
    }
    isPacked = true
  }

  /// The head for some rows of the batch.
  private func headPass(_ rows: Range<Int>) -> HeadPass {
    let last = layers[layers.count - 1]
    let head = layout.head
    let (row, size) = (rows.lowerBound, specification.outputSize)
    let trains = configuration.mode == .training
    return HeadPass(
      rows: rows.count, hidden_size: last.hiddenSize, outputs: size,
      weight: parameterBuffer.start + head.weight.offset,
      bias: parameterBuffer.start + head.bias.offset,
      hidden: last.lastHidden(batch: batch.count) + row * last.stride, hidden_stride: last.stride,
      output: output.start + row * size, output_gradient: outputGradient.start + row * size,
      hidden_gradient: trains ? lastGradient.start + row * last.stride : nil,
      weight_gradient: trains ? gradientBuffer.start + head.weight.offset : nil,
      bias_gradient: trains ? gradientBuffer.start + head.bias.offset : nil)
  }
}
