#if Service
  import ResultText

  /// An answer to a request: its status, its body, and what stands above it.
  struct Reply: Sendable {
    var status: Int
    var type: String
    var body: String
    /// Names in small letters, and values.
    var fields: [(name: String, value: String)] = []

    /// The type of JSON.
    static let json = "application/json"

    init(_ body: String, type: String = json, status: Int = 200) {
      (self.status, self.type, self.body) = (status, type, body)
    }

    /// A document.
    init(_ document: JSONValue, status: Int = 200) {
      self.init(document.compact + "\n", status: status)
    }

    /// An error as `{"error": "..."}`, on one line.
    init(_ error: ServiceError) {
      self.init(.object([("error", .string(error.message))]), status: error.status)
      if let seconds = error.retryAfter { fields.append(("retry-after", "\(seconds)")) }
      if !error.allowed.isEmpty {
        fields.append(("allow", error.allowed.joined(separator: ", ")))
      }
      if error.status == 401 { fields.append(("www-authenticate", "Bearer")) }
    }
  }
#endif
