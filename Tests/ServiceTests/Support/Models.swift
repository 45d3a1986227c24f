#if Service
  import AnomalyDetection
  import Foundation
  import LSTMCompute
  import Logging
  import TestSupport
  import Testing

  @testable import lstm_serve

  /// Models that all tests share, and what `watch` says of their rows.
  enum Models {
    /// `sales.csv` of 160 rows, and `sales.safetensors`, fitted to the first 120 of them.
    static let folder: Folder = {
      do { return try make() } catch { preconditionFailure("no models: \(error)") }
    }()

    private static func make() throws -> Folder {
      let folder = try Folder()
      let data = try folder.file(
        "sales.csv",
        Sales.csv { row, cells in if [20, 21, 100].contains(row) { cells[1] = "NA" } })
      let quick = [
        "--train-until", "0.8", "--units", "6", "--window", "7", "--epochs", "2", "--search",
        "none", "--device", "cpu", "-q",
      ]
      let one = try Command.run(
        ["fit", data, "--target", "units,stock", "--model", folder.path("sales.safetensors")]
          + quick)
      try #require(one.status == 0, "\(one.errors)")
      let stores = try folder.file("stores.csv", stores(60))
      let several = try Command.run(
        ["fit", stores, "--target", "units", "--series", "store", "--model"]
          + [folder.path("stores.safetensors")] + quick)
      try #require(several.status == 0, "\(several.errors)")
      return folder
    }

    /// `store,day,units` of three stores, the rows of a day together.
    static func stores(_ days: Int) -> String {
      "store,day,units\n"
        + (0..<days).flatMap { day in
          ["S1", "S2", "7"].enumerated().map { place, store in
            let noise = Double((day * 7919 + place * 31) % 101) / 101
            let units = Double(100 * (place + 1)) + [30.0, 10, 0, 5, 20, 60, 55][day % 7]
            return "\(store),\(Sales.day(day)),\(units + 8 * noise)\n"
          }
        }.joined()
    }

    /// The lines of `sales.csv`: the header, and 160 rows.
    static let lines: [String] = {
      ((try? folder.lines("sales.csv")) ?? []).map(String.init)
    }()

    /// What `watch` says of each row.
    static let said: [String] = {
      let outcome = try? Command.run(
        ["watch", "--model", folder.path("sales.safetensors"), "--device", "cpu"],
        shell: "\"$@\" < '\(folder.path("sales.csv"))'")
      return (outcome?.output ?? "").split(separator: "\n").map(String.init)
    }()

    /// A row of `sales.csv`, from 0, as a JSON object.
    static func object(_ row: Int) -> String {
      let cells = lines[row + 1].split(separator: ",")
      return "{\"day\":\"\(cells[0])\",\"units\":\(cells[1] == "NA" ? "null" : cells[1]),"
        + "\"stock\":\(cells[2]),\"price\":\(cells[3])}"
    }

    /// Rows of `sales.csv` with its header.
    static func csv(_ rows: Range<Int>) -> String {
      ([lines[0]] + lines[(rows.lowerBound + 1)..<(rows.upperBound + 1)]).joined(separator: "\n")
        + "\n"
    }

    /// A store of models, with or without a folder.
    ///
    /// A store before it at the same folder goes once the thread that has worked for it is done.
    static func store(
      _ state: String? = nil, resident: Int? = nil, mostSeries: Int = 1000,
      models path: String = folder.path("")
    ) throws -> SeriesStore {
      let models = try ModelFolder(path, backend: CPUBackend(), threshold: nil)
      #expect(models.refusals.isEmpty, "\(models.refusals)")
      let deadline = ContinuousClock.now + .seconds(1)
      while true {
        do {
          return try SeriesStore(
            models.models,
            SeriesStore.Configuration(state: state, resident: resident, mostSeries: mostSeries))
        } catch LSTMError.fileSystem(let reason)
          where reason.contains("another lstm-serve") && ContinuousClock.now < deadline
        {
          Thread.sleep(forTimeInterval: 0.01)
        }
      }
    }

    /// A service of a store, that is asked without a connection.
    static func service(
      _ store: SeriesStore, limits: DetectionService.Limits = .init(), metricSeries: Int = 0,
      token: BearerToken? = nil, rate: RequestRate? = nil
    ) -> DetectionService {
      DetectionService(
        store: store, limits: limits, queue: WorkQueue(threads: 2, mostWaiting: 100),
        metricSeries: metricSeries, token: token, rate: rate,
        log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
  }

  extension DetectionService {
    /// What is answered.
    func ask(
      _ method: String, _ path: String, query: String? = nil, type: String? = nil,
      token: String? = nil, body: String = ""
    ) async throws -> Reply {
      try await reply(
        to: RequestHead(
          method: method, path: path, query: query, contentType: type,
          authorization: token.map { "Bearer \($0)" }, client: "192.0.2.1")
      ) { Array(body.utf8) }
    }

    /// What is said of rows of `sales.csv`, by line.
    func judge(_ rows: Range<Int>, query: String? = nil) async throws -> [String] {
      let reply = try await ask(
        "POST", "/v1/models/sales/rows", query: query, type: "text/csv", body: Models.csv(rows))
      #expect(reply.status == 200, "\(reply.body)")
      return reply.body.split(separator: "\n").map(String.init)
    }
  }
#endif
