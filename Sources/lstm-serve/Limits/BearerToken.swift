#if Service
  import LSTMCompute

  /// The secret that a request must have in its head `Authorization: Bearer SECRET`.
  struct BearerToken: Sendable {
    private let secret: [UInt8]
    /// A shorter one can be tried out.
    static let leastBytes = 16

    /// A token from the first line of a file.
    ///
    /// - Parameter path: The file.
    /// - Throws: `LSTMError` where it cannot be read, or has no token.
    init(path: String) throws(LSTMError) {
      let line = try AtomicFile.read(path).prefix { $0 != 10 && $0 != 13 }
      try self.init(Array(line), of: path)
    }

    init(_ secret: [UInt8], of path: String) throws(LSTMError) {
      guard secret.count >= Self.leastBytes, secret.allSatisfy({ (33...126).contains($0) }) else {
        throw .invalidConfiguration(
          "\(path): expected a token of at least \(Self.leastBytes) letters, digits and signs without blanks "
            + "in the first line, as `openssl rand -hex 32` makes one")
      }
      self.secret = secret
    }

    /// Whether a head has the token, in a time that does not depend on where it differs.
    func isIn(_ authorization: String?) -> Bool {
      guard let authorization else { return false }
      let parts = authorization.utf8.split(separator: 32, maxSplits: 1)
      guard parts.count == 2, String(parts[0])?.lowercased() == "bearer" else { return false }
      let given = Array(parts[1])
      var difference = UInt(bitPattern: given.count ^ secret.count)
      for index in secret.indices {
        let byte = given.isEmpty ? 0 : given[index % given.count]
        difference |= UInt(byte ^ secret[index])
      }
      return difference == 0
    }
  }
#endif
