@testable import LSTMCompute
import Testing

/// A case that `Fixtures/record_parity.py` recorded from PyTorch in double precision.
struct ParityCase: CustomTestStringConvertible {
  static let count = 16
  static let adamSteps = 20
  static let learningRate = 0.01

  let number: Int
  let file: SafetensorsFile
  let specification: NetworkSpecification
  let series: WindowedSeries
  let batchSize: Int
  let loss: Loss

  init(_ number: Int) throws {
    let name = "Fixtures/parity-\(number < 10 ? "0" : "")\(number).safetensors"
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    file = try SafetensorsFile(path: "/\(folder)/\(name)")
    self.number = number
    let metadata = file.metadata
    func integer(_ key: String) throws -> Int {
      try #require(metadata[key].flatMap { Int($0) }, "\(name) has no \(key)")
    }
    let widths = try #require(metadata["hiddenSizes"]).filter { $0 != "[" && $0 != "]" }
      .split(separator: ",").compactMap { Int($0.filter { $0 != " " }) }
    specification = try NetworkSpecification(
      inputSize: integer("inputSize"), hiddenSizes: widths, outputSize: integer("outputSize"))
    batchSize = try integer("batchSize")
    loss = try #require(Loss(metadata["loss"] ?? ""))
    let horizon = try integer("horizon")
    series = try WindowedSeries(
      inputs: #require(file.tensors["series.inputs"]).floats, inputSize: specification.inputSize,
      targets: #require(file.tensors["series.targets"]).floats,
      targetSize: specification.outputSize / horizon, steps: integer("steps"), horizon: horizon)
  }

  var configuration: ExecutorConfiguration {
    ExecutorConfiguration(mode: .training, batchSize: batchSize, steps: series.steps)
  }

  /// The initial parameters.
  var parameters: Parameters {
    get throws {
      let layout = ParameterLayout(specification)
      var parameters = Parameters(zerosFor: layout)
      for slice in layout.slices {
        parameters[slice] = try #require(file.tensors["parameter.\(slice.name)"]).floats[...]
      }
      return parameters
    }
  }

  /// A tensor that PyTorch computed.
  func expected(_ name: String) throws -> [Double] {
    try #require(file.tensors[name], "case \(number) has no \(name)").doubles
  }

  var testDescription: String {
    "\(number): \(specification.inputSize)-\(specification.layers.map(\.hiddenSize))"
      + "-\(specification.outputSize), T \(series.steps), B \(batchSize), \(loss)"
  }
}
