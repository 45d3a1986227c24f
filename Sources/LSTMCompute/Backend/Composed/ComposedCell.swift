/// One direction of one layer, with the memory for its passes.
final class ComposedCell<Operations: SequenceOperations> {
  typealias Memory = Operations.Memory

  /// What only training needs.
  private struct Training {
    /// `[B, R]`, scratch where `h` was masked.
    let masked: Memory?
    /// `[B, H]`, where there is a projection.
    let emitted: Memory?
  }

  let layer: LSTMLayer
  let slices: CellSlices
  let trace: CellTrace<Memory>
  /// `[B, R]` and `[B, H]`, the loss by the state: before `backward` that after the last step, then
  /// that before the first one.
  let hiddenGradient: Memory?
  let cellGradient: Memory?

  private let operations: Operations
  /// The layer's and the direction's numbers, for random masks.
  private let index: Int
  private let direction: Int
  private let keepsTrace: Bool
  private let inputWeights: Operations.Weights
  private let recurrentWeights: Operations.Weights
  private let projectionWeights: Operations.Weights?
  /// `[T, B, R]`, the states before each step as R sees them, where they are masked.
  private let maskedHidden: Memory?
  private let training: Training?

  private var isReverse: Bool { layer.direction == .reverse || direction == 1 }
  private var units: Int { layer.hiddenSize }
  private var width: Int { layer.stateSize }

  /// - Parameters:
  ///   - layer: The layer.
  ///   - slices: The direction's tensors.
  ///   - index: The layer's number, a decoder's counted on after the encoder's.
  ///   - direction: 1 for the second one of two.
  ///   - configuration: The largest sizes.
  ///   - operations: The device.
  /// - Throws: What the device refuses.
  init(
    _ layer: LSTMLayer, _ slices: CellSlices, index: Int, direction: Int,
    configuration: ExecutorConfiguration, operations: Operations
  ) throws {
    self.layer = layer
    self.slices = slices
    self.index = index
    self.direction = direction
    self.operations = operations
    let trains = configuration.mode == .training
    keepsTrace = trains
    let batch = configuration.batchSize
    let rows = configuration.steps * batch
    let (units, width) = (layer.hiddenSize, layer.stateSize)
    func memory(_ count: Int, if exists: Bool) throws -> Memory? {
      exists ? try operations.memory(count) : nil
    }
    let projects = layer.projectionSize != nil
    var norms: NormTrace<Memory>?
    if layer.normalizesGates {
      norms = NormTrace(
        input: try operations.memory(rows * 4 * units),
        recurrent: try operations.memory(rows * 4 * units),
        cell: try operations.memory(rows * units), scales: try operations.memory(rows * 3),
        inputGradient: try memory(rows * 4 * units, if: trains),
        recurrentGradient: try memory(rows * 4 * units, if: trains),
        cellGradient: try memory(rows * units, if: trains))
    }
    trace = CellTrace(
      hidden: try operations.memory((rows + batch) * width),
      cell: try operations.memory((rows + batch) * units),
      gates: try operations.memory(rows * 4 * units),
      candidate: try operations.memory(rows * units),
      arguments: try memory(rows * 4 * units, if: layer.gateClip != nil),
      emitted: try memory(rows * units, if: projects),
      projected: try memory(rows * width, if: projects), norms: norms)
    inputWeights = try operations.weights(slices.inputWeight)
    recurrentWeights = try operations.weights(slices.recurrentWeight)
    projectionWeights = try slices.projection.map { try operations.weights($0) }
    let masks = trains && layer.recurrentDropout > 0
    maskedHidden = try memory(rows * width, if: masks)
    hiddenGradient = try memory(batch * width, if: trains)
    cellGradient = try memory(batch * units, if: trains)
    training =
      !trains
      ? nil
      : Training(
        masked: try memory(batch * width, if: masks),
        emitted: try memory(batch * units, if: projects))
  }

  /// Takes the weights from the parameters.
  func load() throws {
    try operations.load(inputWeights)
    try operations.load(recurrentWeights)
    if let projectionWeights { try operations.load(projectionWeights) }
  }

  // MARK: - States

  /// The slot of the states before the first step that is read.
  func initialSlot(_ pass: ComposedPass<Memory>) -> Int { isReverse ? pass.steps : 0 }

  /// The slot of the states after the last step that is read.
  func finalSlot(_ pass: ComposedPass<Memory>) -> Int { isReverse ? 0 : pass.steps }

  /// `[T, B, R]`, the output of each step.
  func outputs(_ pass: ComposedPass<Memory>) -> Rows<Memory> {
    Rows(trace.hidden, at: isReverse ? 0 : pass.batch * width, pitch: width)
  }

  // MARK: - Forward

  /// Runs all steps, from the states in the initial slot.
  ///
  /// - Parameters:
  ///   - pass: The batch.
  ///   - input: `[T, B, I]`.
  /// - Throws: What the device refuses.
  func forward(_ pass: ComposedPass<Memory>, input: Rows<Memory>) throws {
    let normalizes = trace.norms != nil
    try operations.product(
      input, inputWeights, biases: normalizes ? [] : slices.biases,
      into: Rows(trace.norms?.input ?? trace.gates, pitch: 4 * units), rows: pass.rows,
      accumulates: false)
    let mask = recurrentMask(pass)
    try operations.split(pass.batch, operations: stepOperations * pass.rows) { rows in
      for number in 0..<pass.steps {
        let step = self.step(isReverse ? pass.steps - 1 - number : number, pass)
        var before = row(rows, ofSlot: step.before, pass, in: trace.hidden, width)
        if let mask, let maskedHidden {
          let masked = row(rows, ofSlot: step.time, pass, in: maskedHidden, width)
          try operations.dropout(
            before, elements: rows.lowerBound * width..<rows.upperBound * width, mask,
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
  }

  // MARK: - Backward

  /// Takes the loss back through all steps; leaves the gradients by the tensors and, in
  /// `hiddenGradient` and `cellGradient`, by the state before the first step.
  ///
  /// - Parameters:
  ///   - pass: As in the forward pass.
  ///   - input: As in the forward pass.
  ///   - outputGradient: `[T, B, R]`, the loss by the output of each step; `nil` is zero.
  ///   - factor: By which the gradients of the tensors are multiplied.
  ///   - inputGradient: `[T, B, I]`, the loss by the input, written.
  ///   - accumulates: Whether it is added to instead.
  /// - Throws: What the device refuses.
  func backward(
    _ pass: ComposedPass<Memory>, input: Rows<Memory>, outputGradient: Rows<Memory>?,
    factor: Operations.Scalar, inputGradient: Rows<Memory>?, accumulates: Bool
  ) throws {
    guard let training, let hiddenGradient, let cellGradient else {
      preconditionFailure("the executor was made for inference")
    }
    let gradients = CellGradients(
      outputs: outputGradient, hidden: hiddenGradient, cell: cellGradient,
      emitted: training.emitted)
    let recurrent = trace.norms?.recurrentGradient ?? trace.gates
    let mask = recurrentMask(pass)
    try operations.split(pass.batch, operations: stepOperations * pass.rows) { rows in
      let carried = row(rows, ofSlot: 0, pass, in: hiddenGradient, width)
      /// Adds to the loss by h what comes through R from a step.
      func goThroughR(_ later: CellStep<Memory>) throws {
        let gates = row(rows, ofSlot: later.time, pass, in: recurrent, 4 * units)
        if let mask, let masked = training.masked {
          let unmasked = row(rows, ofSlot: 0, pass, in: masked, width)
          try operations.productBackward(
            gates, recurrentWeights, into: unmasked, rows: rows.count, accumulates: false)
          try operations.dropout(
            unmasked, elements: rows.lowerBound * width..<rows.upperBound * width, mask,
            into: carried, accumulates: true)
        } else {
          try operations.productBackward(
            gates, recurrentWeights, into: carried, rows: rows.count, accumulates: true)
        }
      }
      var later: CellStep<Memory>?
      for number in 0..<pass.steps {
        let step = self.step(isReverse ? number : pass.steps - 1 - number, pass)
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
      if let later { try goThroughR(later) }
    }
    try tensorGradients(pass, input: input, factor: factor)
    if let inputGradient {
      try operations.productBackward(
        Rows(trace.norms?.inputGradient ?? trace.gates, pitch: 4 * units), inputWeights,
        into: inputGradient, rows: pass.rows, accumulates: accumulates)
    }
  }

  /// The gradients by the tensors, once the gates hold the loss by their arguments.
  private func tensorGradients(
    _ pass: ComposedPass<Memory>, input: Rows<Memory>, factor: Operations.Scalar
  ) throws {
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
    let first = isReverse ? pass.batch : 0
    let hidden =
      recurrentMask(pass) == nil
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

  /// How many floating-point operations a step takes for one row, roughly.
  private var stepOperations: Int { 2 * (4 * units * width + units * width) + 60 * units }

  private func step(_ time: Int, _ pass: ComposedPass<Memory>) -> CellStep<Memory> {
    CellStep(
      layer: layer, slices: slices, trace: trace, time: time, before: isReverse ? time + 1 : time,
      after: isReverse ? time : time + 1, batch: pass.batch, stepMask: pass.stepMask,
      zoneoutHidden: mask(layer.zoneoutHidden, .zoneoutHidden, pass),
      zoneoutCell: mask(layer.zoneoutCell, .zoneoutCell, pass), isTraining: pass.isTraining,
      keepsTrace: keepsTrace)
  }

  private func recurrentMask(_ pass: ComposedPass<Memory>) -> RandomMask? {
    mask(layer.recurrentDropout, .recurrentDropout, pass)
  }

  private func mask(
    _ share: Float, _ kind: RandomMask.Kind, _ pass: ComposedPass<Memory>
  ) -> RandomMask? {
    guard pass.isTraining, share > 0 else { return nil }
    return RandomMask(
      share: share, kind, seed: pass.seed, batchNumber: pass.batchNumber, layer: index,
      direction: isReverse ? 1 : 0)
  }

  /// Some rows of a slot of `[slots, B, columns]`.
  private func row(
    _ rows: Range<Int>, ofSlot slot: Int, _ pass: ComposedPass<Memory>, in memory: Memory,
    _ columns: Int
  ) -> Rows<Memory> {
    Rows(memory, at: (slot * pass.batch + rows.lowerBound) * columns, pitch: columns)
  }
}
