#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

// The numbers of the fields are those of onnx.proto.

extension ONNXModel {
  /// More bytes than these no message of Protocol Buffers has.
  private static let mostBytes = Int(Int32.max)

  /// The bytes of the file.
  ///
  /// - Throws: `LSTMError.invalidConfiguration` where the network is too large for one file.
  package func encoded() throws(LSTMError) -> Data {
    var writer = ProtobufWriter()
    writer.integer(1, irVersion)
    writer.text(2, producer.name)
    writer.text(3, producer.version)
    writer.message(7) { graph.write(to: &$0) }
    for (domain, version) in operatorSets.sorted(by: { $0.key < $1.key }) {
      writer.message(8) {
        $0.text(1, domain)
        $0.integer(2, version)
      }
    }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      writer.message(14) {
        $0.text(1, key)
        $0.text(2, value)
      }
    }
    guard writer.bytes.count <= Self.mostBytes else {
      throw .invalidConfiguration(
        "the ONNX file would have \(writer.bytes.count) bytes; \(Self.mostBytes) are the most that "
          + "one may have")
    }
    return Data(writer.bytes)
  }
}

extension ONNXModel.Graph {
  fileprivate func write(to writer: inout ProtobufWriter) {
    for node in nodes { writer.message(1) { node.write(to: &$0) } }
    writer.text(2, name)
    for (name, tensor) in initializers { writer.message(5) { tensor.write(to: &$0, name: name) } }
    if !documentation.isEmpty { writer.text(10, documentation) }
    for input in inputs { writer.message(11) { input.write(to: &$0) } }
    for output in outputs { writer.message(12) { output.write(to: &$0) } }
  }
}

extension ONNXModel.Node {
  fileprivate func write(to writer: inout ProtobufWriter) {
    for input in inputs { writer.text(1, input) }
    for output in outputs { writer.text(2, output) }
    writer.text(3, name)
    writer.text(4, operation)
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      writer.message(5) {
        $0.text(1, name)
        value.write(to: &$0)
      }
    }
    if !domain.isEmpty { writer.text(7, domain) }
  }
}

extension ONNXModel.Attribute {
  fileprivate func write(to writer: inout ProtobufWriter) {
    let type: Int
    switch self {
    case .float(let value):
      writer.float(2, value)
      type = 1
    case .integer(let value):
      writer.integer(3, value)
      type = 2
    case .text(let value):
      writer.text(4, value)
      type = 3
    case .tensor(let tensor):
      writer.message(5) { tensor.write(to: &$0, name: "") }
      type = 4
    case .graph(let graph):
      writer.message(6) { graph.write(to: &$0) }
      type = 5
    case .floats(let values):
      for value in values { writer.float(7, value) }
      type = 6
    case .integers(let values):
      for value in values { writer.integer(8, value) }
      type = 7
    case .texts(let values):
      for value in values { writer.text(9, value) }
      type = 8
    }
    writer.integer(20, type)
  }
}

extension ONNXModel.ValueInfo {
  fileprivate func write(to writer: inout ProtobufWriter) {
    writer.text(1, name)
    if let elementType {
      writer.message(2) { type in
        type.message(1) { tensor in
          tensor.integer(1, elementType.onnxNumber)
          guard let shape else { return }
          tensor.message(2) { for dimension in shape { dimension.write(to: &$0) } }
        }
      }
    }
    if !documentation.isEmpty { writer.text(3, documentation) }
  }
}

extension ONNXModel.ValueInfo.Dimension {
  fileprivate func write(to writer: inout ProtobufWriter) {
    writer.message(1) {
      switch self {
      case .size(let size): $0.integer(1, size)
      case .name(let name): $0.text(2, name)
      case .unknown: break
      }
    }
  }
}

extension SafetensorsFile.Tensor {
  fileprivate func write(to writer: inout ProtobufWriter, name: String) {
    for size in shape { writer.integer(1, size) }
    writer.integer(2, elementType.onnxNumber)
    if !name.isEmpty { writer.text(8, name) }
    writer.raw(9, bytes)
  }
}
