import Foundation
@testable import LSTMCompute
import Testing

/// A setting of an optimizer that `Fixtures/record_optimizers.py` recorded from PyTorch in double.
struct OptimizerCase: CustomTestStringConvertible, Sendable {
  static let all: [OptimizerCase] = {
    do {
      let settings = try #require(recording.metadata["settings"])
      return try JSONDecoder().decode([Setting].self, from: Data(settings.utf8))
        .map(OptimizerCase.init)
    } catch {
      Issue.record("optimizers.safetensors: \(error)")
      return []
    }
  }()

  private static let recording: SafetensorsFile = {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    do {
      return try SafetensorsFile(path: "/\(folder)/Fixtures/optimizers.safetensors")
    } catch {
      Issue.record("optimizers.safetensors: \(error)")
      return SafetensorsFile(tensors: [:], metadata: [:])
    }
  }()

  /// What was given to PyTorch, by PyTorch's names.
  struct Setting: Decodable, Sendable {
    var name: String
    var kind: String
    var lr: Double
    var momentum: Double?
    var nesterov: Bool?
    var alpha: Double?
    var eps: Double?
    var betas: [Double]?
    var weight_decay: Double?
    var norm: Double?
    var value: Double?
  }

  static let batchSize = 4
  static let stepCount = 12

  let setting: Setting

  var optimizer: Optimizer {
    let betas = setting.betas ?? [0.9, 0.999]
    let epsilon = setting.eps ?? 1e-8
    var optimizer: Optimizer =
      switch setting.kind {
      case "SGD": .sgd(momentum: setting.momentum ?? 0, nesterov: setting.nesterov ?? false)
      case "RMSprop":
        .rmsprop(alpha: setting.alpha ?? 0.99, epsilon: epsilon, momentum: setting.momentum ?? 0)
      case "Adam": .adam(beta1: betas[0], beta2: betas[1], epsilon: epsilon)
      default: .adamW(beta1: betas[0], beta2: betas[1], epsilon: epsilon)
      }
    if let decay = setting.weight_decay { optimizer.weightDecay = decay }
    return optimizer
  }

  var clipping: GradientClipping {
    GradientClipping(maximumNorm: setting.norm, maximumValue: setting.value)
  }

  static var specification: NetworkSpecification {
    get throws { try NetworkSpecification(inputSize: 3, hiddenSizes: [6, 5], outputSize: 2) }
  }

  static var series: WindowedSeries {
    get throws {
      try WindowedSeries(
        inputs: #require(recording.tensors["series.inputs"]).floats, inputSize: 3,
        targets: #require(recording.tensors["series.targets"]).floats, targetSize: 2, steps: 7)
    }
  }

  /// The parameters before the first step.
  static var initial: Parameters {
    get throws {
      let layout = ParameterLayout(try specification)
      var parameters = Parameters(zerosFor: layout)
      for slice in layout.slices {
        parameters[slice] = try #require(recording.tensors["parameter.\(slice.name)"]).floats[...]
      }
      return parameters
    }
  }

  /// PyTorch's parameters after the last step, in the order of the layout.
  var expected: [Double] {
    get throws {
      try ParameterLayout(Self.specification).slices.flatMap { slice in
        try #require(Self.recording.tensors["\(setting.name).\(slice.name)"]).doubles
      }
    }
  }

  /// Runs the steps that were recorded.
  func train(_ executor: any Executor) throws {
    try executor.setParameters(Self.initial)
    try executor.bind(Self.series)
    for step in 0..<Self.stepCount {
      try executor.forward(step * Self.batchSize..<(step + 1) * Self.batchSize)
      try executor.backward(.mse)
      try executor.step(optimizer, learningRate: setting.lr, clipping: clipping)
    }
  }

  static let configuration = ExecutorConfiguration(
    mode: .training, batchSize: batchSize, steps: 7)

  var testDescription: String { setting.name }
}
