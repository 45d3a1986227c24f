#if Service
  import Foundation
  import TestSupport
  import Testing

  @testable import lstm_serve

  /// Rows are judged as `watch` judges them, all of a request or none.
  @Suite struct RowTests {
    private static let path = "/v1/models/sales/rows"

    @Test func saysWhatWatchSays() async throws {
      let service = Models.service(try Models.store())
      #expect(Models.said.count == 160)
      #expect(try await service.judge(0..<160) == Models.said)
      // The same in pieces, of three kinds in turn.
      var said: [String] = []
      for start in stride(from: 0, to: 160, by: 5) {
        let rows = start..<start + 5
        let query = "series=one+by%20one"
        switch start / 5 % 3 {
        case 0: said += try await service.judge(rows, query: query)
        case 1:
          let reply = try await service.ask(
            "POST", Self.path, query: query, type: "application/x-ndjson; charset=utf-8",
            body: rows.map(Models.object).joined(separator: "\n"))
          #expect(reply.status == 200 && reply.type == "application/x-ndjson", "\(reply.body)")
          said += reply.body.split(separator: "\n").map(String.init)
        default:
          let reply = try await service.ask(
            "POST", Self.path, query: query, type: "application/json",
            body: " {\"rows\" : [\(rows.map(Models.object).joined(separator: " ,\n "))]}\n")
          #expect(reply.status == 200 && reply.type == "application/json", "\(reply.body)")
          let expected = Models.said[rows].joined(separator: ",")
          #expect(reply.body == "{\"rows\":[\(expected)]}\n")
          said += Models.said[rows]
        }
      }
      #expect(said == Models.said)
      #expect(service.store.tables["sales"]?.count == 2)
    }

    @Test func aRequestCountsAsAWholeOrNotAtAll() async throws {
      let service = Models.service(try Models.store())
      #expect(try await service.judge(0..<100) == Models.said[0..<100].map { $0 })
      func refusal(_ body: String, type: String = "text/csv", query: String? = nil) async throws
        -> (Int, String)
      {
        let reply = try await service.ask("POST", Self.path, query: query, type: type, body: body)
        #expect(reply.body.hasPrefix("{\"error\":\"") && reply.body.hasSuffix("\"}\n"))
        return (reply.status, reply.body)
      }
      let cell = try await refusal(Models.csv(100..<102) + "2024-04-12,many,3,4\n")
      #expect(cell.0 == 400)
      #expect(
        cell.1
          == "{\"error\":\"body, row 4, column 'units': expected a number, found 'many'\"}\n")
      let late = try await refusal(Models.csv(100..<102) + Models.lines[100] + "\n")
      #expect(late.0 == 409)
      #expect(
        late.1.contains("body, row 4: expected a time after '2024-04-11', found '2024-04-09'"))
      let twice = try await refusal(Models.csv(99..<101))
      #expect(twice.0 == 409 && twice.1.contains("body, row 2: expected a time after"))
      let column = try await refusal("a,b\n1,2\n")
      #expect(column.0 == 400 && column.1.contains("there is no column 'day'"))
      let width = try await refusal(Models.csv(100..<101) + "1,2\n")
      #expect(width.0 == 400 && width.1.contains("row 3: expected 4 cells as in the header"))
      let json = try await refusal("[\(Models.object(100)),{\"day\":", type: "application/json")
      #expect(json.0 == 400 && json.1.contains("expected the end of the object"))
      // A series of which nothing is known is none after its rows were refused.
      #expect(try await refusal("a\n1\n2\n", query: "series=new").0 == 400)
      #expect(service.store.tables["sales"]?.count == 1)
      #expect(service.store.tables["sales"]?.slots.count == 1)
      #expect(try await service.judge(100..<160) == Array(Models.said[100...]))
    }

    @Test func knownRowsAreSkippedWhereAsked() async throws {
      let service = Models.service(try Models.store())
      _ = try await service.judge(0..<50)
      let reply = try await service.ask(
        "POST", Self.path, query: "known=skip", type: "text/csv", body: Models.csv(40..<60))
      #expect(reply.status == 200)
      #expect(reply.body == Models.said[50..<60].map { $0 + "\n" }.joined())
      #expect(reply.fields.contains { $0.name == "lstm-rows-skipped" && $0.value == "10" })
      let all = try await service.ask(
        "POST", Self.path, query: "known=skip", type: "text/csv", body: Models.csv(40..<60))
      #expect(all.status == 200 && all.body.isEmpty)
      #expect(try await service.judge(60..<160) == Array(Models.said[60...]))
    }

    @Test func rowsOfSeveralSeriesTellTheirOwn() async throws {
      let service = Models.service(try Models.store())
      let folder = Models.folder
      let outcome = try Command.run([
        "detect", folder.path("stores.csv"), "--model", folder.path("stores.safetensors"),
        "--device", "cpu", "--output", folder.path("out"), "-q",
      ])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let expected = Set(
        try folder.lines("out/predictions.csv").dropFirst().map { line in
          let cells = line.split(separator: ",", omittingEmptySubsequences: false)
          return [0, 1, 3, 4, 6, 7, 8].map { String(cells[$0]) }
        })
      #expect(expected.count > 150)
      var said: Set<[String]> = []
      let lines = Models.stores(60).split(separator: "\n")
      for start in stride(from: 1, to: lines.count, by: 20) {
        let rows = lines[start..<min(start + 20, lines.count)]
        let reply = try await service.ask(
          "POST", "/v1/models/stores/rows", type: "text/csv",
          body: ([lines[0]] + rows).joined(separator: "\n"))
        #expect(reply.status == 200, "\(reply.body)")
        let answers = reply.body.split(separator: "\n")
        #expect(answers.count == rows.count)
        for (row, answer) in zip(rows, answers) {
          let cells = row.split(separator: ",")
          #expect(
            answer.hasPrefix(
              "{\"series\":{\"store\":\"\(cells[0])\"},\"time\":\"\(cells[1])\",\"targets\":"))
          said.insert(Self.cells(String(cells[0]), answer))
        }
      }
      #expect(expected.isSubset(of: said), "\(expected.subtracting(said).prefix(3))")
      #expect(service.store.tables["stores"]?.count == 3)
      for (body, words) in [
        ("store,day,units\nS9,2024-06-01,1\n", "was not fitted to the series 'S9'"),
        ("store,day,units\n,2024-06-01,1\n", "column 'store': expected a key"),
        ("day,units\n2024-06-01,1\n", "there is no column 'store'"),
      ] {
        let reply = try await service.ask(
          "POST", "/v1/models/stores/rows", type: "text/csv", body: body)
        #expect(reply.status == 400 && reply.body.contains(words), "\(reply.body)")
      }
      let both = try await service.ask(
        "POST", "/v1/models/stores/rows", query: "series=S1", type: "text/csv",
        body: "store,day,units\nS1,2024-06-01,1\n")
      #expect(both.status == 400 && both.body.contains("tell their series themselves, by 'store'"))
    }

    /// What a line says, as `predictions.csv` has it.
    private static func cells(_ key: String, _ line: Substring) -> [String] {
      func member(_ name: String) -> String {
        guard let start = line.range(of: "\"\(name)\":")?.upperBound else { return "?" }
        let value = line[start...].prefix { !",}".contains($0) }
        return value == "null" ? "" : String(value).replacing("\"", with: "")
      }
      return [key, member("time"), member("value"), member("forecast"), member("score")]
        + ["anomaly", "alarm"].map { member($0) == "true" ? "1" : "0" }
    }

    @Test func manyClientsAtOnce() async throws {
      let service = Models.service(try Models.store())
      // Eight series at once, each in order, and 16 requests at once for the rows of one.
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for series in 0..<8 {
          group.addTask {
            for start in stride(from: 0, to: 160, by: 16) {
              let said = try await service.judge(start..<start + 16, query: "series=\(series)")
              guard said == Array(Models.said[start..<start + 16]) else { return false }
            }
            return true
          }
        }
        for try await isRight in group { #expect(isRight) }
      }
      let counts = try await withThrowingTaskGroup(of: Int.self) { group in
        for row in 0..<16 {
          group.addTask {
            try await service.ask(
              "POST", Self.path, query: "series=shared", type: "application/json",
              body: "[\(Models.object(row))]"
            ).status
          }
        }
        return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
      }
      // Each came in some order: it was taken, or was too late.
      #expect((counts[200] ?? 0) + (counts[409] ?? 0) == 16 && (counts[200] ?? 0) >= 1)
    }
  }
#endif
