#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What the header of a safetensors file says, checked as the format demands.
///
/// The tensors' bytes follow each other without holes and overlaps and end with the file, and no name
/// is there twice. So a file never becomes more than its own size in memory.
struct SafetensorsHeader {
  /// One tensor of the file.
  struct Entry {
    var name: String
    var elementType: SafetensorsFile.ElementType
    var shape: [Int]
    /// Its bytes, counted from the start of the body.
    var bytes: Range<Int>
  }

  /// The tensors, in the order of their bytes.
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]
  /// Where the tensors' bytes begin in the file.
  let bodyStart: Int
  /// The format's own limit.
  private static let largestSize: UInt64 = 100_000_000

  /// Reads the header of a file.
  ///
  /// - Throws: `LSTMError.invalidFile` where it is damaged or there are elements of another type.
  init(_ data: Data, path: String) throws(LSTMError) {
    func damaged(_ what: String) -> LSTMError {
      .invalidFile("\(path): not a whole safetensors file: \(what)")
    }
    guard data.count >= 8 else { throw damaged("it has only \(data.count) bytes") }
    let size = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard size <= UInt64(data.count - 8), size <= Self.largestSize else {
      throw damaged("its header of \(size) bytes is cut short")
    }
    bodyStart = 8 + Int(size)
    let text = data.subdata(in: data.startIndex + 8..<data.startIndex + bodyStart)
    guard let header = try? JSONDecoder().decode([String: HeaderEntry].self, from: text) else {
      throw damaged("its header is not valid JSON")
    }
    guard Self.keyCount(text) == header.count else {
      throw damaged("its header has a name twice")
    }
    for (name, entry) in header.sorted(by: { $0.key < $1.key }) {
      switch entry {
      case .metadata(let strings) where name == "__metadata__":
        metadata = strings
      case .tensor(let type, let shape, let offsets) where name != "__metadata__":
        guard let elementType = SafetensorsFile.ElementType(rawValue: type) else {
          throw .invalidFile(
            "\(path): tensor '\(name)' has elements of type \(type); expected one of "
              + SafetensorsFile.ElementType.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard shape.allSatisfy({ $0 >= 0 }), offsets.count == 2, offsets[0] >= 0,
          offsets[1] >= offsets[0], offsets[1] <= data.count - bodyStart,
          Checked.product(of: shape + [elementType.size]) == offsets[1] - offsets[0]
        else {
          throw damaged(
            "tensor '\(name)' of shape \(shape) claims the bytes \(offsets) of "
              + "\(data.count - bodyStart)")
        }
        entries.append(
          Entry(
            name: name, elementType: elementType, shape: shape, bytes: offsets[0]..<offsets[1]))
      default:
        throw damaged("the entry '\(name)' of its header is of the wrong form")
      }
    }
    entries.sort {
      ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
    }
    var end = 0
    for entry in entries {
      guard entry.bytes.lowerBound == end else {
        throw damaged(
          entry.bytes.lowerBound < end
            ? "tensor '\(entry.name)' shares bytes with another one"
            : "bytes \(end) to \(entry.bytes.lowerBound) before tensor '\(entry.name)' are nobody's"
        )
      }
      end = entry.bytes.upperBound
    }
    guard end == data.count - bodyStart else {
      throw damaged("\(data.count - bodyStart - end) bytes at its end are nobody's")
    }
  }

  /// The number of keys of a JSON object, of which a dictionary keeps one of each name: that of the
  /// colons outside of strings and inner objects.
  private static func keyCount(_ text: Data) -> Int {
    var (count, depth, isInString, isEscaped) = (0, 0, false, false)
    for byte in text {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ":") where depth == 1: count += 1
      default: break
      }
    }
    return count
  }
}

/// One entry of the header: a tensor's description, or the metadata.
enum HeaderEntry: Codable {
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
