import TestSupport

@testable import LSTMCompute

/// One step of a layer, forward and back.
struct CellScenario: OperationScenario {
  /// How much of the state before the step stays.
  enum Zoneout: CaseIterable {
    case none, random, expected
  }

  var layer: LSTMLayer
  var zoneout = Zoneout.none
  var masksSteps = false
  var isReverse = false
  var trains = true
  var hasOutputGradient = true
  var hasNaN = false
  /// B, and the numbers of steps that there is memory for.
  var batch = 5
  private let steps = 3
  private let time = 1

  init(_ layer: LSTMLayer) { self.layer = layer }

  private var H: Int { layer.hiddenSize }
  private var R: Int { layer.stateSize }

  var description: String {
    let options = [
      ("peepholes", layer.hasPeepholes), ("coupled", layer.couplesGates),
      ("normalized", layer.normalizesGates), ("gate clip", layer.gateClip != nil),
      ("cell clip", layer.cellClip != nil), ("projection clip", layer.projectionClip != nil),
      ("step mask", masksSteps), ("reverse", isReverse), ("inference", !trains),
      ("NaN", hasNaN),
    ]
    return "cell with H \(H), R \(R), bias \(layer.bias), zoneout \(zoneout)"
      + options.filter(\.1).map { ", \($0.0)" }.joined()
  }

  /// Of two units normalized, the values may be so close that the rounding of each is a larger part of
  /// what is between them.
  var tolerance: Double { layer.normalizesGates && H <= 2 ? 2e-5 : 2e-6 }

  var layout: ParameterLayout {
    get throws { ParameterLayout(try NetworkSpecification(inputSize: 1, layers: [layer])) }
  }

  func run<O: DeviceOperations>(_ bench: OperationBench<O>) throws -> [Recorded] {
    let operations = bench.operations
    let layout = try layout
    var generator = PhiloxGenerator(seed: 3, stream: .data, substream: UInt32(H))
    try bench.setParameters(layout, seed: 4)
    let step = try makeStep(bench, layout, &generator)
    try operations.split(batch, operations: 1_000_000) { rows in
      try operations.cellForward(step, rows: rows)
    }
    if let projected = step.trace.projected {
      try operations.write(
        generator.values(batch * R).map { O.Scalar($0) }, to: projected, at: time * batch * R)
      try operations.split(batch, operations: 1_000_000) { rows in
        try operations.projectionForward(step, rows: rows)
      }
    }
    var results = try readStates(bench, step)
    guard trains else { return results }
    results += try readTrace(bench, step, "")

    let gradients = CellGradients(
      outputs: hasOutputGradient
        ? try bench.matrix(steps * batch, R, Place(offset: 3, gap: 2), &generator) : nil,
      hidden: try bench.memory(generator.values(batch * R + 1)),
      cell: try bench.memory(generator.values(batch * H + 1)),
      emitted: layer.projectionSize == nil
        ? nil : try bench.memory(generator.values(batch * H + 1)))
    try operations.split(batch, operations: 1_000_000) { rows in
      if step.trace.projected != nil {
        try operations.projectionBackward(step, gradients, rows: rows)
      }
      try operations.cellBackward(step, gradients, rows: rows)
    }
    results += try readTrace(bench, step, "backward, ")
    results += try bench.read("loss by h", gradients.hidden, batch * R + 1)
    results += try bench.read("loss by c", gradients.cell, batch * H + 1)
    return results
  }

  // MARK: - Memory

  private func makeStep<O: DeviceOperations>(
    _ bench: OperationBench<O>, _ layout: ParameterLayout, _ generator: inout PhiloxGenerator
  ) throws -> CellStep<O.Memory> {
    let (before, after) = isReverse ? (time + 1, time) : (time, time + 1)
    func state(_ width: Int) throws -> O.Memory {
      let memory = try bench.poisoned((steps + 1) * batch * width)
      try bench.operations.write(
        generator.values(batch * width).map { O.Scalar($0) }, to: memory, at: before * batch * width
      )
      return memory
    }
    func arguments() throws -> O.Memory {
      let memory = try bench.poisoned(steps * batch * 4 * H)
      var values = generator.values(batch * 4 * H)
      if hasNaN { for b in 0..<batch { values[(b * 4 + b % 4) * H] = .nan } }
      try bench.operations.write(
        values.map { O.Scalar($0) }, to: memory, at: time * batch * 4 * H)
      return memory
    }
    func poisoned(_ width: Int, if exists: Bool = true) throws -> O.Memory? {
      exists ? try bench.poisoned(steps * batch * width) : nil
    }
    let normalizes = layer.normalizesGates
    let norms: NormTrace<O.Memory>? =
      !normalizes
      ? nil
      : NormTrace(
        input: try arguments(), recurrent: try arguments(),
        cell: try bench.poisoned(steps * batch * H), scales: try bench.poisoned(steps * batch * 3),
        inputGradient: try poisoned(4 * H, if: trains),
        recurrentGradient: try poisoned(4 * H, if: trains),
        cellGradient: try poisoned(H, if: trains))
    let trace = CellTrace(
      hidden: try state(R), cell: try state(H),
      gates: try normalizes ? bench.poisoned(steps * batch * 4 * H) : arguments(),
      candidate: try bench.poisoned(steps * batch * H),
      arguments: try poisoned(4 * H, if: layer.gateClip != nil),
      emitted: try poisoned(H, if: layer.projectionSize != nil),
      projected: try poisoned(R, if: layer.projectionSize != nil), norms: norms)
    return CellStep(
      layer: layer, slices: layout.cells[0][0], trace: trace, time: time, before: before,
      after: after, batch: batch,
      stepMask: masksSteps
        ? try bench.memory((0..<steps * batch).map { $0 % 3 == 0 ? 0 : 1 }) : nil,
      zoneoutHidden: mask(layer.zoneoutHidden, .zoneoutHidden),
      zoneoutCell: mask(layer.zoneoutCell, .zoneoutCell), isTraining: zoneout != .expected,
      keepsTrace: trains)
  }

  private func mask(_ share: Float, _ kind: RandomMask.Kind) -> RandomMask? {
    guard zoneout == .random else { return nil }
    return RandomMask(share: share, kind, seed: 1 << 40 + 5, batchNumber: 6, layer: 2, direction: 1)
  }

  private func readStates<O: DeviceOperations>(
    _ bench: OperationBench<O>, _ step: CellStep<O.Memory>
  ) throws -> [Recorded] {
    let trace = step.trace
    return try bench.read("h", trace.hidden, (steps + 1) * batch * R)
      + bench.read("c", trace.cell, (steps + 1) * batch * H)
      + bench.read("emitted", trace.emitted, steps * batch * H)
      + bench.read("projected", trace.projected, steps * batch * R)
  }

  private func readTrace<O: DeviceOperations>(
    _ bench: OperationBench<O>, _ step: CellStep<O.Memory>, _ pass: String
  ) throws -> [Recorded] {
    let trace = step.trace
    let (wide, units) = (steps * batch * 4 * H, steps * batch * H)
    return try bench.read(pass + "gates", trace.gates, wide)
      + bench.read(pass + "candidate", trace.candidate, units)
      + bench.read(pass + "arguments", trace.arguments, wide)
      + bench.read(pass + "projected", trace.projected, steps * batch * R)
      + bench.read(pass + "norms.input", trace.norms?.input, wide)
      + bench.read(pass + "norms.recurrent", trace.norms?.recurrent, wide)
      + bench.read(pass + "norms.cell", trace.norms?.cell, units)
      + bench.read(pass + "norms.scales", trace.norms?.scales, steps * batch * 3)
      + bench.read(pass + "norms.inputGradient", trace.norms?.inputGradient, wide)
      + bench.read(pass + "norms.recurrentGradient", trace.norms?.recurrentGradient, wide)
      + bench.read(pass + "norms.cellGradient", trace.norms?.cellGradient, units)
  }
}

extension CellScenario {
  /// Every combination of options for one number of units.
  static func all(units: Int) -> [CellScenario] {
    var layers = [LSTMLayer(hiddenSize: units)]
    func vary(_ changes: [(inout LSTMLayer) -> Void]) {
      layers = layers.flatMap { layer in
        [layer]
          + changes.map { change in
            var layer = layer
            change(&layer)
            return layer
          }
      }
    }
    vary([{ $0.hasPeepholes = true }])
    vary([{ $0.couplesGates = true }, { $0.normalizesGates = true }])
    vary([{ $0.gateClip = 0.75 }])
    vary([{ $0.cellClip = 0.5 }])
    if units > 1 {
      vary([
        { $0.projectionSize = (units + 2) / 3 },
        {
          $0.projectionSize = units - 1
          $0.projectionClip = 0.5
        },
      ])
    }
    let biases = LSTMLayer.Bias.allCases
    var scenarios: [CellScenario] = []
    for var layer in layers {
      for zoneout in Zoneout.allCases {
        for masksSteps in [false, true] {
          // Gains are what the bias matters with; the rest of the choices take turns.
          layer.bias = biases[scenarios.count % 3]
          layer.zoneoutHidden = zoneout == .none ? 0 : 0.375
          layer.zoneoutCell = zoneout == .none ? 0 : 0.25
          var scenario = CellScenario(layer)
          scenario.zoneout = zoneout
          scenario.masksSteps = masksSteps
          scenario.isReverse = scenarios.count % 2 == 1
          scenario.trains = scenarios.count % 5 != 4
          scenario.hasOutputGradient = scenarios.count % 7 != 6
          scenarios.append(scenario)
        }
      }
    }
    return scenarios
  }

  /// A NaN among the arguments, with everything that is cut.
  static func withNaN(units: Int) -> [CellScenario] {
    [false, true].map { normalizes in
      var layer = LSTMLayer(hiddenSize: units)
      layer.normalizesGates = normalizes
      (layer.gateClip, layer.cellClip) = (0.75, 0.5)
      var scenario = CellScenario(layer)
      scenario.hasNaN = true
      return scenario
    }
  }
}
