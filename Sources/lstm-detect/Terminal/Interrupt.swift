import Glibc
import Synchronization

/// Ctrl-C while a network is trained.
///
/// The first one is noted, so that the training can end in order; the second one ends the process
/// as it would without this.
enum Interrupt {
  private static let flag = Atomic<Bool>(false)

  /// Whether the user has pressed Ctrl-C during a call of `whileWatching`.
  static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Calls a function during which Ctrl-C only sets `isRequested`.
  ///
  /// - Parameter body: What is to be able to end in order.
  /// - Returns: What the function returns.
  static func whileWatching<Result>(_ body: () throws -> Result) rethrows -> Result {
    // Read once before the handler does, so that the handler initialises nothing.
    flag.store(false, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in Interrupt.flag.store(true, ordering: .relaxed) }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
    var previous = sigaction()
    sigaction(SIGINT, &action, &previous)
    defer { sigaction(SIGINT, &previous, nil) }
    return try body()
  }
}
