#if Service
  import AnomalyDetection
  import Synchronization
  import TimeSeries

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #else
    import Darwin
  #endif

  /// All that is known of the rows of a series.
  struct SeriesKnowledge: Sendable {
    /// What the detector knows.
    var detector: LiveDetector.State
    /// What was found out of the lines that were read.
    var form: LiveReader.Form
    /// The number of the last record of the journal that is in it.
    var sequence: UInt64
    /// The number of rows that were taken.
    var rows: Int
  }

  /// The place of a series, which one thread at a time works on.
  ///
  /// The place stays for as long as the process; what is known may be on the disk alone.
  final class SeriesSlot: @unchecked Sendable {
    let key: [String]
    let id: SeriesID
    /// Whether it was used since the last look at it, by which idle series are told.
    let wasUsed = Atomic(true)
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    // What follows is touched only by who holds the lock.

    /// What is known; `nil` where it is on the disk alone, or nothing is.
    var knowledge: SeriesKnowledge?
    /// Whether a snapshot is on the disk.
    var isStored: Bool
    /// The first record that is not in the snapshot; `nil` where all are.
    var unsavedSince: UInt64?
    /// Whether the place was given up before anything was known: whoever finds it looks again.
    var isRetired = false

    init(key: [String], id: SeriesID, isStored: Bool) {
      self.key = key
      self.id = id
      self.isStored = isStored
      mutex = .allocate(capacity: 1)
      pthread_mutex_init(mutex, nil)
    }

    deinit {
      pthread_mutex_destroy(mutex)
      mutex.deallocate()
    }

    /// Waits until no other thread works on the series.
    func lock() { pthread_mutex_lock(mutex) }

    /// Takes the series where no other thread works on it.
    func tryLock() -> Bool { pthread_mutex_trylock(mutex) == 0 }

    /// Ends the work on it.
    func unlock() { pthread_mutex_unlock(mutex) }
  }
#endif
