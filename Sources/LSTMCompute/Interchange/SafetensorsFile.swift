#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// Named tensors and a dictionary of strings in one file, in the safetensors format.
///
/// The format (github.com/huggingface/safetensors): the length of the header as a little-endian
/// 64-bit integer, the header as JSON, then the tensors' bytes, little-endian and row-major.
/// PyTorch reads it with `safetensors.torch.load_file`.
public struct SafetensorsFile: Sendable {
  /// The tensors by name.
  public var tensors: [String: Tensor]
  /// The strings that accompany them.
  public var metadata: [String: String]

  /// A file's contents, not yet written.
  public init(tensors: [String: Tensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Reads a file.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be read, `LSTMError.invalidFile` where it is
  ///   damaged or holds elements of another type.
  public init(path: String) throws(LSTMError) {
    let data = try AtomicFile.read(path)
    func damaged(_ what: String) -> LSTMError {
      .invalidFile("\(path): not a whole safetensors file: \(what)")
    }
    guard data.count >= 8 else { throw damaged("it has only \(data.count) bytes") }
    let headerSize = data.withUnsafeBytes {
      UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
    }
    guard headerSize <= UInt64(data.count - 8) else {
      throw damaged("its header of \(headerSize) bytes is cut short")
    }
    let bodyStart = 8 + Int(headerSize)
    let header: [String: HeaderEntry]
    do {
      header = try JSONDecoder().decode(
        [String: HeaderEntry].self, from: data.subdata(in: 8..<bodyStart))
    } catch {
      throw damaged("its header is not valid JSON")
    }
    var tensors: [String: Tensor] = [:]
    var metadata: [String: String] = [:]
    for (name, entry) in header {
      switch entry {
      case .metadata(let strings) where name == "__metadata__":
        metadata = strings
      case .tensor(let type, let shape, let offsets) where name != "__metadata__":
        guard let elementType = ElementType(rawValue: type) else {
          throw .invalidFile(
            "\(path): tensor '\(name)' has elements of type \(type); expected one of "
              + ElementType.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard
          let count = elementCount(of: shape), offsets.count == 2,
          offsets[0] >= 0, offsets[1] >= offsets[0], offsets[1] <= data.count - bodyStart,
          (offsets[1] - offsets[0]) / elementType.size == count,
          (offsets[1] - offsets[0]) % elementType.size == 0
        else {
          throw damaged(
            "tensor '\(name)' of shape \(shape) claims the bytes \(offsets) of "
              + "\(data.count - bodyStart)")
        }
        tensors[name] = Tensor(
          elementType: elementType, shape: shape,
          bytes: Array(data.subdata(in: bodyStart + offsets[0]..<bodyStart + offsets[1])))
      default:
        throw damaged("the entry '\(name)' of its header is of the wrong form")
      }
    }
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Writes the file, replacing an old one of that name in one go.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be written.
  public func write(to path: String) throws(LSTMError) {
    try AtomicFile.write(try encoded(), to: path)
  }

  /// The bytes of the file.
  ///
  /// - Throws: `LSTMError.invalidFile` where the header cannot be encoded.
  package func encoded() throws(LSTMError) -> Data {
    var header: [String: HeaderEntry] = [:]
    if !metadata.isEmpty { header["__metadata__"] = .metadata(metadata) }
    var offset = 0
    let sorted = tensors.sorted { $0.key < $1.key }
    for (name, tensor) in sorted {
      let end = offset + tensor.bytes.count
      header[name] = .tensor(
        type: tensor.elementType.rawValue, shape: tensor.shape, offsets: [offset, end])
      offset = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard var text = try? encoder.encode(header) else {
      throw .invalidFile("the header of the tensors cannot be encoded")
    }
    // The body starts at a multiple of 8, which the format asks for and readers may map.
    text.append(contentsOf: Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
    var data = Data()
    withUnsafeBytes(of: UInt64(text.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(text)
    for (_, tensor) in sorted { data.append(contentsOf: tensor.bytes) }
    return data
  }
}

/// The number of elements of a shape; `nil` where it is negative or beyond `Int`.
private func elementCount(of shape: [Int]) -> Int? {
  var count = 1
  for size in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: size)
    guard size >= 0, !overflow else { return nil }
    count = product
  }
  return count
}

/// One entry of the header: a tensor's description, or the metadata.
private enum HeaderEntry: Codable {
  case tensor(type: String, shape: [Int], offsets: [Int])
  case metadata([String: String])

  private struct TensorEntry: Codable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]
  }

  init(from decoder: any Decoder) throws {
    if let entry = try? TensorEntry(from: decoder) {
      self = .tensor(type: entry.dtype, shape: entry.shape, offsets: entry.data_offsets)
    } else {
      self = .metadata(try [String: String](from: decoder))
    }
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .tensor(let type, let shape, let offsets):
      try TensorEntry(dtype: type, shape: shape, data_offsets: offsets).encode(to: encoder)
    case .metadata(let strings):
      try strings.encode(to: encoder)
    }
  }
}
