#if Service
  import LSTMCompute

  /// By what a series is known in folders and tables: half of the SHA-256 of its key.
  ///
  /// A key is a request's text; its digest is a file name that no text can choose.
  struct SeriesID: Hashable, Sendable, Comparable {
    private let high: UInt64
    private let low: UInt64

    /// The identity of a key.
    ///
    /// - Parameter key: The words of the key columns; empty where a model has one series without a name.
    init(_ key: [String]) {
      var digest = SHA256()
      for word in key {
        // With its length, so that no two keys are the same bytes.
        withUnsafeBytes(of: UInt64(word.utf8.count).littleEndian) { digest.add($0) }
        Array(word.utf8).withUnsafeBytes { digest.add($0) }
      }
      let digits = digest.text
      high = UInt64(digits.prefix(16), radix: 16) ?? 0
      low = UInt64(digits.dropFirst(16).prefix(16), radix: 16) ?? 0
    }

    /// 32 hexadecimal digits.
    var text: String { Self.digits(high) + Self.digits(low) }

    private static func digits(_ word: UInt64) -> String {
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func < (left: Self, right: Self) -> Bool {
      (left.high, left.low) < (right.high, right.low)
    }
  }
#endif
