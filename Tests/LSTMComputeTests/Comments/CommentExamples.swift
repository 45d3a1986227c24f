import FoundationEssentials
import LSTMCompute

/// The code in LSTMCompute's comments; `CommentTests` holds the comments against it, and runs it.
enum CommentExamples {
  static func samples(_ sequences: [[Float]], _ labels: [[Float]]) throws -> WindowedSeries {
    let series = try WindowedSeries(samples: sequences, inputSize: 3, targets: labels)
    return series
  }

  static func fit(_ series: WindowedSeries) throws -> TrainingResult {
    let (past, recent) = series.split(at: 0.8)
    let trainer = try Trainer(
      specification: NetworkSpecification(inputSize: 3, hiddenSizes: [32], outputSize: 1),
      configuration: TrainingConfiguration(epochs: 20), backend: CPUBackend())
    let result = try trainer.fit(training: past, validation: recent.windows)
    return result
  }

  static func begin(
    _ trainer: Trainer, _ series: WindowedSeries, _ windows: [Window]
  ) async throws -> TrainingResult {
    let task = trainer.begin(training: series, validation: windows)
    for await progress in task.progress { print(progress.epoch) }
    let result = try await task.result
    return result
  }

  static func predict(_ network: Network, _ windows: [Float]) throws -> [Float] {
    let predictor = try network.predictor(on: CPUBackend(), steps: 30)
    let outputs = try predictor.predict(windows, rows: 4)
    return outputs
  }

  static func stream(_ network: Network, _ rows: [[Float]]) throws {
    let stream = try NetworkStream(network, on: CPUBackend())
    for row in rows { print(try stream.step(row)) }
  }

  static func save(_ network: Network, _ path: String) throws -> [String: SafetensorsFile.Tensor] {
    try SafetensorsFile(tensors: network.tensors(for: .pytorch)).write(to: path)
    let tensors = try SafetensorsFile(path: path).tensors
    return tensors
  }

  static func sum() throws -> [Double] {
    let group = ProcessGroup(SoleRank())
    var totals: [Double] = [1, 2]
    try group.sum(&totals)
    return totals
  }

  static func share(_ series: WindowedSeries, _ group: ProcessGroup) throws -> TrainingResult {
    let backend = DistributedBackend(CPUBackend(), group: group)
    let trainer = try Trainer(
      specification: NetworkSpecification(inputSize: 3, hiddenSizes: [32], outputSize: 1),
      configuration: TrainingConfiguration(epochs: 2), backend: backend)
    let result = try trainer.fit(training: series)
    return result
  }

  static func export(_ network: Network, _ path: String) throws {
    try network.onnx().write(to: URL(filePath: path))
  }
}
