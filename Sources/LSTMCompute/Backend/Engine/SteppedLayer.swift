/// The layer pass that every device has: each step is composed of operations, so that it takes every
/// option.
final class SteppedLayer<Operations: DeviceOperations>: LayerPass {
  typealias Memory = Operations.Memory
  typealias Scalar = Operations.Scalar

  /// What only training needs.
  private struct Training {
    /// `[B, R]`, scratch where `h` was masked.
    let masked: Memory?
    /// `[B, H]`, where there is a projection.
    let emitted: Memory?
  }

  let place: LayerPlace
  var kind: String { "steps" }
  let stateGradient: StateRows<Memory>?

  private let trace: CellTrace<Memory>
  private let operations: Operations
  private let inputWeights: Operations.Weights
  private let recurrentWeights: Operations.Weights
  private let projectionWeights: Operations.Weights?
  /// `[T, B, R]`, the states before each step as R sees them, where they are masked.
  private let maskedHidden: Memory?
  private let training: Training?
  /// `[B, R]` and `[B, H]` before the first and after the last step, where the layers share the memory
  /// of all steps.
  private let ends: (initial: StateRows<Memory>, final: StateRows<Memory>)?

  private var layer: LSTMLayer { place.layer }
  private var slices: CellSlices { place.slices }
  private var units: Int { layer.hiddenSize }
  private var width: Int { layer.stateSize }

  /// - Parameters:
  ///   - place: What the pass is for.
  ///   - operations: The device.
  ///   - shared: The memory that the layers share; `nil` where each has its own.
  /// - Throws: What the device refuses.
  init(
    _ place: LayerPlace, _ operations: Operations, sharing shared: LayerMemory<Memory>? = nil
  ) throws {
    self.place = place
    self.operations = operations
    let (layer, slices) = (place.layer, place.slices)
    let trains = place.isTraining
    let batch = place.batchSize
    let rows = place.steps * batch
    let (units, width) = (layer.hiddenSize, layer.stateSize)
    func memory(_ count: Int, if exists: Bool) throws -> Memory? {
      exists ? try operations.memory(count) : nil
    }
    func common(
      _ part: LayerMemory<Memory>.Part, _ rows: Int, _ width: Int, if exists: Bool = true
    ) throws -> Memory? {
      guard exists else { return nil }
      guard let shared else { return try operations.memory(rows * width) }
      return try shared.memory(part, width: width) { try operations.memory(rows * width) }
    }
    func needed(_ part: LayerMemory<Memory>.Part, _ rows: Int, _ width: Int) throws -> Memory {
      guard let memory = try common(part, rows, width) else { preconditionFailure("no memory") }
      return memory
    }
    func state() throws -> StateRows<Memory> {
      StateRows(
        hidden: Rows(try operations.memory(batch * width), pitch: width),
        cell: Rows(try operations.memory(batch * units), pitch: units))
    }
    let projects = layer.projectionSize != nil
    var norms: NormTrace<Memory>?
    if layer.normalizesGates {
      norms = NormTrace(
        input: try needed(.inputNorm, rows, 4 * units),
        recurrent: try needed(.recurrentNorm, rows, 4 * units),
        cell: try needed(.cellNorm, rows, units), scales: try needed(.normScales, rows, 3),
        inputGradient: try memory(rows * 4 * units, if: trains),
        recurrentGradient: try memory(rows * 4 * units, if: trains),
        cellGradient: try memory(rows * units, if: trains))
    }
    trace = CellTrace(
      hidden: try needed(place.hiddenPart(of: LayerMemory<Memory>.self), rows + batch, width),
      cell: try needed(.cell, rows + batch, units), gates: try needed(.gates, rows, 4 * units),
      candidate: try needed(.candidate, rows, units),
      arguments: try common(.arguments, rows, 4 * units, if: layer.gateClip != nil),
      emitted: try common(.emitted, rows, units, if: projects),
      projected: try common(.projected, rows, width, if: projects), norms: norms)
    ends = shared == nil ? nil : (try state(), try state())
    inputWeights = try operations.weights(slices.inputWeight)
    recurrentWeights = try operations.weights(slices.recurrentWeight)
    projectionWeights = try slices.projection.map { try operations.weights($0) }
    let masks = trains && layer.recurrentDropout > 0
    maskedHidden = try memory(rows * width, if: masks)
    stateGradient = trains ? try state() : nil
    training =
      !trains
      ? nil
      : Training(
        masked: try memory(batch * width, if: masks),
        emitted: try memory(batch * units, if: projects))
  }

  @specialized(where Operations == CPUOperations)
  func loadWeights() throws {
    try operations.load(inputWeights)
    try operations.load(recurrentWeights)
    if let projectionWeights { try operations.load(projectionWeights) }
  }

  // MARK: - States

  func state(_ end: SequenceEnd, _ pass: ForwardPass<Memory>) -> StateRows<Memory> {
    if let ends { return end == .initial ? ends.initial : ends.final }
    return slot(end, pass)
  }

  /// The same among the states of all steps.
  private func slot(_ end: SequenceEnd, _ pass: ForwardPass<Memory>) -> StateRows<Memory> {
    let slot = place.slot(end, steps: pass.steps)
    return StateRows(
      hidden: Rows(trace.hidden, at: slot * pass.batch * width, pitch: width),
      cell: Rows(trace.cell, at: slot * pass.batch * units, pitch: units))
  }

  func outputs(_ pass: ForwardPass<Memory>) -> Rows<Memory> {
    Rows(trace.hidden, at: place.isReverse ? 0 : pass.batch * width, pitch: width)
  }

  func isLocalToRows(_ pass: ForwardPass<Memory>) -> Bool { false }

  var stepOperations: Int { 2 * 4 * units * place.inputSize + recurrentOperations }

  /// How many floating-point operations a step takes for one row after the product with W, roughly.
  private var recurrentOperations: Int { 2 * (4 * units * width + units * width) + 60 * units }

  // MARK: - Forward

  @specialized(where Operations == CPUOperations)
  func forward(_ pass: ForwardPass<Memory>, rows _: Range<Int>, input: Rows<Memory>) throws {
    if pass.startsFromZero {
      try operations.clear(slot(.initial, pass), rows: pass.batch)
    } else if let ends {
      try operations.copy(ends.initial, to: slot(.initial, pass), rows: pass.batch, of: layer)
    }
    let normalizes = trace.norms != nil
    try operations.product(
      input, inputWeights, biases: normalizes ? [] : slices.biases,
      into: Rows(trace.norms?.input ?? trace.gates, pitch: 4 * units), rows: pass.rows,
      accumulates: false)
    let mask = place.recurrentMask(pass)
    try operations.split(pass.batch, operations: recurrentOperations * pass.rows) { rows in
      for number in 0..<pass.steps {
        let step = self.step(place.isReverse ? pass.steps - 1 - number : number, pass)
        var before = row(rows, ofSlot: step.before, pass, in: trace.hidden, width)
        if let mask, let maskedHidden {
          let masked = row(rows, ofSlot: step.time, pass, in: maskedHidden, width)
          try operations.dropout(
            before, rows: rows, columns: width, mask,
            into: masked, accumulates: false)
          before = masked
        }
        try operations.stepForward(step, from: before, recurrentWeights, rows: rows)
        if let projectionWeights, let emitted = trace.emitted, let projected = trace.projected {
          try operations.product(
            row(rows, ofSlot: step.time, pass, in: emitted, units), projectionWeights, biases: [],
            into: row(rows, ofSlot: step.time, pass, in: projected, width), rows: rows.count,
            accumulates: false)
          try operations.projectionForward(step, rows: rows)
        }
      }
    }
    if let ends {
      try operations.copy(slot(.final, pass), to: ends.final, rows: pass.batch, of: layer)
    }
  }

  // MARK: - Backward

  @specialized(where Operations == CPUOperations)
  func backward(
    _ pass: ForwardPass<Memory>, rows _: Range<Int>, _ flow: GradientFlow<Memory>
  ) throws {
    guard let training, let stateGradient else {
      preconditionFailure("the pass was made for inference")
    }
    let (hiddenGradient, cellGradient) = (stateGradient.hidden.memory, stateGradient.cell.memory)
    if !flow.hasFinalHidden {
      try operations.fill(hiddenGradient, 0..<pass.batch * width, with: 0)
    }
    if !flow.hasFinalCell { try operations.fill(cellGradient, 0..<pass.batch * units, with: 0) }
    let gradients = CellGradients(
      outputs: flow.outputs, hidden: hiddenGradient, cell: cellGradient,
      emitted: training.emitted)
    let recurrent = trace.norms?.recurrentGradient ?? trace.gates
    let mask = place.recurrentMask(pass)
    try operations.split(pass.batch, operations: recurrentOperations * pass.rows) { rows in
      let carried = row(rows, ofSlot: 0, pass, in: hiddenGradient, width)
      /// Adds to the loss by h what comes through R from a step.
      func goThroughR(_ later: CellStep<Memory>) throws {
        let gates = row(rows, ofSlot: later.time, pass, in: recurrent, 4 * units)
        if let mask, let masked = training.masked {
          let unmasked = row(rows, ofSlot: 0, pass, in: masked, width)
          try operations.productBackward(
            gates, recurrentWeights, into: unmasked, rows: rows.count, accumulates: false)
          try operations.dropout(
            unmasked, rows: rows, columns: width, mask,
            into: carried, accumulates: true)
        } else {
          try operations.productBackward(
            gates, recurrentWeights, into: carried, rows: rows.count, accumulates: true)
        }
      }
      var later: CellStep<Memory>?
      for number in 0..<pass.steps {
        let step = self.step(place.isReverse ? number : pass.steps - 1 - number, pass)
        defer { later = step }
        if let later, mask == nil, projectionWeights == nil {
          try operations.stepBackward(
            step, later: later.time, gradients, recurrentWeights, rows: rows)
          continue
        }
        if let later { try goThroughR(later) }
        if let projectionWeights, let emitted = training.emitted, let projected = trace.projected {
          try operations.projectionBackward(step, gradients, rows: rows)
          try operations.productBackward(
            row(rows, ofSlot: step.time, pass, in: projected, width), projectionWeights,
            into: row(rows, ofSlot: 0, pass, in: emitted, units), rows: rows.count,
            accumulates: false)
        }
        try operations.cellBackward(step, gradients, rows: rows)
      }
      if let later, flow.needsInitialState { try goThroughR(later) }
    }
    if let inputGradient = flow.inputs {
      try operations.productBackward(
        Rows(trace.norms?.inputGradient ?? trace.gates, pitch: 4 * units), inputWeights,
        into: inputGradient, rows: pass.rows, accumulates: flow.addsToInputs)
    }
  }

  @specialized(where Operations == CPUOperations)
  func parameterGradients(
    _ pass: ForwardPass<Memory>, input: Rows<Memory>, factor: Scalar
  ) throws {
    // `backward` left the derivatives by the gates' arguments in the place of the gates.
    let rows = pass.rows
    let gates = Rows(trace.gates, pitch: 4 * units)
    let norms = trace.norms
    func gradient(
      _ d: Rows<Memory>, _ a: Rows<Memory>, _ columns: Int, into offset: Int
    ) throws {
      try operations.columnProductSums(
        d, a, rows: rows, columns: columns, factor: factor, into: offset)
    }
    // The states before each step, in the order of time.
    let first = place.isReverse ? pass.batch : 0
    let hidden =
      place.recurrentMask(pass) == nil
      ? Rows(trace.hidden, at: first * width, pitch: width)
      : Rows(maskedHidden ?? trace.hidden, pitch: width)
    let cell = Rows(trace.cell, at: first * units, pitch: units)

    try operations.weightGradient(
      Rows(norms?.inputGradient ?? trace.gates, pitch: 4 * units), input, rows: rows,
      factor: factor, into: slices.inputWeight)
    try operations.weightGradient(
      Rows(norms?.recurrentGradient ?? trace.gates, pitch: 4 * units), hidden, rows: rows,
      factor: factor, into: slices.recurrentWeight)
    if !slices.biases.isEmpty {
      try operations.columnSums(gates, rows: rows, factor: factor, into: slices.biases)
    }
    if let slice = slices.projection, let projected = trace.projected, let emitted = trace.emitted {
      try operations.weightGradient(
        Rows(projected, pitch: width), Rows(emitted, pitch: units), rows: rows, factor: factor,
        into: slice)
    }
    if let peephole = slices.peephole {
      let candidate = Rows(trace.candidate, pitch: units)
      for (number, (gate, source)) in [(0, cell), (1, cell), (3, candidate)].enumerated() {
        try gradient(
          Rows(trace.gates, at: gate * units, pitch: 4 * units), source, units,
          into: peephole.offset + number * units)
      }
    }
    if let norms, let gains = slices.norms, let cellGradient = norms.cellGradient {
      try gradient(gates, Rows(norms.input, pitch: 4 * units), 4 * units, into: gains.input.offset)
      try gradient(
        gates, Rows(norms.recurrent, pitch: 4 * units), 4 * units, into: gains.recurrent.offset)
      let d = Rows(cellGradient, pitch: units)
      try gradient(d, Rows(norms.cell, pitch: units), units, into: gains.cellWeight.offset)
      try operations.columnSums(d, rows: rows, factor: factor, into: [gains.cellBias])
    }
  }

  // MARK: - Parts

  private func step(_ time: Int, _ pass: ForwardPass<Memory>) -> CellStep<Memory> {
    CellStep(
      layer: layer, slices: slices, trace: trace, time: time,
      before: place.isReverse ? time + 1 : time,
      after: place.isReverse ? time : time + 1, batch: pass.batch, stepMask: pass.stepMask,
      zoneoutHidden: place.hiddenZoneoutMask(pass),
      zoneoutCell: place.cellZoneoutMask(pass), isTraining: pass.isTraining,
      keepsTrace: place.isTraining)
  }

  /// Some rows of a slot of `[slots, B, columns]`.
  private func row(
    _ rows: Range<Int>, ofSlot slot: Int, _ pass: ForwardPass<Memory>, in memory: Memory,
    _ columns: Int
  ) -> Rows<Memory> {
    Rows(memory, at: (slot * pass.batch + rows.lowerBound) * columns, pitch: columns)
  }
}
