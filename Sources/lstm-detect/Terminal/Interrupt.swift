import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A request to end while a network is trained: Ctrl-C, SIGTERM or a terminal that goes away.
///
/// The first one is noted, so that the training can end in order; the second one ends the process
/// as it would without this. A process that was started with one of them ignored, such as by `nohup`
/// or in the background of a script, goes on ignoring it.
enum Interrupt {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]
  /// The signal that came; 0 for none.
  private static let received = Atomic<Int32>(0)

  /// Whether the process was asked to end during a call of `whileWatching`.
  static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// What asked, by the name that users know.
  static var name: String {
    switch received.load(ordering: .relaxed) {
    case SIGTERM: "SIGTERM"
    case SIGHUP: "SIGHUP"
    default: "Ctrl-C"
    }
  }

  /// The exit status of a command that was ended by it, as shells have it.
  static var status: Int32 {
    let signal = received.load(ordering: .relaxed)
    return 128 + (signal == 0 ? SIGINT : signal)
  }

  /// Calls a function during which the first request only sets `isRequested`.
  ///
  /// - Parameter body: What is to be able to end in order.
  /// - Returns: What the function returns.
  static func whileWatching<Result>(_ body: () throws -> Result) rethrows -> Result {
    // Read before the handler does, so that the handler initializes nothing; and whoever was asked
    // once already goes at the second time.
    guard !isRequested else { return try body() }
    let previous = signals.compactMap { signal in watch(signal).map { (signal, $0) } }
    defer {
      for (signal, action) in previous {
        var action = action
        sigaction(signal, &action, nil)
      }
    }
    return try body()
  }

  /// Notes one signal from here on.
  ///
  /// - Returns: What was done about it before; `nil` where it is ignored, and stays so.
  private static func watch(_ signal: Int32) -> sigaction? {
    var previous = sigaction()
    sigaction(signal, nil, &previous)
    let ignored = unsafeBitCast(SIG_IGN, to: Int.self)
    guard unsafeBitCast(previous.handler, to: Int.self) != ignored else {
      return nil
    }
    var action = sigaction()
    action.handler = { Interrupt.received.store($0, ordering: .relaxed) }
    action.sa_flags = Int32(truncatingIfNeeded: SA_RESETHAND) | SA_RESTART
    sigaction(signal, &action, nil)
    // A signal that whoever started the process has blocked would never arrive.
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, signal)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    return previous
  }
}

extension sigaction {
  /// What is called with the signal's number; each system has it in a union of its own name.
  fileprivate var handler: (@convention(c) (Int32) -> Void)? {
    get {
      #if canImport(Glibc)
        __sigaction_handler.sa_handler
      #elseif canImport(Musl)
        __sa_handler.sa_handler
      #else
        __sigaction_u.__sa_handler
      #endif
    }
    set {
      #if canImport(Glibc)
        __sigaction_handler.sa_handler = newValue
      #elseif canImport(Musl)
        __sa_handler.sa_handler = newValue
      #else
        __sigaction_u.__sa_handler = newValue
      #endif
    }
  }
}
