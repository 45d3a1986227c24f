#if Service
  /// What the service answers: the whole of its address space, which `openapi.json` describes.
  enum Route: String, CaseIterable, Sendable {
    case health = "/healthz"
    case readiness = "/readyz"
    case metrics = "/metrics"
    case description = "/openapi.json"
    case models = "/v1/models"
    case model = "/v1/models/{name}"
    case rows = "/v1/models/{name}/rows"

    /// The address, in which `{name}` stands for the name of a model.
    var path: String { rawValue }

    /// The one method that it has.
    var method: String { self == .rows ? "POST" : "GET" }

    /// Whether it is for those who look whether the service lives: without a token, and not counted as a
    /// client's request.
    var isOpen: Bool { self == .health || self == .readiness }

    /// The names in the query that it knows.
    var parameters: [String] { self == .rows ? ["series", "known"] : [] }

    /// The route of a path, and the name of the model in it.
    ///
    /// - Returns: `nil` where there is none.
    static func find(_ path: String) -> (route: Route, model: String)? {
      let pieces = path.split(separator: "/", omittingEmptySubsequences: false)
      for route in allCases {
        let own = route.path.split(separator: "/", omittingEmptySubsequences: false)
        guard own.count == pieces.count else { continue }
        var model = ""
        let fits = zip(own, pieces).allSatisfy { expected, piece in
          guard expected == "{name}" else { return expected.utf8.elementsEqual(piece.utf8) }
          model = String(piece)
          return !piece.isEmpty
        }
        if fits { return (route, model) }
      }
      return nil
    }
  }
#endif
