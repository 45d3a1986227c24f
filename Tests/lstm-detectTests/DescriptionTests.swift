import LSTMCompute
import Testing

@testable import lstm_detect

/// What is said of a network.
@Suite struct DescriptionTests {
  /// What only some layers have stands beside these.
  @Test func layersThatDifferAreDescribedOneByOne() throws {
    var layers = [9, 5, 7].map { LSTMLayer(hiddenSize: $0) }
    func text() throws -> String {
      try NetworkSpecification(inputSize: 2, layers: layers, head: .lastStep, outputSize: 1)
        .layersDescription
    }
    #expect(try text() == "LSTM 9,5,7 of 2 inputs")
    layers[0].direction = .bidirectional
    layers[2].projectionSize = 3
    #expect(try text() == "LSTM 9 (both directions),5,7 (projected to 3) of 2 inputs")
    for index in layers.indices { layers[index].bias = .none }
    #expect(
      try text()
        == "LSTM 9 (both directions, no biases),5 (no biases),7 (projected to 3, no biases) "
        + "of 2 inputs")
  }
}
