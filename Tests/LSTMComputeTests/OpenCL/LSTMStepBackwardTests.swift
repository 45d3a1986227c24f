import OpenCL
import RealModule
import TestSupport
import Testing

@testable import LSTMCompute

@Suite(.enabled(if: KernelBench.hasDevice)) struct LSTMStepBackwardTests {
  @Test(arguments: [1, 2, 7, 9, 33], [1, 7, 16, 31, 33, 65])
  func matchesPlainLoops(rows: Int, units: Int) throws {
    try check(rows: rows, units: units, .smallest)
  }

  /// Ends within tiles and depths of each.
  @Test(arguments: [16, 32], [(3, 33), (17, 16), (33, 7), (35, 65)])
  func isRightWithMoreRowsOfATile(tileRows: Int, size: (rows: Int, units: Int)) throws {
    try check(
      rows: size.rows, units: size.units, StepSizes(itemRows: 2, tileRows: tileRows))
  }

  private func check(rows: Int, units: Int, _ sizes: StepSizes) throws {
    let bench = try KernelBench()
    let step = try LSTMStepBackward(bench.library, sizes)
    let steps = 3
    let state = rows * units
    var generator = PhiloxGenerator(seed: 6, stream: .data)
    // Any gates in (0, 1) and cells will do; they need not come from a forward pass.
    let gates = generator.values(steps * rows * 4 * units).map { 1 / (1 + Float.exp(-$0)) }
    let cell = generator.values((steps + 1) * state)
    let scale = 1 / Float(units).squareRoot()
    let recurrent = generator.values(4 * units * units).map { $0 * scale }
    let offset = 5
    let parameters = try bench.buffer(Array(repeating: Float.nan, count: offset) + recurrent)

    for (startsFromZero, aboveStep) in [(true, 0), (true, steps - 1), (false, 0)] {
      let above = generator.values((steps - aboveStep) * state)
      var cells = cell
      if startsFromZero {
        cells.replaceSubrange(0..<state, with: Array(repeating: Float.nan, count: state))
      }
      let gateBuffer = try bench.buffer(gates)
      let cellBuffer = try bench.buffer(cells)
      try step(
        on: bench.queue, steps: steps, units: units,
        LayerBuffers(
          rows: rows, startsFromZero: startsFromZero, keepsGates: true, parameters: parameters,
          layer: LayerArguments(recurrentOffset: offset), gates: gateBuffer, hidden: cellBuffer,
          cell: cellBuffer),
        LayerFlow(
          above: above, ofLastStepOnly: aboveStep > 0, units: units, cell: bench.poisoned(state),
          bench))
      if startsFromZero {
        cells.replaceSubrange(0..<state, with: Array(repeating: Float(0), count: state))
      }
      var worst = WorstError()
      worst.expect(
        try bench.queue.read(gateBuffer),
        Self.plain(
          steps: steps, rows: rows, units: units, gates: gates, cell: cells, recurrent: recurrent,
          above: Array(repeating: 0, count: aboveStep * state) + above),
        within: kernelTolerance, "gradient by the gates' sums")
    }
  }

  /// The equations, in Double; `above` has all steps.
  static func plain(
    steps: Int, rows: Int, units: Int, gates: [Float], cell: [Float], recurrent: [Float],
    above: [Float]
  ) -> [Double] {
    let state = rows * units
    var result = [Double](repeating: 0, count: gates.count)
    var carried = [Double](repeating: 0, count: state)
    for t in (0..<steps).reversed() {
      for b in 0..<rows {
        let z = (t * rows + b) * 4 * units
        let next = z + rows * 4 * units
        for u in 0..<units {
          let index = b * units + u
          var dh = Double(above[t * state + index])
          if t + 1 < steps {
            for column in 0..<4 * units {
              dh += result[next + column] * Double(recurrent[column * units + u])
            }
          }
          let (i, f) = (Double(gates[z + u]), Double(gates[z + units + u]))
          let (g, o) = (Double(gates[z + 2 * units + u]), Double(gates[z + 3 * units + u]))
          let squashed = Double.tanh(Double(cell[(t + 1) * state + index]))
          let dc = carried[index] + dh * o * (1 - squashed * squashed)
          result[z + u] = dc * g * i * (1 - i)
          result[z + units + u] = dc * Double(cell[t * state + index]) * f * (1 - f)
          result[z + 2 * units + u] = dc * i * (1 - g * g)
          result[z + 3 * units + u] = dh * squashed * o * (1 - o)
          carried[index] = dc * f
        }
      }
    }
    return result
  }
}
