#if Service
  import Foundation
  import Synchronization
  import TestSupport
  import Testing

  @testable import lstm_serve

  /// What is at which address, and what is said where nothing is.
  @Suite struct RouteTests {
    private static let rows = "/v1/models/sales/rows"

    @Test func theDescriptionIsThatOfTheRoutes() async throws {
      let reply = try await Models.service(try Models.store()).ask("GET", "/openapi.json")
      let document = try #require(
        try JSONSerialization.jsonObject(with: Data(reply.body.utf8)) as? [String: Any])
      #expect((document["openapi"] as? String)?.hasPrefix("3.1") == true)
      let paths = try #require(document["paths"] as? [String: [String: Any]])
      #expect(Set(paths.keys) == Set(Route.allCases.map(\.path)))
      for route in Route.allCases {
        let path = try #require(paths[route.path])
        #expect(Set(path.keys).subtracting(["parameters"]) == [route.method.lowercased()])
        let operation = try #require(path[route.method.lowercased()] as? [String: Any])
        let parameters = (operation["parameters"] as? [[String: Any]] ?? []).compactMap {
          $0["name"] as? String
        }
        #expect(parameters == route.parameters)
        let responses = try #require(operation["responses"] as? [String: Any])
        #expect(responses["200"] != nil && responses["400"] != nil)
        #expect(
          (responses["401"] == nil) == route.isOpen && (responses["429"] == nil) == route.isOpen)
        #expect((operation["security"] != nil) == route.isOpen)
        #expect(Route.find(route.path.replacing("{name}", with: "m"))?.route == route)
      }
      let content =
        (paths[Route.rows.path]?["post"] as? [String: Any])?
        .at("requestBody", "content") as? [String: Any]
      let types = try #require(content).keys
      #expect(types.count == 4 && types.allSatisfy { RowFormat(contentType: $0) != nil })
    }

    @Test func modelsAreTold() async throws {
      let service = Models.service(try Models.store())
      _ = try await service.judge(0..<3)
      let all = try await service.ask("GET", "/v1/models")
      let models = try #require(
        (try JSONSerialization.jsonObject(with: Data(all.body.utf8)) as? [String: Any])?["models"]
          as? [[String: Any]])
      #expect(models.map { $0["name"] as? String } == ["sales", "stores"])
      #expect(models[0]["targets"] as? [String] == ["units", "stock"])
      #expect(models[0]["known_series"] as? Int == 1 && models[0]["window"] as? Int == 7)
      #expect(
        models[1]["series"] as? [String] == ["store"] && models[1]["fitted_series"] as? Int == 3)
      let one = try await service.ask("GET", "/v1/models/stores")
      #expect(one.status == 200 && all.body.contains(one.body.dropLast()))
      #expect(try await service.ask("GET", "/healthz").body == "{\"status\":\"ok\"}\n")
      #expect(try await service.ask("GET", "/readyz").body == "{\"status\":\"ready\"}\n")
      service.isDraining.store(true, ordering: .relaxed)
      #expect(try await service.ask("GET", "/readyz").status == 503)
    }

    @Test func whatIsWrongHasItsStatus() async throws {
      let service = Models.service(
        try Models.store(), limits: .init(mostBytes: 10_000, mostRows: 20))
      for (method, path, query, type, status) in [
        ("GET", "/", nil, nil, 404), ("GET", "/v1/models/none", nil, nil, 404),
        ("POST", "/v1/models/none/rows", nil, "text/csv", 404),
        ("GET", "/v1/models//rows", nil, nil, 404), ("GET", "/v1/models/", nil, nil, 404),
        ("GET", "/v1/models/../x", nil, nil, 404), ("GET", Self.rows, nil, nil, 405),
        ("DELETE", "/v1/models", nil, nil, 405), ("HEAD", "/healthz", nil, nil, 405),
        ("POST", Self.rows, nil, nil, 415), ("POST", Self.rows, nil, "text/plain", 415),
        ("POST", Self.rows, "serie=a", "text/csv", 400),
        ("POST", Self.rows, "known=maybe", "text/csv", 400),
        ("GET", "/healthz", "a=b", nil, 400), ("POST", Self.rows, nil, "application/json", 400),
        ("POST", Self.rows, nil, "text/csv; charset=utf-8", 200),
      ] as [(String, String, String?, String?, Int)] {
        let reply = try await service.ask(method, path, query: query, type: type)
        #expect(reply.status == status, "\(method) \(path) \(query ?? "") \(type ?? "")")
        if status >= 400 {
          #expect(
            reply.type == "application/json" && reply.body.hasPrefix("{\"error\":\"")
              && reply.body.split(separator: "\n").count == 1)
        }
        #expect(reply.fields.contains { $0.name == "allow" } == (status == 405))
      }
      let many = try await service.ask(
        "POST", Self.rows, type: "text/csv", body: Models.csv(0..<21))
      #expect(many.status == 413 && many.body.contains("more than 20 rows"))
      #expect(try await service.judge(0..<20).count == 20)
    }

    @Test func tokensAndRatesAreAskedFor() async throws {
      let store = try Models.store()
      let token = try BearerToken(Array("0123456789abcdef".utf8), of: "token")
      let service = Models.service(store, token: token, rate: RequestRate(rate: 2))
      for path in ["/metrics", "/v1/models", "/openapi.json", "/nothing"] {
        let reply = try await service.ask("GET", path)
        #expect(reply.status == 401 && reply.fields.contains { $0.name == "www-authenticate" })
      }
      #expect(try await service.ask("GET", "/healthz").status == 200)
      let secret = "0123456789abcdef"
      #expect(try await service.ask("GET", "/v1/models", token: secret).status == 200)
      _ = try await service.ask("GET", "/v1/models", token: secret)
      let reply = try await service.ask("GET", "/v1/models", token: secret)
      #expect(reply.status == 429 && reply.fields.contains { $0.name == "retry-after" })
      #expect(try await service.ask("GET", "/readyz").status == 200)
    }

    @Test func metricsAreBoundedAndEscaped() async throws {
      let service = Models.service(try Models.store(), metricSeries: 2)
      for series in ["a%22b%5C", "plain", "third"] {
        _ = try await service.judge(0..<160, query: "series=\(series)")
      }
      _ = try await service.ask("GET", "/%22%0a")
      _ = try await service.ask("BREW", "/v1/models")
      let text = try await service.ask("GET", "/metrics").body
      #expect(text.contains("lstm_serve_rows_total{model=\"sales\"} 480.0\n"))
      #expect(text.contains("lstm_serve_known_series{model=\"sales\"} 3.0\n"))
      #expect(
        text.contains(
          "lstm_serve_last_score{model=\"sales\",series=\"a\\\"b\\\\\",target=\"units\"} "))
      #expect(!text.contains("third"))
      #expect(
        text.contains(
          "lstm_serve_requests_total{route=\"/v1/models\",method=\"other\",code=\"405\"} 1.0\n"))
      #expect(
        text.contains("lstm_serve_requests_total{route=\"other\",method=\"other\",code=\"404\"}"))
      #expect(text.contains("lstm_serve_request_duration_seconds_bucket{"))
      let last = Models.said[159]
      let score = try #require(last.range(of: "\"score\":")?.upperBound)
      let said = try #require(Double(last[score...].prefix { $0 != "," }))
      let line = try #require(
        text.split(separator: "\n").first {
          $0.hasPrefix("lstm_serve_last_score{model=\"sales\",target=\"units\"} ")
        })
      let told = try #require(Double(line.split(separator: " ")[1]))
      #expect(!(abs(told - said) > 1e-8 * abs(said)))
      let form = try Regex(
        "(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\\{([a-z]+=\"(\\\\.|[^\"\\\\])*\",?)+\\})? [-+0-9.eInfNa]+)"
      )
      for line in text.split(separator: "\n") {
        #expect(line.wholeMatch(of: form) != nil, "\(line)")
      }
    }
  }
#endif
