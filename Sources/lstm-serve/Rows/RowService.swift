#if Service
  import AnomalyDetection
  import TimeSeries

  /// Judges the rows of requests: all rows of one, or none where one of them cannot be read.
  struct RowService: Sendable {
    let store: SeriesStore

    /// Judges rows.
    ///
    /// - Parameters:
    ///   - request: The rows.
    ///   - table: The series of the model.
    /// - Returns: What is said of each; all are in the journal then.
    /// - Throws: `ServiceError` where a row cannot be read or judged, and what the disk and the device
    ///   refuse; then nothing has changed.
    func judge(_ request: RowRequest, by table: SeriesTable) throws -> RowAnswer {
      let lines = try request.format.lines(of: request.body, most: request.mostRows)
      let answer =
        try table.model.keyColumns.isEmpty
        ? judgeSeries(request, lines, by: table) : judgePanel(request, lines, by: table)
      try store.ring.trim()
      return answer
    }

    // MARK: - The rows of one series

    private func judgeSeries(
      _ request: RowRequest, _ lines: [[UInt8]], by table: SeriesTable
    ) throws -> RowAnswer {
      let slot = table.lock(request.series.map { [$0] } ?? [])
      defer { table.unlock(slot) }
      let before = try store.load(slot, of: table)
      try checkRoom(for: before == nil ? 1 : 0)
      var reader = try table.model.reader(known: before?.form)
      let rows = try read(lines, by: &reader, most: request.mostRows)
      guard let form = reader.form, !rows.isEmpty else { return RowAnswer() }
      var answer = RowAnswer()
      let step = try step(
        rows, of: slot, after: before, form: form, request, by: table, into: &answer)
      if let step { try store.commit([step], of: table) }
      return answer
    }

    // MARK: - The rows of several series

    private func judgePanel(
      _ request: RowRequest, _ lines: [[UInt8]], by table: SeriesTable
    ) throws -> RowAnswer {
      guard request.series == nil else {
        throw ServiceError(
          400,
          "series: the rows of this model tell their series themselves, by "
            + table.model.keyColumns.map { "'\($0)'" }.joined(separator: ", "))
      }
      var reader = try table.model.reader(known: nil)
      let rows = try read(lines, by: &reader, most: request.mostRows)
      guard let form = reader.form, !rows.isEmpty else { return RowAnswer() }
      var byKey: [SeriesID: [Int]] = [:]
      for (index, row) in rows.enumerated() {
        byKey[SeriesID(row.row.key), default: []].append(index)
      }
      for (id, own) in byKey where !table.model.knows(id) {
        let row = rows[own[0]]
        throw ServiceError(
          400,
          "body, row \(row.line): the model was not fitted to the series "
            + "'\(Panel.name(of: row.row.key))'; fit it to rows of this series too")
      }
      // In one order for all requests, so that no two wait for each other.
      let ids = byKey.keys.sorted()
      var slots: [SeriesSlot] = []
      defer { for slot in slots { table.unlock(slot) } }
      var steps: [SeriesStep] = []
      var found: [Int: RowAnswer.Row] = [:]
      var answer = RowAnswer(keyColumns: table.model.keyColumns)
      for id in ids { slots.append(table.lock(rows[(byKey[id] ?? [])[0]].row.key)) }
      let known = try slots.map { try store.load($0, of: table) }
      try checkRoom(for: known.count { $0 == nil })
      for ((id, slot), before) in zip(zip(ids, slots), known) {
        let places = byKey[id] ?? []
        var own = RowAnswer()
        let taken = try numbered(places.map { rows[$0] }, after: before)
        let step = try step(
          taken, of: slot, after: before, form: form, request, by: table, into: &own)
        if let step { steps.append(step) }
        // Rows that were passed over are the first ones.
        for (place, row) in zip(places.suffix(own.rows.count), own.rows) { found[place] = row }
        answer.skipped += own.skipped
      }
      if !steps.isEmpty { try store.commit(steps, of: table) }
      answer.rows = rows.indices.compactMap { found[$0] }
      return answer
    }

    /// Rows without times, counted within their series; and times told as in the rows before.
    private func numbered(
      _ rows: [ReadRow], after before: SeriesKnowledge?
    ) throws(ServiceError) -> [ReadRow] {
      var rows = rows
      for index in rows.indices {
        let time = rows[index].row.time
        if time.kind == .rowNumbers {
          rows[index].row.time.value = Double((before?.rows ?? 0) + index + 1)
        }
        if time.kind == .times, let isUTC = before?.form.isUTC, isUTC != time.isUTC {
          throw ServiceError(
            400,
            "body, row \(rows[index].line): expected an offset from UTC in every row of a series or "
              + "in none, found '\(time.label)'")
        }
      }
      return rows
    }

    // MARK: - Both

    /// A row with its number in the body.
    private struct ReadRow {
      var row: LiveRow
      var line: Int
    }

    private func read(
      _ lines: [[UInt8]], by reader: inout LiveReader, most: Int
    ) throws -> [ReadRow] {
      var rows: [ReadRow] = []
      for line in lines {
        guard let row = try reader.read(line) else { continue }
        guard rows.count < most else { throw RowFormat.tooManyRows(most) }
        rows.append(ReadRow(row: row, line: reader.line))
      }
      try reader.finish()
      return rows
    }

    private func checkRoom(for count: Int) throws(ServiceError) {
      let most = store.configuration.mostSeries
      guard count > 0, store.seriesCount + count > most else { return }
      throw ServiceError(
        507, "no room for another series: \(most) are known; --max-series allows more")
    }

    /// What the rows of a series change.
    ///
    /// - Returns: `nil` where all were passed over.
    private func step(
      _ rows: [ReadRow], of slot: SeriesSlot, after before: SeriesKnowledge?,
      form: LiveReader.Form, _ request: RowRequest, by table: SeriesTable,
      into answer: inout RowAnswer
    ) throws -> SeriesStep? {
      var rows = rows
      if request.skipsKnown, let last = before?.detector.lastTime,
        rows[0].row.time.kind != .rowNumbers
      {
        let known = rows.prefix { !($0.row.time.value > last) }.count
        rows.removeFirst(known)
        answer.skipped += known
      }
      guard !rows.isEmpty else { return nil }
      do {
        let after = try SeriesKnowledge(
          after: before, rows: rows.map(\.row), form: form, model: table.model, key: slot.key
        ) { row, found in
          answer.rows.append(RowAnswer.Row(key: slot.key, time: row.time, answer: found))
        }
        return SeriesStep(slot: slot, rows: rows.map(\.row), after: after)
      } catch let error as RowError {
        guard error.error is DetectionError else { throw error.error }
        throw ServiceError(
          error.isLate ? 409 : 400, "body, row \(rows[error.row].line): \(error.error)")
      }
    }
  }
#endif
