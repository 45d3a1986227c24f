#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

// The numbers of the fields are those of onnx.proto. Fields that change nothing here are passed over.

extension ONNXModel {
  /// Graphs within operators of graphs deeper than this there are none.
  static let deepest = 16

  /// Graphs of LSTM layers have a few hundred nodes, of a few inputs each.
  private static let mostParts = 1 << 16

  /// Puts one more part into a list, unless it has more than a graph of LSTM layers ever has.
  fileprivate static func append<Part>(_ part: Part, to parts: inout [Part]) throws(LSTMError) {
    guard parts.count < mostParts else {
      throw .invalidFile("a list of the graph has more than \(mostParts) parts, which is not read")
    }
    parts.append(part)
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameters:
  ///   - data: The bytes.
  ///   - path: The file's path, for messages.
  /// - Throws: `LSTMError.invalidFile` where they are damaged, or hold what is not read: tensors in other
  ///   files, sparse ones, or of elements that no tensor here has.
  package init(_ data: Data, path: String) throws(LSTMError) {
    do {
      self = try Self(message: Array(data)[...])
    } catch {
      throw .invalidFile("\(path): \(error)")
    }
  }

  private init(message: ArraySlice<UInt8>) throws(LSTMError) {
    self.init()
    irVersion = 0
    var hasGraph = false
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: irVersion = try field.value.integer("the version")
      case 2: producer.name = try field.value.text("the producer")
      case 3: producer.version = try field.value.text("the producer's version")
      case 7:
        guard !hasGraph else { throw ProtobufReader.damaged("it has two graphs") }
        hasGraph = true
        graph = try Graph(message: field.value.bytes("the graph"), depth: 0)
      case 8:
        let set = try Self.operatorSet(field.value.bytes("a set of operators"))
        operatorSets[set.domain] = set.version
      case 14:
        let entry = try Self.entry(field.value.bytes("an entry of the metadata"))
        metadata[entry.key] = entry.value
      default: break
      }
    }
    guard hasGraph, irVersion > 0, !operatorSets.isEmpty else {
      throw ProtobufReader.damaged(
        hasGraph ? "it has no version of its operators" : "it has no graph")
    }
  }

  private static func operatorSet(
    _ message: ArraySlice<UInt8>
  ) throws(LSTMError) -> (domain: String, version: Int) {
    var (domain, version) = ("", 0)
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      if field.number == 1 { domain = try field.value.text("a domain") }
      if field.number == 2 { version = try field.value.integer("a version") }
    }
    return (domain == "ai.onnx" ? "" : domain, version)
  }

  private static func entry(
    _ message: ArraySlice<UInt8>
  ) throws(LSTMError) -> (key: String, value: String) {
    var (key, value) = ("", "")
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      if field.number == 1 { key = try field.value.text("a key") }
      if field.number == 2 { value = try field.value.text("a value") }
    }
    return (key, value)
  }
}

extension ONNXModel.Graph {
  fileprivate init(message: ArraySlice<UInt8>, depth: Int) throws(LSTMError) {
    guard depth <= ONNXModel.deepest else {
      throw ProtobufReader.damaged("graphs lie within each other more than \(depth - 1) deep")
    }
    self.init()
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1:
        try ONNXModel.append(
          ONNXModel.Node(message: field.value.bytes("a node"), depth: depth), to: &nodes)
      case 2: name = try field.value.text("the graph's name")
      case 5:
        let tensor = try ONNXTensorReader(message: field.value.bytes("a tensor"))
        try ONNXModel.append((tensor.name, tensor.tensor), to: &initializers)
      case 10: documentation = try field.value.text("what the graph is")
      case 11:
        try ONNXModel.append(
          ONNXModel.ValueInfo(message: field.value.bytes("an input")), to: &inputs)
      case 12:
        try ONNXModel.append(
          ONNXModel.ValueInfo(message: field.value.bytes("an output")), to: &outputs)
      case 15:
        throw .invalidFile("a tensor of the graph is sparse; write a model whose tensors are dense")
      default: break
      }
    }
  }
}

extension ONNXModel.Node {
  fileprivate init(message: ArraySlice<UInt8>, depth: Int) throws(LSTMError) {
    self.init("", [], [])
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: try ONNXModel.append(field.value.text("an input of a node"), to: &inputs)
      case 2: try ONNXModel.append(field.value.text("an output of a node"), to: &outputs)
      case 3: name = try field.value.text("a node's name")
      case 4: operation = try field.value.text("an operator")
      case 5:
        let found = try ONNXAttributeReader(
          message: field.value.bytes("an attribute"), depth: depth)
        guard let attribute = found.attribute else {
          throw refusal("has an attribute '\(found.name)' of a type that is not read")
        }
        guard attributes.updateValue(attribute, forKey: found.name) == nil else {
          throw refusal("has two attributes '\(found.name)'")
        }
      case 7:
        let text = try field.value.text("a domain")
        domain = text == "ai.onnx" ? "" : text
      default: break
      }
    }
  }
}

/// An attribute as it lies in a file.
private struct ONNXAttributeReader {
  private(set) var name = ""
  /// `nil` for one of a kind that is not read.
  private(set) var attribute: ONNXModel.Attribute?

  init(message: ArraySlice<UInt8>, depth: Int) throws(LSTMError) {
    var (type, float, integer) = (0, Float(0), 0)
    var (text, floats, integers) = ("", [Float](), [Int]())
    var texts: [String] = []
    var tensor: SafetensorsFile.Tensor?
    var graph: ONNXModel.Graph?
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.value.text("an attribute's name")
      case 2: float = try field.value.float("a number")
      case 3: integer = try field.value.integer("a whole number")
      case 4: text = try field.value.text("a text")
      case 5: tensor = try ONNXTensorReader(message: field.value.bytes("a tensor")).tensor
      case 6:
        graph = try ONNXModel.Graph(message: field.value.bytes("a graph"), depth: depth + 1)
      case 7: floats += try field.value.floats("numbers")
      case 8: integers += try field.value.integers("whole numbers")
      case 9: texts.append(try field.value.text("a text"))
      case 20: type = try field.value.integer("an attribute's type")
      default: break
      }
    }
    switch type {
    case 1: attribute = .float(float)
    case 2: attribute = .integer(integer)
    case 3: attribute = .text(text)
    case 4: attribute = tensor.map { .tensor($0) }
    case 5: attribute = graph.map { .graph($0) }
    case 6: attribute = .floats(floats)
    case 7: attribute = .integers(integers)
    case 8: attribute = .texts(texts)
    default: attribute = nil
    }
  }
}

extension ProtobufReader.Value {
  /// One number of 32 bits, or a packed part of a list of them.
  func floats(_ what: String) throws(LSTMError) -> [Float] {
    guard case .bytes(let packed) = self else { return [try float(what)] }
    guard packed.count % 4 == 0 else { throw ProtobufReader.damaged("\(what) are cut short") }
    return packed.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map {
        Float(
          bitPattern: UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
  }
}

extension ONNXModel.ValueInfo {
  fileprivate init(message: ArraySlice<UInt8>) throws(LSTMError) {
    self.init("", nil, nil)
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.value.text("the name of a value")
      case 2: try readType(field.value.bytes("a type"))
      case 3: documentation = try field.value.text("what a value is")
      default: break
      }
    }
  }

  private mutating func readType(_ message: ArraySlice<UInt8>) throws(LSTMError) {
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      var tensor = ProtobufReader(try field.value.bytes("the type of a tensor"))
      while let field = try tensor.next() {
        if field.number == 1 {
          elementType = .init(onnxNumber: try field.value.integer("the type of elements"))
        }
        if field.number == 2 { try readShape(field.value.bytes("a shape")) }
      }
    }
  }

  private mutating func readShape(_ message: ArraySlice<UInt8>) throws(LSTMError) {
    var dimensions: [Dimension] = []
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      var dimension = Dimension.unknown
      var inner = ProtobufReader(try field.value.bytes("a size"))
      while let field = try inner.next() {
        if field.number == 1 { dimension = .size(try field.value.integer("a size")) }
        if field.number == 2 { dimension = .name(try field.value.text("the name of a size")) }
      }
      dimensions.append(dimension)
    }
    shape = dimensions
  }
}
