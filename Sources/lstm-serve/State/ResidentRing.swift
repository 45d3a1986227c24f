#if Service
  import Synchronization

  /// The series that are in memory, at most so many: idle ones go to the disk.
  ///
  /// Which are idle is told by the clock algorithm (Corbató 1968): a hand goes round, passes over those that
  /// were used since it came by last, and takes the first that was not.
  final class ResidentRing: Sendable {
    private struct Ring {
      var members: [(slot: SeriesSlot, table: SeriesTable)] = []
      var hand = 0
    }

    /// The most series in memory; `nil` is all.
    private let limit: Int?
    private let ring = Mutex(Ring())

    init(limit: Int?) { self.limit = limit }

    /// The number of series in memory.
    var count: Int { ring.withLock { $0.members.count } }

    /// Takes in a series that has come into memory.
    func add(_ slot: SeriesSlot, of table: SeriesTable) {
      ring.withLock { $0.members.append((slot, table)) }
    }

    /// Sends idle series to the disk until there are no more than the limit.
    ///
    /// The caller holds no lock of a series. One that is being worked on is passed over.
    ///
    /// - Throws: `LSTMError.fileSystem` where a series cannot be written; it stays in memory.
    func trim() throws {
      guard let limit else { return }
      while let candidate = ring.withLock({ Self.next(&$0, limit: limit) }) {
        let (slot, table) = candidate
        guard slot.tryLock() else {
          add(slot, of: table)
          return
        }
        defer { slot.unlock() }
        do { try table.save(slot) } catch {
          add(slot, of: table)
          throw error
        }
        slot.knowledge = nil
      }
    }

    /// Takes the next idle series out of the ring.
    private static func next(
      _ ring: inout Ring, limit: Int
    ) -> (slot: SeriesSlot, table: SeriesTable)? {
      guard ring.members.count > limit else { return nil }
      for _ in 0..<2 * ring.members.count {
        if ring.hand >= ring.members.count { ring.hand = 0 }
        if ring.members[ring.hand].slot.wasUsed.exchange(false, ordering: .relaxed) {
          ring.hand += 1
          continue
        }
        let found = ring.members[ring.hand]
        ring.members[ring.hand] = ring.members[ring.members.count - 1]
        ring.members.removeLast()
        return found
      }
      return nil
    }
  }
#endif
