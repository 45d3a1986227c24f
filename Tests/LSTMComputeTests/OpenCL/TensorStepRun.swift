import OpenCL
import RealModule
import TestSupport
import Testing

@testable import LSTMCompute

/// The steps of a layer on a device and the same in Double, where the operands of products are rounded
/// as tensor cores get them.
struct TensorStepRun {
  let queue: CommandQueue
  let trace: CellTrace<Buffer<Float>>
  private let test: TensorStepCase
  private let precision: Precision
  private let kernels: (forward: LSTMTensorStepForward, backward: LSTMTensorStepBackward)
  private let operations: OpenCLOperations
  private let weights: StoredWeights
  private let slices: CellSlices
  private let mask: Buffer<Float>?
  private let outputs: Buffer<Float>
  private let scratch: Buffer<Float>
  private let gradients: (hidden: Buffer<Float>, cell: Buffer<Float>)
  private let given: Given
  private let expected: Plain

  /// What goes in.
  private struct Given {
    var recurrent, hidden, cell, sums, mask, outputs, hiddenGradient, cellGradient: [Float]
  }

  init(_ precision: Precision, _ test: TensorStepCase, weightsOffset: Int = 0) throws {
    self.test = test
    self.precision = precision
    let bench = try KernelBench()
    queue = bench.queue
    let (units, rows, steps) = (test.units, test.rows, test.steps)
    let layout = ParameterLayout(
      try NetworkSpecification(inputSize: 1, layers: [LSTMLayer(hiddenSize: units)]))
    slices = layout.cells[0][0]
    var generator = PhiloxGenerator(seed: 21, stream: .data)
    let state = rows * units
    let scale = 1 / Float(units).squareRoot()
    given = Given(
      recurrent: generator.values(4 * units * units).map { scale * $0 },
      hidden: test.startsFromZero ? Array(repeating: 0, count: state) : generator.values(state),
      cell: test.startsFromZero ? Array(repeating: 0, count: state) : generator.values(state),
      sums: generator.values(steps * 4 * state),
      mask: (0..<steps * rows).map { _ in generator.nextUnitFloat() < 0.3 ? 0 : 1 },
      outputs: generator.values(steps * state), hiddenGradient: generator.values(state),
      cellGradient: generator.values(state))

    // R somewhere among other numbers.
    let slice = ParameterSlice(
      name: "R", shape: [4 * units, units], offset: weightsOffset)
    let parameters = try bench.buffer(
      Array(repeating: Float.nan, count: weightsOffset) + given.recurrent)
    weights = try StoredWeights(slice, of: parameters, precision, in: bench.library.context)
    if case .bits(let bits, _) = weights.storage {
      try Narrow(bench.library, precision)(on: queue, parameters, at: weightsOffset, into: bits)
    }
    operations = try OpenCLOperations(
      layout, context: bench.library.context, precision: precision, instructions: .emulated)

    let first = test.isReverse ? steps : 0
    let hidden = try bench.poisoned((steps + 1) * state)
    let cell = try bench.poisoned((steps + 1) * state)
    try queue.write(given.hidden, to: hidden, at: first * state)
    try queue.write(given.cell, to: cell, at: first * state)
    trace = CellTrace(
      hidden: hidden, cell: cell, gates: try bench.buffer(given.sums),
      candidate: try bench.poisoned(steps * state))
    mask = test.hasMask ? try bench.buffer(given.mask) : nil
    // Rows that lie further apart than they are long.
    var wide = [Float](repeating: .nan, count: 3)
    for row in 0..<steps * rows {
      wide += given.outputs[row * units..<(row + 1) * units] + [.nan, .nan]
    }
    outputs = try bench.buffer(wide)
    gradients = (try bench.buffer(given.hiddenGradient), try bench.buffer(given.cellGradient))

    var forward = LSTMTensorStep.Variant(
      forward: weights, rows: rows, precision, on: bench.library.context.device)
    var backward = LSTMTensorStep.Variant(
      backward: weights, rows: rows, precision.ofGradients, on: bench.library.context.device)
    forward.sizes = test.sizes
    forward.sizes.slices = 1
    let columnFragments = backward.sizes.columnFragments
    backward.sizes = test.sizes
    backward.sizes.columnFragments = columnFragments
    kernels = (
      try LSTMTensorStepForward(bench.library, forward, .emulated),
      try LSTMTensorStepBackward(bench.library, backward, .emulated)
    )
    scratch = try bench.poisoned(
      max(1, kernels.backward.scratchCount(rows: rows, units: units)))
    expected = Plain(given, test, precision)
  }

  private func step(_ number: Int) -> CellStep<Buffer<Float>> {
    let time = test.isReverse ? test.steps - 1 - number : number
    return CellStep(
      layer: LSTMLayer(hiddenSize: test.units), slices: slices, trace: trace, time: time,
      before: test.isReverse ? time + 1 : time, after: test.isReverse ? time : time + 1,
      batch: test.rows, stepMask: mask, isTraining: true, keepsTrace: true)
  }

  /// All steps.
  func forward() throws {
    for number in 0..<test.steps { try kernels.forward(on: queue, step(number), weights) }
  }

  /// All steps, the last without what no later one sends it.
  func backward() throws {
    let gradients = CellGradients(
      outputs: Rows(outputs, at: 3, pitch: test.units + 2), hidden: gradients.hidden,
      cell: gradients.cell)
    var later: Int?
    for number in (0..<test.steps).reversed() {
      let step = step(number)
      if let later {
        try kernels.backward(
          on: queue, step, later: later, gradients, weights, scratch: scratch)
      } else {
        // On a queue of its own.
        try queue.finish()
        try operations.cellBackward(step, gradients, rows: 0..<test.rows)
        try operations.queue.finish()
      }
      later = step.time
    }
  }

  func expectForward(_ worst: inout WorstError) throws {
    try expect(trace.hidden, expected.hidden, "hidden", &worst)
    try expect(trace.cell, expected.cell, "cell", &worst)
    try expect(trace.gates, expected.gates, "gates", &worst)
    try expect(trace.candidate, expected.candidate, "candidate", &worst)
  }

  func expectBackward(_ worst: inout WorstError) throws {
    try expect(trace.gates, expected.argumentGradients, "loss by the gates", &worst)
    try expect(gradients.hidden, expected.hiddenGradient, "loss by h", &worst)
    try expect(gradients.cell, expected.cellGradient, "loss by c", &worst)
  }

  func bits() throws -> [[UInt32]] {
    try [trace.hidden, trace.cell, trace.gates, trace.candidate, gradients.hidden, gradients.cell]
      .map { try queue.read($0).map(\.bitPattern) }
  }

  /// A sum that lies near the middle of two numbers of a format may be rounded to the other one, and
  /// what follows is then off by as much; so all is relative to 1, and to a number's last digit at the
  /// format's where it was rounded.
  private func expect(
    _ buffer: Buffer<Float>, _ values: [Double], _ name: String, _ worst: inout WorstError
  ) throws {
    worst.expect(
      try queue.read(buffer), values, within: test.steps == 1 ? 2e-6 : precision.unitRoundoff / 32,
      floor: 1, name)
  }

  /// The same in plain loops.
  private struct Plain {
    var hidden, cell, gates, candidate: [Double]
    var argumentGradients, hiddenGradient, cellGradient: [Double]

    init(_ given: Given, _ test: TensorStepCase, _ precision: Precision) {
      let (H, B, T) = (test.units, test.rows, test.steps)
      func rounded(_ value: Double, _ precision: Precision) -> Double {
        Double(Rounding16.rounded(Float(value), precision))
      }
      let stored = precision.storage == 0 ? Precision.float32 : precision
      let recurrent = given.recurrent.map { rounded(Double($0), precision) }
      func sigmoid(_ x: Double) -> Double { 1 / (1 + Double.exp(-x)) }
      hidden = Array(repeating: .nan, count: (T + 1) * B * H)
      cell = hidden
      gates = given.sums.map { Double($0) }
      candidate = Array(repeating: .nan, count: T * B * H)
      argumentGradients = []
      hiddenGradient = given.hiddenGradient.map { Double($0) }
      cellGradient = given.cellGradient.map { Double($0) }
      let first = test.isReverse ? T : 0
      for index in 0..<B * H {
        hidden[first * B * H + index] = Double(given.hidden[index])
        cell[first * B * H + index] = Double(given.cell[index])
      }
      let times = test.isReverse ? (0..<T).reversed() : Array(0..<T)
      func isMissing(_ row: Int) -> Bool { test.hasMask && given.mask[row] == 0 }
      for time in times {
        let (before, after) = test.isReverse ? (time + 1, time) : (time, time + 1)
        for b in 0..<B {
          let (row, old, new) = (time * B + b, (before * B + b) * H, (after * B + b) * H)
          let h = (0..<H).map { rounded(hidden[old + $0], precision) }
          for j in 0..<H {
            let a = (0..<4).map { gate in
              var sum = gates[row * 4 * H + gate * H + j]
              for k in 0..<H { sum += h[k] * recurrent[(gate * H + j) * H + k] }
              return sum
            }
            let (i, f, o) = (sigmoid(a[0]), sigmoid(a[1]), sigmoid(a[3]))
            let g = Double.tanh(a[2])
            let c = f * cell[old + j] + i * g
            candidate[row * H + j] = c
            cell[new + j] = isMissing(row) ? cell[old + j] : c
            hidden[new + j] = rounded(
              isMissing(row) ? hidden[old + j] : o * Double.tanh(c), stored)
            for (gate, value) in [i, f, g, o].enumerated() {
              gates[row * 4 * H + gate * H + j] = value
            }
          }
        }
      }
      // Without a format they are not rounded between the steps.
      argumentGradients = gates
      let format = precision.ofGradients
      var later: Int?
      for time in times.reversed() {
        let before = test.isReverse ? time + 1 : time
        for b in 0..<B {
          let (row, old) = (time * B + b, (before * B + b) * H)
          let dz = later.map { later in
            (0..<4 * H).map { rounded(argumentGradients[(later * B + b) * 4 * H + $0], format) }
          }
          for j in 0..<H {
            var dh = hiddenGradient[b * H + j] + Double(given.outputs[row * H + j])
            if let dz { for k in 0..<4 * H { dh += dz[k] * recurrent[k * H + j] } }
            hiddenGradient[b * H + j] = isMissing(row) ? dh : 0
            let dm = isMissing(row) ? 0 : dh
            let z = row * 4 * H + j
            let (i, f, g, o) = (gates[z], gates[z + H], gates[z + 2 * H], gates[z + 3 * H])
            let t = Double.tanh(candidate[row * H + j])
            let dc = cellGradient[b * H + j]
            let dC = dm * o * (1 - t * t) + (isMissing(row) ? 0 : dc)
            cellGradient[b * H + j] = (isMissing(row) ? dc : 0) + dC * f
            argumentGradients[z] = dC * g * i * (1 - i)
            argumentGradients[z + H] = dC * cell[old + j] * f * (1 - f)
            argumentGradients[z + 2 * H] = dC * i * (1 - g * g)
            argumentGradients[z + 3 * H] = dm * t * o * (1 - o)
          }
        }
        later = time
      }
    }
  }
}
