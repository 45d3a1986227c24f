import OpenCL
import RealModule
import TestSupport
import Testing

@testable import LSTMCompute

/// A program for each: one unit, slices that end within the layer, columns that do not come in fours
/// or are not all in registers, as many in registers as on a GPU, more slices than groups, and fewer
/// items than rows.
private let cooperativeLayers = [
  CooperativeSizes(units: 1, groups: 3, rows: 2),
  CooperativeSizes(units: 17, groups: 4, rows: 2, items: 12),
  CooperativeSizes(units: 130, groups: 2, rows: 1),
  CooperativeSizes(units: 257, groups: 6, rows: 4, held: 1),
  CooperativeSizes(units: 64, groups: 1, rows: 4, items: 64, held: 3),
]

/// How many work-groups there are, in how large teams, and how they wait.
private struct Manner {
  var groups: Int
  var teamRows = 33
  var polls = 0
  var givesUpAt: Int?

  /// Alone from the beginning; given up at once; after a moment; and, if the groups get that far, in
  /// a later step or not at all.
  static func all(_ sizes: CooperativeSizes, steps: Int) -> [Manner] {
    [
      Manner(groups: 1), Manner(groups: sizes.groups), Manner(groups: sizes.groups, polls: 1),
      Manner(groups: 2, polls: 1 << 16, givesUpAt: steps / 2), Manner(groups: 2, polls: 1 << 16),
      Manner(groups: 7, teamRows: 20, polls: 100), Manner(groups: 1, teamRows: 7),
      Manner(groups: sizes.groups, teamRows: 2),
    ]
  }

  /// The sizes of a program, launched so.
  func sizes(_ sizes: CooperativeSizes, rows: Int) -> CooperativeSizes {
    var sizes = sizes
    (sizes.groups, sizes.teamRows) = (groups, teamRows)
    sizes.teams = (rows + teamRows - 1) / teamRows
    return sizes
  }
}

extension GridBarrier {
  /// Whether every team finds the words as it wants them.
  fileprivate func isReady(on queue: CommandQueue) throws -> Bool {
    try queue.read(words).enumerated().allSatisfy { $0 % (words.count / teams) == 3 || $1 == 0 }
  }
}

@Suite(.enabled(if: KernelBench.hasDevice)) struct LSTMCooperativeTests {
  static let batches = [
    (rows: 1, steps: 9), (rows: 3, steps: 2), (rows: 33, steps: 1), (rows: 33, steps: 9),
  ]

  @Test(arguments: cooperativeLayers, batches)
  func forwardMatchesPlainLoops(sizes: CooperativeSizes, batch: (rows: Int, steps: Int)) throws {
    let bench = try KernelBench()
    let (rows, steps, units) = (batch.rows, batch.steps, sizes.units)
    let state = rows * units
    var generator = PhiloxGenerator(seed: 25, stream: .data)
    let sums = generator.values(steps * rows * 4 * units)
    let scale = 1 / Float(units).squareRoot()
    let recurrent = generator.values(4 * units * units).map { $0 * scale }
    let offset = 4
    let parameters = try bench.buffer(Array(repeating: Float.nan, count: offset) + recurrent)
    let barrier = try GridBarrier(on: bench.queue, teams: (rows + 1) / 2)

    for startsFromZero in [true, false] {
      let hidden = startsFromZero ? Array(repeating: 0, count: state) : generator.values(state)
      let cell = startsFromZero ? Array(repeating: 0, count: state) : generator.values(state)
      let expected = LSTMStepForwardTests.plain(
        steps: steps, rows: rows, units: units, sums: sums.map(Double.init), recurrent: recurrent,
        hidden: hidden, cell: cell)
      var first: [[Float]]?
      for manner in Manner.all(sizes, steps: steps) {
        let sizes = manner.sizes(sizes, rows: rows)
        (barrier.polls, barrier.givesUpAt) = (manner.polls, manner.givesUpAt)
        let sumBuffer = try bench.buffer(sums)
        let gates = try bench.poisoned(sums.count)
        let hiddenBuffer = try bench.poisoned((steps + 1) * state)
        let cellBuffer = try bench.poisoned((steps + 1) * state)
        if !startsFromZero {
          try bench.queue.write(hidden, to: hiddenBuffer)
          try bench.queue.write(cell, to: cellBuffer)
        }
        var buffers = LayerBuffers(
          rows: rows, startsFromZero: startsFromZero, keepsGates: true, parameters: parameters,
          layer: LayerArguments(recurrentOffset: offset), gates: sumBuffer, hidden: hiddenBuffer,
          cell: cellBuffer)
        buffers.keptGates = gates
        let before = bench.queue.launchCount
        try LSTMCooperativeForward(bench.library, sizes)(
          on: bench.queue, steps: steps,
          buffers, barrier)
        #expect(bench.queue.launchCount == before + 1)
        #expect(try bench.queue.read(sumBuffer) == sums, "the sums are not to be changed")
        let results = [
          try bench.queue.read(gates), try Array(bench.queue.read(hiddenBuffer)[state...]),
          try Array(bench.queue.read(cellBuffer)[state...]),
        ]
        if let first {
          #expect(results == first, "the same bits as alone: \(manner)")
        } else {
          first = results
          var worst = WorstError()
          worst.expect(results[0], expected.gates, within: kernelTolerance, "gates")
          worst.expect(results[1], expected.hidden[state...], within: kernelTolerance, "hidden")
          worst.expect(results[2], expected.cell[state...], within: kernelTolerance, "cell")
        }
        #expect(try barrier.isReady(on: bench.queue), "ready for the next")
      }
    }
  }

  @Test(arguments: cooperativeLayers, batches)
  func backwardMatchesPlainLoops(sizes: CooperativeSizes, batch: (rows: Int, steps: Int)) throws {
    let bench = try KernelBench()
    let (rows, steps, units) = (batch.rows, batch.steps, sizes.units)
    let state = rows * units
    var generator = PhiloxGenerator(seed: 26, stream: .data)
    // Any gates in (0, 1) and cells will do; they need not come from a forward pass.
    let gates = generator.values(steps * rows * 4 * units).map { 1 / (1 + Float.exp(-$0)) }
    let scale = 1 / Float(units).squareRoot()
    let recurrent = generator.values(4 * units * units).map { $0 * scale }
    let offset = 4
    let parameters = try bench.buffer(Array(repeating: Float.nan, count: offset) + recurrent)
    let barrier = try GridBarrier(on: bench.queue, teams: (rows + 1) / 2)

    for (startsFromZero, aboveStep) in [(true, 0), (true, steps - 1), (false, 0)] {
      var cell = generator.values((steps + 1) * state)
      let above = generator.values((steps - aboveStep) * state)
      var expectedCell = cell
      if startsFromZero {
        cell.replaceSubrange(0..<state, with: Array(repeating: Float.nan, count: state))
        expectedCell.replaceSubrange(0..<state, with: Array(repeating: Float(0), count: state))
      }
      var first: [Float]?
      for manner in Manner.all(sizes, steps: steps) {
        let sizes = manner.sizes(sizes, rows: rows)
        (barrier.polls, barrier.givesUpAt) = (manner.polls, manner.givesUpAt)
        let gateBuffer = try bench.buffer(gates)
        let sumGradient = try bench.poisoned(gates.count)
        let cellBuffer = try bench.buffer(cell)
        var buffers = LayerBuffers(
          rows: rows, startsFromZero: startsFromZero, keepsGates: true, parameters: parameters,
          layer: LayerArguments(recurrentOffset: offset), gates: sumGradient, hidden: cellBuffer,
          cell: cellBuffer)
        buffers.keptGates = gateBuffer
        let flow = try LayerFlow(
          above: above, ofLastStepOnly: aboveStep > 0, units: units, cell: bench.poisoned(state),
          bench)
        let before = bench.queue.launchCount
        try LSTMCooperativeBackward(bench.library, sizes)(
          on: bench.queue, steps: steps,
          buffers, flow, LSTMCooperativeBackward.Scratch(cell: bench.poisoned(steps * state)),
          barrier)
        #expect(bench.queue.launchCount == before + 1)
        #expect(try bench.queue.read(gateBuffer) == gates, "the gates are not to be changed")
        let result = try bench.queue.read(sumGradient)
        if let first {
          #expect(result == first, "the same bits as alone: \(manner)")
        } else {
          first = result
          var worst = WorstError()
          worst.expect(
            result,
            LSTMStepBackwardTests.plain(
              steps: steps, rows: rows, units: units, gates: gates, cell: expectedCell,
              recurrent: recurrent, above: Array(repeating: 0, count: aboveStep * state) + above),
            within: kernelTolerance, "gradient by the gates' sums")
        }
        #expect(try barrier.isReady(on: bench.queue), "ready for the next")
      }
    }
  }

  /// Whatever the device does, the first of two groups to arrive gives up where it does not wait.
  @Test func notesThatItGaveUp() throws {
    let bench = try KernelBench()
    let context = bench.library.context
    #expect(
      try GridBarrierProbe.passes(context, groups: 1, hasDeviceFence: false, polls: 0),
      "a group alone waits for nobody")
    #expect(
      try !GridBarrierProbe.passes(context, groups: 2, hasDeviceFence: false, polls: 0),
      "the first of two finds itself alone")
    let several = try (2...4).map {
      try GridBarrierProbe.passes(context, groups: $0, hasDeviceFence: false, polls: 1 << 16)
    }
    print("2, 3 and 4 work-groups ran side by side: \(several)")
    if context.device.isProcessor {
      #expect(try !GridBarrierProbe.findings(context).runsSideBySide)
    }
  }
}
