package import OpenCL

/// The plan that goes from layer to layer, through all of a layer's time steps before the next.
///
/// Forward, for each layer: W x + b of all steps as one product, unless the steps do that too; then
/// the steps, each a launch or all of them one. Backward is the mirror; the gradients by W, R and b
/// are then products over all steps and rows at once. Where a batch has fewer rows than there is
/// memory for, arrays are as long as that batch needs, packed from their beginning.
///
/// With a wavefront, a layer does not wait for all of the one before but for some steps of it at a
/// time; what is computed is the same to the bit.
package final class LayerwisePlan: OpenCLPlan {
  package private(set) var description: String
  private var loops: LayerLoops
  /// For the layers whose work-groups wait for each other; none where there are no such.
  package let barrier: GridBarrier?
  /// Who lets layers run side by side; none where they run one after the other.
  package let wavefront: Wavefront?
  private let sizesDescription: String
  private let specification: NetworkSpecification
  private let steps: Int
  private let sizes: PassSizes
  private let memory: PlanMemory
  private let layers: [DeviceLayer]
  /// `[T, B, I]`.
  private let inputs: Buffer<Float>
  private let gather: GatherWindows
  private let projection: MatrixProduct
  private let training: LayerwiseTraining?
  /// `B` of the last `forward`.
  private var rows = 0
  /// What the loss's gradient by the outputs was left without.
  private var gradientFactor: Float = 1

  package init(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration,
    loops: LayerLoops, sizes: PassSizes, wavefront wavefrontSizes: WavefrontSizes?,
    memory: PlanMemory
  ) throws(OpenCLError) {
    let context = memory.library.context
    self.specification = specification
    self.loops = loops
    self.sizes = sizes
    self.memory = memory
    steps = configuration.steps
    let rowSteps = sizes.stepsAtOnce * configuration.batchSize
    let isTraining = configuration.mode == .training

    let widestGates = zip(specification.layers, loops.loops).filter { $1.projectsBefore }
      .map { 4 * $0.0.hiddenSize }.max()
    // In training only layers whose work-groups wait for each other keep their gates elsewhere.
    let sharedGates =
      try wavefrontSizes != nil || isTraining && !loops.loops.contains(where: \.isCooperative)
      ? nil
      : widestGates.map { width throws(OpenCLError) in
        try Buffer<Float>(count: rowSteps * width, in: context)
      }
    let barrier = try loops.mostTeams.map { teams throws(OpenCLError) in
      try GridBarrier(on: memory.queue, teams: teams)
    }
    self.barrier = barrier
    var layers: [DeviceLayer] = []
    for (index, loop) in loops.loops.enumerated() {
      layers.append(
        try DeviceLayer(
          index, of: specification, configuration: configuration, loop: loop,
          stepsAtOnce: sizes.stepsAtOnce, sharedGates: sharedGates,
          barrier: barrier, memory: memory))
    }
    self.layers = layers
    wavefront = try wavefrontSizes.map { sizes throws(OpenCLError) in
      try Wavefront(sizes, layers: layers.count, below: memory.queue)
    }
    inputs = try Buffer(count: rowSteps * specification.inputSize, in: context)
    gather = try GatherWindows(memory.library)
    projection = try MatrixProduct(memory.library, .transposedB)

    training = try memory.gradient.map { gradient throws(OpenCLError) in
      try LayerwiseTraining(
        for: specification, configuration: configuration, sizes: sizes, gradient: gradient,
        keepsCellGradients: barrier != nil, runsSideBySide: wavefrontSizes != nil, memory: memory)
    }
    let sizesText =
      isTraining
      ? ", weight gradients in \(sizes.gradientSlices) slice"
        + (sizes.gradientSlices == 1 ? "" : "s")
      : ", \(sizes.stepsAtOnce) of \(configuration.steps) steps in memory"
    sizesDescription =
      sizesText + (wavefrontSizes?.description(steps: sizes.stepsAtOnce) ?? "") + ", "
      + memory.library.tuning.description
    description = loops.description + sizesDescription
  }

  package func giveUpWhereNoted() throws(OpenCLError) {
    guard let barrier, loops.loops.contains(where: \.isCooperative) else { return }
    guard try barrier.timesGivenUp(on: memory.queue) > 0 else { return }
    for layer in layers { try layer.giveUp() }
    loops = loops.givenUp()
    description = loops.description + sizesDescription
  }

  // MARK: - Forward

  package func forward(
    _ batch: DeviceBatch, into outputs: Buffer<Float>, at offset: Int
  ) throws(OpenCLError) {
    rows = batch.rows
    var first = 0
    while first < steps {
      let part = first..<min(first + sizes.stepsAtOnce, steps)
      try gather(
        on: memory.queue, batch, inputSize: specification.inputSize, steps: part, into: inputs)
      if first > 0 {
        for layer in layers { try layer.carryState(from: sizes.stepsAtOnce, rows: rows) }
      }
      try forwardLayers(steps: part.count, startsFromZero: first == 0)
      first = part.upperBound
    }
    let head = memory.layout.head
    let last = layers[layers.count - 1]
    try projection(
      on: memory.queue,
      ProductSize(m: rows, n: specification.outputSize, k: last.units),
      last.output(slot: lastSlot, rows: rows),
      MatrixOperand(memory.parameters, offset: head.weight.offset, pitch: last.units),
      into: MatrixOperand(outputs, offset: offset, pitch: specification.outputSize),
      bias: ProductBias(memory.parameters, offset: head.bias.offset, terms: 1))
  }

  /// Runs all layers, for as many steps as are in memory.
  private func forwardLayers(steps count: Int, startsFromZero: Bool) throws(OpenCLError) {
    func project(_ index: Int, _ steps: Range<Int>, on queue: CommandQueue) throws(OpenCLError) {
      try layers[index].project(
        on: queue, rows: rows, steps: steps, of: count, input: input(ofLayer: index),
        projection: projection)
    }
    func run(_ index: Int, _ steps: Range<Int>, on queue: CommandQueue) throws(OpenCLError) {
      try layers[index].forward(
        on: queue, rows: rows, steps: steps,
        startsFromZero: startsFromZero && steps.lowerBound == 0, input: input(ofLayer: index))
    }
    guard let wavefront else {
      for index in layers.indices {
        try project(index, 0..<count, on: memory.queue)
        try run(index, 0..<count, on: memory.queue)
      }
      return
    }
    // All inputs of the lowest layer are there, and one large product is faster than many small.
    try project(0, 0..<count, on: memory.queue)
    try wavefront.forward(steps: count) { index, steps, queue throws(OpenCLError) in
      if index > 0 { try project(index, steps, on: queue) }
      try run(index, steps, on: queue)
    }
  }

  /// `[T B, I]`, what a layer sees: the inputs, or slots 1 and on of the layer below.
  private func input(ofLayer index: Int) -> MatrixOperand {
    index > 0
      ? layers[index - 1].output(slot: 1, rows: rows)
      : MatrixOperand(inputs, pitch: specification.inputSize)
  }

  /// The slot of the state after the last step.
  private var lastSlot: Int { (steps - 1) % sizes.stepsAtOnce + 1 }

  package func finalStates() throws(OpenCLError) -> [LayerState] {
    var states: [LayerState] = []
    for layer in layers { states.append(try layer.state(slot: lastSlot, rows: rows)) }
    return states
  }

  // MARK: - Backward

  package func backward(
    _ outputGradient: Buffer<Float>, divisor: Float
  ) throws(OpenCLError) {
    guard let training else { preconditionFailure("the executor was made for inference") }
    gradientFactor = 1 / divisor
    try backwardHead(outputGradient, training)
    if let wavefront {
      try wavefront.backward(steps: steps) { index, steps, queue throws(OpenCLError) in
        try backward(layer: index, steps: steps, on: queue, training)
      } afterwards: { index, queue throws(OpenCLError) in
        try weightGradients(layer: index, on: queue, training)
      }
    } else {
      for index in layers.indices.reversed() {
        try backward(layer: index, steps: 0..<steps, on: memory.queue, training)
        try weightGradients(layer: index, on: memory.queue, training)
      }
    }
    if let partialGradient = training.partialGradient {
      try training.sumSlices(
        on: memory.queue, count: memory.layout.count, slices: sizes.gradientSlices,
        of: partialGradient, into: training.gradient)
    }
  }

  /// The gradients by the head's weight and bias, and by the last output of the last layer.
  private func backwardHead(
    _ outputGradient: Buffer<Float>, _ training: LayerwiseTraining
  ) throws(OpenCLError) {
    let head = memory.layout.head
    let outputs = specification.outputSize
    let last = layers[layers.count - 1]
    let gradient = MatrixOperand(outputGradient, pitch: outputs)
    try training.weightProduct(
      on: memory.queue, ProductSize(m: outputs, n: last.units, k: rows), gradient,
      last.output(slot: lastSlot, rows: rows),
      into: training.place(of: head.weight), factor: gradientFactor, slices: training.slices,
      rowSums: ProductRowSums(offset: head.bias.offset, copies: 1))
    try training.plainProduct(
      on: memory.queue, ProductSize(m: rows, n: last.units, k: outputs), gradient,
      MatrixOperand(memory.parameters, offset: head.weight.offset, pitch: last.units),
      into: MatrixOperand(training.lastHiddenGradient, pitch: last.units))
  }

  /// The gradients by the gates' sums of some steps of a layer, and by the outputs below it.
  private func backward(
    layer index: Int, steps part: Range<Int>, on queue: CommandQueue, _ training: LayerwiseTraining
  ) throws(OpenCLError) {
    let layer = layers[index]
    let isLast = index == layers.count - 1
    try layer.backward(
      on: queue, rows: rows, steps: part, of: steps,
      above: isLast ? training.lastHiddenGradient : training.hiddenGradients[index],
      aboveStep: isLast ? steps - 1 : 0, cellGradient: training.cellGradients[index])
    guard index > 0 else { return }
    let gates = 4 * layer.units
    let first = part.lowerBound * rows
    try training.plainProduct(
      on: queue, ProductSize(m: part.count * rows, n: layer.inputSize, k: gates),
      MatrixOperand(layer.gates, offset: first * gates, pitch: gates),
      MatrixOperand(
        memory.parameters, offset: layer.slices.inputWeight.offset, pitch: layer.inputSize),
      into: MatrixOperand(
        training.hiddenGradients[index - 1], offset: first * layer.inputSize,
        pitch: layer.inputSize),
      partOf: ProductSize(m: steps * rows, n: layer.inputSize, k: gates))
  }

  /// The gradients by W, R and both biases of a layer.
  private func weightGradients(
    layer index: Int, on queue: CommandQueue, _ training: LayerwiseTraining
  ) throws(OpenCLError) {
    let layer = layers[index]
    let gates = 4 * layer.units
    // The state before the first step is zero, and so is its share.
    let recurrent = JoinedProduct(
      b: layer.output(slot: 1, rows: rows), c: training.place(of: layer.slices.recurrentWeight),
      columns: layer.units, skipped: rows)
    try training.layerWeightProduct(
      on: queue, ProductSize(m: gates, n: layer.inputSize, k: steps * rows),
      MatrixOperand(layer.gates, pitch: gates), input(ofLayer: index),
      into: training.place(of: layer.slices.inputWeight), factor: gradientFactor,
      slices: training.slices,
      // The two biases lie one after the other, and have the same gradient.
      rowSums: ProductRowSums(offset: layer.slices.inputBias.offset, copies: 2), and: recurrent)
  }
}
