/// Finds out how a table lies in a text, from its first rows.
struct DialectFinder {
  private static let sampleSize = 100

  private let path: String
  private let bytes: [UInt8]
  private let options: TableOptions
  private let missing: MissingCodes

  /// - Parameters:
  ///   - bytes: The start of the text: whole rows, UTF-8.
  ///   - options: What the user says about it.
  ///   - path: What messages call the file.
  init(_ bytes: [UInt8], options: TableOptions, path: String) {
    self.bytes = bytes
    self.options = options
    self.path = path
    missing = MissingCodes(options.missingValues)
  }

  /// What a delimiter makes of the rows.
  private struct Candidate {
    var delimiter: Delimiter
    var records: [SampleRecord]
    /// The number of cells that most rows have.
    var width: Int
    var score: Double
    var header: Header?
    var failure: (row: Int, reason: String)?

    /// Whether the row of the names, or the first one, and half of all rows at least have the same
    /// number of cells, which is above one.
    var cutsRows: Bool {
      let filled = records.filter { !$0.isBlank && !$0.isComment }
      let first = header?.names ?? filled.first
      return width > 1 && first?.cells.count == width
        && 2 * filled.count(where: { $0.cells.count == width }) >= filled.count
    }
  }

  private struct Header {
    /// Which of the records has the names, which the units, and which is the first with values.
    var names: SampleRecord
    var units: SampleRecord?
    var end: SampleRecord
  }

  /// - Returns: `nil` where all rows are blank.
  /// - Throws: `TimeSeriesError` where there are no names above the values.
  func find() throws(TimeSeriesError) -> Dialect? {
    let start = try textStart()
    guard start.place < bytes.count else { return nil }
    var delimiters = Delimiter.candidates
    if let wanted = start.delimiter ?? options.delimiterByte { delimiters = [wanted] }
    let candidates = delimiters.map { candidate($0, from: start) }
    guard candidates.contains(where: { !$0.records.allSatisfy(\.isBlank) || $0.failure != nil })
    else { return nil }
    // What cuts the names and most rows alike is a delimiter, and no decimal comma.
    let cutting = candidates.filter(\.cutsRows)
    let possible = cutting.isEmpty ? candidates : candidates.filter { $0.width > 1 }
    // The first of equals; names tip the scales.
    func rating(_ candidate: Candidate) -> Double {
      candidate.score * (candidate.header == nil ? 0.8 : 1)
    }
    var best = possible[0]
    for other in possible where rating(other) > rating(best) { best = other }
    guard let header = best.header else {
      if let failure = best.failure {
        throw TimeSeriesError(file: path, row: failure.row, reason: failure.reason)
      }
      throw TimeSeriesError(
        file: path, row: best.records.first { !$0.isBlank }?.row,
        reason: "expected the names of the columns, found values; put a row of names above them")
    }
    return dialect(best, header, start)
  }

  // MARK: - The start

  private struct Start {
    var place: Int
    var row: Int
    var delimiter: Delimiter?
  }

  /// Behind the rows that the user skips and the line `sep=;` that Excel understands.
  private func textStart() throws(TimeSeriesError) -> Start {
    var start = Start(place: 0, row: 1)
    func lineEnd() -> Int {
      guard let end = bytes[start.place...].firstIndex(where: { $0 == 10 || $0 == 13 }) else {
        return bytes.count
      }
      return bytes[end] == 13 && end + 1 < bytes.count && bytes[end + 1] == 10 ? end + 2 : end + 1
    }
    while start.row <= options.skippedRows, start.place < bytes.count {
      start = Start(place: lineEnd(), row: start.row + 1)
    }
    let end = lineEnd()
    let line = String(decoding: bytes[start.place..<end], as: UTF8.self)
      .trimmingSuffix { $0.isNewline }
    if line.lowercased().hasPrefix("sep="), let sign = line.unicodeScalars.dropFirst(4).first,
      sign.isASCII
    {
      return Start(place: end, row: start.row + 1, delimiter: Delimiter(sign))
    }
    return start
  }

  // MARK: - Candidates

  private func candidate(_ delimiter: Delimiter, from start: Start) -> Candidate {
    var bytes = Array(bytes[start.place...].prefix(1 << 18))
    var records: [SampleRecord] = []
    var failure: (row: Int, reason: String)?
    bytes.withUnsafeMutableBufferPointer { bytes in
      var scanner = RecordScanner(bytes, delimiter: delimiter)
      while !scanner.isAtEnd, records.count < Self.sampleSize {
        do throws(RecordScanner.QuotingError) {
          try scanner.readRecord()
        } catch {
          failure = (start.row + records.count, error.reason)
          return
        }
        let cells = scanner.cells.map {
          trimmed(String(decoding: scanner.content($0), as: UTF8.self))
        }
        records.append(
          SampleRecord(
            row: start.row + records.count, cells: cells, end: start.place + scanner.position))
      }
    }
    let filled = records.filter { !$0.isBlank && !$0.isComment }
    var counts: [Int: Int] = [:]
    for record in filled { counts[record.cells.count, default: 0] += 1 }
    let width = counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? 1
    var candidate = Candidate(
      delimiter: delimiter, records: records, width: width, score: 0, failure: failure)
    guard !filled.isEmpty else { return candidate }
    let fitting = filled.filter { $0.cells.count == width }
    let values = fitting.reduce(0.0) { sum, record in
      sum + Double(kinds(record).count { $0 != .text }) / Double(record.cells.count)
    }
    candidate.score =
      (Double(fitting.count) + 2 * values) / Double(filled.count) + (width > 1 ? 0.3 : 0)
    candidate.header = header(candidate)
    return candidate
  }

  private func kinds(_ record: SampleRecord) -> [CellKind] {
    record.cells.map { CellKind($0, missing: missing) }
  }

  // MARK: - The header

  private func header(_ candidate: Candidate) -> Header? {
    let width = candidate.width
    let records = candidate.records
    func fits(_ record: SampleRecord) -> Bool {
      !record.isComment && !record.isBlank && record.cells.count == width
    }
    /// Rows may end in delimiters; a header may lack the name of the first column.
    func nearlyFits(_ record: SampleRecord) -> Bool {
      !record.isComment && !record.isBlank && width >= 3 && record.cells.count == width - 1
    }
    let values = records.map { record in
      fits(record) ? kinds(record).count(where: \.isValue) : 0
    }
    // A number among titles is no row of values.
    let usual = values.filter { $0 > 0 }.sorted()
    let least = usual.isEmpty ? 1 : (usual[usual.count / 2] + 1) / 2
    let first = values.firstIndex { $0 >= least }
    guard let first else {
      // Text and nothing else.
      return records.first(where: fits).map { Header(names: $0, units: nil, end: $0) }
    }
    var above: [SampleRecord] = []
    for record in records[..<first].reversed() {
      guard fits(record) else {
        if above.isEmpty, nearlyFits(record) { above = [record] }
        break
      }
      above.insert(record, at: 0)
    }
    guard let highest = above.first else {
      if let names = commentedNames(records[..<first], width: width) {
        return Header(names: names, units: nil, end: records[first - 1])
      }
      return hasNames(records, first)
        ? Header(names: records[first], units: nil, end: records[first])
        : nil
    }
    // Titles above the names leave cells empty.
    let names =
      highest.cells.dropFirst().contains("")
      ? above.first { !$0.cells.dropFirst().contains("") } ?? highest : highest
    let below = above.filter { $0.row > names.row }
    let units = below.first.flatMap { below.count == 1 && areUnits($0) ? $0 : nil }
    return Header(names: names, units: units, end: units ?? names)
  }

  /// Whether a row with values has names among them, because those below are of another kind.
  private func hasNames(_ records: [SampleRecord], _ place: Int) -> Bool {
    let kinds = kinds(records[place])
    for record in records[(place + 1)...].prefix(5) {
      let below = self.kinds(record)
      if zip(kinds, below).contains(where: {
        $0 == .text && $1.isValue || $0 == .time && $1 == .number
      }) {
        return true
      }
    }
    let years = records[place].cells.compactMap { Int($0) }
    return years.count >= 3 && years.count >= kinds.count - 2
      && years.allSatisfy { (1800...2200).contains($0) }
      && zip(years, years.dropFirst()).allSatisfy { $0 + 1 == $1 } && kinds.first == .text
  }

  /// Names in the last line of comments, as `# date,sales`.
  private func commentedNames(
    _ records: ArraySlice<SampleRecord>, width: Int
  ) -> SampleRecord? {
    guard var last = records.last(where: { !$0.isBlank }), last.isComment, last.cells.count == width
    else { return nil }
    last.cells[0] = trimmed(String(last.cells[0].drop { $0 == "#" }))
    return last
  }

  /// Whether a row between names and values says what the values are measured in.
  private func areUnits(_ record: SampleRecord) -> Bool {
    record.cells.allSatisfy { cell in
      cell.count <= 20 && (cell.isEmpty || CellKind(cell, missing: missing) == .text)
    }
  }

  // MARK: - The dialect

  private func dialect(_ candidate: Candidate, _ header: Header, _ start: Start) -> Dialect {
    var names = header.names.cells
    let width = candidate.width
    if names.count < width {
      let below = candidate.records.filter {
        $0.row > header.end.row && $0.cells.count == width
      }
      let endsInDelimiter = below.allSatisfy { $0.cells.last?.isEmpty == true }
      names.insert("", at: endsInDelimiter ? names.count : 0)
    }
    var dialect = Dialect(
      delimiter: candidate.delimiter, names: names, headerRow: header.names.row,
      firstDataRow: header.end.row + 1, dataStart: header.end.end)
    for index in names.indices where names[index].isEmpty {
      dialect.unnamed.insert(index)
      dialect.names[index] = "column \(index + 1)"
    }
    let above = candidate.records.filter {
      $0.row < header.names.row && !$0.isBlank && !$0.isComment
    }
    if let last = above.last {
      dialect.notes.append(
        "the names of the columns were found in row \(header.names.row); what is above them, up to "
          + "'\(excerpt(last.cells.joined(separator: " ")))', was passed over")
    }
    if let units = header.units {
      let shown = units.cells.filter { !$0.isEmpty }.map { "'\(excerpt($0))'" }
      dialect.notes.append("row \(units.row) was passed over as units: \(listed(shown))")
    }
    return dialect
  }
}

extension String {
  fileprivate func trimmingSuffix(_ isDropped: (Character) -> Bool) -> String {
    var text = self
    while let last = text.last, isDropped(last) { text.removeLast() }
    return text
  }
}
