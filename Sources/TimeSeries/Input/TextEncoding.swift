/// Texts in other encodings than UTF-8.
enum TextEncoding {
  /// Whether bytes start with the mark of UTF-16, or with letters each beside a zero.
  static func isUTF16(_ start: [UInt8]) -> Bool { byteOrder(start) != nil }

  private enum ByteOrder { case little, big }

  private static func byteOrder(_ start: [UInt8]) -> ByteOrder? {
    if start.starts(with: [0xFF, 0xFE]) { return .little }
    if start.starts(with: [0xFE, 0xFF]) { return .big }
    let head = Array(start.prefix(64))
    guard head.count >= 8 else { return nil }
    let even = stride(from: 0, to: head.count - 1, by: 2)
    if even.allSatisfy({ head[$0] != 0 && head[$0 + 1] == 0 }) { return .little }
    return even.allSatisfy { head[$0] == 0 && head[$0 + 1] != 0 } ? .big : nil
  }

  /// A text in UTF-8; UTF-16 is turned into it, all else left as it is.
  static func decoded(_ bytes: [UInt8], of path: String) throws(TimeSeriesError) -> [UInt8] {
    guard let order = byteOrder(bytes) else { return bytes }
    guard bytes.count % 2 == 0 else {
      throw TimeSeriesError(
        file: path, reason: "expected a text in UTF-16, found an odd number of bytes")
    }
    let units = stride(from: 0, to: bytes.count, by: 2).map { place in
      let (low, high) =
        order == .little ? (bytes[place], bytes[place + 1]) : (bytes[place + 1], bytes[place])
      return UInt16(high) << 8 | UInt16(low)
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }

  /// Whether all bytes are UTF-8; the usual text, which is ASCII, is passed over fast.
  static func isUTF8(_ bytes: [UInt8]) -> Bool {
    let isASCII = bytes.withUnsafeBytes { bytes in
      var place = 0
      while place + 8 <= bytes.count {
        let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        if word & 0x8080_8080_8080_8080 != 0 { return false }
        place += 8
      }
      while place < bytes.count {
        if bytes[place] >= 0x80 { return false }
        place += 1
      }
      return true
    }
    return isASCII || String(validating: bytes, as: UTF8.self) != nil
  }

  /// A text as UTF-8: bytes that are none are Windows-1252, of which Latin-1 is a part, where any byte is
  /// a letter.
  ///
  /// What is UTF-8 stays as it is: one bad byte changes no other letter of its file, in whatever pieces
  /// that is read.
  static func fromLatin(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count + bytes.count / 8)
    var parser = Unicode.UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    var place = 0
    while true {
      switch parser.parseScalar(from: &rest) {
      case .emptyInput: return text
      case .valid(let letter):
        text += letter
        place += letter.count
      case .error(let length):
        for byte in bytes[place..<place + length] { text += utf8(byte) }
        place += length
      }
    }
  }

  /// A byte of Windows-1252 as UTF-8.
  private static func utf8(_ byte: UInt8) -> Unicode.UTF8.EncodedScalar {
    let letter = byte &- 0x80 < 0x20 ? windows[Int(byte &- 0x80)] : 0
    let scalar = letter == 0 ? Unicode.Scalar(byte) : Unicode.Scalar(letter) ?? "?"
    return Unicode.UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter
  }

  /// The letters of 0x80 to 0x9F, 0 where there is none.
  private static let windows: [UInt16] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
    0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC,
    0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
  ]
}
