// A line as the cells of a row.

extension LiveReader {
  mutating func readRecord(_ bytes: [UInt8]) throws(TimeSeriesError) -> LiveRow? {
    guard let form else { return nil }
    guard bytes.count(where: { $0 == UInt8(ascii: "\"") }) % 2 == 0 else {
      throw failure("a quote (\") is opened and not closed in the line")
    }
    let cells = try cells(of: bytes, delimiter: form.delimiter)
    let width = form.header.count
    let isBlank = cells.allSatisfy { $0.allSatisfy { $0 == 32 || $0 == 9 } }
    if isBlank, cells.count != width || options.time != [] { return nil }
    let hasEmptyEnd = cells.count > width && cells[width...].allSatisfy(\.isEmpty)
    guard cells.count == width || hasEmptyEnd else {
      if cells[0].first == UInt8(ascii: "#") { return nil }
      throw failure(
        "expected \(width == 1 ? "1 cell" : "\(width) cells") as in the header, found \(cells.count)"
      )
    }
    return try row(
      Dictionary(uniqueKeysWithValues: zip(form.header, cells)), isJSON: false)
  }

  private func cells(
    of bytes: [UInt8], delimiter: UInt8
  ) throws(TimeSeriesError) -> [[UInt8]] {
    var bytes = bytes
    let cells: [[UInt8]]? = bytes.withUnsafeMutableBufferPointer { bytes in
      var scanner = RecordScanner(bytes, delimiter: Delimiter(Unicode.Scalar(delimiter)))
      do throws(RecordScanner.QuotingError) { try scanner.readRecord() } catch { return nil }
      return scanner.isAtEnd ? scanner.cells.map { Array(scanner.content($0)) } : nil
    }
    guard let cells else { throw failure(RecordScanner.QuotingError().reason) }
    return cells
  }

  mutating func readObject(_ bytes: [UInt8]) throws(TimeSeriesError) -> LiveRow? {
    guard !bytes.allSatisfy({ $0 == 32 || $0 == 9 }) else { return nil }
    guard JSONLines.isJSON(bytes) else { throw failure("expected a JSON object") }
    let text: [UInt8]
    do throws(TimeSeriesError) {
      text = try JSONLines.csv(bytes, of: path)
    } catch {
      throw failure(error.reason)
    }
    // One line with the keys, one with the values; a text in them may have line ends of its own.
    var records: [[[UInt8]]] = []
    var copy = text
    let isRead = copy.withUnsafeMutableBufferPointer { bytes in
      var scanner = RecordScanner(bytes, delimiter: Delimiter(","))
      while !scanner.isAtEnd {
        do throws(RecordScanner.QuotingError) { try scanner.readRecord() } catch { return false }
        records.append(scanner.cells.map { Array(scanner.content($0)) })
      }
      return true
    }
    guard isRead, records.count == 2, records[0].count == records[1].count else {
      throw failure("expected one JSON object in the line")
    }
    var cells: [String: [UInt8]] = [:]
    for (name, cell) in zip(records[0], records[1]) {
      cells[String(decoding: name, as: UTF8.self)] = cell
    }
    if form?.header.isEmpty == true {
      // A name that is written wrong must not be taken for a value that is always missing.
      do throws(TimeSeriesError) { try check(Array(cells.keys).sorted()) } catch {
        throw failure(error.reason + "; the first object needs all, null where a value is missing")
      }
      form?.header = cells.keys.sorted()
    }
    return try row(cells, isJSON: true)
  }

  /// A row from its cells, by the names of the columns.
  private mutating func row(
    _ cells: [String: [UInt8]], isJSON: Bool
  ) throws(TimeSeriesError) -> LiveRow? {
    for filter in options.rowFilter ?? [] {
      let cell = cells[filter.column] ?? []
      let text = trimmed(String(decoding: cell, as: UTF8.self))
      guard text == filter.value || Double(text).map({ $0 == Double(filter.value) }) == true else {
        return nil
      }
    }
    var key: [String] = []
    for name in options.series ?? [] {
      let word = (cells[name] ?? []).withUnsafeBufferPointer(SeriesKeys.word)
      guard let word else {
        throw failure("expected a key, which tells the series, found none", column: name)
      }
      key.append(word)
    }
    let time = try time(cells)
    var values: [String: Double] = [:]
    for encoding in options.categories ?? [] {
      var text = TextCells()
      (cells[encoding.column] ?? []).withUnsafeBufferPointer { text.append($0) }
      let (columns, unknown) = encoding.encode(text, missing: missing)
      unknownWords += unknown
      for (name, column) in zip(encoding.names, columns) { values[name] = column[0] }
    }
    let features = options.features ?? []
    for name in features + options.targets.filter({ !features.contains($0) })
    where values[name] == nil {
      values[name] = try number(cells[name] ?? [], column: name, isJSON: isJSON)
    }
    if time.kind == .times { form?.isUTC = time.isUTC }
    return LiveRow(values: values, time: time, key: key)
  }
}
