#if Service
  import CService
  import Logging
  import ResultText
  import Synchronization

  /// The head of a request, and the address that it comes from.
  struct RequestHead: Sendable {
    var method: String
    var path: String
    var query: String?
    var contentType: String?
    var authorization: String?
    var client: String
  }

  /// Answers requests; knows nothing of connections.
  final class DetectionService: Sendable {
    /// What is allowed.
    struct Limits: Sendable {
      var mostBytes = 1 << 20
      var mostRows = 1000
    }

    let store: SeriesStore
    let limits: Limits
    let requests = RequestMetrics()
    let queue: WorkQueue
    private let rows: RowMetrics
    private let token: BearerToken?
    private let rate: RequestRate?
    private let log: Logger
    /// Whether the process is about to end.
    let isDraining = Atomic(false)

    init(
      store: SeriesStore, limits: Limits, queue: WorkQueue, metricSeries: Int, token: BearerToken?,
      rate: RequestRate?, log: Logger
    ) {
      self.store = store
      self.limits = limits
      self.queue = queue
      self.token = token
      self.rate = rate
      self.log = log
      rows = RowMetrics(models: Array(store.tables.keys), mostSeries: metricSeries)
    }

    /// Answers a request, and counts it.
    ///
    /// - Parameters:
    ///   - head: What was asked.
    ///   - body: Reads the body, or throws `ServiceError` where it is too long.
    /// - Returns: The answer.
    /// - Throws: What ends the connection.
    func reply(
      to head: RequestHead, body: () async throws -> [UInt8]
    ) async throws -> Reply {
      let start = ContinuousClock.now
      requests.begin()
      let found = Route.find(head.path)
      let isKnown = head.method == found?.route.method
      var reply: Reply
      var failure: (any Error)?
      do {
        reply = try await answer(head, found, body)
      } catch let error as ServiceError {
        reply = Reply(error)
      } catch {
        reply = Reply(ServiceError(error))
        if reply.status >= 500 {
          // Messages may quote what was sent.
          log.error("\(VisibleText.escaped("\(error)"))")
        }
        if error is ConnectionError { failure = error }
      }
      requests.end(
        route: found?.route.path ?? "other", method: isKnown ? head.method : "other",
        status: reply.status, seconds: (ContinuousClock.now - start) / .seconds(1))
      if let failure { throw failure }
      return reply
    }

    private func answer(
      _ head: RequestHead, _ found: (route: Route, model: String)?,
      _ body: () async throws -> [UInt8]
    ) async throws -> Reply {
      let isOpen = found?.route.isOpen ?? false
      if !isOpen {
        guard token?.isIn(head.authorization) ?? true else {
          throw ServiceError(401, "expected the head 'Authorization: Bearer TOKEN' with the token")
        }
        guard rate?.allows(head.client) ?? true else {
          throw ServiceError(429, "too many requests a second of this client", retryAfter: 1)
        }
      }
      guard let (route, model) = found else {
        throw ServiceError(404, "there is nothing at this address; /openapi.json tells what is")
      }
      guard head.method == route.method else {
        throw ServiceError(
          405, "expected the method \(route.method)", allowed: [route.method])
      }
      let query = try Query(head.query, names: route.parameters)
      switch route {
      case .health: return Reply(.object([("status", .string("ok"))]))
      case .readiness: return readiness
      case .metrics: return Reply(metrics, type: "text/plain; version=0.0.4; charset=utf-8")
      case .description: return Reply(ServiceAsset.description.text)
      case .models:
        let all = store.tables.values.sorted { $0.model.name < $1.model.name }
        return Reply(.object([("models", .array(all.map(\.document)))]))
      case .model: return Reply(try table(model).document)
      case .rows: return try await judge(head, query, try table(model), body)
      }
    }

    private func table(_ name: String) throws(ServiceError) -> SeriesTable {
      guard let table = store.tables[name] else {
        throw ServiceError(404, "there is no model of this name; /v1/models has all")
      }
      return table
    }

    private var readiness: Reply {
      let reason =
        isDraining.load(ordering: .relaxed)
        ? "the process is about to end"
        : store.journal?.failure.map { _ in "the journal cannot be written" }
      guard let reason else { return Reply(.object([("status", .string("ready"))])) }
      return Reply(ServiceError(503, reason, retryAfter: 1))
    }

    // MARK: - Rows

    private func judge(
      _ head: RequestHead, _ query: Query, _ table: SeriesTable,
      _ body: () async throws -> [UInt8]
    ) async throws -> Reply {
      guard let format = head.contentType.flatMap(RowFormat.init(contentType:)) else {
        throw ServiceError(415, "expected the head 'Content-Type': \(RowFormat.names)")
      }
      let known = query["known"]
      guard known == nil || known == "skip" || known == "refuse" else {
        throw ServiceError(400, "query: expected known=skip or known=refuse")
      }
      let request = RowRequest(
        series: query["series"], format: format, body: try await body(),
        skipsKnown: known == "skip", mostRows: limits.mostRows)
      let judge = RowService(store: store)
      let (answer, text) = try await queue.run {
        let answer = try judge.judge(request, by: table)
        let documents = answer.documents
        let text =
          format == .json
          ? JSONValue.object([("rows", .array(documents))]).compact + "\n"
          : documents.map { $0.compact + "\n" }.joined()
        return (answer, text)
      }
      rows.add(answer, of: table.model.name)
      var reply = Reply(text, type: format == .json ? Reply.json : "application/x-ndjson")
      reply.fields.append(("lstm-rows-skipped", "\(answer.skipped)"))
      return reply
    }

    // MARK: - Metrics

    private var metrics: String {
      var page = PrometheusPage(prefix: "lstm_serve_")
      requests.write(to: &page)
      page.add(
        "queue_length", "Requests that wait for a thread.",
        [PrometheusPage.Sample([], Double(queue.waitingCount))])
      page.add(
        "queue_running", "Requests whose rows are being judged.",
        [PrometheusPage.Sample([], Double(queue.runningCount))])
      page.add(
        "known_series", "Series of which something is known.",
        store.tables.sorted { $0.key < $1.key }.map {
          PrometheusPage.Sample([("model", $0)], Double($1.count))
        })
      page.add(
        "resident_series", "Series in memory.",
        [PrometheusPage.Sample([], Double(store.ring.count))])
      if let journal = store.journal {
        page.add(
          "journal_bytes", "Bytes of the journal's last file.",
          [PrometheusPage.Sample([], Double(journal.size))])
      }
      rows.write(to: &page)
      return page.text
    }
  }

  /// A connection that has ended before its request did.
  struct ConnectionError: Error {
    var reason: any Error
  }

  extension ServiceAsset {
    var text: String { String(cString: cString) }
  }
#endif
