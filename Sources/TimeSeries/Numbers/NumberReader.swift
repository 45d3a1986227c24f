internal import Dispatch

/// Turns columns of text into numbers where they are some in another form than the plainest.
struct NumberReader {
  let options: TableOptions
  let missing: MissingCodes
  /// What stands between the cells of the file.
  let delimiter: Delimiter
  /// One-liners for the user about what was decided.
  private(set) var notes: [String] = []
  /// The sign before decimals, where the columns read before show it.
  private var shown: UInt8?

  init(options: TableOptions, delimiter: Delimiter) {
    self.options = options
    self.delimiter = delimiter
    missing = MissingCodes(options.missingValues)
  }

  /// Reads columns of text.
  ///
  /// - Parameters:
  ///   - names: The names of all columns.
  ///   - columns: The columns, of which those of text are replaced.
  ///   - cells: The cells of the columns of text, by the column's place.
  ///   - hasDecimalPoint: Whether a column of plain numbers shows that a point is before decimals.
  ///   - ambiguous: The columns of which it is known that they leave two forms open, though these cells
  ///     seem to tell.
  /// - Returns: The sign before decimals, where the file shows it.
  mutating func read(
    names: [String], columns: inout [TableColumn], cells: [Int: TextCells], hasDecimalPoint: Bool,
    ambiguous: Set<Int> = []
  ) -> UInt8? {
    let evidence = evidence(of: cells)
    var signs = Set(evidence.values.compactMap(\.decimal))
    if hasDecimalPoint { signs.insert(NumberForm.point) }
    if signs.count == 1 { shown = signs.first }
    let known = options.decimal?.byte ?? shown ?? options.usualDecimal?.byte
    let looksGerman =
      delimiter.byte == UInt8(ascii: ";") && cells.values.contains(where: Self.areDottedDates)
    var read: [NumberForm: [String]] = [:]
    var booleans: [String: [String]] = [:]
    var used: Set<UInt8> = signs
    for (index, text) in cells.sorted(by: { $0.key < $1.key }) {
      guard let its = evidence[index] else { continue }
      guard its.areNumbers else {
        if its.firstText == nil {
          columns[index] = .numbers(Array(repeating: .nan, count: text.count))
        } else if let (values, words) = Self.booleans(text, missing: missing) {
          columns[index] = .numbers(values)
          booleans[words, default: []].append("'\(excerpt(names[index]))'")
        } else {
          columns[index] = .text(
            TextColumn(cells: text, counts: its.counts, firstText: its.firstText))
        }
        continue
      }
      var form = its.forms.forms.first ?? .plain
      if let choice = its.choice {
        guard !ambiguous.contains(index),
          let decided = decide(
            its, choice, names[index], known: known, looksGerman: looksGerman)
        else {
          let (row, cell) = its.firstAmbiguous ?? (0, "")
          columns[index] = .text(
            TextColumn(
              cells: text, counts: its.counts,
              firstText: (
                row,
                "'\(cell)' may be \(cell.filter(\.isNumber)) or have three decimals, and the file "
                  + "does not show which; --decimal point or --decimal comma says it"
              ), isAmbiguous: true))
          continue
        }
        form = decided
      }
      if form != .plain { read[form, default: []].append("'\(excerpt(names[index]))'") }
      used.insert(form.decimal)
      columns[index] = .numbers(Self.numbers(text, form, missing: missing))
      let units = its.units.filter { !$0.isEmpty }
      if !units.isEmpty {
        notes.append(
          "'\(excerpt(names[index]))' was read without "
            + units.sorted().map { "'\($0)'" }.joined(separator: " and "))
      }
    }
    for (form, names) in read.sorted(by: { $0.value[0] < $1.value[0] }) {
      notes.append("\(form.example) is how numbers were read in \(listed(names))")
    }
    for (words, names) in booleans.sorted(by: { $0.value[0] < $1.value[0] }) {
      notes.append("\(words) were read as 1 and 0 in \(listed(names))")
    }
    return known ?? (used.count == 1 ? used.first : nil)
  }

  /// What each column says, several at the same time.
  private func evidence(of cells: [Int: TextCells]) -> [Int: NumberEvidence] {
    let columns = Array(cells)
    let (missing, allowed) = (missing, options.forms)
    var found = [NumberEvidence?](repeating: nil, count: columns.count)
    found.withUnsafeMutableBufferPointer { found in
      // Each iteration writes its own element, and all are done when the call returns.
      nonisolated(unsafe) let found = found
      DispatchQueue.concurrentPerform(iterations: columns.count) { index in
        found[index] = NumberEvidence(columns[index].value, missing: missing, allowed: allowed)
      }
    }
    return Dictionary(
      uniqueKeysWithValues: zip(columns, found).compactMap { column, its in
        its.map { (column.key, $0) }
      })
  }

  /// Which of two forms a column is in; `nil` where it cannot be known.
  private mutating func decide(
    _ evidence: NumberEvidence, _ choice: (decimals: NumberForm, thousands: NumberForm),
    _ name: String, known: UInt8?, looksGerman: Bool
  ) -> NumberForm? {
    let sign = choice.decimals.decimal
    if let known { return known == sign ? choice.decimals : choice.thousands }
    // Small numbers without the sign and none above 999: decimals would not come by threes.
    if evidence.smallWholes > 0, evidence.largeWholes == 0, evidence.ambiguousCount >= 3 {
      return choice.thousands
    }
    guard evidence.largeWholes == 0 else { return nil }
    if looksGerman { return sign == NumberForm.comma ? choice.decimals : choice.thousands }
    guard delimiter.byte == NumberForm.comma else { return nil }
    let isPoint = sign == NumberForm.point
    notes.append(
      "each number in '\(excerpt(name))' has three digits after its "
        + (isPoint
          ? "point, which was taken as decimal point; --thousands point takes it out"
          : "comma, which was taken out; --decimal comma makes it a decimal comma"))
    return isPoint ? choice.decimals : choice.thousands
  }

  private static func numbers(
    _ cells: TextCells, _ form: NumberForm, missing: MissingCodes
  ) -> [Double] {
    (0..<cells.count).map { row in
      cells.withBytes(of: row) { cell in
        let cell = NumberParser.trimmed(cell)
        if let simple = SimpleNumber.value(cell, in: form) { return simple }
        guard !missing.contains(cell) else { return .nan }
        return WrittenNumber(cell)?.value(in: form) ?? .nan
      }
    }
  }

  /// 1 and 0 for true and false, and the like, with the words that they are for; `nil` where cells are
  /// anything else.
  private static func booleans(
    _ cells: TextCells, missing: MissingCodes
  ) -> (values: [Double], words: String)? {
    var values: [Double] = []
    var pair: (no: String, yes: String)?
    for row in 0..<cells.count {
      let value: Double? = cells.withBytes(of: row) { cell in
        let cell = NumberParser.trimmed(cell)
        guard cell.count <= 5 else { return nil }
        guard !missing.contains(cell) else { return .nan }
        let word = String(decoding: cell, as: UTF8.self).lowercased()
        pair = pair ?? pairs.first { $0.no == word || $0.yes == word }
        guard let pair, word == pair.no || word == pair.yes else { return nil }
        return word == pair.yes ? 1 : 0
      }
      guard let value else { return nil }
      values.append(value)
    }
    return pair.map { (values, "\($0.yes) and \($0.no)") }
  }

  /// 1 and 0 for true and false, and the like; `nil` for another word.
  static func truth(_ cell: UnsafeBufferPointer<UInt8>) -> Double? {
    guard cell.count <= 5 else { return nil }
    let word = String(decoding: cell, as: UTF8.self).lowercased()
    return pairs.firstIndex { $0.yes == word } != nil
      ? 1 : pairs.firstIndex { $0.no == word } != nil ? 0 : nil
  }

  private static let pairs = [("false", "true"), ("no", "yes"), ("off", "on"), ("n", "y")]
    .map { (no: $0, yes: $1) }

  /// Whether the first cells are dates such as 31.12.2012.
  private static func areDottedDates(_ cells: TextCells) -> Bool {
    let sample = (0..<min(20, cells.count)).map { trimmed(cells[$0]) }.filter { !$0.isEmpty }
    return !sample.isEmpty
      && sample.allSatisfy { cell in
        cell.prefix(10).count { $0 == "." } == 2 && TimeParser(order: .dayFirst).parse(cell) != nil
      }
  }
}

extension NumberForm {
  /// A number in this form.
  var example: String {
    let between =
      switch thousands {
      case 0: ""
      case NumberForm.blank: " "
      default: String(Unicode.Scalar(thousands))
      }
    return "1\(between)234\(Unicode.Scalar(decimal))5"
  }
}
