internal import CThreads
internal import Dispatch

/// Splits work over the processor's threads.
///
/// The parts are the same for the same sizes, whichever thread is quicker.
struct ThreadTeam: Sendable {
  /// The largest number of parts.
  let threads: Int

  /// Below so many floating-point operations in a part, another thread costs more than it saves.
  var worthwhileOperations = 500_000

  /// A team of so many threads.
  init(threads: Int) { self.threads = threads }

  /// A team of so many threads, of which there is always one and never more than a job has parts.
  init(atMost threads: Int) {
    self.init(threads: max(1, min(threads, Int(threads_maximum_parts))))
  }

  /// Calls `body` with disjoint ranges that cover `0..<count`, at the same time where that pays.
  ///
  /// - Parameters:
  ///   - count: The number of items.
  ///   - operations: How many floating-point operations all items take.
  ///   - body: What to do with some of the items.
  func split(_ count: Int, operations: Int, _ body: (Range<Int>) -> Void) {
    split(count, parts: parts(of: count, operations: operations)) { _, range in body(range) }
  }

  /// The same in so many parts, `threads` at most, whose numbers `body` is told: what a part writes
  /// besides its items can have a place of its own.
  func split(_ count: Int, parts: Int, _ body: (_ part: Int, Range<Int>) -> Void) {
    run(parts: parts) { _, part in
      body(part, count * part / parts..<count * (part + 1) / parts)
    }
  }

  /// Into how many parts so many items with so many operations are split.
  func parts(of count: Int, operations: Int) -> Int {
    max(1, min(threads, count, operations / worthwhileOperations, Int(threads_maximum_parts)))
  }

  /// Calls `body` for each part of each phase, the parts of a phase at the same time.
  ///
  /// - Parameters:
  ///   - phases: How many times all parts are done; no phase begins before the last one is over.
  ///   - parts: The number of parts, `threads` at most.
  ///   - body: Does one part of one phase.
  func run(phases: Int = 1, parts: Int, _ body: (_ phase: Int, _ part: Int) -> Void) {
    guard parts > 1 else {
      for phase in 0..<phases { body(phase, 0) }
      return
    }
    // All parts are done when the call returns, so `body` never escapes.
    withoutActuallyEscaping(body) { body in
      let share = UncheckedShare(body: body)
      let isDone = withUnsafePointer(to: share) { context in
        threads_run(
          phases, parts,
          { context, phase, part in
            context?.assumingMemoryBound(to: UncheckedShare.self).pointee.body(phase, part)
          }, context)
      }
      guard !isDone else { return }
      // The workers have another caller's job.
      for phase in 0..<phases {
        DispatchQueue.concurrentPerform(iterations: parts) { share.body(phase, $0) }
      }
    }
  }

  /// The parts are disjoint: no two threads meet on the same items.
  private struct UncheckedShare: @unchecked Sendable {
    let body: (Int, Int) -> Void
  }
}
