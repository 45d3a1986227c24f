@testable import LSTMCompute
import TestSupport
import Testing

/// What must hold whatever the numbers are, on every backend.
@Suite struct SequencePropertyTests {
  static let backends = [TestedBackend.reference] + TestedBackend.processors
  static let tolerance = 2e-6

  /// Two layers with everything that is not random.
  static func layers(_ direction: LSTMLayer.Direction = .forward) -> [LSTMLayer] {
    [9, 5].map {
      var layer = LSTMLayer(hiddenSize: $0)
      layer.direction = direction
      layer.projectionSize = $0 - 2
      layer.hasPeepholes = true
      layer.normalizesGates = true
      layer.cellClip = 0.8
      layer.zoneoutHidden = 0.1
      layer.zoneoutCell = 0.2
      return layer
    }
  }

  static func executor(
    _ backend: TestedBackend, _ layers: [LSTMLayer], rows: Int, steps: Int,
    mode: ExecutorConfiguration.Mode = .training, keepsStates: Bool = false
  ) throws -> any SequenceExecutor {
    let specification = try NetworkSpecification(inputSize: 3, layers: layers)
    let executor = try backend.backend.makeSequenceExecutor(
      for: specification,
      configuration: ExecutorConfiguration(
        mode: mode, batchSize: rows, steps: steps, keepsStates: keepsStates, seed: 7))
    try executor.setParameters(Parameters(randomFor: specification, seed: 4))
    if mode == .training { try executor.enter(.inference) }
    return executor
  }

  /// The outputs of a stream that is fed a batch step by step.
  private func run(_ stream: NetworkStream, _ batch: SequenceBatch) throws -> [Float] {
    let size = batch.inputs.count / batch.steps
    var outputs: [Float] = []
    for start in stride(from: 0, to: batch.inputs.count, by: size) {
      outputs += try stream.step(Array(batch.inputs[start..<start + size]))
    }
    return outputs
  }

  static func inputs(_ count: Int) -> [Float] {
    var generator = PhiloxGenerator(seed: 9, stream: .data)
    return generator.values(count)
  }

  @Test(arguments: backends) func longerPaddingChangesNothing(backend: TestedBackend) throws {
    let (rows, steps, padded) = (3, 5, 9)
    let lengths = [5, 0, 2]
    let short = Self.inputs(steps * rows * 3)
    // Time-major, so the padding is behind all. What is there must not matter, nor what is within
    // the steps and beyond a row's length.
    var long = short + [Float](repeating: .infinity, count: (padded - steps) * rows * 3)
    for step in 0..<steps {
      for (row, length) in lengths.enumerated() where step >= length {
        long[(step * rows + row) * 3 + 1] = .nan
      }
    }
    let executor = try Self.executor(
      backend, Self.layers(.bidirectional), rows: rows, steps: padded)
    var results: [(SequenceOutputs, SequenceInputGradients, Parameters)] = []
    for (inputs, steps) in [(short, steps), (long, padded)] {
      let outputs = try executor.forward(
        SequenceBatch(
          layout: .timeMajor, steps: steps, rows: rows, inputs: inputs, lengths: lengths))
      let count = 5 * rows * 6
      let gradient =
        Self.inputs(count) + [Float](repeating: .nan, count: outputs.outputs.count - count)
      let back = try executor.backward(SequenceGradients(outputs: gradient))
      results.append((outputs, back, try executor.gradients()))
    }
    let (first, second) = (results[0], results[1])
    var worst = WorstError()
    let valid = first.0.outputs.count
    #expect(second.0.outputs[valid...].allSatisfy { $0 == 0 })
    worst.expect(second.0.outputs[..<valid], first.0.outputs, within: 1e-6, "outputs")
    for (a, b) in zip(second.0.finalStates, first.0.finalStates) {
      worst.expect(a.hidden, b.hidden, within: 1e-6, "h_n")
      worst.expect(a.cell, b.cell, within: 1e-6, "c_n")
    }
    let inputCount = first.1.inputs.count
    #expect(second.1.inputs[inputCount...].allSatisfy { $0 == 0 })
    worst.expect(second.1.inputs[..<inputCount], first.1.inputs, within: 1e-6, "input gradient")
    worst.expect(second.2.values, first.2.values, within: 2e-6, "parameter gradients")
    print("\(backend.testDescription): padding \(worst)")
  }

  @Test(arguments: backends) func whatIsMissingMayBeAnything(backend: TestedBackend) throws {
    let (rows, steps) = (2, 4)
    let mask = [true, false, true, true, false, true, true, false]
    let zeros = zip(Self.inputs(rows * steps * 3).indices, Self.inputs(rows * steps * 3)).map {
      mask[$0 / 3] ? $1 : 0
    }
    let anything = zeros.indices.map { mask[$0 / 3] ? zeros[$0] : [.nan, .infinity, 5][$0 % 3] }
    let executor = try Self.executor(backend, Self.layers(), rows: rows, steps: steps)
    var results: [(SequenceOutputs, SequenceInputGradients, Parameters)] = []
    for inputs in [zeros, anything] {
      let outputs = try executor.forward(
        SequenceBatch(layout: .batchFirst, steps: steps, rows: rows, inputs: inputs, mask: mask))
      let back = try executor.backward(SequenceGradients(outputs: outputs.outputs))
      results.append((outputs, back, try executor.gradients()))
    }
    #expect(results[0].0 == results[1].0 && results[0].1 == results[1].1)
    #expect(results[0].2 == results[1].2 && results[1].2.isFinite)
  }

  @Test(arguments: backends) func theOrderOfRowsDoesNotMatter(backend: TestedBackend) throws {
    let (rows, steps) = (5, 6)
    let inputs = Self.inputs(rows * steps * 3)
    let executor = try Self.executor(
      backend, Self.layers(.bidirectionalSum), rows: rows, steps: steps)
    func run(_ inputs: [Float]) throws -> [Float] {
      try executor.forward(
        SequenceBatch(layout: .batchFirst, steps: steps, rows: rows, inputs: inputs)
      ).outputs
    }
    func reversed(_ values: [Float], width: Int) -> [Float] {
      let row = steps * width
      return (0..<rows).reversed().flatMap { values[$0 * row..<($0 + 1) * row] }
    }
    let width = executor.specification.headInputSize
    let straight = try run(inputs)
    let turned = try run(reversed(inputs, width: 3))
    var worst = WorstError()
    worst.expect(reversed(turned, width: width), straight, within: 1e-6, "outputs")
  }

  @Test(arguments: backends) func partsAndStepsEqualTheWhole(backend: TestedBackend) throws {
    let (rows, steps) = (4, 12)
    let inputs = Self.inputs(rows * steps * 3)
    let layers = Self.layers()
    func batch(_ range: Range<Int>) -> SequenceBatch {
      let size = rows * 3
      return SequenceBatch(
        layout: .timeMajor, steps: range.count, rows: rows,
        inputs: Array(inputs[range.lowerBound * size..<range.upperBound * size]))
    }
    let whole = try Self.executor(backend, layers, rows: rows, steps: steps)
      .forward(batch(0..<steps))

    let parts = try Self.executor(
      backend, layers, rows: rows, steps: steps, mode: .inference, keepsStates: true)
    for _ in 0..<2 {
      parts.resetStates()
      let outputs = try parts.forward(batch(0..<5)).outputs + parts.forward(batch(5..<12)).outputs
      var worst = WorstError()
      worst.expect(outputs, whole.outputs, within: Self.tolerance, "parts")
    }

    let specification = try NetworkSpecification(inputSize: 3, layers: layers)
    let network = try Network(
      specification: specification, parameters: Parameters(randomFor: specification, seed: 4))
    let stream = try NetworkStream(network, rows: rows, on: backend.backend)
    for round in 0..<2 {
      let outputs = try run(stream, batch(0..<steps))
      var worst = WorstError()
      worst.expect(outputs, whole.outputs, within: Self.tolerance, "steps, round \(round)")
      worst.expect(
        try stream.finalStates()[1].cell, whole.finalStates[1].cell, within: Self.tolerance, "c_n")
      stream.reset()
    }
    // From states that were kept elsewhere.
    let half = try Self.executor(backend, layers, rows: rows, steps: steps).forward(batch(0..<6))
    stream.reset(to: half.finalStates)
    let rest = try run(stream, batch(6..<steps))
    var worst = WorstError()
    worst.expect(
      rest, whole.outputs.suffix(rest.count), within: Self.tolerance, "from given states")
  }

  @Test(arguments: backends) func reversedInputEqualsReverseDirection(
    backend: TestedBackend
  ) throws {
    let (rows, steps) = (2, 7)
    let inputs = Self.inputs(rows * steps * 3)
    func reversed(_ values: [Float]) -> [Float] {
      let size = values.count / steps
      return (0..<steps).reversed().flatMap { values[$0 * size..<($0 + 1) * size] }
    }
    func run(_ direction: LSTMLayer.Direction, _ inputs: [Float]) throws -> SequenceOutputs {
      try Self.executor(backend, Self.layers(direction), rows: rows, steps: steps).forward(
        SequenceBatch(layout: .timeMajor, steps: steps, rows: rows, inputs: inputs))
    }
    let forward = try run(.forward, inputs)
    let reverse = try run(.reverse, reversed(inputs))
    #expect(reversed(reverse.outputs) == forward.outputs)
    #expect(reverse.finalStates == forward.finalStates)
  }

  @Test(arguments: TestedBackend.processors)
  func roundingDoesNotGrowOverTenThousandSteps(backend: TestedBackend) throws {
    let steps = 10_000
    var layer = LSTMLayer(hiddenSize: 12)
    layer.hasPeepholes = true
    let inputs = Self.inputs(steps * 3)
    let batch = SequenceBatch(layout: .timeMajor, steps: steps, rows: 1, inputs: inputs)
    func run(_ backend: TestedBackend) throws -> (SequenceOutputs, Parameters) {
      let executor = try Self.executor(backend, [layer], rows: 1, steps: steps)
      let outputs = try executor.forward(batch)
      _ = try executor.backward(
        SequenceGradients(outputs: outputs.outputs.map { _ in 1 / Float(steps) }))
      return (outputs, try executor.gradients())
    }
    let (expected, expectedGradient) = try run(.reference)
    let (actual, gradient) = try run(backend)
    var errors: [String] = []
    for end in [100, 1000, steps] {
      let range = (end - 100) * 12..<end * 12
      var worst = WorstError()
      worst.expect(
        actual.outputs[range], expected.outputs[range], within: Self.tolerance, "up to \(end)")
      errors.append("\(worst)")
    }
    var worst = WorstError()
    worst.expect(gradient.values, expectedGradient.values, within: 2e-5, "gradient")
    print(
      "\(backend.testDescription): T = 10,000: \(errors.joined(separator: ", ")), gradient \(worst.error)"
    )
  }

  @Test(arguments: backends) func repeatsBitByBitWithEverythingOn(backend: TestedBackend) throws {
    var layers = Self.layers(.bidirectional)
    for index in layers.indices {
      layers[index].recurrentDropout = 0.3
      layers[index].gateClip = 2
      layers[index].projectionClip = 0.5
    }
    layers[0].dropout = 0.4
    let specification = try NetworkSpecification(
      inputSize: 3, layers: layers, head: .everyStep, outputSize: 2)
    let series = try WindowedSeries.random(
      inputSize: 3, targetSize: 2, steps: 6, windows: 20, seed: 3)
    func run(seed: UInt64) throws -> ([Float], [Float]) {
      let executor = try backend.backend.makeExecutor(
        for: specification,
        configuration: ExecutorConfiguration(mode: .training, batchSize: 8, steps: 6, seed: seed))
      try executor.setParameters(Parameters(randomFor: specification, seed: 1))
      try executor.bind(series)
      for range in [0..<8, 8..<16, 16..<20, 0..<8] {
        try executor.forward(range)
        try executor.backward(.huber)
        try executor.step(.adam(), learningRate: 0.01, maximumGradientNorm: 1)
      }
      return (try executor.takeLosses(), try executor.parameters().values)
    }
    let first = try run(seed: 5)
    let second = try run(seed: 5)
    let other = try run(seed: 6)
    #expect(first.0 == second.0)
    #expect(first.1 == second.1)
    #expect(first.1 != other.1)
    #expect(first.1.allSatisfy { $0.isFinite })
  }
}
