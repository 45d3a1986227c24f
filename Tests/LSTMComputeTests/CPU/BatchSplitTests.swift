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
    arguments: ActivationTests.instructionSets, [ExecutorConfiguration.Mode.inference, .training])
  func inputsAheadChangeNoBit(
    instructions: InstructionSet, mode: ExecutorConfiguration.Mode
  ) throws {
    let (batch, steps, inputSize, hiddenSize) = (4, 20, 9, 37)
    let specification = try NetworkSpecification(
      inputSize: inputSize, hiddenSizes: [hiddenSize], outputSize: 1)
    let layout = ParameterLayout(specification)
    let parameters = Parameters(randomFor: specification, seed: 3).values
    let inputs = (0..<steps * batch * inputSize).map { Float(($0 * 7919) % 201 - 100) / 100 }
    var memory = MemoryBudget()
    let layer = try CPULayer(
      instructions: instructions,
      configuration: ExecutorConfiguration(mode: mode, batchSize: batch, steps: steps),
      inputSize: inputSize, hiddenSize: hiddenSize, isFirst: true, isLast: true, memory: &memory)
    layer.pack(0..<layer.panels, parameters, layout.layer(0))

    func results(stepsAhead: Int, _ split: BatchSplit) -> [UInt32] {
      inputs.withUnsafeBufferPointer { start in
        let input = LayerInput(
          start: start.baseAddress!, stride: inputSize, stepsAhead: stepsAhead)
        let team = ThreadTeam(threads: split.parts)
        layer.forward(split, team, batch: batch, input: input)
        let state = layer.finalState(batch: batch)
        var values = state.hidden + state.cell
        if mode == .training {
          let last = (0..<batch * layer.stride).map { Float($0 % layer.stride % 13) / 13 - 0.4 }
          last.withUnsafeBufferPointer {
            layer.backward(split, team, batch: batch, LayerGradients(last: $0.baseAddress))
          }
          layer.computeGradient(parts: 0..<layer.gradientParts, batch: batch, input: input)
          var gradient = [Float](repeating: 0, count: layout.count)
          gradient.withUnsafeMutableBufferPointer {
            layer.unpackGradient(0..<layer.panels, $0.baseAddress!, layout.layer(0))
          }
          values += gradient
        }
        return values.map(\.bitPattern)
      }
    }
    let expected = results(stepsAhead: 1, BatchSplit())
    for stepsAhead in [2, 7, steps] {
      for split in [
        BatchSplit(), BatchSplit(rowGroups: 1, unitGroups: 2), BatchSplit(rowGroups: 4),
        BatchSplit(rowGroups: 2, unitGroups: 2),
      ] {
        #expect(
          results(stepsAhead: stepsAhead, split) == expected, "\(stepsAhead) ahead, \(split)")
      }
    }
  }
}
