#if Service
  /// Finds the objects of a JSON array, each of which is then read as a line is.
  ///
  /// It knows texts and brackets alone; what is in an object is for whoever reads the row.
  struct JSONRows {
    private let bytes: [UInt8]
    private var place = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The objects of a body: of an array, or of the one in the member `rows` of an object.
    ///
    /// - Parameters:
    ///   - body: The text.
    ///   - most: The most objects.
    /// - Returns: Each on one line.
    /// - Throws: `ServiceError` where it is neither, or there are more.
    static func objects(of body: [UInt8], most: Int) throws(ServiceError) -> [[UInt8]] {
      var scanner = JSONRows(body)
      scanner.skipBlanks()
      let isWrapped = scanner.next == UInt8(ascii: "{")
      if isWrapped {
        scanner.place += 1
        scanner.skipBlanks()
        let name = Array("\"rows\"".utf8)
        guard body[scanner.place...].starts(with: name) else {
          throw scanner.unexpected("the member \"rows\", an array of objects")
        }
        scanner.place += name.count
        try scanner.take(":")
      }
      let objects = try scanner.array(most)
      if isWrapped { try scanner.take("}") }
      scanner.skipBlanks()
      guard scanner.place == body.count else { throw scanner.unexpected("the end") }
      return objects
    }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipBlanks() {
      while let byte = next, byte == 32 || (9...13).contains(byte) { place += 1 }
    }

    private func unexpected(_ expected: String) -> ServiceError {
      let found = next.map { byte in
        (33...126).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "the byte \(byte)"
      }
      return ServiceError(
        400, "body: expected \(expected) at byte \(place + 1), found \(found ?? "the end")")
    }

    private mutating func take(_ letter: Unicode.Scalar) throws(ServiceError) {
      skipBlanks()
      guard next == UInt8(ascii: letter) else { throw unexpected("'\(letter)'") }
      place += 1
    }

    private mutating func array(_ most: Int) throws(ServiceError) -> [[UInt8]] {
      skipBlanks()
      guard next == UInt8(ascii: "[") else { throw unexpected("an array of objects") }
      place += 1
      var objects: [[UInt8]] = []
      skipBlanks()
      guard next != UInt8(ascii: "]") else {
        place += 1
        return objects
      }
      while true {
        guard objects.count < most else { throw RowFormat.tooManyRows(most) }
        objects.append(try object())
        skipBlanks()
        guard next == UInt8(ascii: ",") else { break }
        place += 1
      }
      try take("]")
      return objects
    }

    /// An object with all that is in it, on one line.
    private mutating func object() throws(ServiceError) -> [UInt8] {
      skipBlanks()
      guard next == UInt8(ascii: "{") else { throw unexpected("an object") }
      let start = place
      var (depth, isText) = (0, false)
      while let byte = next {
        place += 1
        if isText {
          guard byte >= 32 else {
            place -= 1
            throw unexpected("a text without control characters")
          }
          if byte == UInt8(ascii: "\\") {
            place += 1
          } else if byte == UInt8(ascii: "\"") {
            isText = false
          }
          continue
        }
        switch byte {
        case UInt8(ascii: "\""): isText = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          depth -= 1
          if depth == 0 {
            // Line ends between members are blanks.
            return bytes[start..<place].map { $0 == 10 || $0 == 13 ? 32 : $0 }
          }
        default: break
        }
      }
      place = bytes.count
      throw unexpected("the end of the object that begins at byte \(start + 1)")
    }
  }
#endif
