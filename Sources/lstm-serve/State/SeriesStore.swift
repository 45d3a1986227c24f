#if Service
  import AnomalyDetection
  import Foundation
  import LSTMCompute
  import Synchronization
  import TimeSeries

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #else
    import Darwin
  #endif

  /// What is known of all series of all models: in memory, in the journal, in snapshots on the disk.
  ///
  /// A row counts once its record is in the journal. Snapshots make the journal shorter: a snapshot tells the
  /// last record that is in it, so that none counts twice.
  final class SeriesStore: Sendable {
    /// Where all is kept, and how much of it in memory.
    struct Configuration: Sendable {
      /// The folder; `nil` keeps nothing beyond the process.
      var state: String?
      /// The most series in memory; `nil` is all.
      var resident: Int?
      /// The most series of which something is known, of all models together.
      var mostSeries = 100_000
      /// A longer journal is made into snapshots.
      var journalBytes = 16 << 20
    }

    let configuration: Configuration
    let tables: [String: SeriesTable]
    let ring: ResidentRing
    let journal: Journal?
    /// What was found in the journal at the start; a line each.
    let notes: [String]
    /// Journals with rows of models that are not served now.
    private let keptFiles: Set<String>
    // Held, and never looked at.
    private nonisolated(unsafe) let folderLock: FolderLock?

    /// Restores what is known.
    ///
    /// - Parameters:
    ///   - models: The models.
    ///   - configuration: Where all is kept.
    /// - Throws: `LSTMError.fileSystem` where the folder cannot be used or another process has it;
    ///   `DetectionError.dataMismatch` where a file in it is damaged.
    init(_ models: [ServedModel], _ configuration: Configuration) throws {
      self.configuration = configuration
      ring = ResidentRing(limit: configuration.resident)
      if let state = configuration.state {
        guard mkdir(state, 0o700) == 0 || errno == EEXIST else {
          throw LSTMError.fileSystem(
            "\(state): cannot be made: \(String(cString: strerror(errno)))")
        }
        folderLock = try FolderLock(
          state, taken: "another lstm-serve keeps its state here; give --state another folder")
        guard folderLock != nil else { throw LSTMError.fileSystem("\(state): is no folder") }
      } else {
        folderLock = nil
      }
      tables = Dictionary(
        uniqueKeysWithValues: try models.map {
          ($0.name, try SeriesTable($0, state: configuration.state))
        })
      guard let state = configuration.state else {
        (journal, notes, keptFiles) = (nil, [], [])
        return
      }
      var replay = JournalReplay(
        tables: Dictionary(uniqueKeysWithValues: tables.values.map { ($0.model.folder, $0) }),
        ring: ring)
      let next = try replay.run(Journal.files(in: state))
      journal = try Journal(folder: state, next: next)
      (notes, keptFiles) = (replay.notes, replay.keptFiles)
    }

    /// The number of series of which something is known.
    var seriesCount: Int { tables.values.reduce(0) { $0 + $1.count } }

    /// What is known of a locked series.
    func load(_ slot: SeriesSlot, of table: SeriesTable) throws -> SeriesKnowledge? {
      let wasHere = slot.knowledge != nil
      let knowledge = try table.load(slot)
      if !wasHere, let knowledge {
        ring.add(slot, of: table)
        journal?.skip(to: knowledge.sequence)
      }
      return knowledge
    }

    /// Makes what requests have found out what is known, once it is in the journal.
    ///
    /// - Parameters:
    ///   - steps: The locked series, what is known of each from now on, and the rows that tell it.
    ///   - table: Their model's table.
    /// - Throws: `LSTMError.fileSystem` where the journal cannot be written; then nothing has changed.
    func commit(_ steps: [SeriesStep], of table: SeriesTable) throws {
      let parts = try steps.map { try $0.part(of: table.model) }
      let sequence =
        try journal?.append { sequence in
          JournalRecord(sequence: sequence, parts: parts).encoded { _ in table.model.columns }
        } ?? 0
      for step in steps {
        let slot = step.slot
        if slot.knowledge == nil {
          table.noteNew()
          ring.add(slot, of: table)
        }
        slot.knowledge = step.after
        slot.knowledge?.sequence = sequence
        if journal != nil { slot.unsavedSince = slot.unsavedSince ?? sequence }
      }
    }

    // MARK: - Snapshots

    /// Whether the journal is long enough to be made into snapshots.
    var isDue: Bool { (journal?.size ?? 0) >= configuration.journalBytes }

    /// Makes the journal so far into snapshots, all at once.
    ///
    /// - Throws: `LSTMError.fileSystem` where one cannot be written; then the journal stays.
    func compact() throws {
      for step in try compaction() { _ = try step.run() }
    }

    /// What makes the journal so far into snapshots, step by step: the series, and the end of the old files.
    ///
    /// - Throws: `LSTMError.fileSystem` where no new file can be begun.
    func compaction() throws(LSTMError) -> [CompactionStep] {
      guard let journal else { return [] }
      let first = try journal.rotate()
      let series = tables.values.flatMap { table in
        table.slots.map { CompactionStep.save($0, of: table, before: first) }
      }
      return series + [.remove(journal, before: first, keeping: keptFiles)]
    }
  }

  /// A piece of the work of making the journal into snapshots.
  enum CompactionStep: Sendable {
    /// Writes a series some of whose rows are in no snapshot but in files that are to be removed.
    case save(SeriesSlot, of: SeriesTable, before: UInt64)
    /// Removes the files, all of whose rows are in snapshots then.
    case remove(Journal, before: UInt64, keeping: Set<String>)

    /// Does it.
    ///
    /// - Returns: Whether there was anything to do.
    /// - Throws: `LSTMError.fileSystem` where a file cannot be written; what comes after must not be done
    ///   then.
    func run() throws -> Bool {
      switch self {
      case .save(let slot, let table, let first):
        slot.lock()
        defer { slot.unlock() }
        guard let since = slot.unsavedSince, since < first else { return false }
        try table.save(slot)
      case .remove(let journal, let first, let kept):
        journal.removeFiles(before: first, keeping: kept)
      }
      return true
    }
  }
#endif
