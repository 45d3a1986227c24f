/// Walks over the bytes of a cell.
struct ByteScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { position == bytes.count }

  mutating func take() -> UInt8? {
    guard !isAtEnd else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func skip(_ byte: UInt8) -> Bool {
    guard !isAtEnd, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  mutating func skip(_ letter: Unicode.Scalar) -> Bool { skip(UInt8(ascii: letter)) }

  /// Whether there was a blank at least.
  mutating func skipBlanks() -> Bool {
    let start = position
    while skip(UInt8(ascii: " ")) {}
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

  /// AM or PM: whether it is the afternoon.
  mutating func takeHalfOfDay() -> Bool? {
    var ahead = self
    _ = ahead.skipBlanks()
    guard let half = ahead.take(), let m = ahead.take(), m | 0x20 == UInt8(ascii: "m") else {
      return nil
    }
    guard half | 0x20 == UInt8(ascii: "a") || half | 0x20 == UInt8(ascii: "p") else { return nil }
    self = ahead
    return half | 0x20 == UInt8(ascii: "p")
  }
}
