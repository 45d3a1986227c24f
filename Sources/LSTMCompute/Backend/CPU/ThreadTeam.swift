internal import Dispatch

/// Splits work over the processor's threads.
///
/// The parts are the same for the same sizes, whichever thread is quicker.
struct ThreadTeam: Sendable {
  /// The largest number of parts.
  let threads: Int

  /// Below so many floating-point operations, waking another thread costs more than it saves.
  var worthwhileOperations = 1_000_000

  /// Calls `body` with disjoint ranges that cover `0..<count`, at the same time where that pays.
  ///
  /// - Parameters:
  ///   - count: The number of items.
  ///   - operations: How many floating-point operations all items take.
  ///   - body: What to do with some of the items.
  func split(_ count: Int, operations: Int, _ body: (Range<Int>) -> Void) {
    split(count, parts: parts(of: count, operations: operations)) { _, range in body(range) }
  }

  /// Into how many parts so many items with so many operations are split.
  func parts(of count: Int, operations: Int) -> Int {
    max(1, min(threads, count, operations / worthwhileOperations))
  }

  /// The same in so many parts, `threads` at most, whose numbers `body` is told: what a part writes
  /// besides its items can have a place of its own.
  func split(_ count: Int, parts: Int, _ body: (_ part: Int, Range<Int>) -> Void) {
    if parts == 1 {
      body(0, 0..<count)
      return
    }
    // The parts are disjoint and all are done when the call returns, so `body` never escapes and
    // never meets itself on the same items.
    withoutActuallyEscaping(body) { body in
      let share = UncheckedShare(body: body)
      DispatchQueue.concurrentPerform(iterations: parts) { part in
        share.body(part, count * part / parts..<count * (part + 1) / parts)
      }
    }
  }

  private struct UncheckedShare: @unchecked Sendable {
    let body: (Int, Range<Int>) -> Void
  }
}
