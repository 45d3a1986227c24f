extension DeviceVerification {
  /// Trains the case on the reference and on the backend for two epochs, and compares them batch by batch.
  static func verify(
    _ verified: Case, on backend: any Backend, plan: String?
  ) throws -> Result {
    let configuration = ExecutorConfiguration(
      mode: .training, batchSize: verified.batchSize, steps: verified.steps)
    let reference = try ReferenceExecutor(
      for: verified.specification, configuration: configuration)
    let executor = try backend.makeExecutor(
      for: verified.specification, configuration: configuration)
    let series = try Self.series(for: verified)
    let parameters = Parameters(randomFor: verified.specification, seed: 1)
    for executor in [reference as any Executor, executor] {
      try executor.setParameters(parameters)
      try executor.bind(series)
    }

    var forward = Worst()
    var gradient = Worst()
    var training = Worst()
    let batches = reference.batches(of: series.windows.count)
    for (number, batch) in (batches + batches).enumerated() {
      for executor in [reference as any Executor, executor] {
        try executor.forward(batch)
        try executor.backward(verified.loss)
      }
      // Before the first step both have the same parameters; after it their errors add up.
      if number == 0 {
        try compareForward(executor, reference, &forward)
        try compareGradients(executor, reference, &gradient)
      }
      for executor in [reference as any Executor, executor] {
        try executor.step(verified.optimizer, learningRate: 0.01, maximumGradientNorm: 0.5)
      }
    }
    training.compare(try executor.takeLosses(), try reference.takeLossValues(), "losses")
    training.compare(
      try executor.parameters().values, try reference.parameterValues(), "parameters")
    try comparePredictions(of: verified, on: backend, executor, series, &forward)
    return Result(
      verified: verified, plan: plan,
      precision: (backend as? OpenCLBackend)?.precision ?? .float32, forward: forward,
      gradient: gradient, training: training)
  }

  private static func compareForward(
    _ executor: any Executor, _ reference: ReferenceExecutor, _ worst: inout Worst
  ) throws {
    worst.compare(try executor.outputs(), try reference.outputValues(), "outputs")
    for (layer, states) in zip(
      try executor.finalStates(), try reference.finalStateValues()
    ).enumerated() {
      worst.compare(states.0.hidden, states.1.hidden, "hidden state of layer \(layer)")
      worst.compare(states.0.cell, states.1.cell, "cell state of layer \(layer)")
    }
  }

  private static func compareGradients(
    _ executor: any Executor, _ reference: ReferenceExecutor, _ worst: inout Worst
  ) throws {
    let gradients = try executor.gradients()
    let expected = try reference.gradientValues()
    for slice in gradients.layout.slices {
      worst.compare(gradients[slice], Array(expected[slice.range]), slice.name)
    }
  }

  /// The predictions of an executor made for inference, by the parameters that were trained.
  private static func comparePredictions(
    of verified: Case, on backend: any Backend, _ trained: any Executor, _ series: WindowedSeries,
    _ worst: inout Worst
  ) throws {
    let configuration = ExecutorConfiguration(
      mode: .inference, batchSize: verified.batchSize, steps: verified.steps)
    let reference = try ReferenceExecutor(
      for: verified.specification, configuration: configuration)
    let executor = try backend.makeExecutor(
      for: verified.specification, configuration: configuration)
    let parameters = try trained.parameters()
    for executor in [reference as any Executor, executor] {
      try executor.setParameters(parameters)
      try executor.bind(series)
    }
    var expected: [Double] = []
    for batch in reference.batches(of: series.windows.count) {
      try reference.forward(batch)
      expected += try reference.outputValues()
    }
    worst.compare(try executor.predict(), expected, "predictions")
  }

  /// Two whole batches and a half.
  ///
  /// Losses with several outputs for each target see weights, of which every fourth is 0 and its
  /// target no number.
  private static func series(for verified: Case) throws(LSTMError) -> WindowedSeries {
    let windows = 2 * verified.batchSize + (verified.batchSize + 1) / 2
    let horizon = verified.specification.decoderSteps ?? 1
    let rows = windows + verified.steps + horizon - 1
    var generator = PhiloxGenerator(seed: 2, stream: .data)
    func values(_ count: Int) -> [Float] {
      (0..<count).map { _ in 4 * generator.nextUnitFloat() - 2 }
    }
    let targetSize = verified.specification.outputSize / verified.loss.outputsPerTarget
    let inputs = values(rows * verified.specification.inputSize)
    var targets = values(rows * targetSize)
    var weights: [Float]?
    if verified.loss.outputsPerTarget > 1 {
      for index in stride(from: 0, to: targets.count, by: 4) { targets[index] = .nan }
      weights = targets.indices.map { Float($0 % 4) / 2 }
    }
    return try WindowedSeries(
      inputs: inputs, inputSize: verified.specification.inputSize, targets: targets,
      targetSize: targetSize, steps: verified.steps, horizon: horizon, targetWeights: weights)
  }
}
