package import OpenCL

/// The plan that goes from layer to layer, through all of a layer's time steps before the next.
///
/// Forward, for each layer: W x + b of all steps as one product, unless the steps do that too; then
/// the steps, each a launch or all of them one. Backward is the mirror; the gradients by W, R and b
/// are then products over all steps and rows at once. Where a batch has fewer rows than there is
/// memory for, arrays are as long as that batch needs, packed from their beginning.
package final class LayerwisePlan: OpenCLPlan {
  /// What only training needs.
  private struct Training {
    let plainProduct: MatrixProduct
    let weightProduct: MatrixProduct
    /// Those by W and R at once.
    let layerWeightProduct: MatrixProduct
    let sumSlices: SumSlices
    let gradient: Buffer<Float>
    /// `[slices, parameters]`, where there is more than one slice.
    let partialGradient: Buffer<Float>?
    /// `[B, H]` of the last layer, the gradient by its last output.
    let lastHiddenGradient: Buffer<Float>
    /// `[T, B, H]` of whichever layer is next, the gradient by its outputs.
    let hiddenGradient: Buffer<Float>?
    /// `[B, H]` of whichever layer is at work; `[T, B, H]` where work-groups wait for each other.
    let cellGradient: Buffer<Float>
  }

  package private(set) var description: String
  private var loops: LayerLoops
  /// For the layers whose work-groups wait for each other; none where there are no such.
  package let barrier: GridBarrier?
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
  private let training: Training?
  /// `B` of the last `forward`.
  private var rows = 0
  /// What the loss's gradient by the outputs was left without.
  private var gradientFactor: Float = 1

  package init(
    for specification: NetworkSpecification, configuration: ExecutorConfiguration,
    loops: LayerLoops, sizes: PassSizes, memory: PlanMemory
  ) throws(OpenCLError) {
    let context = memory.library.context
    self.specification = specification
    self.loops = loops
    self.sizes = sizes
    self.memory = memory
    steps = configuration.steps
    let rowSteps = sizes.stepsAtOnce * configuration.batchSize
    let isTraining = configuration.mode == .training
    let largest = specification.layers.map(\.hiddenSize).max() ?? 1

    let widestGates = zip(specification.layers, loops.loops).filter { $1.projectsBefore }
      .map { 4 * $0.0.hiddenSize }.max()
    // In training only layers whose work-groups wait for each other keep their gates elsewhere.
    let sharedGates =
      try isTraining && !loops.loops.contains(where: \.isCooperative)
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
    inputs = try Buffer(count: rowSteps * specification.inputSize, in: context)
    gather = try GatherWindows(memory.library)
    projection = try MatrixProduct(memory.library, .transposedB)

    if let gradient = memory.gradient {
      let lower = specification.layers.dropLast().map(\.hiddenSize).max()
      training = Training(
        plainProduct: try MatrixProduct(memory.library, .plain),
        weightProduct: try MatrixProduct(memory.library, .transposedA),
        layerWeightProduct: try MatrixProduct(memory.library, .transposedA, joined: true),
        sumSlices: try SumSlices(memory.library),
        gradient: gradient,
        partialGradient: sizes.gradientSlices == 1
          ? nil : try Buffer(count: sizes.gradientSlices * memory.layout.count, in: context),
        lastHiddenGradient: try Buffer(
          count: configuration.batchSize * specification.headInputSize, in: context),
        hiddenGradient: try lower.map { width throws(OpenCLError) in
          try Buffer(count: rowSteps * width, in: context)
        },
        cellGradient: try Buffer(
          count: (barrier == nil ? 1 : steps) * configuration.batchSize * largest, in: context))
    } else {
      training = nil
    }
    let sizesText =
      isTraining
      ? ", weight gradients in \(sizes.gradientSlices) slice"
        + (sizes.gradientSlices == 1 ? "" : "s")
      : ", \(sizes.stepsAtOnce) of \(configuration.steps) steps in memory"
    sizesDescription = sizesText + ", " + memory.library.tuning.description
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
      for (index, layer) in layers.enumerated() {
        if first > 0 { try layer.carryState(from: sizes.stepsAtOnce, rows: rows) }
        try layer.forward(
          rows: rows, steps: part, input: input(ofLayer: index), projection: projection)
      }
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
    var above = training.lastHiddenGradient
    var aboveStep = steps - 1
    for index in layers.indices.reversed() {
      let layer = layers[index]
      try layer.backward(
        rows: rows, steps: steps, above: above, aboveStep: aboveStep,
        cellGradient: training.cellGradient)
      try weightGradients(layer: index, training)
      guard index > 0, let hiddenGradient = training.hiddenGradient else { continue }
      try training.plainProduct(
        on: memory.queue,
        ProductSize(m: steps * rows, n: layer.inputSize, k: 4 * layer.units),
        MatrixOperand(layer.gates, pitch: 4 * layer.units),
        MatrixOperand(
          memory.parameters, offset: layer.slices.inputWeight.offset, pitch: layer.inputSize),
        into: MatrixOperand(hiddenGradient, pitch: layer.inputSize))
      above = hiddenGradient
      aboveStep = 0
    }
    if let partialGradient = training.partialGradient {
      try training.sumSlices(
        on: memory.queue, count: memory.layout.count, slices: sizes.gradientSlices,
        of: partialGradient, into: training.gradient)
    }
  }

  /// The gradients by the head's weight and bias, and by the last output of the last layer.
  private func backwardHead(
    _ outputGradient: Buffer<Float>, _ training: Training
  ) throws(OpenCLError) {
    let head = memory.layout.head
    let outputs = specification.outputSize
    let last = layers[layers.count - 1]
    let gradient = MatrixOperand(outputGradient, pitch: outputs)
    try training.weightProduct(
      on: memory.queue, ProductSize(m: outputs, n: last.units, k: rows), gradient,
      last.output(slot: lastSlot, rows: rows),
      into: slicedGradient(head.weight, training), factor: gradientFactor, slices: gradientSlices,
      rowSums: ProductRowSums(offset: head.bias.offset, copies: 1))
    try training.plainProduct(
      on: memory.queue, ProductSize(m: rows, n: last.units, k: outputs), gradient,
      MatrixOperand(memory.parameters, offset: head.weight.offset, pitch: last.units),
      into: MatrixOperand(training.lastHiddenGradient, pitch: last.units))
  }

  /// The gradients by W, R and both biases of a layer.
  private func weightGradients(layer index: Int, _ training: Training) throws(OpenCLError) {
    let layer = layers[index]
    let gates = 4 * layer.units
    // The state before the first step is zero, and so is its share.
    let recurrent = JoinedProduct(
      b: layer.output(slot: 1, rows: rows),
      c: slicedGradient(layer.slices.recurrentWeight, training), columns: layer.units,
      skipped: rows)
    try training.layerWeightProduct(
      on: memory.queue, ProductSize(m: gates, n: layer.inputSize, k: steps * rows),
      MatrixOperand(layer.gates, pitch: gates), input(ofLayer: index),
      into: slicedGradient(layer.slices.inputWeight, training), factor: gradientFactor,
      slices: gradientSlices,
      // The two biases lie one after the other, and have the same gradient.
      rowSums: ProductRowSums(offset: layer.slices.inputBias.offset, copies: 2), and: recurrent)
  }

  private var gradientSlices: ProductSlices {
    ProductSlices(count: sizes.gradientSlices, pitch: memory.layout.count)
  }

  /// Where the gradient by a matrix goes, in its first slice.
  private func slicedGradient(_ slice: ParameterSlice, _ training: Training) -> MatrixOperand {
    MatrixOperand(
      training.partialGradient ?? training.gradient, offset: slice.offset, pitch: slice.shape[1])
  }
}
