import OpenCL
import RealModule
import TestSupport
import Testing

@testable import LSTMCompute

@Suite(.enabled(if: KernelBench.hasDevice)) struct LSTMStepForwardTests {
  /// The equations, in Double, from `[T, B, 4H]` sums and a state.
  static func plain(
    steps: Int, rows: Int, units: Int, sums: [Double], recurrent: [Float], hidden: [Float],
    cell: [Float]
  ) -> (gates: [Double], hidden: [Double], cell: [Double]) {
    let state = rows * units
    var h = hidden.map(Double.init)
    var c = cell.map(Double.init)
    var gates = sums
    func sigmoid(_ x: Double) -> Double { 1 / (1 + .exp(-x)) }
    for t in 0..<steps {
      h += [Double](repeating: 0, count: state)
      c += [Double](repeating: 0, count: state)
      for b in 0..<rows {
        let z = (t * rows + b) * 4 * units
        for column in 0..<4 * units {
          for k in 0..<units {
            gates[z + column] +=
              Double(recurrent[column * units + k]) * h[t * state + b * units + k]
          }
        }
        for u in 0..<units {
          let index = b * units + u
          for gate in [0, 1, 3] {
            gates[z + gate * units + u] = sigmoid(gates[z + gate * units + u])
          }
          gates[z + 2 * units + u] = .tanh(gates[z + 2 * units + u])
          let new =
            gates[z + units + u] * c[t * state + index]
            + gates[z + u] * gates[z + 2 * units + u]
          c[(t + 1) * state + index] = new
          h[(t + 1) * state + index] = gates[z + 3 * units + u] * .tanh(new)
        }
      }
    }
    return (gates, h, c)
  }

  @Test(arguments: [1, 2, 15, 17, 33], [1, 7, 16, 31, 33, 65])
  func matchesPlainLoops(rows: Int, units: Int) throws {
    try check(rows: rows, units: units, .smallest)
  }

  /// Ends within blocks, tiles and depths of each.
  @Test(arguments: [4, 8], [(3, 33), (33, 17), (65, 7), (70, 65)])
  func isRightWithMoreRowsOfAnItem(itemRows: Int, size: (rows: Int, units: Int)) throws {
    try check(
      rows: size.rows, units: size.units, StepSizes(itemRows: itemRows, tileRows: 8))
  }

  private func check(rows: Int, units: Int, _ sizes: StepSizes) throws {
    let bench = try KernelBench()
    let step = try LSTMStepForward(bench.library, sizes)
    let steps = 3
    let state = rows * units
    var generator = PhiloxGenerator(seed: 5, stream: .data)
    let sums = generator.values(steps * rows * 4 * units)
    let scale = 1 / Float(units).squareRoot()
    let recurrent = generator.values(4 * units * units).map { $0 * scale }
    let offset = 5
    let parameters = try bench.buffer(
      Array(repeating: Float.nan, count: offset) + recurrent)

    for startsFromZero in [true, false] {
      let zeros = [Float](repeating: 0, count: state)
      let hidden = startsFromZero ? zeros : generator.values(state)
      let cell = startsFromZero ? zeros : generator.values(state)
      let expected = Self.plain(
        steps: steps, rows: rows, units: units, sums: sums.map(Double.init), recurrent: recurrent,
        hidden: hidden,
        cell: cell)
      for keeps in [true, false] {
        let gateBuffer = try bench.buffer(sums)
        let hiddenBuffer = try bench.poisoned((steps + 1) * state)
        let cellBuffer = try bench.poisoned(keeps ? (steps + 1) * state : state)
        if !startsFromZero {
          try bench.queue.write(hidden, to: hiddenBuffer)
          try bench.queue.write(cell, to: cellBuffer)
        }
        var buffers = LayerBuffers(
          rows: rows, startsFromZero: startsFromZero, keepsGates: keeps, parameters: parameters,
          layer: LayerArguments(recurrentOffset: offset), gates: gateBuffer, hidden: hiddenBuffer,
          cell: cellBuffer)
        buffers.keepsCells = keeps
        try step(on: bench.queue, steps: steps, units: units, buffers)
        var worst = WorstError()
        let tolerance = kernelTolerance
        worst.expect(
          try bench.queue.read(hiddenBuffer)[state...], expected.hidden[state...],
          within: tolerance, "hidden")
        let cells = try bench.queue.read(cellBuffer)
        worst.expect(
          cells[(keeps ? state : 0)...], expected.cell[(keeps ? state : steps * state)...],
          within: tolerance, "cell")
        if keeps {
          worst.expect(
            try bench.queue.read(gateBuffer), expected.gates, within: tolerance, "gates")
        } else {
          #expect(try bench.queue.read(gateBuffer) == sums, "the gates were not to be kept")
        }
      }
    }
  }

  /// One unit, one row: the gates as functions of their sums.
  private func gates(_ sums: [Float]) throws -> (gates: [Float], hidden: Float, cell: Float) {
    let bench = try KernelBench()
    let gates = try bench.buffer(sums)
    let hidden = try bench.poisoned(2)
    let cell = try bench.poisoned(2)
    try LSTMStepForward(bench.library)(
      on: bench.queue, steps: 1, units: 1,
      LayerBuffers(
        rows: 1, startsFromZero: true, keepsGates: true, parameters: try bench.poisoned(4),
        layer: LayerArguments(), gates: gates, hidden: hidden, cell: cell))
    return (
      try bench.queue.read(gates), try bench.queue.read(hidden)[1], try bench.queue.read(cell)[1]
    )
  }

  @Test func saturatesAtTheEnds() throws {
    for large in [Float(200), 1e30, .infinity] {
      #expect(try gates([large, large, large, large]).gates == [1, 1, 1, 1])
      #expect(try gates([-large, -large, -large, -large]).gates == [0, 0, -1, 0])
    }
    let mixed = try gates([.infinity, -.infinity, .infinity, .infinity])
    #expect(mixed.cell == 1)
    #expect(abs(mixed.hidden - Float.tanh(1)) <= 1e-7)
  }

  @Test func isExactAtZeroAndAccurateNearIt() throws {
    #expect(try gates([0, 0, 0, 0]).gates == [0.5, 0.5, 0, 0.5])
    for x in [Float(1e-30), -1e-10, 1e-5, 0.01, -0.3, 1, -5, 9, -20, 80] {
      let values = try gates([x, x, x, x]).gates
      for (gate, value) in values.enumerated() {
        let expected =
          gate == 2 ? Double.tanh(Double(x)) : 1 / (1 + Double.exp(-Double(x)))
        let error = abs(Double(value) - expected)
        // Five ulp, the most that OpenCL allows tanh; exp and a division stay below that.
        #expect(error <= 5 * 0x1p-23 * abs(expected), "gate \(gate) at \(x)")
      }
    }
  }

  @Test(arguments: 0..<4)
  func passesNaNOn(gate: Int) throws {
    var sums: [Float] = [0.1, 0.2, 0.3, 0.4]
    sums[gate] = .nan
    let result = try gates(sums)
    #expect(result.gates[gate].isNaN)
    #expect(result.hidden.isNaN)
  }
}
