import OpenCL
import RealModule
import TestSupport
import Testing

@testable import LSTMCompute

/// One program for each: units around the ends of slices and fours, every number of rows, and the
/// inputs projected inside or before.
private let residentLayers = [
  ResidentSizes(units: 1, inputs: 0, rows: 4), ResidentSizes(units: 1, inputs: 3, rows: 1),
  ResidentSizes(units: 7, inputs: 5, rows: 2), ResidentSizes(units: 33, inputs: 0, rows: 1),
  ResidentSizes(units: 33, inputs: 16, rows: 4), ResidentSizes(units: 65, inputs: 1, rows: 2),
  ResidentSizes(units: 96, inputs: 30, rows: 1), ResidentSizes(units: 128, inputs: 0, rows: 2),
  // More weights than registers, some of W among those that lie elsewhere.
  ResidentSizes(units: 101, inputs: 4, rows: 4),
]

@Suite(.enabled(if: KernelBench.hasDevice)) struct LSTMResidentTests {
  /// A batch that ends within a work-group, alone in one, and with several of them.
  static let batches = [(rows: 1, steps: 37), (rows: 3, steps: 2), (rows: 33, steps: 1)]

  @Test(arguments: residentLayers, batches)
  func forwardMatchesPlainLoops(sizes: ResidentSizes, batch: (rows: Int, steps: Int)) throws {
    let bench = try KernelBench()
    let forward = try LSTMResidentForward(bench.library, sizes)
    let (rows, steps, units) = (batch.rows, batch.steps, sizes.units)
    let state = rows * units
    let inputSize = max(1, sizes.inputs)
    var generator = PhiloxGenerator(seed: 15, stream: .data)
    let layer = ParameterLayout(
      try NetworkSpecification(inputSize: inputSize, hiddenSizes: [units], outputSize: 1)
    ).cells[0][0]
    // NaN is what must not be read: W and b, where a product before has seen to them.
    var parameters = [Float](repeating: .nan, count: (layer.recurrentBias?.range.upperBound ?? 0))
    let scale = 1 / Float(units).squareRoot()
    let recurrent = generator.values(4 * units * units).map { $0 * scale }
    parameters.replaceSubrange(layer.recurrentWeight.range, with: recurrent)
    let x = generator.values(steps * rows * inputSize)
    var sums = generator.values(steps * rows * 4 * units).map(Double.init)
    let before = sums.map { Float($0) }
    if sizes.inputs > 0 {
      for slice in [layer.inputWeight] + layer.biases {
        parameters.replaceSubrange(
          slice.range, with: generator.values(slice.count).map { $0 * 0.3 })
      }
      let w = parameters[layer.inputWeight.range].map { $0 }
      let biases = parameters[layer.biases[0].offset...].map { $0 }
      sums = PlainLoops.product(
        steps * rows, 4 * units, 0..<inputSize, { x[$0 * inputSize + $1] },
        { w[$1 * inputSize + $0] })
      for index in sums.indices {
        let column = index % (4 * units)
        sums[index] += Double(biases[column]) + Double(biases[4 * units + column])
      }
    }
    let parameterBuffer = try bench.buffer(parameters)
    let xBuffer = try bench.buffer([.nan, .nan, .nan] + x)

    for (startsFromZero, keeps) in [(true, true), (false, true), (true, false), (false, false)] {
      let hidden = startsFromZero ? Array(repeating: 0, count: state) : generator.values(state)
      let cell = startsFromZero ? Array(repeating: 0, count: state) : generator.values(state)
      let expected = LSTMStepForwardTests.plain(
        steps: steps, rows: rows, units: units, sums: sums, recurrent: recurrent, hidden: hidden,
        cell: cell)
      let gates = sizes.inputs > 0 ? try bench.poisoned(sums.count) : try bench.buffer(before)
      let hiddenBuffer = try bench.poisoned(keeps ? (steps + 1) * state : state)
      let cellBuffer = try bench.poisoned(keeps ? (steps + 1) * state : state)
      if !startsFromZero {
        try bench.queue.write(hidden, to: hiddenBuffer)
        try bench.queue.write(cell, to: cellBuffer)
      }
      var buffers = LayerBuffers(
        rows: rows, startsFromZero: startsFromZero, keepsGates: keeps, parameters: parameterBuffer,
        layer: LayerArguments(layer), gates: gates, hidden: hiddenBuffer, cell: cellBuffer)
      (buffers.keepsHidden, buffers.keepsCells) = (keeps, keeps)
      try forward(
        on: bench.queue, steps: 0..<steps, of: steps, buffers,
        inputs: MatrixOperand(xBuffer, offset: 3, pitch: inputSize))
      var worst = WorstError()
      for (name, buffer, expected) in [
        ("hidden", hiddenBuffer, expected.hidden), ("cell", cellBuffer, expected.cell),
      ] {
        worst.expect(
          try bench.queue.read(buffer)[(keeps ? state : 0)...],
          expected[(keeps ? state : steps * state)...], within: kernelTolerance, name)
      }
      if keeps {
        worst.expect(
          try bench.queue.read(gates), expected.gates, within: kernelTolerance, "gates")
      } else {
        let unchanged = try bench.queue.read(gates)
        #expect(
          sizes.inputs > 0 ? unchanged.allSatisfy(\.isNaN) : unchanged == before,
          "the gates were not to be kept")
      }
    }
  }

  @Test(arguments: residentLayers, batches)
  func backwardMatchesPlainLoops(sizes: ResidentSizes, batch: (rows: Int, steps: Int)) throws {
    let bench = try KernelBench()
    let backward = try LSTMResidentBackward(bench.library, sizes)
    let (rows, steps, units) = (batch.rows, batch.steps, sizes.units)
    let state = rows * units
    var generator = PhiloxGenerator(seed: 16, stream: .data)
    // Any gates in (0, 1) and cells will do; they need not come from a forward pass.
    let gates = generator.values(steps * rows * 4 * units).map { 1 / (1 + Float.exp(-$0)) }
    let scale = 1 / Float(units).squareRoot()
    let recurrent = generator.values(4 * units * units).map { $0 * scale }
    let offset = 4
    let parameters = try bench.buffer(Array(repeating: Float.nan, count: offset) + recurrent)

    for (startsFromZero, aboveStep) in [(true, 0), (true, steps - 1), (false, 0)] {
      var cell = generator.values((steps + 1) * state)
      let above = generator.values((steps - aboveStep) * state)
      var expectedCell = cell
      if startsFromZero {
        cell.replaceSubrange(0..<state, with: Array(repeating: Float.nan, count: state))
        expectedCell.replaceSubrange(0..<state, with: Array(repeating: Float(0), count: state))
      }
      let results = try (0..<2).map { _ in
        let gateBuffer = try bench.buffer(gates)
        let cellBuffer = try bench.buffer(cell)
        let buffers = LayerBuffers(
          rows: rows, startsFromZero: startsFromZero, keepsGates: true, parameters: parameters,
          layer: LayerArguments(recurrentOffset: offset), gates: gateBuffer, hidden: cellBuffer,
          cell: cellBuffer)
        try backward(
          on: bench.queue, steps: 0..<steps, of: steps, buffers,
          LayerFlow(
            above: above, ofLastStepOnly: aboveStep > 0, units: units,
            cell: bench.poisoned(state), bench))
        return try bench.queue.read(gateBuffer)
      }
      var worst = WorstError()
      worst.expect(
        results[0],
        LSTMStepBackwardTests.plain(
          steps: steps, rows: rows, units: units, gates: gates, cell: expectedCell,
          recurrent: recurrent, above: Array(repeating: 0, count: aboveStep * state) + above),
        within: kernelTolerance, "gradient by the gates' sums")
      #expect(results[0] == results[1], "the same bits again")
    }
  }

  /// Some steps after the others, in launches of their own, leave what one launch does.
  @Test(arguments: residentLayers, [false, true])
  func partsGiveTheSameBits(sizes: ResidentSizes, keeps: Bool) throws {
    let bench = try KernelBench()
    let (rows, steps, units) = (3, 11, sizes.units)
    let state = rows * units
    let inputSize = max(1, sizes.inputs)
    var generator = PhiloxGenerator(seed: 17, stream: .data)
    let layer = ParameterLayout(
      try NetworkSpecification(inputSize: inputSize, hiddenSizes: [units], outputSize: 1)
    ).cells[0][0]
    let parameters = try bench.buffer(
      generator.values((layer.recurrentBias?.range.upperBound ?? 0)).map { $0 * 0.3 })
    let x = try bench.buffer(generator.values(steps * rows * inputSize))
    let sums = generator.values(steps * rows * 4 * units)
    let above = generator.values(steps * state)
    let forward = try LSTMResidentForward(bench.library, sizes)
    let backward = try LSTMResidentBackward(bench.library, sizes)

    func run(_ parts: [Range<Int>], _ isLastOnly: Bool) throws -> [[UInt32]] {
      let gates = try bench.buffer(sums)
      let hidden = try bench.poisoned(keeps ? (steps + 1) * state : state)
      let cell = try bench.poisoned(keeps ? (steps + 1) * state : state)
      var buffers = LayerBuffers(
        rows: rows, startsFromZero: true, keepsGates: keeps, parameters: parameters,
        layer: LayerArguments(layer), gates: gates, hidden: hidden, cell: cell)
      (buffers.keepsHidden, buffers.keepsCells) = (keeps, keeps)
      for part in parts {
        try forward(
          on: bench.queue, steps: part, of: steps, buffers,
          inputs: MatrixOperand(x, pitch: inputSize))
      }
      var results = [try bench.queue.read(hidden), try bench.queue.read(cell)]
      if keeps {
        let cellGradient = try bench.poisoned(state)
        let flow = try LayerFlow(
          above: isLastOnly ? Array(above[((steps - 1) * state)...]) : above,
          ofLastStepOnly: isLastOnly, units: units, cell: cellGradient, bench)
        for part in parts.reversed() {
          try backward(on: bench.queue, steps: part, of: steps, buffers, flow)
        }
        results += [try bench.queue.read(gates), try bench.queue.read(cellGradient)]
        #expect(!results.suffix(2).joined().contains { !$0.isFinite })
      }
      return results.map { $0.map(\.bitPattern) }
    }

    for isLastOnly in [false, true] {
      let whole = try run([0..<steps], isLastOnly)
      for cuts in [[1], [5, 6], [4, 8, 10]] {
        let ends = [0] + cuts + [steps]
        let parts = zip(ends, ends.dropFirst()).map { $0..<$1 }
        #expect(try run(parts, isLastOnly) == whole, "cut at \(cuts)")
      }
    }
  }
}
