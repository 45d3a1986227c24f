extension ImportedNetwork {
  /// Runs the network, backward too where that is asked for.
  ///
  /// - Parameters:
  ///   - request: What it is run on.
  ///   - backend: What runs it.
  /// - Returns: `output`, `h_n`, `c_n`; with the backward pass `grad_input`, `grad_h_0`, `grad_c_0`
  ///   and `grad.NAME` for each tensor of the weights.
  /// - Throws: `LSTMError` where the network has no gradient or the device fails.
  public func apply(
    to request: SequenceRequest, on backend: any Backend
  ) throws -> [String: SafetensorsFile.Tensor] {
    let specification = try network.specification.withoutDropout
    if request.gradients != nil, specification.layers.contains(where: \.isRandom) {
      throw LSTMError.invalidConfiguration(
        "zoneout draws random numbers in a backward pass; expected a network without it, or no "
          + "gradients in the input")
    }
    let executor = try backend.makeSequenceExecutor(
      for: specification,
      configuration: ExecutorConfiguration(
        mode: request.gradients == nil ? .inference : .training, batchSize: request.batch.rows,
        steps: request.batch.steps))
    try executor.setParameters(network.parameters)
    var tensors = request.tensors(of: try executor.forward(request.batch))
    if let gradients = request.gradients {
      tensors.merge(request.tensors(of: try executor.backward(gradients))) { $1 }
      for (name, tensor) in self.tensors(of: try executor.gradients()) {
        tensors["grad.\(name)"] = tensor
      }
    }
    return tensors
  }
}

extension NetworkSpecification {
  /// The same function without what is drawn at random and in training alone.
  fileprivate var withoutDropout: NetworkSpecification {
    get throws(LSTMError) {
      try NetworkSpecification(
        inputSize: inputSize,
        layers: layers.map { layer in
          var layer = layer
          layer.dropout = 0
          layer.recurrentDropout = 0
          return layer
        })
    }
  }
}
