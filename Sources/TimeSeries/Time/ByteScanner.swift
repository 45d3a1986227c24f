/// Walks over the bytes of a cell.
struct ByteScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { position == bytes.count }

  /// The next byte, which stays; 0 at the end.
  var next: UInt8 { isAtEnd ? 0 : bytes[position] }

  mutating func take() -> UInt8? {
    guard !isAtEnd else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  /// Goes back over bytes that were taken.
  mutating func step(back count: Int) { position -= min(count, position) }

  mutating func skip(_ byte: UInt8) -> Bool {
    guard !isAtEnd, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  mutating func skip(_ letter: Unicode.Scalar) -> Bool { skip(UInt8(ascii: letter)) }

  /// Whether there was a blank at least.
  mutating func skipBlanks() -> Bool { skip(anyOf: " ") }

  /// Whether there was one of some signs at least; all that follow are passed over.
  mutating func skip(anyOf signs: StaticString) -> Bool {
    let start = position
    while !isAtEnd,
      signs.withUTF8Buffer({ $0.contains(bytes[position]) })
    {
      position += 1
    }
    return position > start
  }

  /// A number of as many digits as there are, up to a limit.
  mutating func number(upTo limit: Int) -> (value: Int, digits: Int)? {
    var value = 0
    var digits = 0
    while digits < limit, !isAtEnd, bytes[position] &- 48 < 10 {
      value = value * 10 + Int(bytes[position] &- 48)
      digits += 1
      position += 1
    }
    return digits > 0 ? (value, digits) : nil
  }

  /// Letters, those of other alphabets than ASCII's included, in lower case.
  mutating func word() -> String? {
    let start = position
    while !isAtEnd, (bytes[position] | 0x20) &- 97 < 26 || bytes[position] >= 0x80 { position += 1 }
    guard position > start else { return nil }
    return String(decoding: bytes[start..<position], as: UTF8.self).lowercased()
  }

  /// AM or PM, also as a.m.: whether it is the afternoon.
  mutating func takeHalfOfDay() -> Bool? {
    var ahead = self
    _ = ahead.skipBlanks()
    guard let half = ahead.take() else { return nil }
    _ = ahead.skip(".")
    guard let m = ahead.take(), m | 0x20 == UInt8(ascii: "m") else { return nil }
    _ = ahead.skip(".")
    guard half | 0x20 == UInt8(ascii: "a") || half | 0x20 == UInt8(ascii: "p") else { return nil }
    self = ahead
    return half | 0x20 == UInt8(ascii: "p")
  }
}
