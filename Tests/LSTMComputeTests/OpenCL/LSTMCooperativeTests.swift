import LSTMCompute
import OpenCL
import RealModule
import TestSupport
import Testing

/// A program for each: one unit, slices that end within the layer, columns that do not come in fours
/// or are not all in registers, more slices than groups, and fewer items than rows.
private let cooperativeLayers = [
  CooperativeSizes(units: 1, groups: 3, rows: 2),
  CooperativeSizes(units: 17, groups: 4, rows: 2, items: 12),
  CooperativeSizes(units: 130, groups: 2, rows: 1, held: 2),
  CooperativeSizes(units: 257, groups: 6, rows: 4, held: 1),
  CooperativeSizes(units: 64, groups: 1, rows: 4, items: 64, held: 3),
]

/// How many work-groups there are, and how they wait.
private struct Manner {
  var groups: Int
  var polls = 0
  var givesUpAt: Int?

  /// Alone from the beginning; given up at once; after a moment; and, if the groups get that far, in
  /// a later step or not at all.
  static func all(_ sizes: CooperativeSizes, steps: Int) -> [Manner] {
    [
      Manner(groups: 1), Manner(groups: sizes.groups), Manner(groups: sizes.groups, polls: 1),
      Manner(groups: 2, polls: 1 << 16, givesUpAt: steps / 2), Manner(groups: 2, polls: 1 << 16),
      Manner(groups: 7, polls: 100),
    ]
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
    let barrier = try GridBarrier(on: bench.queue)

    for startsFromZero in [true, false] {
      let hidden = startsFromZero ? Array(repeating: 0, count: state) : generator.values(state)
      let cell = startsFromZero ? Array(repeating: 0, count: state) : generator.values(state)
      let expected = LSTMStepForwardTests.plain(
        steps: steps, rows: rows, units: units, sums: sums.map(Double.init), recurrent: recurrent,
        hidden: hidden, cell: cell)
      var first: [[Float]]?
      for manner in Manner.all(sizes, steps: steps) {
        var sizes = sizes
        sizes.groups = manner.groups
        (barrier.polls, barrier.givesUpAt) = (manner.polls, manner.givesUpAt)
        let sumBuffer = try bench.buffer(sums)
        let gates = try bench.poisoned(sums.count)
        let hiddenBuffer = try bench.poisoned((steps + 1) * state)
        let cellBuffer = try bench.poisoned((steps + 1) * state)
        if !startsFromZero {
          try bench.queue.write(hidden, to: hiddenBuffer)
          try bench.queue.write(cell, to: cellBuffer)
        }
        let before = bench.queue.launchCount
        try LSTMCooperativeForward(bench.library, sizes)(
          on: bench.queue, steps: steps,
          LSTMCooperativeForward.Arguments(
            rows: rows, startsFromZero: startsFromZero, parameters: parameters,
            recurrentOffset: offset, sums: sumBuffer, gates: gates, hidden: hiddenBuffer,
            cell: cellBuffer), barrier)
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
        #expect(try bench.queue.read(barrier.words, 0..<3) == [0, 0, 0], "ready for the next")
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
    let offset = 5
    let parameters = try bench.buffer(Array(repeating: Float.nan, count: offset) + recurrent)
    let barrier = try GridBarrier(on: bench.queue)

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
        var sizes = sizes
        sizes.groups = manner.groups
        (barrier.polls, barrier.givesUpAt) = (manner.polls, manner.givesUpAt)
        let gateBuffer = try bench.buffer(gates)
        let sumGradient = try bench.poisoned(gates.count)
        let before = bench.queue.launchCount
        try LSTMCooperativeBackward(bench.library, sizes)(
          on: bench.queue, steps: steps,
          LSTMCooperativeBackward.Arguments(
            rows: rows, startsFromZero: startsFromZero, parameters: parameters,
            recurrentOffset: offset, gates: gateBuffer, sumGradient: sumGradient,
            cell: bench.buffer(cell), above: bench.buffer(above), aboveStep: aboveStep,
            cellGradient: bench.poisoned(steps * state)), barrier)
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
        #expect(try bench.queue.read(barrier.words, 0..<3) == [0, 0, 0], "ready for the next")
      }
    }
  }

  /// One of two groups gives up in a later step, and goes on from what both had done.
  ///
  /// PoCL runs two groups one after the other, so the other's share of the steps before is taken from
  /// a run alone, and its arrivals are counted beforehand. Places of later steps are NaN.
  @Test(
    .enabled(if: KernelBench.device?.isPoCL == true), arguments: [1, 4, 7])
  func givesUpInALaterStep(step: Int) throws {
    let bench = try KernelBench()
    var sizes = CooperativeSizes(units: 17, groups: 2, rows: 2, items: 36)
    let (rows, steps, units) = (3, 9, sizes.units)
    let state = rows * units
    var generator = PhiloxGenerator(seed: 27, stream: .data)
    let parameters = try bench.buffer(generator.values(4 * units * units).map { $0 * 0.25 })
    let sums = try bench.buffer(generator.values(steps * 4 * state))
    let above = try bench.buffer(generator.values(steps * state))
    let barrier = try GridBarrier(on: bench.queue)
    barrier.polls = 10

    func forward(_ gates: Buffer<Float>, _ hidden: Buffer<Float>, _ cell: Buffer<Float>) throws {
      try LSTMCooperativeForward(bench.library, sizes)(
        on: bench.queue, steps: steps,
        LSTMCooperativeForward.Arguments(
          rows: rows, startsFromZero: true, parameters: parameters, recurrentOffset: 0,
          sums: sums, gates: gates, hidden: hidden, cell: cell), barrier)
    }
    func backward(
      _ gates: Buffer<Float>, _ cell: Buffer<Float>, _ dz: Buffer<Float>, _ dc: Buffer<Float>
    ) throws {
      try LSTMCooperativeBackward(bench.library, sizes)(
        on: bench.queue, steps: steps,
        LSTMCooperativeBackward.Arguments(
          rows: rows, startsFromZero: true, parameters: parameters, recurrentOffset: 0,
          gates: gates, sumGradient: dz, cell: cell, above: above, aboveStep: 0,
          cellGradient: dc), barrier)
    }
    func expectGivenUp(times: Int) throws {
      let givenUp = try barrier.givenUp(on: bench.queue)
      #expect(givenUp.launches == times && givenUp.at == step)
      #expect(try bench.queue.read(barrier.words, 0..<3) == [0, 0, 0], "ready for the next")
    }

    sizes.groups = 1
    let states = try (0..<2).map { _ in try bench.poisoned((steps + 1) * state) }
    let gates = try bench.poisoned(steps * 4 * state)
    try forward(gates, states[0], states[1])
    let gradient = try bench.poisoned(steps * 4 * state)
    let carried = try bench.poisoned(steps * state)
    try backward(gates, states[1], gradient, carried)

    sizes.groups = 2
    let again = try states.map { alone in
      let done = (step + 1) * state
      return try bench.buffer(
        bench.queue.read(alone, 0..<done)
          + Array(repeating: .nan, count: (steps + 1) * state - done))
    }
    let gatesAgain = try bench.poisoned(steps * 4 * state)
    try bench.queue.write([UInt32(step)], to: barrier.words)
    try forward(gatesAgain, again[0], again[1])
    try expectGivenUp(times: 1)
    for (alone, again) in zip(states, again) {
      #expect(try bench.queue.read(again)[state...] == bench.queue.read(alone)[state...])
    }
    let later = step * 4 * state..<steps * 4 * state
    #expect(try bench.queue.read(gatesAgain, later) == bench.queue.read(gates, later))

    let last = { (alone: Buffer<Float>, size: Int) in
      let poison = (steps - step) * size
      return try bench.buffer(
        Array(repeating: .nan, count: poison)
          + bench.queue.read(alone, poison..<steps * size))
    }
    let gradientAgain = try last(gradient, 4 * state)
    try bench.queue.write([UInt32(step)], to: barrier.words)
    try backward(gates, states[1], gradientAgain, try last(carried, state))
    try expectGivenUp(times: 2)
    #expect(try bench.queue.read(gradientAgain) == bench.queue.read(gradient))
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
