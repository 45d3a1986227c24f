@testable import LSTMCompute
import Testing

extension Loss {
  /// One of each kind.
  static let everyKind: [Loss] = [.mse, .mae, .huber, .quantile([0.1, 0.5, 0.9]), .gaussian]
}

/// A loss, with or without weights, that `Fixtures/record_losses.py` recorded from PyTorch in double.
struct LossCase: CustomTestStringConvertible, Sendable {
  static let all: [LossCase] = Loss.everyKind.flatMap { loss in
    [false, true].map { LossCase(loss: loss, isWeighted: $0) }
  }

  private static let recording: SafetensorsFile = {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    do {
      return try SafetensorsFile(path: "/\(folder)/Fixtures/losses.safetensors")
    } catch {
      Issue.record("losses.safetensors: \(error)")
      return SafetensorsFile(tensors: [:], metadata: [:])
    }
  }()

  static let batchSize = 5
  static let windowCount = 33
  static let trainingSteps = 6
  static let configuration = ExecutorConfiguration(
    mode: .training, batchSize: batchSize, steps: 7)

  let loss: Loss
  let isWeighted: Bool

  var testDescription: String { "\(loss), \(isWeighted ? "weighted" : "plain")" }

  var specification: NetworkSpecification {
    get throws {
      try NetworkSpecification(
        inputSize: 3, hiddenSizes: [6, 5], outputSize: 4 * loss.outputsPerTarget)
    }
  }

  var series: WindowedSeries {
    get throws {
      try Self.series(
        targets: isWeighted ? "targets" : "complete",
        weights: isWeighted ? Self.tensor("series.weights").floats : nil)
    }
  }

  /// The recorded series, with `targets`, NaN where the weight is 0, or with `complete` ones.
  static func series(targets: String, weights: [Float]?) throws -> WindowedSeries {
    try WindowedSeries(
      inputs: tensor("series.inputs").floats, inputSize: 3,
      targets: tensor("series.\(targets)").floats, targetSize: 2, steps: 7, horizon: 2,
      targetWeights: weights)
  }

  static var weights: [Float] { get throws { try tensor("series.weights").floats } }

  /// The parameters before the first step.
  var initial: Parameters {
    get throws {
      let layout = ParameterLayout(try specification)
      var parameters = Parameters(zerosFor: layout)
      for slice in layout.slices {
        parameters[slice] =
          try Self.tensor("\(loss.outputsPerTarget).parameter.\(slice.name)").floats[...]
      }
      return parameters
    }
  }

  /// What PyTorch found.
  func expected(_ name: String) throws -> [Double] {
    try Self.tensor("\(loss).\(isWeighted ? "weighted" : "plain").\(name)").doubles
  }

  /// An executor on a backend, ready for the first batch.
  func executor(on backend: any Backend, series: WindowedSeries? = nil) throws -> any Executor {
    let executor = try backend.makeExecutor(for: specification, configuration: Self.configuration)
    try executor.setParameters(initial)
    try executor.bind(series ?? self.series)
    return executor
  }

  private static func tensor(_ name: String) throws -> SafetensorsFile.Tensor {
    try #require(recording.tensors[name], "losses.safetensors: \(name)")
  }
}
