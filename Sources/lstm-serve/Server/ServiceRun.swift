#if Service
  import AnomalyDetection
  import HummingbirdCore
  import LSTMCompute
  import Logging
  import NIOCore
  import NIOPosix
  import ResultText
  import ServiceLifecycle
  import UnixSignals

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #else
    import Darwin
  #endif

  /// One run of the service, from the options to its end.
  struct ServiceRun {
    /// A connection on which nothing happens for so long is closed.
    private static let idleTime = TimeAmount.seconds(60)
    /// A request head is at most as long.
    private static let mostHeadBytes = 16 << 10

    private let command: LSTMServe
    private let log: Logger
    private let service: DetectionService
    private let choice: Backends.Choice

    /// Reads the models, and restores what is known of their rows.
    init(_ command: LSTMServe) throws {
      self.command = command
      var log = Logger(label: "lstm-serve") { StreamLogHandler.standardError(label: $0) }
      log.logLevel = .notice
      self.log = log
      // A row is one sequence, which more threads than its own would only wait for.
      ProcessorThreads.limit = 1
      choice = try Backends.make(command.device)
      let token = try command.tokenFile.map { path throws(LSTMError) in
        try BearerToken(path: path)
      }
      let folder = try ModelFolder(
        command.models, backend: choice.backend, threshold: command.threshold)
      for line in folder.refusals { log.warning("\(VisibleText.escaped(line))") }
      guard !folder.models.isEmpty else {
        throw LSTMError.fileSystem(
          "\(command.models): there is no model to serve; `lstm-detect fit --model NAME.safetensors` makes "
            + "one")
      }
      let store = try SeriesStore(
        folder.models,
        SeriesStore.Configuration(
          state: command.state, resident: command.resident, mostSeries: command.limits.maxSeries,
          journalBytes: command.journalBytes))
      for line in store.notes { log.notice("\(VisibleText.escaped(line))") }
      let limits = command.limits
      service = DetectionService(
        store: store,
        limits: DetectionService.Limits(mostBytes: limits.maxBytes, mostRows: limits.maxRows),
        queue: WorkQueue(
          threads: command.threads ?? System.coreCount, mostWaiting: limits.queue),
        metricSeries: limits.metricSeries, token: token,
        rate: limits.rate == 0 ? nil : RequestRate(rate: limits.rate), log: log)
    }

    /// Serves until a signal ends it.
    func run() async throws {
      signal(SIGPIPE, SIG_IGN)
      signal(SIGXFSZ, SIG_IGN)
      let (service, log, command, choice) = (service, log, command, choice)
      let responder = Responder(service: service)
      let channel = HTTP1Channel(
        responder: { request, writer, channel in
          try await responder.respond(to: request, writer, channel)
        },
        configuration: HTTP1Channel.Configuration(
          idleTimeout: Self.idleTime,
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: Self.mostHeadBytes, maxHeaderListSize: Self.mostHeadBytes,
            maxHeaderFieldCount: 100)))
      let server = channel.server(
        configuration: ServerConfiguration(
          address: .hostname(command.listen.host, port: command.listen.port),
          availableConnectionsDelegate: MaximumAvailableConnections(command.limits.connections)),
        onServerRunning: { channel in
          let port = channel.localAddress?.port ?? command.listen.port
          let count = service.store.tables.count
          writeLine(
            "lstm-serve: \(count) model\(count == 1 ? "" : "s") at \(command.listen.url(port: port)), on "
              + "\(choice.reason)", to: STDOUT_FILENO)
        }, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: log)
      let group = ServiceGroup(
        services: [Compaction(store: service.store, log: log), server, Drain(service: service)],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
      try await group.run()
      try await service.queue.stop()
      try service.store.compact()
    }
  }
#endif
