internal import Synchronization

/// Processes that compute together, as one of them sees it.
///
/// Every call is collective, and begins with a few bytes from each rank that say which call it makes:
/// one that has failed is known to all others at their next call, which throws `GroupError`, and ranks
/// that have come apart end with an error instead of waiting for each other. After a failure nothing is
/// exchanged any more.
///
/// ```swift
/// let group = ProcessGroup(SoleRank())
/// var totals: [Double] = [1, 2]
/// try group.sum(&totals)
/// ```
///
/// A group is used by one thread at a time.
public final class ProcessGroup: Sendable {
  /// How the processes exchange bytes.
  public let communicator: any Communicator
  private let state = Mutex(State())

  private struct State {
    var calls: UInt64 = 0
    var failure: GroupError?
    var traffic = Traffic()
  }

  /// What a rank has sent so far.
  public struct Traffic: Hashable, Sendable {
    /// The number of collective calls of the communicator.
    public var exchanges = 0
    /// The bytes that this rank has handed to them.
    public var bytes = 0
  }

  /// What a rank is about to do.
  enum Call: UInt64 {
    case failure = 1
    case agreement, comparison, sum, gathering, end
  }

  /// A group.
  public init(_ communicator: any Communicator) { self.communicator = communicator }

  /// The number of this process, from 0.
  public var rank: Int { communicator.rank }
  /// The number of processes.
  public var count: Int { communicator.count }
  /// What this rank has sent so far.
  public var traffic: Traffic { state.withLock { $0.traffic } }

  // MARK: - Decisions

  /// Whether any rank wants something, such as to stop.
  ///
  /// - Parameter wish: Whether this one does.
  /// - Returns: The same on all ranks.
  /// - Throws: `GroupError` where a rank has failed.
  public func agree(_ wish: Bool) throws -> Bool {
    try meet(.agreement, wish ? 1 : 0).contains(1)
  }

  /// Throws where something is not the same on all ranks.
  ///
  /// - Parameters:
  ///   - bytes: What must be the same.
  ///   - what: What it is, in the plural: "the options".
  /// - Throws: `GroupError` where it is not, or a rank has failed.
  public func checkSame(_ bytes: UnsafeRawBufferPointer, _ what: String) throws {
    var sum = Checksum()
    sum.add(bytes)
    try checkSame(sum, what)
  }

  func checkSame(_ sum: Checksum, _ what: String) throws {
    let all = try meet(.comparison, sum.value)
    guard let rank = all.firstIndex(where: { $0 != all[0] }) else { return }
    throw fail(.different(what, rank: rank, speaks: self.rank == 0))
  }

  // MARK: - The end

  /// Waits until all ranks have come to their end.
  ///
  /// - Throws: `GroupError` where one has failed.
  public func end() throws { _ = try meet(.end, 0) }

  /// Tells all ranks of an error, if they do not know of one already.
  ///
  /// It waits until the others make their next call, which then throws.
  ///
  /// - Parameter error: Why this rank cannot go on.
  /// - Returns: The error to end with.
  public func failure(_ error: any Error) -> any Error {
    if error is GroupError { return error }
    guard state.withLock({ $0.failure == nil }) else { return error }
    let first = headers(.failure, 0).firstIndex { $0.call == Call.failure.rawValue }
    return fail(.here(rank: rank, error, speaks: first == rank))
  }

  func fail(_ failure: GroupError) -> GroupError {
    state.withLock { $0.failure = failure }
    return failure
  }

  // MARK: - Meeting

  /// Makes sure that all ranks do the same.
  ///
  /// - Parameters:
  ///   - call: What this one does.
  ///   - detail: A number that belongs to it.
  /// - Returns: The numbers of all ranks.
  /// - Throws: `GroupError` where a rank has failed or does something else.
  func meet(_ call: Call, _ detail: UInt64) throws -> [UInt64] {
    if let failure = state.withLock({ $0.failure }) { throw failure }
    let all = headers(call, detail)
    if let failed = all.firstIndex(where: { $0.call == Call.failure.rawValue }) {
      throw fail(.elsewhere(rank: failed))
    }
    if let other = all.firstIndex(where: { $0.call != all[0].call || $0.number != all[0].number }) {
      throw fail(.different("the steps", rank: other, speaks: rank == 0))
    }
    return all.map(\.detail)
  }

  private func headers(
    _ call: Call, _ detail: UInt64
  ) -> [(call: UInt64, number: UInt64, detail: UInt64)] {
    let number = state.withLock { state in
      state.calls += 1
      return state.calls
    }
    let all = gather([call.rawValue, number, detail], zero: 0)
    return (0..<count).map { (all[3 * $0], all[3 * $0 + 1], all[3 * $0 + 2]) }
  }

  // MARK: - Exchanges

  /// `Communicator.allGather`, counted.
  func gather<Number: BitwiseCopyable>(_ mine: [Number], zero: Number) -> [Number] {
    note(bytes: mine.count * MemoryLayout<Number>.stride)
    return communicator.allGather(mine, zero: zero)
  }

  func note(bytes: Int) {
    state.withLock { state in
      state.traffic.exchanges += 1
      state.traffic.bytes += bytes
    }
  }
}
