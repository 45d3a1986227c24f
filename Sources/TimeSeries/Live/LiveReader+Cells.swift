// What a cell of a row says, by what the model tells of its column.

extension LiveReader {
  // MARK: - Numbers

  /// A cell as a number; NaN where it is missing.
  mutating func number(
    _ cell: [UInt8], column: String, isJSON: Bool
  ) throws(TimeSeriesError) -> Double {
    let found = cell.withUnsafeBufferPointer { cell -> (value: Double?, isTruth: Bool) in
      let cell = NumberParser.trimmed(cell)
      if missing.contains(cell) { return (.nan, false) }
      if let value = written(cell, isJSON: isJSON) { return (value, false) }
      return (NumberReader.truth(cell), true)
    }
    func unexpected(_ what: String = "a number") -> TimeSeriesError {
      let text = trimmed(String(decoding: cell, as: UTF8.self))
      return failure("expected \(what), found '\(excerpt(text))'", column: column)
    }
    guard let value = found.value else { throw unexpected(expectation(cell)) }
    guard !value.isNaN else { return .nan }
    guard !value.isInfinite else {
      throw failure("expected a finite number, found an infinity", column: column)
    }
    // Words for true and false are numbers where nothing else stands in the column.
    guard
      found.isTruth ? form?.numbers.contains(column) != true : form?.truths.contains(column) != true
    else {
      throw unexpected(found.isTruth ? "a number" : "a word such as true, as in the rows before")
    }
    if found.isTruth { form?.truths.insert(column) } else { form?.numbers.insert(column) }
    let kept = Set(options.keptValues ?? [])
    let codes = missing.numbers.union(options.missingCodes?[column] ?? []).subtracting(kept)
    return codes.contains(value) ? .nan : value
  }

  /// The sign before decimals, as far as it is told.
  private var decimal: UInt8? {
    options.table?.decimal?.byte ?? options.table?.usualDecimal?.byte
  }

  /// The number that is written in a cell; `nil` where it is none, or may be two.
  private func written(_ cell: UnsafeBufferPointer<UInt8>, isJSON: Bool) -> Double? {
    let isPoint = isJSON || decimal != NumberForm.comma
    if isPoint, options.table?.thousands != .point, let plain = NumberParser.parse(cell) {
      return plain
    }
    guard let number = WrittenNumber(cell) else { return nil }
    let forms = number.forms(among: options.table?.forms ?? .all).forms
    let sign = isJSON ? NumberForm.point : decimal
    if sign == nil, number.isAmbiguous { return nil }
    return (forms.first { $0.decimal == sign } ?? forms.first).flatMap(number.value)
  }

  /// What was expected of a cell that is no number.
  private func expectation(_ cell: [UInt8]) -> String {
    let isAmbiguous = cell.withUnsafeBufferPointer {
      WrittenNumber(NumberParser.trimmed($0))?.isAmbiguous == true
    }
    return isAmbiguous
      ? "a number that shows whether its sign is before decimals, or --decimal point or comma"
      : "a number"
  }

  // MARK: - Times

  /// The time of a row.
  func time(_ cells: [String: [UInt8]]) throws(TimeSeriesError) -> RowTime {
    guard let names = options.time, !names.isEmpty else {
      return RowTime(kind: .rowNumbers, value: Double(form?.row ?? line))
    }
    let columns = names.map { name -> TableColumn in
      let cell = cells[name] ?? []
      return cell.withUnsafeBufferPointer { bytes in
        let bytes = NumberParser.trimmed(bytes)
        if let number = NumberParser.parse(bytes, missing: missing), !number.isNaN {
          return .numbers([number])
        }
        var text = TextCells()
        text.append(bytes)
        return .text(TextColumn(cells: text, counts: CellCounts(), firstText: nil))
      }
    }
    let table = Table(
      path: path, header: names, columns: columns, rowCount: 1, firstFileRow: line,
      blankFileRows: [])
    var finder = try TimeFinder(table: table, options: options, kind: kind)
    let axis = try finder.axis(names)
    let isTime = axis.kind == .dates || axis.kind == .times
    guard isTime == (kind == .dates || kind == .times), axis.values[0].isFinite else {
      throw failure(
        "expected \(isTime ? "a number, as the model's rows have" : "a time"), found "
          + table.describe(row: 0, column: names[0]), column: names[0])
    }
    // A row at midnight is one of a time of day too.
    let own = kind == .times ? .times : axis.kind
    if own == .times, let isUTC = form?.isUTC, isUTC != axis.isUTC {
      throw failure(
        "expected an offset from UTC in every row or in none, found "
          + table.describe(row: 0, column: names[0]), column: names[0])
    }
    return RowTime(kind: own, value: axis.values[0], isUTC: axis.isUTC)
  }
}
