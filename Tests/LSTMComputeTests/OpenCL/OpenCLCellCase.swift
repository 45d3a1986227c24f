import OpenCL
import TestSupport
import Testing

@testable import LSTMCompute

/// Options of a layer, and how a step of it is run.
struct OpenCLCellCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  var change: @Sendable (inout LSTMLayer) -> Void
  var isTraining = true
  var hasStepMask = false
  var hasOutputs = true

  init(
    _ name: String, isTraining: Bool = true, hasStepMask: Bool = false, hasOutputs: Bool = true,
    _ change: @escaping @Sendable (inout LSTMLayer) -> Void = { _ in }
  ) {
    testDescription = name
    self.change = change
    self.isTraining = isTraining
    self.hasStepMask = hasStepMask
    self.hasOutputs = hasOutputs
  }

  static let all: [OpenCLCellCase] = [
    OpenCLCellCase("plain"),
    OpenCLCellCase("no outputs, step mask", hasStepMask: true, hasOutputs: false),
    OpenCLCellCase("one bias") { $0.bias = .one },
    OpenCLCellCase("peepholes") { $0.hasPeepholes = true },
    OpenCLCellCase("coupled") { $0.couplesGates = true },
    OpenCLCellCase("peepholes, coupled, clips") {
      ($0.hasPeepholes, $0.couplesGates, $0.gateClip, $0.cellClip) = (true, true, 0.7, 0.5)
    },
    OpenCLCellCase("normalized") { $0.normalizesGates = true },
    OpenCLCellCase("normalized, no bias, step mask", hasStepMask: true) {
      ($0.normalizesGates, $0.bias) = (true, .none)
    },
    OpenCLCellCase("gate clip") { $0.gateClip = 0.7 },
    OpenCLCellCase("cell clip") { $0.cellClip = 0.5 },
    OpenCLCellCase("projection") { $0.projectionSize = max(1, $0.hiddenSize / 2) },
    OpenCLCellCase("projection, clip, zoneout") {
      ($0.projectionSize, $0.projectionClip) = (max(1, $0.hiddenSize - 1), 0.6)
      ($0.zoneoutHidden, $0.zoneoutCell) = (0.3, 0.2)
    },
    OpenCLCellCase("projection, zoneout in inference", isTraining: false, hasStepMask: true) {
      ($0.projectionSize, $0.zoneoutHidden, $0.zoneoutCell) = (max(1, $0.hiddenSize / 2), 0.3, 0.2)
    },
    OpenCLCellCase("zoneout", hasStepMask: true) {
      ($0.zoneoutHidden, $0.zoneoutCell) = (0.3, 0.6)
    },
    OpenCLCellCase("zoneout of h only") { $0.zoneoutHidden = 0.5 },
    OpenCLCellCase("zoneout in inference", isTraining: false) {
      ($0.zoneoutHidden, $0.zoneoutCell) = (0.3, 0.6)
    },
    OpenCLCellCase("everything", hasStepMask: true) {
      ($0.hasPeepholes, $0.normalizesGates, $0.gateClip, $0.cellClip) = (true, true, 0.9, 0.8)
      ($0.projectionSize, $0.projectionClip) = (max(1, $0.hiddenSize - 1), 0.6)
      ($0.zoneoutHidden, $0.zoneoutCell) = (0.3, 0.2)
    },
    OpenCLCellCase("everything without projection", hasStepMask: true) {
      ($0.hasPeepholes, $0.normalizesGates, $0.gateClip, $0.cellClip) = (true, true, 0.9, 0.8)
      ($0.zoneoutHidden, $0.zoneoutCell) = (0.3, 0.2)
    },
  ]
}

/// A step of such a case in both memories, with all that goes in random and all that comes out NaN.
struct PairedStep {
  let pair: OperationPair
  let layer: LSTMLayer
  private let trace: Trace
  private let test: OpenCLCellCase
  private let slices: CellSlices
  private let batch: Int
  private let stepMask: OperationPair.Memory?
  private var isReverse: Bool

  static let steps = 3
  /// Neither the first nor the last.
  static let time = 1

  typealias Memory = OperationPair.Memory

  private struct Trace {
    var hidden, cell, gates, candidate: Memory
    var arguments, emitted, projected: Memory?
    var norms: [String: Memory] = [:]

    var all: [(String, Memory)] {
      let optional = [("arguments", arguments), ("emitted", emitted), ("projected", projected)]
      return [("hidden", hidden), ("cell", cell), ("gates", gates), ("candidate", candidate)]
        + optional.compactMap { name, memory in memory.map { (name, $0) } }
        + norms.sorted { $0.key < $1.key }.map { ("norm \($0.key)", $0.value) }
    }
  }

  init(_ test: OpenCLCellCase, units: Int, batch: Int, isReverse: Bool) throws {
    var layer = LSTMLayer(hiddenSize: units)
    test.change(&layer)
    if layer.projectionSize == units { layer.projectionSize = nil; layer.projectionClip = nil }
    self.layer = layer
    self.test = test
    self.batch = batch
    self.isReverse = isReverse
    let layout = ParameterLayout(try NetworkSpecification(inputSize: 1, layers: [layer]))
    slices = layout.cells[0][0]
    let pair = try OperationPair(layout)
    self.pair = pair
    var generator = PhiloxGenerator(seed: 11, stream: .data)
    let (rows, width) = (Self.steps * batch, layer.stateSize)
    func random(_ count: Int) throws -> Memory { try pair.memory(generator.values(count)) }
    let projects = layer.projectionSize != nil
    trace = Trace(
      hidden: try random((rows + batch) * width), cell: try random((rows + batch) * units),
      gates: layer.normalizesGates
        ? try pair.poisoned(rows * 4 * units) : try random(rows * 4 * units),
      candidate: try pair.poisoned(rows * units),
      arguments: layer.gateClip == nil ? nil : try pair.poisoned(rows * 4 * units),
      emitted: projects ? try pair.poisoned(rows * units) : nil,
      projected: projects ? try random(rows * width) : nil,
      norms: !layer.normalizesGates
        ? [:]
        : [
          "input": try random(rows * 4 * units), "recurrent": try random(rows * 4 * units),
          "cell": try pair.poisoned(rows * units), "scales": try pair.poisoned(rows * 3),
          "input gradient": try pair.poisoned(rows * 4 * units),
          "recurrent gradient": try pair.poisoned(rows * 4 * units),
          "cell gradient": try pair.poisoned(rows * units),
        ])
    stepMask =
      test.hasStepMask
      ? try pair.memory((0..<rows).map { _ in generator.nextUnitFloat() < 0.3 ? 0 : 1 }) : nil
  }

  private func step<M>(_ side: KeyPath<Memory, M>, keepsTrace: Bool) -> CellStep<M> {
    func mask(_ share: Float, _ kind: RandomMask.Kind) -> RandomMask? {
      guard test.isTraining, share > 0 else { return nil }
      return RandomMask(
        share: share, kind, seed: 0xABCD_EF01_2345, batchNumber: 7, layer: 2, direction: 1)
    }
    func norm(_ name: String) -> M {
      guard let memory = trace.norms[name] else { preconditionFailure("no \(name)") }
      return memory[keyPath: side]
    }
    return CellStep(
      layer: layer, slices: slices,
      trace: CellTrace(
        hidden: trace.hidden[keyPath: side], cell: trace.cell[keyPath: side],
        gates: trace.gates[keyPath: side], candidate: trace.candidate[keyPath: side],
        arguments: trace.arguments?[keyPath: side], emitted: trace.emitted?[keyPath: side],
        projected: trace.projected?[keyPath: side],
        norms: !layer.normalizesGates
          ? nil
          : NormTrace(
            input: norm("input"), recurrent: norm("recurrent"), cell: norm("cell"),
            scales: norm("scales"), inputGradient: norm("input gradient"),
            recurrentGradient: norm("recurrent gradient"), cellGradient: norm("cell gradient"))),
      time: Self.time, before: isReverse ? Self.time + 1 : Self.time,
      after: isReverse ? Self.time : Self.time + 1, batch: batch,
      stepMask: stepMask?[keyPath: side], zoneoutHidden: mask(layer.zoneoutHidden, .zoneoutHidden),
      zoneoutCell: mask(layer.zoneoutCell, .zoneoutCell), isTraining: test.isTraining,
      keepsTrace: keepsTrace)
  }

  /// Runs the step forward for some rows, on both; with other work-groups than by default if there
  /// are to be so many items.
  func forward(_ rows: Range<Int>, keepsTrace: Bool = true, items: Int? = nil) throws {
    let device = step(\.device, keepsTrace: keepsTrace)
    let reference = step(\.reference, keepsTrace: keepsTrace)
    if let items {
      let operations = pair.device
      let options = CellKernelOptions(
        device, .float32, on: operations.queue.context.device, items: items)
      try operations.kernels.cellForward(options)(
        on: operations.queue, device, rows: rows, parameters: operations.parameters)
    } else {
      try pair.device.cellForward(device, rows: rows)
    }
    pair.reference.cellForward(reference, rows: rows)
    if trace.projected != nil {
      try pair.device.projectionForward(device, rows: rows)
      pair.reference.projectionForward(reference, rows: rows)
    }
  }

  /// Runs the step backward for some rows, on both; compares the gradients by the state.
  func backward(_ rows: Range<Int>, items: Int? = nil, _ worst: inout WorstError) throws {
    var generator = PhiloxGenerator(seed: 12, stream: .data)
    let (units, width) = (layer.hiddenSize, layer.stateSize)
    let outputs =
      test.hasOutputs
      ? try pair.matrix(rows: Self.steps * batch, columns: width, &generator) : nil
    let hidden = try pair.memory(generator.values(batch * width))
    let cell = try pair.memory(generator.values(batch * units))
    let emitted =
      trace.emitted == nil ? nil : try pair.memory(generator.values(batch * units))
    let device = step(\.device, keepsTrace: true)
    let reference = step(\.reference, keepsTrace: true)
    let deviceGradients = CellGradients(
      outputs: outputs?.device, hidden: hidden.device, cell: cell.device,
      emitted: emitted?.device)
    let referenceGradients = CellGradients(
      outputs: outputs?.reference, hidden: hidden.reference, cell: cell.reference,
      emitted: emitted?.reference)
    if trace.projected != nil {
      try pair.device.projectionBackward(device, deviceGradients, rows: rows)
      pair.reference.projectionBackward(reference, referenceGradients, rows: rows)
    }
    if let items {
      let operations = pair.device
      let options = CellKernelOptions(
        device, .float32, on: operations.queue.context.device, items: items)
      try operations.kernels.cellBackward(options)(
        on: operations.queue, device, deviceGradients, rows: rows,
        parameters: operations.parameters)
    } else {
      try pair.device.cellBackward(device, deviceGradients, rows: rows)
    }
    pair.reference.cellBackward(reference, referenceGradients, rows: rows)
    try pair.expect(hidden, "hidden gradient", &worst)
    try pair.expect(cell, "cell gradient", &worst)
  }

  /// Compares everything that is kept, or what is there after a step that keeps nothing.
  ///
  /// Of a single unit, f c + i g may be what is left where two terms of about 1 cancel: errors are
  /// relative to 0.1 at least. A compiler that fuses products with sums hardly rounds there, others do.
  func expect(
    _ when: String, stateOnly: Bool = false, _ worst: inout WorstError,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for (name, memory) in trace.all
    where !stateOnly || ["hidden", "cell", "projected"].contains(name) {
      try pair.expect(
        memory, floor: 0.1, "\(name) \(when)", &worst, sourceLocation: sourceLocation)
    }
  }

  /// The bits of all that is kept.
  func bits() throws -> [[UInt32]] {
    try trace.all.map { _, memory in
      try pair.device.read(memory.device, 0..<memory.device.count).map(\.bitPattern)
    }
  }
}
