import TestSupport
import Testing

@testable import LSTMCompute

/// In inference layers share memory, which must change nothing: the outputs are those of an executor for
/// training, whose layers share none.
@Suite struct MemorySharingTests {
  private static let directions: [[LSTMLayer.Direction]] = [
    [.forward, .bidirectional], [.forward, .bidirectional, .forward],
    [.reverse, .forward, .bidirectional, .bidirectional], [.bidirectionalSum, .forward, .reverse],
    [.forward, .forward, .bidirectionalSum, .forward],
  ]

  @Test(
    arguments: directions,
    [TestedBackend.reference]
      + TestedBackend.processors.filter { $0.backend is CPUBackend })
  func outputsAreThoseOfTraining(
    directions: [LSTMLayer.Direction], backend: TestedBackend
  ) throws {
    let layers = directions.map { direction in
      var layer = LSTMLayer(hiddenSize: 20)
      layer.direction = direction
      return layer
    }
    let specification = try NetworkSpecification(inputSize: 3, layers: layers)
    var generator = PhiloxGenerator(seed: 7, stream: .data)
    let batch = SequenceBatch(
      layout: .batchFirst, steps: 50, rows: 4, inputs: generator.values(4 * 50 * 3))
    let outputs = try [ExecutorConfiguration.Mode.training, .inference].map { mode in
      let executor = try backend.backend.makeSequenceExecutor(
        for: specification,
        configuration: ExecutorConfiguration(mode: mode, batchSize: 4, steps: 50))
      try executor.setParameters(Parameters(randomFor: specification, seed: 3))
      return try executor.forward(batch).outputs
    }
    let error = relativeError(outputs[1], outputs[0])
    #expect(!(error > 1e-6), "\(error)")
  }
}
