import TestSupport

@testable import LSTMCompute

/// A layer run over a batch and back by itself, on any device.
struct PanelCase: Sendable, CustomStringConvertible {
  var layer: LSTMLayer
  var inputSize = 5
  var steps = 6
  var batch = 5
  var trains = true
  /// Whether random masks are drawn.
  var isTraining = true
  var hasStates = false
  var masksSteps = false
  var hasOutputGradient = true
  var hasFinalGradient = true
  var asksForInputs = true
  /// Whether forward and backward are called for some rows at a time where the layer lets them.
  var splitsRows = false
  var keepsOutputs = true

  var description: String {
    let options = [
      ("peepholes", layer.hasPeepholes), ("coupled", layer.couplesGates),
      ("gate clip", layer.gateClip != nil), ("cell clip", layer.cellClip != nil),
      ("recurrent dropout", layer.recurrentDropout > 0), ("zoneout h", layer.zoneoutHidden > 0),
      ("zoneout c", layer.zoneoutCell > 0), ("states", hasStates), ("step mask", masksSteps),
      ("inference", !trains), ("no masks drawn", !isTraining),
      ("no gradient of outputs", !hasOutputGradient),
      ("no gradient of states", !hasFinalGradient), ("nobody asks for inputs", !asksForInputs),
      ("rows split", splitsRows), ("two halves", !keepsOutputs),
    ]
    return "H \(layer.hiddenSize), \(layer.direction), bias \(layer.bias), T \(steps), B \(batch)"
      + options.filter(\.1).map { ", \($0.0)" }.joined()
  }

  var layout: ParameterLayout {
    get throws { ParameterLayout(try NetworkSpecification(inputSize: inputSize, layers: [layer])) }
  }

  /// Runs the case, after a smaller batch that leaves its numbers in the memory.
  func run<O: DeviceOperations>(_ operations: O) throws -> [Recorded] {
    let layout = try layout
    var generator = PhiloxGenerator(seed: 8, stream: .data, substream: UInt32(layer.hiddenSize))
    try operations.write(
      floats: generator.values(layout.count).map { 0.5 * $0 }, to: operations.parameters, at: 0)
    let places = layout.cells[0].enumerated().map { direction, slices in
      LayerPlace(
        layer: layer, slices: slices, inputSize: inputSize, index: 2, direction: direction,
        steps: steps + 1, batchSize: batch + 2, isTraining: trains, keepsOutputs: keepsOutputs,
        canMissSteps: masksSteps)
    }
    let layers = try operations.makeLayers([places])
    for direction in layers[0] { try direction.loadWeights() }
    let bench = PanelBench(self, operations, layers, layout)
    _ = try bench.run(steps: max(1, steps - 1), batch: max(1, batch - 1), &generator)
    return try bench.run(steps: steps, batch: batch, &generator)
  }
}

/// A case on a device.
private struct PanelBench<O: DeviceOperations> {
  let test: PanelCase
  let operations: O
  let layers: [[any LayerPass<O.Memory, O.Scalar>]]
  let layout: ParameterLayout

  private var layer: LSTMLayer { test.layer }

  init(
    _ test: PanelCase, _ operations: O, _ layers: [[any LayerPass<O.Memory, O.Scalar>]],
    _ layout: ParameterLayout
  ) {
    self.test = test
    self.operations = operations
    self.layers = layers
    self.layout = layout
  }

  func run(
    steps: Int, batch: Int, _ generator: inout PhiloxGenerator
  ) throws -> [Recorded] {
    let bench = OperationBench(operations: operations)
    var pass = ForwardPass<O.Memory>(
      steps: steps, batch: batch, isTraining: test.isTraining && test.trains, seed: 11,
      batchNumber: 4)
    pass.startsFromZero = !test.hasStates
    if test.masksSteps {
      // The first row has no step at all.
      let mask = (0..<steps * batch).map { Float($0 % batch == 0 || $0 % 3 == 1 ? 0 : 1) }
      pass.stepMask = try bench.memory(mask)
    }
    let input = try bench.matrix(
      pass.rows, test.inputSize, Place(offset: 3, gap: 2), &generator)
    operations.prepare(layers, pass)
    if test.hasStates {
      for direction in layers[0] {
        try operations.write(
          states(batch, &generator), to: direction.state(.initial, pass), of: layer)
      }
    }
    for direction in layers[0] {
      try forEachPart(of: batch, direction, pass) { rows in
        try direction.forward(pass, rows: rows, input: input)
      }
    }
    var recorded: [Recorded] = []
    for direction in layers[0] {
      if test.keepsOutputs {
        recorded.append(
          try record("outputs", direction.outputs(pass), pass.rows, layer.stateSize))
      }
      recorded += try record("final", direction.state(.final, pass), batch)
    }
    guard test.trains else { return recorded }
    return try recorded + runBack(pass, input, bench, &generator)
  }

  private func runBack(
    _ pass: ForwardPass<O.Memory>, _ input: Rows<O.Memory>, _ bench: OperationBench<O>,
    _ generator: inout PhiloxGenerator
  ) throws -> [Recorded] {
    try operations.fill(operations.gradient, 0..<layout.count, with: .nan)
    let pitch = operations.gradientPitch(ofColumns: test.inputSize)
    let inputs = Rows(try operations.memory(pass.rows * pitch), pitch: pitch)
    try operations.fill(inputs.memory, 0..<pass.rows * pitch, with: .nan)
    try operations.prepareBackward(
      layers, StackGradients(outputs: nil, inputs: [test.asksForInputs ? inputs : nil]))
    // Both directions' gradients side by side, and NaN between the rows.
    let width = layer.outputSize
    let outputs = try bench.poisonedMatrix(pass.rows, width, Place(offset: 1, gap: 3))
    try operations.merge(
      try bench.matrix(pass.rows, width, Place(), &generator), rows: pass.rows, columns: width,
      scales: nil, into: outputs, accumulates: false)
    for (number, direction) in layers[0].enumerated() {
      guard let state = direction.stateGradient else { continue }
      if test.hasFinalGradient {
        try operations.write(states(pass.batch, &generator), to: state, of: layer)
      }
      var flow = GradientFlow<O.Memory>()
      if test.hasOutputGradient {
        flow.outputs = outputs
        flow.outputs?.offset += layer.direction == .bidirectional ? number * layer.stateSize : 0
      }
      flow.hasFinalHidden = test.hasFinalGradient
      flow.hasFinalCell = test.hasFinalGradient
      flow.needsInitialState = test.hasStates
      flow.inputs = test.asksForInputs ? inputs : nil
      flow.addsToInputs = number > 0
      try forEachPart(of: pass.batch, direction, pass) { rows in
        try direction.backward(pass, rows: rows, flow)
      }
    }
    for direction in layers[0] {
      try direction.parameterGradients(pass, input: input, factor: 0.5)
    }
    var recorded: [Recorded] = []
    if test.asksForInputs {
      recorded.append(
        try record("gradient of the inputs", inputs, pass.rows, test.inputSize))
    }
    for direction in layers[0] where test.hasStates {
      if let state = direction.stateGradient {
        recorded += try record("gradient of the state", state, pass.batch)
      }
    }
    for slice in layout.slices {
      let values = try operations.read(operations.gradient, slice.range)
      recorded.append(Recorded(name: slice.name, values: values.map { Double($0) }))
    }
    return recorded
  }

  private func forEachPart(
    of batch: Int, _ direction: any LayerPass<O.Memory, O.Scalar>, _ pass: ForwardPass<O.Memory>,
    _ body: (Range<Int>) throws -> Void
  ) throws {
    guard test.splitsRows, batch > 1, direction.isLocalToRows(pass) else {
      return try body(0..<batch)
    }
    try body(0..<1)
    try body(1..<batch)
  }

  private func states(_ batch: Int, _ generator: inout PhiloxGenerator) -> LayerState {
    LayerState(
      hidden: generator.values(batch * layer.stateSize),
      cell: generator.values(batch * layer.hiddenSize))
  }

  private func record(
    _ name: String, _ rows: Rows<O.Memory>, _ count: Int, _ columns: Int
  ) throws -> Recorded {
    Recorded(
      name: name,
      values: try operations.read(rows, count: count, columns: columns).map { Double($0) })
  }

  private func record(
    _ name: String, _ state: StateRows<O.Memory>, _ batch: Int
  ) throws -> [Recorded] {
    [
      try record("\(name) h", state.hidden, batch, layer.stateSize),
      try record("\(name) c", state.cell, batch, layer.hiddenSize),
    ]
  }
}
