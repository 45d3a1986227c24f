/// Writes messages of Protocol Buffers: each field is a key, its number and how its value is written,
/// and the value (protobuf.dev/programming-guides/encoding).
struct ProtobufWriter {
  /// What has been written.
  private(set) var bytes: [UInt8] = []

  /// How a value is written.
  enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  /// A whole number; those below 0 take ten bytes.
  mutating func integer(_ field: Int, _ value: Int) {
    key(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  /// A number of 32 bits.
  mutating func float(_ field: Int, _ value: Float) {
    key(field, .fixed32)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// A text.
  mutating func text(_ field: Int, _ value: String) { raw(field, value.utf8) }

  /// Bytes.
  mutating func raw(_ field: Int, _ value: some Collection<UInt8>) {
    key(field, .lengthDelimited)
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  /// A message within this one.
  mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
    var inner = ProtobufWriter()
    write(&inner)
    raw(field, inner.bytes)
  }

  private mutating func key(_ field: Int, _ type: WireType) {
    varint(UInt64(field) << 3 | type.rawValue)
  }

  /// Seven bits a byte, the lowest first; the highest bit tells that there is more.
  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
