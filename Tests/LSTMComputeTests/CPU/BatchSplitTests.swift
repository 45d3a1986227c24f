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
    func results(stepsAhead: Int, _ split: BatchSplit) throws -> [UInt32] {
      let operations = try CPUOperations(
        layout, instructions: instructions, threads: split.parts, trains: mode == .training)
      operations.write(parameters, to: operations.parameters, at: 0)
      let group = PanelGroup(operations)
      let layer = try PanelLayer(
        LayerPlace(
          layer: specification.layers[0], slices: layout.cells[0][0], inputSize: inputSize,
          steps: steps, batchSize: batch, isTraining: mode == .training, keepsOutputs: false),
        in: group, operations)
      layer.loadWeights()
      (group.split, layer.stepsAhead) = (split, stepsAhead)
      let pass = ForwardPass<AlignedBuffer>(steps: steps, batch: batch)
      let input = Rows(try operations.memory(inputs.count), pitch: inputSize)
      operations.write(inputs, to: input.memory, at: 0)
      layer.forward(pass, rows: 0..<batch, input: input)
      let state = try operations.readFloats(
        layer.state(.final, pass), rows: batch, of: specification.layers[0])
      var values = state.hidden + state.cell
      if mode == .training, let gradient = layer.stateGradient {
        let last = (0..<batch * hiddenSize).map { Float($0 % hiddenSize % 13) / 13 - 0.4 }
        try operations.write(floats: last, to: gradient.hidden, columns: hiddenSize)
        var flow = GradientFlow<AlignedBuffer>()
        flow.hasFinalHidden = true
        layer.backward(pass, rows: 0..<batch, flow)
        layer.parameterGradients(pass, input: input, factor: 1)
        let trained = try #require(layout.cells[0][0].biases.last).range.upperBound
        values += operations.read(operations.gradient, 0..<trained)
      }
      return values.map(\.bitPattern)
    }
    let expected = try results(stepsAhead: 1, BatchSplit())
    for stepsAhead in [2, 7, steps] {
      for split in [
        BatchSplit(), BatchSplit(rowGroups: 1, unitGroups: 2), BatchSplit(rowGroups: 4),
        BatchSplit(rowGroups: 2, unitGroups: 2),
      ] {
        #expect(
          try results(stepsAhead: stepsAhead, split) == expected, "\(stepsAhead) ahead, \(split)")
      }
    }
  }
}
