#if Service
  import Synchronization

  /// How many requests a second a client may send: a token bucket for each address, one second deep.
  ///
  /// As many addresses are known as there may be; a full bucket is that of a client who has not been here,
  /// and is forgotten first.
  final class RequestRate: Sendable {
    private struct Bucket {
      var tokens: Double
      var time: ContinuousClock.Instant
    }

    private let rate: Double
    private let mostClients: Int
    private let buckets = Mutex<[String: Bucket]>([:])

    /// - Parameters:
    ///   - rate: Requests a second, at least 1.
    ///   - mostClients: The most addresses that are told apart.
    init(rate: Int, mostClients: Int = 10_000) {
      self.rate = Double(rate)
      self.mostClients = mostClients
    }

    /// Takes one request into account.
    ///
    /// - Parameters:
    ///   - client: Its address.
    ///   - now: When it came.
    /// - Returns: Whether it may be done.
    func allows(_ client: String, at now: ContinuousClock.Instant = .now) -> Bool {
      buckets.withLock { buckets in
        var bucket = buckets[client] ?? Bucket(tokens: rate, time: now)
        bucket.tokens = min(rate, bucket.tokens + rate * Self.seconds(bucket.time, now))
        bucket.time = now
        let isAllowed = bucket.tokens >= 1
        if isAllowed { bucket.tokens -= 1 }
        if buckets[client] == nil, buckets.count >= mostClients { forget(&buckets, at: now) }
        buckets[client] = bucket
        return isAllowed
      }
    }

    private func forget(_ buckets: inout [String: Bucket], at now: ContinuousClock.Instant) {
      buckets = buckets.filter { $1.tokens + rate * Self.seconds($1.time, now) < rate }
      // All are at it: whoever has sent the least is let go.
      while buckets.count >= mostClients, let most = buckets.max(by: { $0.1.tokens < $1.1.tokens })
      {
        buckets.removeValue(forKey: most.key)
      }
    }

    private static func seconds(
      _ start: ContinuousClock.Instant, _ end: ContinuousClock.Instant
    ) -> Double {
      max(0, (end - start) / .seconds(1))
    }
  }
#endif
