internal import OpenCL

/// The layer pass whose kernels compute whole steps, or all steps: in one launch whose work-groups
/// share the rows or the units, or in a launch for each step.
///
/// It takes every option but projections and normalized gates, and computes in float32.
final class KernelLayer: LayerPass {
  typealias Memory = Buffer<Float>
  typealias Scalar = Float

  /// The kernels of its time steps; those of the backward pass only for training.
  private enum Kernels {
    case stepwise(LSTMStepForward, LSTMStepBackward?)
    case resident(LSTMResidentForward, LSTMResidentBackward?)
    case cooperative(LSTMCooperativeForward, LSTMCooperativeBackward?, GridBarrier)
  }

  let place: LayerPlace
  private(set) var loop: LayerLoop
  let stateGradient: StateRows<Buffer<Float>>?
  var kind: String { loop.kind.rawValue }

  private unowned let operations: OpenCLOperations
  private let variant: CellVariant
  private let stepSizes: StepSizes
  private var kernels: Kernels
  /// `[T, B, 4H]`, first W x + b, then the gates, then the derivatives by their arguments.
  ///
  /// In inference all layers share it unless they run side by side; it is a single number where
  /// nothing is in it.
  private var gates: Buffer<Float>
  /// `[T, B, 4H]`, the gates of a layer whose work-groups wait for each other, for training: what such
  /// groups read they must not overwrite.
  private let keptGates: Buffer<Float>?
  /// `[T + 1, B, H]`, or `[B, H]` where only the last is kept.
  private let hidden: Buffer<Float>
  private let cell: Buffer<Float>
  private let keepsHidden: Bool
  private let keepsCells: Bool
  private let rawCell: Buffer<Float>?
  private let arguments: Buffer<Float>?
  private let masked: Buffer<Float>?

  private var units: Int { place.layer.hiddenSize }
  private var slices: CellSlices { place.slices }
  private var queue: CommandQueue { operations.queue }

  /// - Parameters:
  ///   - place: What the pass is for.
  ///   - loop: How its steps are run.
  ///   - sharedGates: The memory for gates of which nothing is kept; `nil` to have its own.
  ///   - barrier: For work-groups that wait for each other.
  ///   - operations: The device, which has to live as long.
  /// - Throws: What the device refuses.
  init(
    _ place: LayerPlace, _ loop: LayerLoop, sharedGates: Buffer<Float>?, barrier: GridBarrier?,
    _ operations: OpenCLOperations
  ) throws(OpenCLError) {
    self.place = place
    self.loop = loop
    self.operations = operations
    let (trains, layer) = (place.isTraining, place.layer)
    let (library, context) = (operations.kernels.library, operations.queue.context)
    variant = CellVariant(place)
    stepSizes = StepSizes(
      units: layer.hiddenSize, batchSize: place.batchSize, on: context.device)
    keepsHidden = trains || place.keepsOutputs || loop.kind != .resident
    keepsCells = trains || loop.kind == .cooperative
    switch loop {
    case .composed: preconditionFailure("no kernel computes a whole step")
    case .stepwise:
      kernels = try Self.stepwise(library, stepSizes, variant, isTraining: trains)
    case .resident(let sizes):
      kernels = .resident(
        try LSTMResidentForward(library, sizes, variant),
        trains ? try LSTMResidentBackward(library, sizes, variant) : nil)
    case .cooperative(let sizes):
      guard let barrier else { preconditionFailure("a cooperative layer without a barrier") }
      kernels = .cooperative(
        try LSTMCooperativeForward(library, sizes, variant),
        trains ? try LSTMCooperativeBackward(library, sizes, variant) : nil, barrier)
    }
    let state = place.batchSize * layer.hiddenSize
    func memory(_ count: Int, if exists: Bool = true) throws(OpenCLError) -> Buffer<Float>? {
      exists ? try Buffer(count: count, in: context) : nil
    }
    func memory(_ count: Int) throws(OpenCLError) -> Buffer<Float> {
      try Buffer(count: count, in: context)
    }
    if let sharedGates, !trains, loop.projectsBefore {
      gates = sharedGates
    } else {
      gates = try memory(trains || loop.projectsBefore ? place.steps * 4 * state : 1)
    }
    keptGates = try memory(place.steps * 4 * state, if: trains && loop.kind == .cooperative)
    hidden = try memory(keepsHidden ? (place.steps + 1) * state : state)
    cell = try memory(keepsCells ? (place.steps + 1) * state : state)
    rawCell = try memory(place.steps * state, if: trains && variant.keepsState)
    arguments = try memory(place.steps * 4 * state, if: trains && layer.gateClip != nil)
    masked = try memory((place.steps + 1) * state, if: variant.dropsHidden)
    stateGradient =
      !trains
      ? nil
      : StateRows(
        hidden: Rows(try memory(state), pitch: layer.hiddenSize),
        cell: Rows(try memory(state), pitch: layer.hiddenSize))
  }

  private static func stepwise(
    _ library: KernelLibrary, _ sizes: StepSizes, _ variant: CellVariant, isTraining: Bool
  ) throws(OpenCLError) -> Kernels {
    .stepwise(
      try LSTMStepForward(library, sizes, variant),
      isTraining ? try LSTMStepBackward(library, sizes, variant) : nil)
  }

  /// Nothing: kernels read the parameters as they are.
  func loadWeights() {}

  /// Goes step by step from the next pass on, where its work-groups waited for each other.
  func giveUp() throws(OpenCLError) {
    guard loop.kind == .cooperative else { return }
    kernels = try Self.stepwise(
      operations.kernels.library, stepSizes, variant, isTraining: place.isTraining)
    loop = .stepwise
    // Steps one by one change the gates in place.
    gates = keptGates ?? gates
  }

  // MARK: - What others read and write

  func state(_ end: SequenceEnd, _ pass: ForwardPass<Buffer<Float>>) -> StateRows<Buffer<Float>> {
    let offset = place.slot(end, steps: pass.steps) * pass.batch * units
    return StateRows(
      hidden: Rows(hidden, at: keepsHidden ? offset : 0, pitch: units),
      cell: Rows(cell, at: keepsCells ? offset : 0, pitch: units))
  }

  func outputs(_ pass: ForwardPass<Buffer<Float>>) -> Rows<Buffer<Float>> {
    Rows(hidden, at: keepsHidden && !place.isReverse ? pass.batch * units : 0, pitch: units)
  }

  func isLocalToRows(_ pass: ForwardPass<Buffer<Float>>) -> Bool { false }

  var stepOperations: Int { 2 * 4 * units * (place.inputSize + units) + 60 * units }

  private func buffers(_ pass: ForwardPass<Buffer<Float>>) -> LayerBuffers {
    var layer = LayerBuffers(
      rows: pass.batch, startsFromZero: pass.startsFromZero, keepsGates: place.isTraining,
      parameters: operations.parameters, layer: LayerArguments(place, pass), gates: gates,
      hidden: hidden, cell: cell)
    layer.isReverse = place.isReverse
    (layer.keepsHidden, layer.keepsCells) = (keepsHidden, keepsCells)
    layer.keptGates = loop.kind == .cooperative ? keptGates : nil
    (layer.rawCell, layer.arguments, layer.masked) = (rawCell, arguments, masked)
    layer.stepMask = pass.stepMask
    return layer
  }

  // MARK: - Forward

  func forward(
    _ pass: ForwardPass<Buffer<Float>>, rows _: Range<Int>, input: Rows<Buffer<Float>>
  ) throws {
    try prepareStates(pass)
    try operations.enqueue { () throws(OpenCLError) in
      try project(on: queue, pass, steps: 0..<pass.steps, input: input)
      try forward(on: queue, pass, steps: 0..<pass.steps, input: input)
    }
  }

  /// Puts in place what R sees before the first step.
  func prepareStates(_ pass: ForwardPass<Buffer<Float>>) throws {
    guard place.isTraining else { return }
    let initial = state(.initial, pass).hidden
    if pass.startsFromZero {
      // The product that makes the gradient of R leaves out what comes before the first step only
      // where that is the first slot.
      if place.isReverse {
        try operations.clear(
          Rows(masked ?? hidden, at: initial.offset, pitch: units), count: pass.batch)
      }
    } else if let masked {
      let seen = Rows(masked, at: initial.offset, pitch: units)
      if let mask = place.recurrentMask(pass) {
        try operations.dropout(
          initial, rows: 0..<pass.batch, columns: units, mask, into: seen, accumulates: false)
      } else {
        try operations.copy(
          hidden, initial.offset..<initial.offset + pass.batch * units, to: masked,
          at: initial.offset)
      }
    }
  }

  /// Computes W x + b for some of the steps, unless the steps do that themselves.
  func project(
    on queue: CommandQueue, _ pass: ForwardPass<Buffer<Float>>, steps: Range<Int>,
    input: Rows<Buffer<Float>>
  ) throws(OpenCLError) {
    guard loop.projectsBefore else { return }
    let first = steps.lowerBound * pass.batch
    let product = try operations.kernels.product(
      OperationKernels.ProductVariant(kind: .transposedB))
    var size = ProductSize(m: pass.rows, n: 4 * units, k: place.inputSize)
    let whole = size
    size.m = steps.count * pass.batch
    try product(
      on: queue, size, MatrixOperand(input.dropFirst(first)),
      MatrixOperand(
        operations.parameters, offset: slices.inputWeight.offset, pitch: place.inputSize),
      into: MatrixOperand(gates, offset: first * 4 * units, pitch: 4 * units),
      bias: slices.biases.first.map {
        ProductBias(operations.parameters, offset: $0.offset, terms: slices.biases.count)
      }, partOf: whole)
  }

  /// Runs some of the steps, in the order in which they are read; a resident layer can begin with
  /// another than the first of them.
  func forward(
    on queue: CommandQueue, _ pass: ForwardPass<Buffer<Float>>, steps: Range<Int>,
    input: Rows<Buffer<Float>>
  ) throws(OpenCLError) {
    let layer = buffers(pass)
    switch kernels {
    case .stepwise(let forward, _):
      precondition(steps == 0..<pass.steps, "launches for each step go through all of them")
      try forward(on: queue, steps: pass.steps, units: units, layer)
    case .resident(let forward, _):
      try forward(on: queue, steps: steps, of: pass.steps, layer, inputs: MatrixOperand(input))
    case .cooperative(let forward, _, let barrier):
      precondition(steps == 0..<pass.steps, "work-groups that share units go through all steps")
      try forward(on: queue, steps: pass.steps, layer, barrier)
    }
  }

  // MARK: - Backward

  func backward(
    _ pass: ForwardPass<Buffer<Float>>, rows _: Range<Int>, _ flow: GradientFlow<Buffer<Float>>
  ) throws {
    try operations.enqueue { () throws(OpenCLError) in
      try backward(on: queue, pass, steps: 0..<pass.steps, flow)
    }
  }

  /// Takes some of the steps back, those after them having gone before.
  func backward(
    on queue: CommandQueue, _ pass: ForwardPass<Buffer<Float>>, steps: Range<Int>,
    _ flow: GradientFlow<Buffer<Float>>
  ) throws(OpenCLError) {
    guard let stateGradient else { preconditionFailure("the pass was made for inference") }
    let layer = buffers(pass)
    var gradients = LayerFlow(
      outputs: flow.outputs, hidden: stateGradient.hidden.memory, cell: stateGradient.cell.memory)
    (gradients.takesHidden, gradients.takesCell) = (flow.hasFinalHidden, flow.hasFinalCell)
    gradients.needsState = flow.needsInitialState
    switch kernels {
    case .stepwise(_, let backward?):
      precondition(steps == 0..<pass.steps, "launches for each step go through all of them")
      try backward(on: queue, steps: pass.steps, units: units, layer, gradients)
    case .resident(_, let backward?):
      try backward(on: queue, steps: steps, of: pass.steps, layer, gradients)
    case .cooperative(_, let backward?, let barrier):
      precondition(steps == 0..<pass.steps, "work-groups that share units go through all steps")
      try backward(
        on: queue, steps: pass.steps, layer, gradients, scratch(pass, gradients), barrier)
    case .stepwise(_, nil), .resident(_, nil), .cooperative(_, nil, _):
      preconditionFailure("the pass was made for inference")
    }
    if let inputs = flow.inputs {
      try inputGradient(on: queue, pass, steps: steps, into: inputs, adds: flow.addsToInputs)
    }
  }

  private func scratch(
    _ pass: ForwardPass<Buffer<Float>>, _ gradients: LayerFlow
  ) throws(OpenCLError) -> LSTMCooperativeBackward.Scratch {
    let state = pass.batch * units
    var scratch = LSTMCooperativeBackward.Scratch(
      cell: try operations.scratch(1, pass.steps * state))
    if variant.keepsState { scratch.hidden = try operations.scratch(2, pass.steps * state) }
    guard gradients.needsState, gradients.takesHidden || gradients.takesCell else { return scratch }
    let last = (try operations.scratch(3, state), try operations.scratch(4, state))
    if gradients.takesHidden { try queue.copy(gradients.hidden, 0..<state, to: last.0) }
    if gradients.takesCell { try queue.copy(gradients.cell, 0..<state, to: last.1) }
    scratch.last = last
    return scratch
  }

  /// ∂L/∂x of some of the steps.
  private func inputGradient(
    on queue: CommandQueue, _ pass: ForwardPass<Buffer<Float>>, steps: Range<Int>,
    into inputs: Rows<Buffer<Float>>, adds: Bool
  ) throws(OpenCLError) {
    let first = steps.lowerBound * pass.batch
    let product = try operations.kernels.product(
      OperationKernels.ProductVariant(kind: .plain, accumulates: adds))
    var size = ProductSize(m: pass.rows, n: place.inputSize, k: 4 * units)
    let whole = size
    size.m = steps.count * pass.batch
    try product(
      on: queue, size, MatrixOperand(gates, offset: first * 4 * units, pitch: 4 * units),
      MatrixOperand(
        operations.parameters, offset: slices.inputWeight.offset, pitch: place.inputSize),
      into: MatrixOperand(inputs.dropFirst(first)), partOf: whole)
  }

  /// The gradients by W, R and the biases are one launch.
  func parameterGradients(
    _ pass: ForwardPass<Buffer<Float>>, input: Rows<Buffer<Float>>, factor: Float
  ) throws {
    let gradients = try operations.gradientSlices()
    let queue = operations.queue(of: self)
    // The states before each step, in the order of time. Where they begin with zeros, so do they.
    let skipped = pass.startsFromZero && !place.isReverse ? pass.batch : 0
    let first = place.isReverse || skipped > 0 ? pass.batch : 0
    try operations.enqueue { () throws(OpenCLError) in
      let recurrent = JoinedProduct(
        b: MatrixOperand(masked ?? hidden, offset: first * units, pitch: units),
        c: gradients.place(of: slices.recurrentWeight), columns: units, skipped: skipped)
      let left = gradients.write(
        [slices.inputWeight, slices.recurrentWeight] + slices.biases, factor: factor)
      let product = try operations.kernels.product(
        OperationKernels.ProductVariant(kind: .transposedA, isJoined: true))
      try product(
        on: queue, ProductSize(m: 4 * units, n: place.inputSize, k: pass.rows),
        MatrixOperand(gates, pitch: 4 * units), MatrixOperand(input),
        into: gradients.place(of: slices.inputWeight), factor: left, slices: gradients.slices,
        // The biases lie one after the other, and have the same gradient.
        rowSums: slices.biases.first.map {
          ProductRowSums(offset: $0.offset, copies: slices.biases.count)
        }, and: recurrent)
    }
    guard let peephole = slices.peephole else { return }
    // Other operations than the product above are put into the first queue.
    try deviceCall { () throws(OpenCLError) in try operations.closeWavefronts() }
    let before = Rows(cell, at: (place.isReverse ? pass.batch : 0) * units, pitch: units)
    let raw =
      rawCell.map { Rows($0, pitch: units) }
      ?? Rows(cell, at: (place.isReverse ? 0 : pass.batch) * units, pitch: units)
    if pass.startsFromZero {
      try operations.clear(state(.initial, pass).cell, count: pass.batch)
    }
    for (number, (gate, source)) in [(0, before), (1, before), (3, raw)].enumerated() {
      try operations.columnProductSums(
        Rows(gates, at: gate * units, pitch: 4 * units), source, rows: pass.rows, columns: units,
        factor: factor, into: peephole.offset + number * units)
    }
  }
}
