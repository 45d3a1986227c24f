@testable import LSTMCompute
import TestSupport
import Testing

/// A file that `Fixtures/record_interchange.py` recorded.
func interchangeFile(_ name: String) throws -> SafetensorsFile {
  let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
  return try SafetensorsFile(path: "/\(folder)/Fixtures/\(name).safetensors")
}

extension SafetensorsFile.Tensor {
  /// A tensor of made-up numbers.
  static func random(_ shape: Int..., seed: UInt64 = 1) -> Self {
    var generator = PhiloxGenerator(seed: seed, stream: .initialization)
    return .init(generator.values(shape.reduce(1, *)), shape: shape)
  }
}

extension Network {
  /// A network of made-up numbers.
  static func random(
    inputSize: Int = 3, layers: [LSTMLayer], head: NetworkSpecification.Head = .none,
    outputSize: Int = 0, decoderSteps: Int? = nil
  ) throws -> Network {
    let specification = try NetworkSpecification(
      inputSize: inputSize, layers: layers, head: head, outputSize: outputSize,
      decoderSteps: decoderSteps)
    return try Network(
      specification: specification, parameters: Parameters(randomFor: specification, seed: 7))
  }
}
