extension ImportedNetwork {
  /// Reads the network of an ONNX file: LSTM operators on top of each other, and one dense layer after
  /// them.
  ///
  /// Everything else in the graph must change nothing but the order and the number of axes, as what the
  /// exporters of PyTorch and Keras write does.
  ///
  /// - Parameter model: The file.
  /// - Throws: `LSTMError.invalidFile` with the node that is no part of such a network.
  package init(_ model: ONNXModel) throws(LSTMError) {
    guard model.graph.name != ONNXModel.wholeForecaster || model.producer.name != ONNXModel.producer
    else {
      throw .invalidFile(
        "is a whole forecaster with all that lies around its network; write the network alone by "
          + "lstm-detect export --bare")
    }
    var reader = GraphReader(model)
    try reader.read()
    self.init(
      try reader.network(), initialStates: try reader.initialStates(),
      headReadsLastPlace: reader.isHeadOnLastStep && reader.head?.readsState == false)
  }
}
