#if Service
  import Foundation
  import TestSupport
  import Testing

  @testable import lstm_serve

  /// What is known of the rows outlasts the process.
  @Suite struct StateTests {
    /// The journals of a folder, in order.
    private static func journals(_ state: Folder) -> [String] {
      Journal.files(in: state.path("")).map(\.path)
    }

    @Test func theJournalHasEveryRow() async throws {
      let state = try Folder()
      for start in stride(from: 0, to: 160, by: 40) {
        // Nothing is written at the end, as when the process is killed.
        let service = Models.service(try Models.store(state.path("")))
        #expect(service.store.notes.count == (start == 0 ? 0 : 1), "\(service.store.notes)")
        #expect(
          try await service.judge(start..<start + 20) == Array(Models.said[start..<start + 20]))
        #expect(
          try await service.judge(start + 20..<start + 40)
            == Array(Models.said[start + 20..<start + 40]))
      }
    }

    @Test func aTornRecordIsCutOff() async throws {
      let state = try Folder()
      var sizes: [Int] = []
      do {
        let service = Models.service(try Models.store(state.path("")))
        for start in [0, 50, 100] {
          _ = try await service.judge(start..<start + 50)
          sizes.append(service.store.journal?.size ?? 0)
        }
      }
      let path = try #require(Self.journals(state).first)
      let bytes = try Data(contentsOf: URL(filePath: path))
      #expect(bytes.count == sizes[2])
      for end in [sizes[2] - 1, sizes[1] + 9, sizes[1] + 1, sizes[1]] {
        try bytes.prefix(end).write(to: URL(filePath: path))
        let service = Models.service(try Models.store(state.path("")))
        #expect(service.store.notes.count == (end == sizes[1] ? 1 : 2))
        #expect(try await service.judge(100..<102) == Array(Models.said[100..<102]))
      }
      // A byte that was changed ends what is read, too.
      var damaged = bytes
      damaged[sizes[1] + 100] ^= 1
      try damaged.write(to: URL(filePath: path))
      let service = Models.service(try Models.store(state.path("")))
      #expect(service.store.notes.contains { $0.hasSuffix("cut off") })
      #expect(try await service.judge(100..<160) == Array(Models.said[100...]))
    }

    @Test func snapshotsTakeThePlaceOfTheJournal() async throws {
      let state = try Folder()
      var old: [(path: String, bytes: Data)] = []
      do {
        let service = Models.service(try Models.store(state.path("")))
        _ = try await service.judge(0..<60)
        _ = try await service.judge(0..<60, query: "series=other")
        old = try Self.journals(state).map { ($0, try Data(contentsOf: URL(filePath: $0))) }
        try service.store.compact()
        #expect(service.store.journal?.size == 0 && Self.journals(state).count == 1)
        _ = try await service.judge(60..<80)
      }
      // As after a crash between the snapshots and the end of the old journal: no row counts twice.
      for (path, bytes) in old { try bytes.write(to: URL(filePath: path)) }
      #expect(Self.journals(state).count == 2)
      let service = Models.service(try Models.store(state.path("")))
      #expect(service.store.notes == ["20 rows restored from the journal"])
      #expect(service.store.seriesCount == 2)
      #expect(try await service.judge(80..<160) == Array(Models.said[80...]))
      #expect(
        try await service.judge(60..<160, query: "series=other") == Array(Models.said[60...]))
    }

    @Test func idleSeriesAreOnTheDisk() async throws {
      let state = try Folder()
      let service = Models.service(try Models.store(state.path(""), resident: 2))
      for start in stride(from: 0, to: 160, by: 20) {
        for series in 0..<6 {
          let said = try await service.judge(start..<start + 20, query: "series=\(series)")
          #expect(said == Array(Models.said[start..<start + 20]))
        }
      }
      #expect(service.store.ring.count == 2 && service.store.seriesCount == 6)
    }

    @Test func keysAreNoFileNames() async throws {
      let state = try Folder()
      let service = Models.service(try Models.store(state.path("")))
      for key in ["..%2F..%2Fetc", "a%2Fb", "%C3%A9", "e%CC%81", "x%00y"] {
        let reply = try await service.ask(
          "POST", "/v1/models/sales/rows", query: "series=\(key)", type: "text/csv",
          body: Models.csv(0..<3))
        #expect(reply.status == (key == "x%00y" ? 400 : 200))
      }
      #expect(service.store.seriesCount == 4)
      try service.store.compact()
      let folder = try #require(service.store.tables["sales"]?.folder)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(names.count == 4)
      #expect(names.allSatisfy { $0.count == 38 && $0.hasSuffix(".state") }, "\(names)")
    }

    @Test func whatIsWrongWithTheStateIsSaid() async throws {
      let state = try Folder()
      do {
        let store = try Models.store(state.path(""), mostSeries: 2)
        let service = Models.service(store)
        _ = try await service.judge(0..<10)
        _ = try await service.judge(0..<10, query: "series=b")
        let reply = try await service.ask(
          "POST", "/v1/models/sales/rows", query: "series=c", type: "text/csv",
          body: Models.csv(0..<3))
        #expect(reply.status == 507 && reply.body.contains("--max-series allows more"))
        let second = #expect(throws: (any Error).self) { try Models.store(state.path("")) }
        #expect(
          "\(second.map { "\($0)" } ?? "")".contains("another lstm-serve keeps its state here"))
        try store.compact()
        let folder = try #require(store.tables["sales"]?.folder)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
          let path = "\(folder)/\(name)"
          try String(contentsOfFile: path, encoding: .utf8).replacing("1", with: "2")
            .write(toFile: path, atomically: true, encoding: .utf8)
        }
      }
      let service = Models.service(try Models.store(state.path("")))
      let reply = try await service.ask(
        "POST", "/v1/models/sales/rows", type: "text/csv", body: Models.csv(10..<12))
      #expect(reply.status == 500 && !reply.body.contains(state.path("")), "\(reply.body)")
    }

    @Test func rowsOfModelsThatAreAwayAreKept() async throws {
      let (state, models) = (try Folder(), try Folder())
      func store() throws -> SeriesStore {
        try Models.store(state.path(""), models: models.path(""))
      }
      for name in ["sales", "stores"] {
        try FileManager.default.copyItem(
          atPath: Models.folder.path("\(name).safetensors"),
          toPath: models.path("\(name).safetensors"))
      }
      do { _ = try await Models.service(try store()).judge(0..<30) }
      try FileManager.default.moveItem(
        atPath: models.path("sales.safetensors"), toPath: models.path("sales.away"))
      do {
        let store = try store()
        #expect(store.notes.contains { $0.contains("which is not served now; the file is kept") })
        try store.compact()
      }
      try FileManager.default.moveItem(
        atPath: models.path("sales.away"), toPath: models.path("sales.safetensors"))
      #expect(
        try await Models.service(try store()).judge(30..<160) == Array(Models.said[30...]))
    }
  }
#endif
