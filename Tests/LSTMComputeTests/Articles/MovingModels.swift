import FoundationEssentials
import LSTMCompute

/// The code of the article of this name.
enum MovingModels {
  static func save(_ network: Network, to path: String) throws {
    var file = SafetensorsFile(tensors: [:])
    for slice in network.parameters.layout.slices {
      file.tensors[slice.name] = SafetensorsFile.Tensor(
        Array(network.parameters[slice]), shape: slice.shape)
    }
    let specification = try JSONEncoder().encode(network.specification)
    file.metadata["specification"] = String(decoding: specification, as: UTF8.self)
    try file.write(to: path)
  }

  static func load(
    _ specification: NetworkSpecification, from file: SafetensorsFile
  ) throws -> Network {
    var parameters = Parameters(zerosFor: ParameterLayout(specification))
    for slice in parameters.layout.slices {
      guard let tensor = file.tensors[slice.name], tensor.shape == slice.shape else {
        throw LSTMError.invalidFile("there is no '\(slice.name)' of the shape \(slice.shape)")
      }
      parameters[slice] = tensor.floats[...]
    }
    return try Network(specification: specification, parameters: parameters)
  }

  static func load(path: String) throws -> Network {
    let file = try SafetensorsFile(path: path)
    let specification = try JSONDecoder().decode(
      NetworkSpecification.self, from: Data((file.metadata["specification"] ?? "").utf8))
    return try load(specification, from: file)
  }

  static func loadStateDictionary(path: String) throws -> Network {
    let specification = try NetworkSpecification(inputSize: 3, hiddenSizes: [8, 8], outputSize: 2)
    return try load(specification, from: SafetensorsFile(path: path))
  }

  static func loadFromKeras(path: String) throws -> Network {
    var layers = [LSTMLayer(hiddenSize: 8), LSTMLayer(hiddenSize: 4)]
    for index in layers.indices { layers[index].bias = .one }
    let specification = try NetworkSpecification(
      inputSize: 3, layers: layers, head: .lastStep, outputSize: 2)
    return try load(specification, from: SafetensorsFile(path: path))
  }

  static func fineTune(
    _ network: Network, to series: WindowedSeries, on backend: any Backend
  ) throws -> Network {
    let trainer = try Trainer(
      specification: network.specification,
      configuration: TrainingConfiguration(epochs: 10, learningRate: 0.0001, frozen: ["lstm.l0"]),
      backend: backend)
    return try trainer.fit(training: series, initial: network.parameters).network
  }

  static func train(
    by trainer: Trainer, on training: WindowedSeries, validation: [Window], path: String,
    isInterrupted: Bool
  ) throws -> TrainingResult {
    let last = isInterrupted ? try Checkpoint(path: path) : nil
    let result = try trainer.fit(
      training: training, validation: validation, resuming: last,
      checkpoints: CheckpointPolicy(path: path, every: .seconds(60)))
    return result
  }
}
