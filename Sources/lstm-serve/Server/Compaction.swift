#if Service
  import Logging
  import NIOPosix
  import ResultText
  import ServiceLifecycle
  import Synchronization

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #else
    import Darwin
  #endif

  /// Makes the journal into snapshots whenever it is long, on a thread of its own that lets others go first.
  struct Compaction: Service {
    let store: SeriesStore
    let log: Logger
    /// How often the length of the journal is looked at.
    private static let pause = Duration.seconds(1)
    /// After a disk has refused a snapshot it is asked again so much later.
    private static let longPause = Duration.seconds(60)

    private let pool = NIOThreadPool(numberOfThreads: 1)

    init(store: SeriesStore, log: Logger) {
      self.store = store
      self.log = log
    }

    func run() async throws {
      pool.start()
      #if os(Linux)
        // There a thread has a priority of its own; 0 is PRIO_PROCESS, whose type differs, and the one that asks.
        try await pool.runIfActive { _ = setpriority(0, 0, 10) }
      #endif
      await cancelWhenGracefulShutdown {
        var pause = Self.pause
        while (try? await Task.sleep(for: pause)) != nil {
          guard store.isDue else { continue }
          do {
            try await compact()
            pause = Self.pause
          } catch is CancellationError {
            return
          } catch {
            // The journal still has all rows.
            log.error("\(VisibleText.escaped("\(error)"))")
            pause = Self.longPause
          }
        }
      }
      try await pool.shutdownGracefully()
    }

    /// Takes as long a break after each snapshot as it took, so that requests have at least half of the time.
    private func compact() async throws {
      for step in try store.compaction() {
        let start = ContinuousClock.now
        guard try await pool.runIfActive({ try step.run() }) else { continue }
        try await Task.sleep(for: ContinuousClock.now - start)
      }
    }
  }

  /// Tells those who look that the process is about to end.
  struct Drain: Service {
    let service: DetectionService

    func run() async throws {
      try await gracefulShutdown()
      service.isDraining.store(true, ordering: .relaxed)
    }
  }
#endif
