#if Service
  import NIOPosix
  import Synchronization

  /// The threads that judge rows, and the requests that wait for one.
  ///
  /// Rows are not judged on the threads that read and write connections, so that a request of many rows
  /// keeps no other from being heard.
  final class WorkQueue: Sendable {
    private let pool: NIOThreadPool
    private let mostWaiting: Int
    private let waiting = Atomic(0)
    private let running = Atomic(0)

    /// - Parameters:
    ///   - threads: The number of threads.
    ///   - mostWaiting: More requests than these are turned away.
    init(threads: Int, mostWaiting: Int) {
      pool = NIOThreadPool(numberOfThreads: threads)
      self.mostWaiting = mostWaiting
      pool.start()
    }

    deinit { pool.shutdownGracefully { _ in } }

    /// The requests that wait for a thread.
    var waitingCount: Int { waiting.load(ordering: .relaxed) }
    /// The requests whose rows are being judged.
    var runningCount: Int { running.load(ordering: .relaxed) }

    /// Has a thread do something, and waits for it.
    ///
    /// - Throws: `ServiceError` where too many wait, and what the work throws.
    func run<Result: Sendable>(
      _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
      guard waiting.add(1, ordering: .relaxed).newValue <= mostWaiting else {
        waiting.subtract(1, ordering: .relaxed)
        throw ServiceError(503, "too many requests wait; send it again", retryAfter: 1)
      }
      return try await pool.runIfActive { [self] in
        waiting.subtract(1, ordering: .relaxed)
        running.add(1, ordering: .relaxed)
        defer { running.subtract(1, ordering: .relaxed) }
        return try work()
      }
    }

    /// Ends the threads, once what waits is done.
    func stop() async throws { try await pool.shutdownGracefully() }
  }
#endif
