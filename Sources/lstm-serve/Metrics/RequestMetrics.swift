#if Service
  import ResultText
  import Synchronization

  /// Requests, counted by route, method and status, and how long they took.
  ///
  /// Labels are those of our own table of routes: nothing that a client has written is one.
  final class RequestMetrics: Sendable {
    private struct Kind: Hashable {
      var route: String
      var method: String
      var status: Int
    }

    private struct Counts {
      var requests: [Kind: Int] = [:]
      var times: [String: Histogram] = [:]
      var inProgress = 0
    }

    private let counts = Mutex(Counts())

    /// Counts a request that has come.
    func begin() { counts.withLock { $0.inProgress += 1 } }

    /// Counts a request that was answered.
    func end(route: String, method: String, status: Int, seconds: Double) {
      counts.withLock { counts in
        counts.inProgress -= 1
        counts.requests[Kind(route: route, method: method, status: status), default: 0] += 1
        counts.times[route, default: Histogram()].add(seconds)
      }
    }

    /// Writes the counts.
    func write(to page: inout PrometheusPage) {
      let counts = counts.withLock { $0 }
      let requests = counts.requests.sorted {
        ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
      }
      page.add(
        "requests_total", "Requests that were answered.", kind: .counter,
        requests.map { kind, count in
          PrometheusPage.Sample(
            [("route", kind.route), ("method", kind.method), ("code", "\(kind.status)")],
            Double(count))
        })
      page.add(
        "request_duration_seconds", "How long requests took, from their heads to their answers.",
        kind: .histogram,
        counts.times.sorted { $0.key < $1.key }.flatMap { $1.samples([("route", $0)]) })
      page.add(
        "requests_in_progress", "Requests that are not answered yet.",
        [PrometheusPage.Sample([], Double(counts.inProgress))])
    }
  }
#endif
