internal import OpenCL

/// One layer of a network on a device: its memory, and its time steps.
final class DeviceLayer {
  /// The kernels of its time steps; those of the backward pass only for training.
  private enum Loop {
    case stepwise(LSTMStepForward, LSTMStepBackward?)
    case resident(LSTMResidentForward, LSTMResidentBackward?)
    case cooperative(LSTMCooperativeForward, LSTMCooperativeBackward?, GridBarrier)
  }

  let inputSize: Int
  let units: Int
  let slices: LayerSlices
  /// `[T, B, 4H]`, first W x + b, then the gates, then the gradients by their sums.
  ///
  /// All layers share it where nothing is kept, and where the gates are kept elsewhere, unless they
  /// run side by side; it is a single float where nothing is in it.
  private(set) var gates: Buffer<Float>
  /// `[T, B, 4H]`, the gates of a layer whose work-groups wait for each other, for training: what such
  /// groups read they must not overwrite.
  private let keptGates: Buffer<Float>?
  /// `[T + 1, B, H]`, of which slot 0 is read only where a sequence goes on; or `[B, H]` where only
  /// the last is kept.
  let hidden: Buffer<Float>
  /// `[T + 1, B, H]`, or `[B, H]` where only the last is kept.
  private let cell: Buffer<Float>
  private let keepsHidden: Bool
  private let keepsCells: Bool
  private let isTraining: Bool
  private let stepSizes: StepSizes
  private var loop: Loop
  private let projectsBefore: Bool
  private let memory: PlanMemory

  init(
    _ index: Int, of specification: NetworkSpecification, configuration: ExecutorConfiguration,
    loop: LayerLoop, stepsAtOnce: Int, sharedGates: Buffer<Float>?, barrier: GridBarrier?,
    memory: PlanMemory
  ) throws(OpenCLError) {
    self.memory = memory
    let context = memory.library.context
    inputSize = specification.inputSize(ofLayer: index)
    units = specification.layers[index].hiddenSize
    slices = memory.layout.layer(index)
    isTraining = configuration.mode == .training
    projectsBefore = loop.projectsBefore
    stepSizes = StepSizes(
      units: units, batchSize: configuration.batchSize, on: context.device)
    switch loop {
    case .stepwise:
      keepsHidden = true
      self.loop = .stepwise(
        try LSTMStepForward(memory.library, stepSizes),
        isTraining ? try LSTMStepBackward(memory.library, stepSizes) : nil)
    case .resident(let sizes):
      // The head reads the last state only.
      keepsHidden = isTraining || index + 1 < specification.layers.count
      self.loop = .resident(
        try LSTMResidentForward(memory.library, sizes),
        isTraining ? try LSTMResidentBackward(memory.library, sizes) : nil)
    case .cooperative(let sizes):
      guard let barrier else { preconditionFailure("a cooperative layer without a barrier") }
      keepsHidden = true
      self.loop = .cooperative(
        try LSTMCooperativeForward(memory.library, sizes),
        isTraining ? try LSTMCooperativeBackward(memory.library, sizes) : nil, barrier)
    }
    keepsCells = isTraining || loop.isCooperative
    let state = configuration.batchSize * units
    let sequence = (stepsAtOnce + 1) * state
    if projectsBefore, let sharedGates, !isTraining || loop.isCooperative {
      gates = sharedGates
    } else if projectsBefore || isTraining {
      gates = try Buffer(count: stepsAtOnce * 4 * state, in: context)
    } else {
      gates = try Buffer(count: 1, in: context)
    }
    keptGates =
      isTraining && loop.isCooperative
      ? try Buffer(count: stepsAtOnce * 4 * state, in: context) : nil
    hidden = try Buffer(count: keepsHidden ? sequence : state, in: context)
    cell = try Buffer(count: keepsCells ? sequence : state, in: context)
  }

  // MARK: - Passes

  /// Computes W x + b for some of the steps in memory, unless the steps do that themselves.
  ///
  /// - Parameters:
  ///   - queue: Where to.
  ///   - rows: `B`.
  ///   - steps: Which steps.
  ///   - count: `T`, of all steps in memory.
  ///   - input: `[T, B, I]`.
  ///   - projection: The product.
  /// - Throws: What the device refuses.
  func project(
    on queue: CommandQueue, rows: Int, steps: Range<Int>, of count: Int, input: MatrixOperand,
    projection: MatrixProduct
  ) throws(OpenCLError) {
    guard projectsBefore else { return }
    var (x, sums) = (input, MatrixOperand(gates, pitch: 4 * units))
    x.offset += steps.lowerBound * rows * x.pitch
    sums.offset += steps.lowerBound * rows * sums.pitch
    try projection(
      on: queue, ProductSize(m: steps.count * rows, n: 4 * units, k: inputSize), x,
      MatrixOperand(memory.parameters, offset: slices.inputWeight.offset, pitch: inputSize),
      into: sums, bias: ProductBias(memory.parameters, offset: slices.inputBias.offset, terms: 2),
      partOf: ProductSize(m: count * rows, n: 4 * units, k: inputSize))
  }

  /// Runs some of the steps in memory, whose inputs are `[T, B, I]`; only a resident layer can begin
  /// with another than the first of them.
  func forward(
    on queue: CommandQueue, rows: Int, steps: Range<Int>, startsFromZero: Bool,
    input: MatrixOperand
  ) throws(OpenCLError) {
    switch loop {
    case .stepwise(let forward, _):
      precondition(steps.lowerBound == 0, "launches for each step begin with the first")
      try forward(
        on: queue, steps: steps.count,
        LSTMStepForward.Arguments(
          rows: rows, units: units, startsFromZero: startsFromZero, keepsGates: isTraining,
          parameters: memory.parameters, recurrentOffset: slices.recurrentWeight.offset,
          gates: gates, hidden: hidden, cell: cell, keepsCells: keepsCells))
    case .resident(let forward, _):
      try forward(
        on: queue, steps: steps,
        LSTMResidentForward.Arguments(
          rows: rows, startsFromZero: startsFromZero, keepsGates: isTraining,
          parameters: memory.parameters, slices: slices, inputs: input, gates: gates,
          hidden: hidden, keepsHidden: keepsHidden, cell: cell, keepsCells: keepsCells))
    case .cooperative(let forward, _, let barrier):
      precondition(steps.lowerBound == 0, "work-groups that share units begin with the first step")
      try forward(
        on: queue, steps: steps.count,
        LSTMCooperativeForward.Arguments(
          rows: rows, startsFromZero: startsFromZero, parameters: memory.parameters,
          recurrentOffset: slices.recurrentWeight.offset, sums: gates, gates: keptGates,
          hidden: hidden, cell: cell),
        barrier)
    }
  }

  /// Leaves the gradients by the gates' sums in `gates`.
  ///
  /// - Parameters:
  ///   - queue: Where to.
  ///   - rows: `B`.
  ///   - steps: Which steps, those after them having gone before; all of them, unless the layer is
  ///     resident.
  ///   - count: `T`.
  ///   - above: `[T - aboveStep, B, H]`, the gradient by the layer's output.
  ///   - aboveStep: The step to which the first of them belongs.
  ///   - cellGradient: `[B, H]`, scratch; `[T, B, H]` for a layer whose work-groups wait for each
  ///     other.
  /// - Throws: What the device refuses.
  func backward(
    on queue: CommandQueue, rows: Int, steps: Range<Int>, of count: Int, above: Buffer<Float>,
    aboveStep: Int, cellGradient: Buffer<Float>
  ) throws(OpenCLError) {
    let recurrentOffset = slices.recurrentWeight.offset
    switch loop {
    case .stepwise(_, let backward?):
      precondition(steps == 0..<count, "launches for each step go through all of them")
      try backward(
        on: queue, steps: count,
        LSTMStepBackward.Arguments(
          rows: rows, units: units, startsFromZero: true, parameters: memory.parameters,
          recurrentOffset: recurrentOffset, gates: gates, cell: cell, above: above,
          aboveStep: aboveStep, cellGradient: cellGradient))
    case .resident(_, let backward?):
      try backward(
        on: queue, steps: steps,
        LSTMResidentBackward.Arguments(
          rows: rows, startsFromZero: steps.lowerBound == 0, parameters: memory.parameters,
          recurrentOffset: recurrentOffset, gates: gates, cell: cell, above: above,
          aboveStep: aboveStep, continues: steps.upperBound < count, cellGradient: cellGradient))
    case .cooperative(_, let backward?, let barrier):
      guard let keptGates else { preconditionFailure("training without gates") }
      precondition(steps == 0..<count, "work-groups that share units go through all steps")
      try backward(
        on: queue, steps: count,
        LSTMCooperativeBackward.Arguments(
          rows: rows, startsFromZero: true, parameters: memory.parameters,
          recurrentOffset: recurrentOffset, gates: keptGates, sumGradient: gates, cell: cell,
          above: above, aboveStep: aboveStep, cellGradient: cellGradient),
        barrier)
    case .stepwise(_, nil), .resident(_, nil), .cooperative(_, nil, _):
      preconditionFailure("the layer was made for inference")
    }
  }

  /// Goes step by step from the next forward pass on, where its work-groups waited for each other.
  func giveUp() throws(OpenCLError) {
    guard case .cooperative = loop else { return }
    loop = .stepwise(
      try LSTMStepForward(memory.library, stepSizes),
      isTraining ? try LSTMStepBackward(memory.library, stepSizes) : nil)
    // Steps one by one change the gates in place, so that layers cannot share them.
    gates = keptGates ?? gates
  }

  // MARK: - States

  /// `[B, H]`, the output of a step.
  func output(slot: Int, rows: Int) -> MatrixOperand {
    MatrixOperand(hidden, offset: keepsHidden ? slot * rows * units : 0, pitch: units)
  }

  /// Makes the last state of a part the first of the next, where it is not in place already.
  func carryState(from slot: Int, rows: Int) throws(OpenCLError) {
    let size = rows * units
    if keepsHidden {
      try memory.queue.copy(hidden, slot * size..<(slot + 1) * size, to: hidden)
    }
    if keepsCells {
      try memory.queue.copy(cell, slot * size..<(slot + 1) * size, to: cell)
    }
  }

  /// The state of a slot, the last that was written.
  func state(slot: Int, rows: Int) throws(OpenCLError) -> LayerState {
    let size = rows * units
    let hiddenStart = keepsHidden ? slot * size : 0
    let cellStart = keepsCells ? slot * size : 0
    return LayerState(
      hidden: try memory.queue.read(hidden, hiddenStart..<hiddenStart + size),
      cell: try memory.queue.read(cell, cellStart..<cellStart + size))
  }
}
