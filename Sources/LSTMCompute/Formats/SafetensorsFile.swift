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
///
/// ```swift
/// try SafetensorsFile(tensors: network.tensors(for: .pytorch)).write(to: path)
/// let tensors = try SafetensorsFile(path: path).tensors
/// ```
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
    self = try Self(AtomicFile.read(path), path: path)
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameters:
  ///   - data: The bytes.
  ///   - path: The file's path, for messages.
  /// - Throws: `LSTMError.invalidFile` where they are damaged or hold elements of another type.
  package init(_ data: Data, path: String) throws(LSTMError) {
    let header = try SafetensorsHeader(data, path: path)
    metadata = header.metadata
    tensors = [:]
    for entry in header.entries {
      let start = data.startIndex + header.bodyStart
      tensors[entry.name] = Tensor(
        elementType: entry.elementType, shape: entry.shape,
        bytes: Array(data[start + entry.bytes.lowerBound..<start + entry.bytes.upperBound]))
    }
  }

  /// Writes the file, replacing an old one of that name in one go.
  ///
  /// - Throws: `LSTMError.fileSystem` where it cannot be written.
  public func write(to path: String) throws(LSTMError) {
    try AtomicFile.write(try encoded(), to: path)
  }

  /// The bytes of the file.
  ///
  /// - Throws: `LSTMError.invalidFile` where the header cannot be encoded, or a tensor has the name that
  ///   the metadata have in it.
  package func encoded() throws(LSTMError) -> Data {
    var header: [String: HeaderEntry] = [:]
    if !metadata.isEmpty { header["__metadata__"] = .metadata(metadata) }
    var offset = 0
    let sorted = tensors.sorted { $0.key < $1.key }
    for (name, tensor) in sorted {
      guard name != "__metadata__" else {
        throw .invalidFile("a tensor cannot be called '__metadata__', as the file's metadata are")
      }
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
