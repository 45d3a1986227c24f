#if Service
  /// How the rows of a request are written, by its `Content-Type`.
  enum RowFormat: Sendable {
    /// An array of objects, or an object with one in its member `rows`.
    case json
    /// An object a line.
    case jsonLines
    /// A header, then a row a line.
    case csv

    /// The types that are read, for messages.
    static let names = "application/json, application/x-ndjson, application/jsonl or text/csv"

    /// The format of a media type, whatever its parameters.
    ///
    /// - Returns: `nil` where rows of this type are not read.
    init?(contentType: String) {
      var type = contentType.prefix { $0 != ";" }
      while type.last == " " { type.removeLast() }
      switch type.lowercased() {
      case "application/json": self = .json
      case "application/jsonl", "application/x-ndjson": self = .jsonLines
      case "text/csv": self = .csv
      default: return nil
      }
    }

    /// The lines of a body, each a row, a header or nothing.
    ///
    /// - Parameters:
    ///   - body: The body.
    ///   - most: The most rows.
    /// - Returns: The lines without their ends.
    /// - Throws: `ServiceError` where it is no such text, or has more rows.
    func lines(of body: [UInt8], most: Int) throws(ServiceError) -> [[UInt8]] {
      let lines: [[UInt8]]
      switch self {
      case .json: lines = try JSONRows.objects(of: body, most: most)
      case .jsonLines, .csv:
        var pieces = body.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        lines = pieces
      }
      guard self == .csv || Self.isUTF8(body) else {
        throw ServiceError(400, "body: expected UTF-8, in which JSON is written")
      }
      return lines
    }

    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
      String(validating: bytes, as: UTF8.self) != nil
    }

    /// More rows than a request may have.
    static func tooManyRows(_ most: Int) -> ServiceError {
      ServiceError(413, "body: more than \(most) rows; send them in several requests")
    }
  }
#endif
