import CSIMD
import TestSupport
import Testing

@testable import LSTMCompute

@Suite struct BatchSplitTests {
  @Test func splitsUnitsWhereRowsAreFew() {
    let layer = BatchSplit.Layer(inputColumns: 256, recurrentColumns: 256, panels: 16, width: 64)
    let single = BatchSplit.best([layer], batch: 1, steps: 25, parts: 4)
    #expect(single == BatchSplit(rowGroups: 1, unitGroups: 4))
    let many = BatchSplit.best([layer], batch: 256, steps: 25, parts: 4)
    #expect(many == BatchSplit(rowGroups: 4, unitGroups: 1))
    // 32 MiB of weights, more than the last cache: each thread had better read half of them.
    let large = BatchSplit.Layer(
      inputColumns: 1024, recurrentColumns: 1024, panels: 64, width: 64)
    let few = BatchSplit.best([large], batch: 16, steps: 25, parts: 2)
    #expect(few == BatchSplit(rowGroups: 1, unitGroups: 2))
    let small = BatchSplit.Layer(inputColumns: 8, recurrentColumns: 8, panels: 1, width: 64)
    #expect(BatchSplit.best([small], batch: 1, steps: 25, parts: 4) == BatchSplit())
  }

  @Test func multipliesInputsAheadWhereRowsAreFew() {
    func steps(_ columns: Int, batch: Int, units: Int = 1) -> Int {
      let layer = BatchSplit.Layer(
        inputColumns: columns, recurrentColumns: columns, panels: columns / 16, width: 64)
      return BatchSplit(unitGroups: units).stepsAhead(layer, batch: batch, steps: 25)
    }
    #expect(steps(256, batch: 1) == 25)
    #expect(steps(1024, batch: 4, units: 2) == 24)
    #expect(steps(256, batch: 6) == 1)
    #expect(steps(1024, batch: 97) == 1)
  }

  /// Ahead or within its step, a product with W takes part in the same sum in the same order.
  @Test(
    arguments: ActivationTests.instructionSets, [ExecutorConfiguration.Mode.inference, .training]
  )
  func inputsAheadChangeNoBit(instructions: InstructionSet, mode: ExecutorConfiguration.Mode) throws
  {
    let specification = try NetworkSpecification(
      inputSize: 130, hiddenSizes: [150, 137], outputSize: 2)
    let steps = 3 * BatchSplit.rowsAhead / 2 + 5
    let series = try WindowedSeries.random(
      inputSize: 130, targetSize: 2, steps: steps, windows: BatchSplit.rowsAhead, seed: 4)
    for threads in [1, 3] {
      let executor = try CPUBackend(instructions: instructions, threads: threads).makeExecutor(
        for: specification,
        configuration: ExecutorConfiguration(
          mode: mode, batchSize: BatchSplit.rowsAhead, steps: steps))
      try executor.setParameters(Parameters(randomFor: specification, seed: 3))
      try executor.bind(series)
      // Too many rows for any step to come.
      try executor.forward(0..<BatchSplit.rowsAhead)
      let expected = try executor.outputs().map(\.bitPattern)
      for rows in [1, 2, 5] {
        try executor.forward(0..<rows)
        #expect(
          try executor.outputs().map(\.bitPattern) == Array(expected.prefix(2 * rows)),
          "\(rows) rows, \(threads) threads")
      }
    }
  }
}
