#if Service
  import AnomalyDetection
  import Foundation
  import LSTMCompute
  import TimeSeries

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #else
    import Darwin
  #endif

  /// Takes the rows of the journal that no snapshot has, as if they came again.
  struct JournalReplay {
    /// The tables by the folders of their models.
    let tables: [String: SeriesTable]
    let ring: ResidentRing
    /// What was found, a line each.
    private(set) var notes: [String] = []
    /// Files with rows of models that are not served.
    private(set) var keptFiles: Set<String> = []
    private var rowCount = 0
    private var next: UInt64 = 1

    init(tables: [String: SeriesTable], ring: ResidentRing) {
      self.tables = tables
      self.ring = ring
    }

    /// Reads all files in order.
    ///
    /// - Parameter files: The files, as `Journal.files` tells them.
    /// - Returns: The number of the next record.
    /// - Throws: `LSTMError.fileSystem` where a file cannot be read; `DetectionError.dataMismatch` where
    ///   one is damaged that is not the last.
    mutating func run(_ files: [(path: String, first: UInt64)]) throws -> UInt64 {
      for (index, file) in files.enumerated() {
        next = max(next, file.first)
        try read(file.path, isLast: index == files.count - 1)
      }
      if rowCount > 0 { notes.append("\(counted(rowCount, "row")) restored from the journal") }
      return next
    }

    private mutating func read(_ path: String, isLast: Bool) throws {
      let bytes = [UInt8](try AtomicFile.read(path))
      var place = 0
      while place < bytes.count {
        guard
          let (record, size) = JournalRecord.read(
            bytes[place...], columns: { tables[$0]?.model.columns })
        else { return try cutOff(path, at: place, of: bytes.count, isLast: isLast) }
        next = max(next, record.sequence + 1)
        for part in record.parts { try take(part, of: record.sequence, path: path) }
        try ring.trim()
        place += size
      }
    }

    /// Cuts off what a process that was killed has left of a record.
    private mutating func cutOff(_ path: String, at place: Int, of size: Int, isLast: Bool) throws {
      guard isLast else {
        throw DetectionError.dataMismatch(
          "\(path): damaged at byte \(place); move it away to begin without its rows")
      }
      guard truncate(path, off_t(place)) == 0 else {
        throw LSTMError.fileSystem(
          "\(path): cannot be written: \(String(cString: strerror(errno)))")
      }
      notes.append(
        "\(path): \(counted(size - place, "byte")) of a record that was not written whole cut off")
    }

    private mutating func take(
      _ part: JournalRecord.Part, of sequence: UInt64, path: String
    ) throws {
      guard let table = tables[part.model] else {
        if keptFiles.insert(path).inserted {
          notes.append(
            "\(path): has rows of '\(part.model)', which is not served now; the file is kept")
        }
        return
      }
      let slot = table.lock(part.key)
      defer { table.unlock(slot) }
      let wasHere = slot.knowledge != nil
      let before = try table.load(slot)
      if let before, !wasHere {
        ring.add(slot, of: table)
        next = max(next, before.sequence + 1)
      }
      guard (before?.sequence ?? 0) < sequence else { return }
      guard var form = try before?.form ?? decoded(part.form) else {
        throw DetectionError.dataMismatch(
          "\(path): damaged: record \(sequence) does not tell how its rows were written")
      }
      if !part.form.isEmpty, let own = try decoded(part.form) { form = own }
      form.row = part.formRow
      do {
        var after = try SeriesKnowledge(
          after: before, rows: part.rows, form: form, model: table.model, key: part.key)
        after.sequence = sequence
        slot.knowledge = after
      } catch let error as RowError {
        throw DetectionError.dataMismatch(
          "\(path): record \(sequence) cannot be judged again: \(error.error)")
      }
      if before == nil {
        table.noteNew()
        ring.add(slot, of: table)
      }
      slot.unsavedSince = slot.unsavedSince ?? sequence
      rowCount += part.rows.count
    }

    private func decoded(_ form: [UInt8]) throws -> LiveReader.Form? {
      form.isEmpty ? nil : try JSONDecoder().decode(LiveReader.Form.self, from: Data(form))
    }
  }
#endif
