/// Reads a message of Protocol Buffers field by field, whatever its bytes are.
///
/// Nothing is copied: a message within another is a part of the same bytes, so a file never becomes
/// more than its own size before its values are taken.
struct ProtobufReader {
  /// A field as it lies in the bytes.
  struct Field {
    /// Its number.
    var number: Int
    /// Its value.
    var value: Value
  }

  /// A value, as far as the bytes tell what it is.
  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    case bytes(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// The next field; `nil` at the end.
  ///
  /// - Throws: `LSTMError.invalidFile` where the bytes are no message.
  mutating func next() throws(LSTMError) -> Field? {
    guard !rest.isEmpty else { return nil }
    let key = try varint()
    guard let number = Int(exactly: key >> 3), (1..<1 << 29).contains(number) else {
      throw Self.damaged("a field has the number \(key >> 3)")
    }
    switch key & 7 {
    case 0: return Field(number: number, value: .varint(try varint()))
    case 1: return Field(number: number, value: .fixed64(try fixed(8)))
    case 2:
      let length = try varint()
      guard length <= UInt64(rest.count) else {
        throw Self.damaged("field \(number) has \(length) bytes where \(rest.count) are left")
      }
      return Field(number: number, value: .bytes(take(Int(length))))
    case 5:
      return Field(number: number, value: .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
    default: throw Self.damaged("field \(number) is written in the way \(key & 7), which is none")
    }
  }

  /// All numbers of packed bytes.
  static func varints(_ bytes: ArraySlice<UInt8>) throws(LSTMError) -> [UInt64] {
    var reader = ProtobufReader(bytes)
    var values: [UInt64] = []
    while !reader.rest.isEmpty { values.append(try reader.varint()) }
    return values
  }

  /// An error for bytes that are no message.
  static func damaged(_ what: String) -> LSTMError {
    .invalidFile("not a whole ONNX file: \(what)")
  }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8> {
    let taken = rest.prefix(count)
    rest = rest.dropFirst(count)
    return taken
  }

  private mutating func varint() throws(LSTMError) -> UInt64 {
    var value: UInt64 = 0
    for place in 0..<10 {
      guard let byte = rest.popFirst() else { throw Self.damaged("it is cut short") }
      // Of the tenth byte one bit is left.
      guard place < 9 || byte <= 1 else { break }
      value |= UInt64(byte & 0x7F) << UInt64(7 * place)
      if byte & 0x80 == 0 { return value }
    }
    throw Self.damaged("a number has more than 64 bits")
  }

  private mutating func fixed(_ count: Int) throws(LSTMError) -> UInt64 {
    guard rest.count >= count else { throw Self.damaged("it is cut short") }
    return take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension ProtobufReader.Value {
  /// A whole number.
  func integer(_ what: String) throws(LSTMError) -> Int {
    guard case .varint(let bits) = self else { throw wrong(what) }
    return Int(Int64(bitPattern: bits))
  }

  /// Bytes, or a message within this one.
  func bytes(_ what: String) throws(LSTMError) -> ArraySlice<UInt8> {
    guard case .bytes(let bytes) = self else { throw wrong(what) }
    return bytes
  }

  /// A text; bytes that are no UTF-8 are replaced.
  func text(_ what: String) throws(LSTMError) -> String {
    String(decoding: try bytes(what), as: UTF8.self)
  }

  /// A number of 32 bits.
  func float(_ what: String) throws(LSTMError) -> Float {
    guard case .fixed32(let bits) = self else { throw wrong(what) }
    return Float(bitPattern: bits)
  }

  /// One whole number of a list, or a packed part of it.
  func integers(_ what: String) throws(LSTMError) -> [Int] {
    guard case .bytes(let packed) = self else { return [try integer(what)] }
    return try ProtobufReader.varints(packed).map { Int(Int64(bitPattern: $0)) }
  }

  private func wrong(_ what: String) -> LSTMError {
    ProtobufReader.damaged("\(what) is written as something else")
  }
}
