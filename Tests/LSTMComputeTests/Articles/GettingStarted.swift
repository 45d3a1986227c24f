import LSTMCompute

/// The code of the article of this name, in the order in which it is there.
enum GettingStarted {
  static func forecast(temperatures: [Float]) throws -> [Float] {
    let series = try WindowedSeries(
      inputs: temperatures, inputSize: 1, targets: temperatures, targetSize: 1, steps: 24)
    let (past, recent) = series.split(at: 0.8)

    let specification = try NetworkSpecification(inputSize: 1, hiddenSizes: [32], outputSize: 1)

    let device = try Backends.make(.auto)
    print(device.reason)

    let trainer = try Trainer(
      specification: specification,
      configuration: TrainingConfiguration(epochs: 20, learningRate: 0.01, seed: 1),
      backend: device.backend)
    let result = try trainer.fit(
      training: past, validation: recent.windows,
      progress: { progress in
        if progress.isAtEndOfEpoch, let epoch = progress.lastEpoch {
          print(epoch.number, epoch.trainingLoss, epoch.validationLoss ?? .nan)
        }
      })
    print(result.history.end, result.history.bestEpoch ?? 0, result.plan)

    let forecasts = try result.network.predict(recent, on: device.backend)
    for (window, forecast) in zip(recent.windows, forecasts) {
      print("row \(window.targetRow): \(forecast), was \(temperatures[Int(window.targetRow)])")
    }
    return forecasts
  }

  static func quantiles(
    temperatures: [Float], isMeasured: [Bool], on backend: any Backend
  ) throws -> [Float] {
    let series = try WindowedSeries(
      inputs: temperatures, inputSize: 1, targets: temperatures, targetSize: 1, steps: 24,
      horizon: 3, targetWeights: isMeasured.map { $0 ? 1 : 0 })
    let loss = Loss.quantile([0.1, 0.5, 0.9])
    let specification = try NetworkSpecification(
      inputSize: 1, hiddenSizes: [32], outputSize: series.outputSize * loss.outputsPerTarget)
    let trainer = try Trainer(
      specification: specification,
      configuration: TrainingConfiguration(epochs: 5, loss: loss), backend: backend)
    return try trainer.fit(training: series).network.predict(series, on: backend)
  }

  static func run(
    _ network: Network, on live: some Sequence<[Float]>, with backend: any Backend
  ) throws -> [[Float]] {
    var results: [[Float]] = []
    let stream = try NetworkStream(network, on: backend)
    for inputs in live {
      let outputs = try stream.step(inputs)
      results.append(outputs)
    }
    return results
  }

  static func encode(
    _ sequences: [[Float]], on backend: any Backend
  ) throws -> (SequenceOutputs, Parameters) {
    let layer = LSTMLayer(hiddenSize: 16)
    let specification = try NetworkSpecification(inputSize: 1, layers: [layer])
    let lengths = sequences.map(\.count)
    let longest = lengths.max() ?? 0
    let executor = try backend.makeSequenceExecutor(
      for: specification,
      configuration: ExecutorConfiguration(
        mode: .training, batchSize: sequences.count, steps: longest))
    try executor.setParameters(Parameters(specification, by: .glorot, seed: 1))

    let padded = sequences.flatMap { $0 + Array(repeating: 0, count: longest - $0.count) }
    let outputs = try executor.forward(
      SequenceBatch(
        layout: .batchFirst, steps: longest, rows: sequences.count, inputs: padded,
        lengths: lengths))
    let states = outputs.finalStates[0].hidden

    let back = try executor.backward(
      SequenceGradients(finalStates: [
        LayerState(hidden: states, cell: Array(repeating: 0, count: states.count))
      ]))
    let gradients = try executor.gradients()
    print(back.inputs.count, gradients.values.count)
    return (outputs, gradients)
  }

  static func device(named text: String) -> (any Backend)? {
    guard let selection = DeviceSelection(text) else { return nil }
    do {
      return try Backends.make(selection).backend
    } catch .deviceUnavailable(let message) {
      print("there is no such device: \(message)")
    } catch {
      print(error)
    }
    return nil
  }
}
