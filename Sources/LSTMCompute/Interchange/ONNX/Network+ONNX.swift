#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension Network {
  /// The network as an ONNX file, for ONNX Runtime and others: numbers as the network sees them in, its
  /// outputs out.
  ///
  /// Inputs are `input` `[batch, steps, I]` and, with `hasStates`, for each layer `N` `h_0.N` and `c_0.N`
  /// `[D, batch, H]`; outputs are `output` `[batch, steps, F]`, `h_n.N` and `c_n.N`, and with a head
  /// `predictions`, `[batch, O]` or `[batch, S, O]`. All are of 32 bits.
  ///
  /// ```swift
  /// try network.onnx().write(to: URL(filePath: path))
  /// ```
  ///
  /// - Parameter hasStates: Whether states before the first step are inputs; otherwise they are 0.
  /// - Returns: The bytes of the file, with ONNX's operators of version 17.
  /// - Throws: `LSTMError.invalidConfiguration` where ONNX's LSTM operator lacks an option of a layer.
  public func onnx(hasStates: Bool = false) throws(LSTMError) -> Data {
    try onnxModel(hasStates: hasStates).encoded()
  }

  /// The same, not written yet.
  package func onnxModel(hasStates: Bool = false) throws(LSTMError) -> ONNXModel {
    let graph = GraphBuilder()
    graph.describe("network", "LSTM layers of \(specification.inputSize) inputs.")
    let (batch, steps) = (ONNXModel.ValueInfo.Dimension.name("batch"), "steps")
    let input = graph.input(
      "input", .float32, [batch, .name(steps), .size(specification.inputSize)])
    func shape(_ layer: LSTMLayer) -> [ONNXModel.ValueInfo.Dimension] {
      [.size(layer.direction.count), batch, .size(layer.hiddenSize)]
    }
    var initial: [GraphBuilder.State]?
    if hasStates {
      initial = specification.layers.enumerated().map { index, layer in
        (
          graph.input("h_0.\(index)", .float32, shape(layer)),
          graph.input("c_0.\(index)", .float32, shape(layer))
        )
      }
    }
    let results = try graph.add(self, inputs: graph.transpose(input, [1, 0, 2]), initial: initial)
    graph.output(
      "output", .float32, [batch, .name(steps), .size(specification.headInputSize)],
      graph.transpose(results.outputs, [1, 0, 2]))
    for (index, (layer, state)) in zip(specification.layers, results.states).enumerated() {
      graph.output("h_n.\(index)", .float32, shape(layer), state.hidden)
      graph.output("c_n.\(index)", .float32, shape(layer), state.cell)
    }
    if let predictions = results.predictions {
      let outputs = ONNXModel.ValueInfo.Dimension.size(specification.outputSize)
      if specification.head == .lastStep {
        graph.output("predictions", .float32, [batch, outputs], predictions)
      } else {
        graph.output(
          "predictions", .float32,
          [batch, specification.decoderSteps.map { .size($0) } ?? .name(steps), outputs],
          graph.transpose(predictions, [1, 0, 2]))
      }
    }
    return graph.model(version: "1")
  }
}
