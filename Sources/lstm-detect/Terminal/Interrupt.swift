import Glibc
import Synchronization

/// Ctrl-C while a network is trained.
///
/// The first one is noted, so that the training can end in order; the second one ends the process
/// as it would without this. A process that was started with Ctrl-C ignored, such as by `nohup` or
/// in the background of a script, goes on ignoring it.
enum Interrupt {
  private static let flag = Atomic<Bool>(false)

  /// Whether the user has pressed Ctrl-C during a call of `whileWatching`.
  static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Calls a function during which Ctrl-C only sets `isRequested`.
  ///
  /// - Parameter body: What is to be able to end in order.
  /// - Returns: What the function returns.
  static func whileWatching<Result>(_ body: () throws -> Result) rethrows -> Result {
    var previous = sigaction()
    sigaction(SIGINT, nil, &previous)
    let ignored = unsafeBitCast(SIG_IGN, to: Int.self)
    guard unsafeBitCast(previous.__sigaction_handler.sa_handler, to: Int.self) != ignored else {
      return try body()
    }
    // Read once before the handler does, so that the handler initialises nothing.
    flag.store(false, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in Interrupt.flag.store(true, ordering: .relaxed) }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
    sigaction(SIGINT, &action, nil)
    defer { sigaction(SIGINT, &previous, nil) }
    // A signal that whoever started the process has blocked would never arrive.
    var interrupt = sigset_t()
    sigemptyset(&interrupt)
    sigaddset(&interrupt, SIGINT)
    pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
    return try body()
  }
}
