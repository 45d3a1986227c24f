internal import RealModule

/// The operations that every network with options is composed of.
///
/// `NetworkExecutor` says which of them follow each other, the same way for every device; a device
/// says how each is computed. They may run later than they are called, but in their order; `read`
/// and `takeLosses` wait.
///
/// All sequences are time-major `[T, B, width]`. Sizes, offsets and pitches count elements.
protocol DeviceOperations: AnyObject {
  /// What it computes in.
  associatedtype Scalar: Real & BinaryFloatingPoint & BitwiseCopyable
  /// Numbers in the device's memory.
  associatedtype Memory: AnyObject
  /// A weight `[n, k]` of the parameters in the form that the device's products take it.
  associatedtype Weights: AnyObject

  /// One line on what was chosen, and why.
  var description: String { get }

  // MARK: - Memory

  /// Reserves memory for `count` numbers, 1 or more, all zero.
  func memory(_ count: Int) throws -> Memory
  func write(_ values: [Scalar], to memory: Memory, at offset: Int) throws
  /// The same from the single precision that users have.
  func write(floats values: [Float], to memory: Memory, at offset: Int) throws
  func read(_ memory: Memory, _ range: Range<Int>) throws -> [Scalar]
  /// The same in the single precision that users get.
  func readFloats(_ memory: Memory, _ range: Range<Int>) throws -> [Float]
  func fill(_ memory: Memory, _ range: Range<Int>, with value: Scalar) throws
  /// Ranges do not overlap.
  func copy(_ source: Memory, _ range: Range<Int>, to target: Memory, at offset: Int) throws

  // MARK: - Parameters

  /// `ParameterLayout.count` numbers.
  var parameters: Memory { get }
  /// The same; every operation that computes a gradient overwrites its part. Only for training.
  var gradient: Memory { get }
  /// As `Executor` has them.
  func accumulateGradient(weight: Double) throws
  func step(
    _ optimizer: Optimizer, ranges: [Range<Int>], learningRate: Double, clipping: GradientClipping
  ) throws

  /// The optimizer's state, as `OptimizerState` has it.
  func optimizerMoments() throws -> (first: [Scalar], second: [Scalar], stepCount: Int)
  /// Replaces it, and drops the sum of gradients.
  func setOptimizerMoments(first: [Scalar], second: [Scalar], stepCount: Int) throws

  /// Makes a weight ready for products; `load` puts the numbers in.
  func weights(_ slice: ParameterSlice) throws -> Weights
  /// Takes the numbers from `parameters`, as they are when this runs.
  func load(_ weights: Weights) throws

  // MARK: - Layers

  /// The passes of a stack of layers, chosen for the device; see `LayerPass`.
  func makeLayers(_ places: [[LayerPlace]]) throws -> [[any LayerPass<Memory, Scalar>]]
  /// One line on how layers run a batch, and why.
  func plan(of layers: [[any LayerPass<Memory, Scalar>]], _ pass: ForwardPass<Memory>) -> String
  /// Called before the layers run a batch.
  func prepare(_ layers: [[any LayerPass<Memory, Scalar>]], _ pass: ForwardPass<Memory>)
  /// Called before the layers run a batch back.
  func prepareBackward(
    _ layers: [[any LayerPass<Memory, Scalar>]], _ gradients: StackGradients<Memory>) throws
  /// Runs all layers forward in an order of the device's own, such as side by side in time.
  ///
  /// - Parameters:
  ///   - layers: The passes.
  ///   - pass: The batch.
  ///   - inputs: What each layer reads; then the last one's outputs.
  /// - Returns: False where the layers are to be run one after the other instead.
  /// - Throws: What the device refuses.
  func forwardSideBySide(
    _ layers: [[any LayerPass<Memory, Scalar>]], _ pass: ForwardPass<Memory>,
    _ inputs: [Rows<Memory>]
  ) throws -> Bool
  /// Whether layers are never run side by side, so that they can share what they leave in inference.
  var runsLayersInTurn: Bool { get }
  /// The mirror of `forwardSideBySide`.
  func backwardSideBySide(
    _ layers: [[any LayerPass<Memory, Scalar>]], _ pass: ForwardPass<Memory>,
    _ gradients: StackGradients<Memory>
  ) throws -> Bool
  /// The least pitch of `[T, B, columns]` that a layer's pass can write a gradient to.
  func gradientPitch(ofColumns columns: Int) -> Int
  /// How many steps of a sequence inference keeps in memory at a time, of those that are asked for.
  func stepsAtOnce(
    _ specification: NetworkSpecification, _ configuration: ExecutorConfiguration
  ) -> Int
  /// Called after the last gradient of a backward pass.
  func endGradients() throws
  /// Called where the host waits anyway: reads what launches noted about the device, and does
  /// otherwise from the next pass on where one of them could not be run as it was meant to.
  func giveUpWhereNoted() throws

  // MARK: - Products

  /// Calls `body` with disjoint ranges that cover the rows of a batch, at the same time on a device
  /// where the caller's threads do the work. `body` calls only operations that say `rows`.
  func split(_ rows: Int, operations: Int, _ body: (Range<Int>) throws -> Void) throws

  /// c `[m, n]` = c + a `[m, k]` Wᵀ + biases; without `accumulates` c counts as zero.
  ///
  /// Callable within `split`, where a and c are those of its rows.
  func product(
    _ a: Rows<Memory>, _ weights: Weights, biases: [ParameterSlice], into c: Rows<Memory>,
    rows m: Int, accumulates: Bool) throws
  /// c `[m, k]` = c + d `[m, n]` W; without `accumulates` c counts as zero. Callable within `split`.
  func productBackward(
    _ d: Rows<Memory>, _ weights: Weights, into c: Rows<Memory>, rows m: Int, accumulates: Bool
  ) throws
  /// gradient `[n, k]` at a slice = factor dᵀ a, with d `[rows, n]` and a `[rows, k]`.
  func weightGradient(
    _ d: Rows<Memory>, _ a: Rows<Memory>, rows: Int, factor: Scalar, into slice: ParameterSlice
  ) throws
  /// gradient `[n]` at each of the slices = factor times the sum of d `[rows, n]` over its rows.
  ///
  /// Without rounding where the numbers are whole, so that ones that cancel are exactly zero.
  func columnSums(
    _ d: Rows<Memory>, rows: Int, factor: Scalar, into slices: [ParameterSlice]) throws
  /// `weightGradient` of a matrix, and `columnSums` for the biases that go with it.
  ///
  /// Some of it may be done only by `endGradients`.
  func affineGradient(
    _ d: Rows<Memory>, _ a: Rows<Memory>, rows: Int, factor: Scalar, into slice: ParameterSlice,
    biases: [ParameterSlice]) throws
  /// gradient at `offset`, `columns` numbers = factor times the sum of d ⊙ a over the rows.
  func columnProductSums(
    _ d: Rows<Memory>, _ a: Rows<Memory>, rows: Int, columns: Int, factor: Scalar, into offset: Int
  ) throws

  // MARK: - The cell

  /// One step of one direction of a layer for some rows of the batch: from the gates' arguments to
  /// the state after the step, without a projection, and to `emitted` with one.
  func cellForward(_ step: CellStep<Memory>, rows: Range<Int>) throws
  /// From `emitted` times the projection, in `projected`, to `hidden`.
  func projectionForward(_ step: CellStep<Memory>, rows: Range<Int>) throws
  /// The mirror of `projectionForward`; see `CellGradients`.
  func projectionBackward(
    _ step: CellStep<Memory>, _ gradients: CellGradients<Memory>, rows: Range<Int>) throws
  /// The mirror of `cellForward`; see `CellGradients`.
  func cellBackward(
    _ step: CellStep<Memory>, _ gradients: CellGradients<Memory>, rows: Range<Int>) throws

  /// The product of a step with R, added to the gates' arguments or with normalized gates left beside
  /// them, and `cellForward`.
  ///
  /// - Parameters:
  ///   - step: The step.
  ///   - before: `[B, R]`, h before the step as R sees it.
  ///   - weights: R.
  ///   - rows: Of the batch; the first of them is the first of `before`.
  /// Callable within `split`.
  /// - Throws: What the device refuses.
  func stepForward(
    _ step: CellStep<Memory>, from before: Rows<Memory>, _ weights: Weights, rows: Range<Int>
  ) throws
  /// The mirror of `stepForward`, of a layer without a projection: what comes through R from the step
  /// that was taken back before this one is added to `hidden`, then `cellBackward`.
  ///
  /// - Parameters:
  ///   - step: The step.
  ///   - later: The place in time of the one that was taken back before it.
  ///   - gradients: Of the states.
  ///   - weights: R, without a mask on h.
  ///   - rows: Of the batch.
  /// Callable within `split`.
  /// - Throws: What the device refuses.
  func stepBackward(
    _ step: CellStep<Memory>, later: Int, _ gradients: CellGradients<Memory>, _ weights: Weights,
    rows: Range<Int>) throws

  // MARK: - Between layers

  /// target = target + source ⊙ mask / (1 - share), or without `accumulates` just the product.
  ///
  /// - Parameters:
  ///   - source: `[rows, columns]`.
  ///   - rows: Which rows of the random mask: element (r, j) of it is number r columns + j.
  ///   - columns: The width of source and mask.
  ///   - mask: Where the random numbers come from, and the share that is dropped.
  ///   - target: May be the source.
  ///   - accumulates: Whether the target is added to.
  /// Callable within `split`.
  /// - Throws: What the device refuses.
  func dropout(
    _ source: Rows<Memory>, rows: Range<Int>, columns: Int, _ mask: RandomMask,
    into target: Rows<Memory>, accumulates: Bool) throws
  /// Copies or adds rows, each times its number in `scales` `[rows]` where there are any. Callable
  /// within `split`.
  func merge(
    _ source: Rows<Memory>, rows: Int, columns: Int, scales: Rows<Memory>?,
    into target: Rows<Memory>, accumulates: Bool) throws

  // MARK: - Series and losses

  /// Makes windows the ones that `gather` knows by number.
  func setWindows(_ windows: [Window]) throws
  /// target `[steps, batch, count]`: for each step and window, `count` numbers on from a row.
  ///
  /// - Parameters:
  ///   - source: `[rows, columns]`.
  ///   - columns: Its columns.
  ///   - start: Which of a window's rows it starts at.
  ///   - shift: What is added to that row; negative for earlier ones.
  ///   - steps: How many rows on from there each give `count` numbers.
  ///   - count: The numbers, which may be those of several rows.
  ///   - batch: The numbers of the windows.
  ///   - rows: The rows of the batch that are copied.
  ///   - target: Where to.
  /// Callable within `split`.
  /// - Throws: What the device refuses.
  func gather(
    _ source: Memory, columns: Int, start: WindowStart, shift: Int, steps: Int, count: Int,
    batch: Range<Int>, rows: Range<Int>, into target: Memory) throws
  /// Notes the sum of `Loss.evaluate` over the targets of a batch, divided by `divisor`.
  ///
  /// - Parameters:
  ///   - loss: The loss.
  ///   - outputs: `[S, B, K, P]`, P as the loss has it.
  ///   - targets: `[S, B, K]` of the windows.
  ///   - batch: The numbers of the windows.
  ///   - steps: S.
  ///   - divisor: What the sum is divided by.
  ///   - gradient: `[S, B, K, P]`, the derivatives of `Loss.evaluate`, which are not divided; `nil` to
  ///     leave them out.
  /// - Throws: What the device refuses.
  func compare(
    _ loss: Loss, outputs: Memory, targets: WindowTargets<Memory>, batch: Range<Int>, steps: Int,
    divisor: Double, gradient: Memory?) throws
  /// The losses noted since the last call.
  func takeLosses() throws -> [Scalar]
}

extension DeviceOperations {
  func makeLayers(
    _ places: [[LayerPlace]]
  ) throws -> [[any LayerPass<Memory, Scalar>]] {
    let shared = LayerMemory<Memory>()
    return try places.map {
      try $0.map { try SteppedLayer($0, self, sharing: $0.isTraining ? nil : shared) }
    }
  }

  func plan(
    of layers: [[any LayerPass<Memory, Scalar>]], _ pass: ForwardPass<Memory>
  ) -> String { description }

  func prepare(
    _ layers: [[any LayerPass<Memory, Scalar>]], _ pass: ForwardPass<Memory>
  ) {}

  func prepareBackward(
    _ layers: [[any LayerPass<Memory, Scalar>]], _ gradients: StackGradients<Memory>
  ) throws {}

  var runsLayersInTurn: Bool { true }

  func forwardSideBySide(
    _ layers: [[any LayerPass<Memory, Scalar>]], _ pass: ForwardPass<Memory>,
    _ inputs: [Rows<Memory>]
  ) throws -> Bool { false }

  func backwardSideBySide(
    _ layers: [[any LayerPass<Memory, Scalar>]], _ pass: ForwardPass<Memory>,
    _ gradients: StackGradients<Memory>
  ) throws -> Bool { false }

  func gradientPitch(ofColumns columns: Int) -> Int { columns }

  func stepsAtOnce(
    _ specification: NetworkSpecification, _ configuration: ExecutorConfiguration
  ) -> Int { configuration.steps }

  func endGradients() throws {}

  func giveUpWhereNoted() throws {}

  func affineGradient(
    _ d: Rows<Memory>, _ a: Rows<Memory>, rows: Int, factor: Scalar, into slice: ParameterSlice,
    biases: [ParameterSlice]
  ) throws {
    try separateAffineGradient(d, a, rows: rows, factor: factor, into: slice, biases: biases)
  }

  /// `affineGradient` as two operations.
  func separateAffineGradient(
    _ d: Rows<Memory>, _ a: Rows<Memory>, rows: Int, factor: Scalar, into slice: ParameterSlice,
    biases: [ParameterSlice]
  ) throws {
    try weightGradient(d, a, rows: rows, factor: factor, into: slice)
    if !biases.isEmpty { try columnSums(d, rows: rows, factor: factor, into: biases) }
  }

  func stepForward(
    _ step: CellStep<Memory>, from before: Rows<Memory>, _ weights: Weights, rows: Range<Int>
  ) throws {
    try separateStepForward(step, from: before, weights, rows: rows)
  }

  func stepBackward(
    _ step: CellStep<Memory>, later: Int, _ gradients: CellGradients<Memory>, _ weights: Weights,
    rows: Range<Int>
  ) throws {
    try separateStepBackward(step, later: later, gradients, weights, rows: rows)
  }

  /// `stepForward` as two operations.
  func separateStepForward(
    _ step: CellStep<Memory>, from before: Rows<Memory>, _ weights: Weights, rows: Range<Int>
  ) throws {
    let norms = step.trace.norms
    let arguments = Rows(norms?.recurrent ?? step.trace.gates, pitch: 4 * step.layer.hiddenSize)
    try product(
      before, weights, biases: [],
      into: arguments.dropFirst(step.time * step.batch + rows.lowerBound), rows: rows.count,
      accumulates: norms == nil)
    try cellForward(step, rows: rows)
  }

  /// `stepBackward` as two operations.
  func separateStepBackward(
    _ step: CellStep<Memory>, later: Int, _ gradients: CellGradients<Memory>, _ weights: Weights,
    rows: Range<Int>
  ) throws {
    let units = step.layer.hiddenSize
    let trace = step.trace
    try productBackward(
      Rows(trace.norms?.recurrentGradient ?? trace.gates, pitch: 4 * units)
        .dropFirst(later * step.batch + rows.lowerBound), weights,
      into: Rows(gradients.hidden, pitch: units).dropFirst(rows.lowerBound), rows: rows.count,
      accumulates: true)
    try cellBackward(step, gradients, rows: rows)
  }
}

/// A matrix in memory: where it starts, and the distance between its rows.
struct Rows<Memory: AnyObject> {
  var memory: Memory
  var offset: Int
  var pitch: Int

  init(_ memory: Memory, at offset: Int = 0, pitch: Int) {
    self.memory = memory
    self.offset = offset
    self.pitch = pitch
  }

  /// The matrix without its first rows.
  func dropFirst(_ rows: Int) -> Rows {
    Rows(memory, at: offset + rows * pitch, pitch: pitch)
  }
}

/// The targets of windows in a device's memory.
///
/// Those of window w in step s of the head are `count` numbers on from row `w.targetRow + shift + s`.
struct WindowTargets<Memory: AnyObject> {
  /// `[rows, columns]`.
  var values: Memory
  /// The same for the weights; all 1 where there are none.
  ///
  /// A target with weight 0 is not looked at.
  var weights: Memory?
  var columns: Int
  var shift: Int
  /// K, which may be the numbers of several rows.
  var count: Int

  init(values: Memory, weights: Memory?, columns: Int, shift: Int, count: Int) {
    self.values = values
    self.weights = weights
    self.columns = columns
    self.shift = shift
    self.count = count
  }

  /// Where the target lies of an element of `[S, B, K]`.
  func place(of element: Int, windows: [Window], batch: Range<Int>) -> Int {
    let (row, number) = element.quotientAndRemainder(dividingBy: count)
    let (step, window) = row.quotientAndRemainder(dividingBy: batch.count)
    let first = Int(windows[batch.lowerBound + window].targetRow) + shift + step
    return first * columns + number
  }
}

/// Which row of a window something starts at.
enum WindowStart: Sendable {
  case inputRow, targetRow
}

/// A share of numbers that are dropped, or kept as they were, at random.
///
/// Element e of a mask is number e % 4 of the Philox block with the counter
/// (e / 4, batch number, stream); it is true where that number, as a fraction of one, is below the
/// share.
struct RandomMask: Hashable, Sendable {
  /// What is masked; the lowest byte of the stream.
  enum Kind: UInt32, Sendable {
    case dropout = 4
    case recurrentDropout = 5
    case zoneoutHidden = 6
    case zoneoutCell = 7
  }

  var share: Float
  var seed: UInt64
  var batchNumber: UInt32
  var stream: UInt32

  init(
    share: Float, _ kind: Kind, seed: UInt64, batchNumber: UInt32, layer: Int, direction: Int
  ) {
    self.share = share
    self.seed = seed
    self.batchNumber = batchNumber
    stream = kind.rawValue | UInt32(layer) << 8 | UInt32(direction) << 24
  }

  /// Whether an element is dropped, or kept as it was.
  func isHit(_ element: Int) -> Bool {
    let block = UInt64(element) / 4
    let bits = PhiloxGenerator.block(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), batchNumber,
        stream),
      key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    return Float(bits[element % 4] >> 8) * 0x1p-24 < share
  }
}
