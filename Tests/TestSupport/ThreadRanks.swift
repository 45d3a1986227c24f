internal import Foundation
public import LSTMCompute

/// Ranks that are threads of this process.
public final class ThreadRanks: @unchecked Sendable {
  private let count: Int
  // Only touched under the lock of `condition`.
  private let condition = NSCondition()
  private var slots: [[UInt8]]
  private var arrived = 0
  private var round = 0

  private init(_ count: Int) {
    self.count = count
    slots = Array(repeating: [], count: count)
  }

  /// Runs a function as so many ranks at the same time.
  ///
  /// - Parameters:
  ///   - count: The number of ranks.
  ///   - body: What each of them does, collectively.
  /// - Returns: What each has returned or thrown, in the order of the ranks.
  public static func run<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (ProcessGroup) throws -> Value
  ) -> [Result<Value, any Error>] {
    let ranks = ThreadRanks(count)
    let results = Results<Value>(count)
    let threads = (0..<count).map { rank in
      Thread {
        let group = ProcessGroup(Member(ranks: ranks, rank: rank, count: count))
        results.set(rank, Result { try body(group) })
      }
    }
    for thread in threads { thread.start() }
    return results.all()
  }

  /// Gives every rank the bytes of all.
  private func swap(_ rank: Int, _ bytes: [UInt8]) -> [[UInt8]] {
    condition.withLock { slots[rank] = bytes }
    wait()
    let all = condition.withLock { slots }
    // Nobody writes the next bytes before all have read these.
    wait()
    return all
  }

  private func wait() {
    condition.withLock {
      let mine = round
      arrived += 1
      if arrived == count {
        (arrived, round) = (0, round + 1)
        condition.broadcast()
      }
      let deadline = Date(timeIntervalSinceNow: 60)
      while round == mine {
        precondition(condition.wait(until: deadline), "a rank waits for others that do not come")
      }
    }
  }

  private struct Member: Communicator {
    let ranks: ThreadRanks
    let rank: Int
    let count: Int
    var localRank: Int { rank }
    var localCount: Int { count }

    func allGather(_ mine: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer) {
      all.copyBytes(from: ranks.swap(rank, Array(mine)).joined())
    }

    func exchange(_ parts: UnsafeRawBufferPointer, into mine: UnsafeMutableRawBufferPointer) {
      let size = parts.count / count
      mine.copyBytes(
        from: ranks.swap(rank, Array(parts)).flatMap { $0[rank * size..<(rank + 1) * size] })
    }
  }

  /// What the ranks have come to.
  private final class Results<Value: Sendable>: @unchecked Sendable {
    // Only touched under its lock.
    private let condition = NSCondition()
    private var values: [Result<Value, any Error>?]

    init(_ count: Int) { values = Array(repeating: nil, count: count) }

    func set(_ rank: Int, _ value: Result<Value, any Error>) {
      condition.withLock {
        values[rank] = value
        condition.signal()
      }
    }

    func all() -> [Result<Value, any Error>] {
      condition.withLock {
        while values.contains(where: { $0 == nil }) { condition.wait() }
        return values.compactMap(\.self)
      }
    }
  }
}
