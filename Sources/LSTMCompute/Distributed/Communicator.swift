/// How some processes, the ranks, exchange bytes.
///
/// The two calls are collective: every rank makes the same ones in the same order, and each returns
/// when its bytes are there. They must give every rank the very bytes that were sent, nothing more:
/// sums are made by `ProcessGroup`, in an order of its own. The module `LSTMComputeMPI` has one made of
/// MPI.
public protocol Communicator: Sendable {
  /// The number of this process, from 0.
  var rank: Int { get }
  /// The number of processes.
  var count: Int { get }
  /// The number of this process among those on the same machine, from 0.
  var localRank: Int { get }
  /// The number of processes on the same machine.
  var localCount: Int { get }

  /// Gives every rank the bytes of all.
  ///
  /// - Parameters:
  ///   - mine: This rank's bytes, as many as every other rank's.
  ///   - all: Where those of all ranks go, in the order of the ranks: `count` times as many.
  func allGather(_ mine: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer)

  /// Gives every rank one part of the bytes of all.
  ///
  /// - Parameters:
  ///   - parts: `count` parts of the same size, part r for rank r.
  ///   - mine: Where the parts for this rank go, in the order of the ranks that sent them.
  func exchange(_ parts: UnsafeRawBufferPointer, into mine: UnsafeMutableRawBufferPointer)
}

extension Communicator {
  /// The same for numbers of a fixed size.
  func allGather<Number: BitwiseCopyable>(_ mine: [Number], zero: Number) -> [Number] {
    var all = [Number](repeating: zero, count: mine.count * count)
    mine.withUnsafeBytes { mine in all.withUnsafeMutableBytes { allGather(mine, into: $0) } }
    return all
  }
}

/// The one process of a computation that is not shared.
public struct SoleRank: Communicator {
  /// 0.
  public var rank: Int { 0 }
  /// 1.
  public var count: Int { 1 }
  /// 0.
  public var localRank: Int { 0 }
  /// 1.
  public var localCount: Int { 1 }

  /// The only one there is.
  public init() {}

  /// Copies the bytes.
  public func allGather(_ mine: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer) {
    all.copyMemory(from: mine)
  }

  /// Copies the bytes.
  public func exchange(_ parts: UnsafeRawBufferPointer, into mine: UnsafeMutableRawBufferPointer) {
    mine.copyMemory(from: parts)
  }
}
