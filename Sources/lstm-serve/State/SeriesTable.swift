#if Service
  import AnomalyDetection
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

  /// The series of one model.
  final class SeriesTable: Sendable {
    /// What is in the file of a series.
    private struct Snapshot: Codable {
      var key: [String]
      var sequence: UInt64
      var rows: Int
      var form: LiveReader.Form
      var detector: LiveDetector.State
    }

    private struct Places {
      var slots: [SeriesID: SeriesSlot] = [:]
      /// Those of which something is known, here or on the disk.
      var knownCount: Int
    }

    let model: ServedModel
    /// Where the files of the series lie; `nil` where nothing is kept.
    let folder: String?
    private let places: Mutex<Places>
    private static let suffix = ".state"

    /// - Parameters:
    ///   - model: The model.
    ///   - state: The folder of all states; `nil` keeps nothing.
    /// - Throws: `LSTMError.fileSystem` where the model's own folder in it cannot be made.
    init(_ model: ServedModel, state: String?) throws(LSTMError) {
      self.model = model
      folder = state.map { "\($0)/\(model.folder)" }
      var count = 0
      if let folder {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
          throw .fileSystem("\(folder): cannot be made: \(String(cString: strerror(errno)))")
        }
        count = Self.count(folder)
      }
      places = Mutex(Places(knownCount: count))
    }

    /// The number of series of which something is known.
    var count: Int { places.withLock { $0.knownCount } }

    /// The places of all series that were used.
    var slots: [SeriesSlot] { places.withLock { Array($0.slots.values) } }

    /// The place of a series, locked.
    func lock(_ key: [String]) -> SeriesSlot {
      let id = SeriesID(key)
      while true {
        let found = places.withLock { places -> SeriesSlot in
          if let slot = places.slots[id] { return slot }
          let isStored = path(id).map { access($0, F_OK) == 0 } ?? false
          let slot = SeriesSlot(key: key, id: id, isStored: isStored)
          places.slots[id] = slot
          return slot
        }
        found.lock()
        guard found.isRetired else {
          found.wasUsed.store(true, ordering: .relaxed)
          return found
        }
        found.unlock()
      }
    }

    /// Ends the work on a series; where nothing is known of it, the place is given up.
    func unlock(_ slot: SeriesSlot) {
      if slot.knowledge == nil, !slot.isStored {
        slot.isRetired = true
        places.withLock { _ = $0.slots.removeValue(forKey: slot.id) }
      }
      slot.unlock()
    }

    /// Counts a series of which something is known from now on.
    func noteNew() { places.withLock { $0.knownCount += 1 } }

    // MARK: - Files

    private func path(_ id: SeriesID) -> String? {
      folder.map { "\($0)/\(id.text)\(Self.suffix)" }
    }

    /// What is known of a locked series, from the disk where it is not here.
    ///
    /// - Returns: `nil` where nothing is known.
    /// - Throws: `StateError` where the file cannot be read, or is damaged.
    func load(_ slot: SeriesSlot) throws(StateError) -> SeriesKnowledge? {
      if let knowledge = slot.knowledge { return knowledge }
      guard slot.isStored, let path = path(slot.id) else { return nil }
      do {
        let knowledge = try read(path, key: slot.key)
        slot.knowledge = knowledge
        return knowledge
      } catch { throw StateError(description: "\(error)") }
    }

    private func read(_ path: String, key: [String]) throws -> SeriesKnowledge {
      let found = try StateText.decode(
        Snapshot.self, from: try AtomicFile.read(path), path: path, model: model.checksum,
        remedy: "remove it to begin this series anew")
      guard found.key == key else {
        throw DetectionError.dataMismatch("\(path): the state belongs to another series")
      }
      return SeriesKnowledge(
        detector: found.detector, form: found.form, sequence: found.sequence, rows: found.rows)
    }

    /// Writes what is known of a locked series, where the disk does not have it.
    ///
    /// - Throws: `LSTMError.fileSystem` where it cannot be written.
    func save(_ slot: SeriesSlot) throws {
      guard slot.unsavedSince != nil, let knowledge = slot.knowledge, let path = path(slot.id)
      else { return }
      let snapshot = Snapshot(
        key: slot.key, sequence: knowledge.sequence, rows: knowledge.rows, form: knowledge.form,
        detector: knowledge.detector)
      let file = try StagedFile(path)
      try file.write(bytes: StateText.encode(snapshot, model: model.checksum))
      try file.commitUnsynced()
      slot.isStored = true
      slot.unsavedSince = nil
    }

    private static func count(_ folder: String) -> Int {
      guard let entries = opendir(folder) else { return 0 }
      defer { closedir(entries) }
      var count = 0
      while let entry = readdir(entries) {
        let isState = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) {
            String(cString: $0).hasSuffix(suffix)
          }
        }
        if isState { count += 1 }
      }
      return count
    }
  }
#endif
