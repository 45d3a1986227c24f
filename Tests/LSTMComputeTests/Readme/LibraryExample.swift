import LSTMCompute

func libraryExample(sales: [Float]) throws -> [Float] {
  let series = try WindowedSeries(
    inputs: sales, inputSize: 1, targets: sales, targetSize: 1, steps: 28)
  let (past, recent) = series.split(at: 0.8)

  let device = try Backends.make(.auto)
  print(device.reason)
  let trainer = try Trainer(
    specification: NetworkSpecification(inputSize: 1, hiddenSizes: [32], outputSize: 1),
    configuration: TrainingConfiguration(epochs: 20, learningRate: 0.01),
    backend: device.backend)
  let result = try trainer.fit(training: past, validation: recent.windows)
  return try result.network.predict(recent, on: device.backend)
}
