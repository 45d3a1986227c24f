extension ImportedNetwork {
  /// Runs the network, backward too where that is asked for.
  ///
  /// - Parameters:
  ///   - request: What it is run on.
  ///   - backend: What runs it.
  /// - Returns: `output`, `h_n`, `c_n`; with the backward pass `grad_input`, `grad_h_0`, `grad_c_0`
  ///   and `grad.NAME` for each tensor of the weights.
  /// - Throws: `LSTMError` where the device fails.
  public func apply(
    to request: SequenceRequest, on backend: any Backend
  ) throws -> [String: SafetensorsFile.Tensor] {
    try backend.withReplacement { try run(request, on: $0) }
  }

  private func run(
    _ request: SequenceRequest, on backend: any Backend
  ) throws -> [String: SafetensorsFile.Tensor] {
    let executor = try backend.makeSequenceExecutor(
      for: network.specification,
      configuration: ExecutorConfiguration(
        mode: request.gradients == nil ? .inference : .training, batchSize: request.batch.rows,
        steps: request.batch.steps))
    // The gradient of the network as it is used, without anything random.
    try executor.enter(.inference)
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
