#if Service
  /// The names and values of a query, such as `series=a%2Fb&known=skip`.
  ///
  /// A name that is not known is refused: where one is written wrong, rows would go to another series.
  struct Query {
    private var values: [String: String] = [:]

    /// The longest value in bytes.
    static let mostBytes = 256

    /// Reads a query.
    ///
    /// - Parameters:
    ///   - text: What follows the question mark; `nil` where there is none.
    ///   - names: The names that are known.
    /// - Throws: `ServiceError` where it has others, one twice, or a value that is no text.
    init(_ text: String?, names: [String]) throws(ServiceError) {
      guard let text, !text.isEmpty else { return }
      for pair in text.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
        let parts = pair.split(
          separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = Self.decoded(parts[0]), names.contains(name) else {
          throw ServiceError(
            400,
            "query: expected "
              + (names.isEmpty ? "none" : names.map { "'\($0)'" }.joined(separator: " or "))
              + ", found another name")
        }
        guard let value = parts.count == 2 ? Self.decoded(parts[1]) : nil, !value.isEmpty,
          value.utf8.count <= Self.mostBytes,
          value.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
          throw ServiceError(
            400,
            "query: expected \(name)=TEXT, of 1 to \(Self.mostBytes) bytes of UTF-8 without control "
              + "characters")
        }
        guard values.updateValue(value, forKey: name) == nil else {
          throw ServiceError(400, "query: '\(name)' is given twice")
        }
      }
    }

    subscript(name: String) -> String? { values[name] }

    /// A text in which `%41` is `A`, and a plus is a blank.
    private static func decoded(_ text: Substring.UTF8View) -> String? {
      var bytes: [UInt8] = []
      var rest = text[...]
      while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "+"): bytes.append(32)
        case UInt8(ascii: "%"):
          guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
          else { return nil }
          bytes.append(high << 4 | low)
        default: bytes.append(byte)
        }
      }
      return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
      switch byte {
      case 48...57: byte - 48
      case 65...70: byte - 55
      case 97...102: byte - 87
      default: nil
      }
    }
  }
#endif
