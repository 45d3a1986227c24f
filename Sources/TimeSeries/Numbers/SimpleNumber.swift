/// A cell of digits with at most one sign before decimals and one between thousands, as nearly all
/// are: what `WrittenNumber` finds in it, without making a string of it.
struct SimpleNumber {
  let forms: NumberForms
  let isAmbiguous: Bool
  /// The number of digits, where there is no sign among them.
  let wholeDigits: Int?

  /// `nil` where the cell is anything else.
  init?(_ cell: UnsafeBufferPointer<UInt8>) {
    let start = cell.first == UInt8(ascii: "-") ? 1 : 0
    guard cell.count > start, cell.count <= 24 else { return nil }
    var first: (sign: UInt8, place: Int)?
    var second: (sign: UInt8, place: Int)?
    for place in start..<cell.count {
      let byte = cell[place]
      if byte &- 48 < 10 { continue }
      guard byte == NumberForm.point || byte == NumberForm.comma, second == nil else { return nil }
      if first == nil { first = (byte, place) } else { second = (byte, place) }
    }
    guard let first else {
      forms = .all
      isAmbiguous = false
      wholeDigits = cell.count - start
      return
    }
    wholeDigits = nil
    let before = first.place - start
    let mayGroup = (1...3).contains(before) && cell[start] != UInt8(ascii: "0")
    let after = (second?.place ?? cell.count) - first.place - 1
    if let second {
      guard second.sign != first.sign, mayGroup, after == 3, second.place + 1 < cell.count else {
        return nil
      }
      forms = NumberForms(decimal: second.sign, thousands: first.sign)
      isAmbiguous = false
    } else {
      guard before > 0, after > 0 else { return nil }
      isAmbiguous = mayGroup && after == 3
      let decimals = NumberForms(decimal: first.sign)
      forms = isAmbiguous ? decimals.union(NumberForms(thousands: first.sign)) : decimals
    }
  }

  /// The number of a cell in a form; `nil` where it takes a longer look.
  static func value(_ cell: UnsafeBufferPointer<UInt8>, in form: NumberForm) -> Double? {
    guard cell.count <= 24, SimpleNumber(cell) != nil else { return nil }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { plain in
      var count = 0
      for byte in cell where byte != form.thousands {
        let isSign = byte == NumberForm.point || byte == NumberForm.comma
        guard !isSign || byte == form.decimal else { return nil }
        plain[count] = isSign ? NumberForm.point : byte
        count += 1
      }
      return NumberParser.parseDecimal(UnsafeBufferPointer(rebasing: plain[..<count]))
    }
  }
}
