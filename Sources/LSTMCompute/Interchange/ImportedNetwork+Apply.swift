extension ImportedNetwork {
  /// Runs the network, backward too where that is asked for.
  ///
  /// - Parameters:
  ///   - request: What it is run on.
  ///   - backend: What runs it.
  /// - Returns: `output`, `h_n`, `c_n`, and `predictions` of a network with a head; with the backward
  ///   pass `grad_input`, `grad_h_0`, `grad_c_0` and `grad.NAME` for each tensor of the weights.
  /// - Throws: `LSTMError.shapeMismatch` where the file has initial states of another number of
  ///   sequences, or a head that reads the last place of sequences of several lengths; what the device
  ///   refuses.
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
    var tensors = request.tensors(of: try executor.forward(try batch(of: request)))
    if let gradients = request.gradients {
      tensors.merge(request.tensors(of: try executor.backward(gradients))) { $1 }
      for (name, tensor) in self.tensors(of: try executor.gradients()) {
        tensors["grad.\(name)"] = tensor
      }
    }
    return tensors
  }

  /// The sequences, which start from the states of the file where the request has none.
  private func batch(of request: SequenceRequest) throws(LSTMError) -> SequenceBatch {
    var batch = request.batch
    if headReadsLastPlace, let lengths = batch.lengths,
      lengths.contains(where: { $0 != batch.steps })
    {
      throw .shapeMismatch(
        "the head reads the last place of the outputs, which is padding of the shorter ones of sequences "
          + "with 'lengths'; run those of each length on their own")
    }
    guard batch.initialStates == nil, let initialStates else { return batch }
    guard initialStates.rows == batch.rows || initialStates.rows == 1 else {
      throw .shapeMismatch(
        "the file starts from the states of \(initialStates.rows) sequences, and there are "
          + "\(batch.rows); give 'h_0' and 'c_0' in --input")
    }
    batch.initialStates = initialStates.states.map { state in
      guard initialStates.rows == 1 else { return state }
      return LayerState(
        hidden: Array(repeatElement(state.hidden, count: batch.rows).joined()),
        cell: Array(repeatElement(state.cell, count: batch.rows).joined()))
    }
    return batch
  }
}
