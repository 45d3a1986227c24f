/// How numbers are written: which sign is before the decimals, and which between thousands.
struct NumberForm: Hashable, Sendable {
  /// A point or a comma.
  var decimal: UInt8
  /// A point, a comma, an apostrophe or a blank, which stands for all kinds of blanks; 0 for none.
  var thousands: UInt8

  static let plain = NumberForm(decimal: point, thousands: 0)
  static let point = UInt8(ascii: ".")
  static let comma = UInt8(ascii: ",")
  static let blank = UInt8(ascii: " ")
  static let apostrophe = UInt8(ascii: "'")

  /// All forms; where several read a column to the same numbers, the first is taken.
  static let all: [NumberForm] = [
    NumberForm(decimal: point, thousands: 0), NumberForm(decimal: comma, thousands: 0),
    NumberForm(decimal: point, thousands: comma), NumberForm(decimal: comma, thousands: point),
    NumberForm(decimal: point, thousands: blank), NumberForm(decimal: comma, thousands: blank),
    NumberForm(decimal: point, thousands: apostrophe),
    NumberForm(decimal: comma, thousands: apostrophe),
  ]
}

/// A set of the forms above.
struct NumberForms: OptionSet, Sendable {
  let rawValue: UInt8

  init(rawValue: UInt8) { self.rawValue = rawValue }

  init(where isIncluded: (NumberForm) -> Bool) {
    var bits: UInt8 = 0
    for (place, form) in NumberForm.all.enumerated() where isIncluded(form) { bits |= 1 << place }
    rawValue = bits
  }

  static let all = NumberForms(rawValue: 0xFF)
  private static let decimalPoint = NumberForms { $0.decimal == NumberForm.point }
  private static let decimalComma = NumberForms { $0.decimal == NumberForm.comma }
  private static let thousandsPoint = NumberForms { $0.thousands == NumberForm.point }
  private static let thousandsComma = NumberForms { $0.thousands == NumberForm.comma }

  /// Those with a point or a comma before decimals.
  init(decimal: UInt8) {
    self = decimal == NumberForm.point ? Self.decimalPoint : Self.decimalComma
  }

  /// Those with a point or a comma between thousands.
  init(thousands: UInt8) {
    self = thousands == NumberForm.point ? Self.thousandsPoint : Self.thousandsComma
  }

  /// Those with both.
  init(decimal: UInt8, thousands: UInt8) {
    self = NumberForms(decimal: decimal).intersection(NumberForms(thousands: thousands))
  }

  /// The forms, in their order.
  var forms: [NumberForm] {
    NumberForm.all.enumerated().filter { rawValue >> $0.offset & 1 == 1 }.map(\.element)
  }
}

/// A cell that may be a number in some form, freed of all that is not part of the form.
struct WrittenNumber {
  /// Digits, points, commas, apostrophes, blanks, perhaps an exponent.
  private(set) var core: [UInt8] = []
  private(set) var isNegative = false
  /// A currency or `%`, as it is written; empty where there is none.
  private(set) var unit = ""
  private var isSigned = false
  private var isClosed = false
  private var signPlace = 0

  /// Reads a cell.
  ///
  /// - Returns: `nil` where it has letters or signs that belong to no number.
  init?(_ cell: UnsafeBufferPointer<UInt8>) {
    guard cell.count <= 64 else { return nil }
    guard cell.contains(where: { $0 &- 48 < 10 }) else { return nil }
    var hasParentheses = false
    var letters = String.UnicodeScalarView()
    var units: [String] = []
    func isExponent() -> Bool {
      !core.isEmpty && letters.count == 1 && (letters.first == "e" || letters.first == "E")
    }
    func isUnit() -> Bool { letters.isEmpty || Self.isUnit(String(letters)) }
    let text = String(decoding: cell, as: UTF8.self)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "0"..."9", ".", ",":
        if scalar == ".", !letters.isEmpty, core.isEmpty { continue }  // Rs. 5
        if isExponent() {
          core.append(UInt8(ascii: "e"))
          letters = String.UnicodeScalarView()
        }
        guard isUnit() else { return nil }
        if !letters.isEmpty {
          guard core.isEmpty || core.allSatisfy({ $0 == NumberForm.blank }) else { return nil }
          units.append(String(letters))
          letters = String.UnicodeScalarView()
          core = []
        }
        core.append(UInt8(ascii: scalar))
      case " ", "\t", "\u{A0}", "\u{202F}", "\u{2009}", "\u{2007}":
        if !core.isEmpty { core.append(NumberForm.blank) }
      case "'", "\u{2019}", "\u{2BC}", "`", "\u{B4}":
        core.append(NumberForm.apostrophe)
      case "-", "\u{2212}", "\u{2013}", "+", "\u{FE63}", "\u{FF0D}":
        if isExponent() {
          core += [UInt8(ascii: "e"), scalar == "+" ? UInt8(ascii: "+") : UInt8(ascii: "-")]
          letters = String.UnicodeScalarView()
          continue
        }
        guard !isSigned else { return nil }
        isSigned = true
        isNegative = scalar != "+"
        // Before the number or after it, and not within.
        signPlace = core.count
      case "(":
        guard core.isEmpty, !hasParentheses else { return nil }
        hasParentheses = true
      case ")":
        guard hasParentheses, !core.isEmpty, !isClosed else { return nil }
        isClosed = true
      default:
        letters.append(scalar)
      }
    }
    guard isUnit(), hasParentheses == isClosed, !(hasParentheses && isSigned) else { return nil }
    if !letters.isEmpty { units.append(String(letters)) }
    while core.last == NumberForm.blank { core.removeLast() }
    guard !core.isEmpty, signPlace == 0 || signPlace >= core.count, units.count <= 1 else {
      return nil
    }
    unit = units.first ?? ""
    if hasParentheses { isNegative = true }
  }

  /// Words beside a number that leave it what it is.
  private static func isUnit(_ text: String) -> Bool {
    if text == "%" { return true }
    let isSign = text.unicodeScalars.contains { $0.properties.generalCategory == .currencySymbol }
    if isSign { return text.unicodeScalars.count <= 4 }
    return currencies.contains(text)
  }

  private static let currencies: Set<String> = [
    "EUR", "USD", "GBP", "CHF", "JPY", "INR", "CAD", "AUD", "NZD", "CNY", "RMB", "SEK", "NOK",
    "DKK", "PLN", "CZK", "HUF", "RUB", "TRY", "BRL", "MXN", "ZAR", "SGD", "HKD", "KRW", "THB",
    "kr", "Kč", "zł", "Ft", "Rs", "Fr", "SFr", "lei", "Euro", "euro",
  ]

  /// The number in a form; `nil` where it is not written in it.
  func value(in form: NumberForm) -> Double? {
    var plain: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
    // Digits since the last sign between thousands, and before the first one.
    var group = 0
    var isGrouped = false
    var groups: [Int] = []
    var place = 0
    while place < core.count {
      let byte = core[place]
      if byte &- 48 < 10 {
        plain.append(byte)
        group += 1
      } else if form.thousands != 0, byte == form.thousands {
        isGrouped = true
        groups.append(group)
        group = 0
      } else {
        break
      }
      place += 1
    }
    groups.append(group)
    if isGrouped {
      guard Self.areThousands(groups, comma: form.thousands == NumberForm.comma) else {
        return nil
      }
    }
    if place < core.count, core[place] == form.decimal {
      plain.append(NumberForm.point)
      place += 1
      while place < core.count, core[place] &- 48 < 10 {
        plain.append(core[place])
        place += 1
      }
    }
    if place < core.count {
      guard core[place] == UInt8(ascii: "e"), !isGrouped else { return nil }
      plain += core[place...]
    }
    return plain.withUnsafeBufferPointer { NumberParser.parseDecimal($0) }
  }

  /// Groups of three after a first one of up to three; or, in India, of two before the last three.
  private static func areThousands(_ groups: [Int], comma: Bool) -> Bool {
    guard let first = groups.first, groups.last == 3, first >= 1 else { return false }
    let middle = groups.dropFirst().dropLast()
    if first <= 3, middle.allSatisfy({ $0 == 3 }) { return true }
    return comma && first <= 2 && middle.allSatisfy { $0 == 2 }
  }

  /// Those of some forms in which it is a number.
  ///
  /// Nobody writes a zero before thousands: `0.512` has a decimal point.
  func forms(among forms: NumberForms) -> NumberForms {
    // Digits alone are the same number in each.
    if wholeDigits != nil { return forms }
    var found: UInt8 = 0
    for (place, form) in NumberForm.all.enumerated() where forms.rawValue >> place & 1 == 1 {
      let startsWithZero = core.first == UInt8(ascii: "0") && core.contains(form.thousands)
      if !(startsWithZero && form.thousands != 0), value(in: form) != nil { found |= 1 << place }
    }
    return NumberForms(rawValue: found)
  }

  /// Whether one point or comma stands before just three digits and after one to three, so that it
  /// may be before decimals as well as between thousands.
  var isAmbiguous: Bool {
    let signs = core.indices.filter { core[$0] &- 48 >= 10 }
    guard signs.count == 1, let sign = signs.first else { return false }
    return [NumberForm.point, NumberForm.comma].contains(core[sign]) && core.count - sign == 4
      && (1...3).contains(sign) && core[0] != UInt8(ascii: "0")
  }

  /// Whether it has digits and nothing else, and how many.
  var wholeDigits: Int? { core.allSatisfy { $0 &- 48 < 10 } ? core.count : nil }
}
