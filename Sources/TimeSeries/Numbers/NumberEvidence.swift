/// What the cells of a column say about how its numbers are written.
struct NumberEvidence: Sendable {
  /// The forms in which all numbers so far are some.
  private(set) var forms: NumberForms
  private(set) var counts = CellCounts()
  private(set) var firstText: (row: Int, reason: String)?
  /// The units that stand beside numbers, none of which is one.
  private(set) var units: Set<String> = []
  /// Numbers in which a point or a comma may be before decimals or between thousands.
  private(set) var ambiguousCount = 0
  /// The first of those.
  private(set) var firstAmbiguous: (row: Int, cell: String)?
  /// Numbers of at most three digits and no sign, and such of more digits.
  private(set) var smallWholes = 0
  private(set) var largeWholes = 0
  /// Whether a sign was seen that only one form has.
  private(set) var hasSigns = false

  /// - Parameters:
  ///   - cells: The cells.
  ///   - missing: What stands for a missing value.
  ///   - allowed: The forms that are possible.
  init(_ cells: TextCells, missing: MissingCodes, allowed: NumberForms) {
    forms = allowed
    for row in 0..<cells.count {
      // A column of words needs no further look.
      if counts.numbers == 0, counts.texts >= 200 { break }
      cells.withBytes(of: row) { add($0, row: row, missing: missing) }
    }
  }

  private mutating func add(
    _ cell: UnsafeBufferPointer<UInt8>, row: Int, missing: MissingCodes
  ) {
    let cell = NumberParser.trimmed(cell)
    if let simple = SimpleNumber(cell) {
      let left = forms.intersection(simple.forms)
      if !left.isEmpty {
        count(simple.wholeDigits, isAmbiguous: simple.isAmbiguous, cell, row)
        forms = left
        addUnit("", row, cell)
        return
      }
    }
    guard !missing.contains(cell) else { return }
    guard let number = WrittenNumber(cell) else {
      counts.texts += 1
      note(row, "expected a number, found '\(text(cell))'")
      return
    }
    let left = number.forms(among: forms)
    guard !left.isEmpty else {
      if number.forms(among: .all).isEmpty {
        counts.texts += 1
        note(row, "expected a number, found '\(text(cell))'")
      } else {
        counts.numbers += 1
        note(
          row,
          "expected a number written as those above it, found '\(text(cell))'; --decimal and "
            + "--thousands say how numbers are written")
      }
      return
    }
    count(number.wholeDigits, isAmbiguous: number.isAmbiguous, cell, row)
    forms = left
    addUnit(number.unit, row, cell)
  }

  private mutating func count(
    _ wholeDigits: Int?, isAmbiguous: Bool, _ cell: UnsafeBufferPointer<UInt8>, _ row: Int
  ) {
    counts.numbers += 1
    if let wholeDigits {
      if wholeDigits <= 3 { smallWholes += 1 } else { largeWholes += 1 }
    } else {
      hasSigns = true
    }
    if isAmbiguous {
      ambiguousCount += 1
      if firstAmbiguous == nil { firstAmbiguous = (row, text(cell)) }
    }
  }

  private mutating func addUnit(_ unit: String, _ row: Int, _ cell: UnsafeBufferPointer<UInt8>) {
    guard units.insert(unit).inserted, units.count > 1 else { return }
    // "$5" may stand beside "5"; "5 %" and "5", or dollars and euros, are different things.
    if units.contains("%") || units.count(where: { !$0.isEmpty }) > 1 {
      let others = units.subtracting([unit]).map { $0.isEmpty ? "none" : "'\($0)'" }
      note(
        row,
        "expected a number with the same unit as above, \(others.joined()), found '\(text(cell))'")
    }
  }

  private mutating func note(_ row: Int, _ reason: String) {
    firstText = firstText ?? (row, reason)
  }

  private func text(_ cell: UnsafeBufferPointer<UInt8>) -> String {
    excerpt(String(decoding: cell, as: UTF8.self))
  }

  /// Whether every cell that is not missing is a number.
  var areNumbers: Bool { firstText == nil && counts.numbers > 0 }

  /// The sign before decimals, where the column leaves no doubt of it.
  var decimal: UInt8? {
    guard areNumbers, hasSigns else { return nil }
    let signs = Set(forms.forms.map(\.decimal))
    guard signs.count == 1 else { return nil }
    return signs.first
  }

  /// The forms that read the column to different numbers: one with the ambiguous sign before
  /// decimals, one with it between thousands.
  var choice: (decimals: NumberForm, thousands: NumberForm)? {
    guard ambiguousCount > 0 else { return nil }
    for sign in [NumberForm.point, NumberForm.comma] {
      if let decimals = forms.forms.first(where: { $0.decimal == sign }),
        let thousands = forms.forms.first(where: { $0.thousands == sign })
      {
        return (decimals, thousands)
      }
    }
    return nil
  }
}
