/// Reads cells as numbers, exactly and without making a string of each.
enum NumberParser {
  /// The number that a cell holds, NaN where the cell says that it is missing, `nil` for other text.
  ///
  /// Blanks around a number are ignored. `1e3` and `+5` are numbers; `1,000`, `0x10` and `1_000` are
  /// not. An infinity is one, so that it can be reported as what it is.
  ///
  /// - Parameters:
  ///   - cell: The cell.
  ///   - missing: What stands for a missing value.
  /// - Returns: The number.
  static func parse(
    _ cell: UnsafeBufferPointer<UInt8>, missing: MissingCodes = .standard
  ) -> Double? {
    var shapes = NumberShapes()
    return parse(cell, missing: missing, shapes: &shapes)
  }

  /// The same, and how the number was written.
  static func parse(
    _ cell: UnsafeBufferPointer<UInt8>, missing: MissingCodes, shapes: inout NumberShapes
  ) -> Double? {
    let cell = trimmed(cell)
    guard let first = cell.first else { return .nan }
    if first <= UInt8(ascii: "9"), let number = parseDecimal(cell, shapes: &shapes) {
      return number
    }
    return parseWord(cell, missing: missing)
  }

  /// The cell without the blanks around it.
  static func trimmed(_ cell: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var range = cell.indices
    while let first = range.first, isBlank(cell[first]) { range.removeFirst() }
    while let last = range.last, isBlank(cell[last]) { range.removeLast() }
    return UnsafeBufferPointer(rebasing: cell[range])
  }

  /// Digits with a sign, a point and an exponent.
  static func parseDecimal(_ cell: UnsafeBufferPointer<UInt8>) -> Double? {
    var shapes = NumberShapes()
    return parseDecimal(cell, shapes: &shapes)
  }

  private static func parseDecimal(
    _ cell: UnsafeBufferPointer<UInt8>, shapes: inout NumberShapes
  ) -> Double? {
    var position = 0
    func byte(_ position: Int) -> UInt8 { position < cell.count ? cell[position] : 0 }
    func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    let isNegative = byte(0) == UInt8(ascii: "-")
    if isNegative || byte(0) == UInt8(ascii: "+") { position = 1 }
    let firstDigit = byte(position)
    var mantissa: UInt64 = 0
    var digits = 0
    var fractionDigits = 0
    while isDigit(byte(position)) {
      mantissa = mantissa &* 10 &+ UInt64(byte(position) &- 48)
      digits += 1
      position += 1
    }
    if byte(position) == UInt8(ascii: ".") {
      position += 1
      while isDigit(byte(position)) {
        mantissa = mantissa &* 10 &+ UInt64(byte(position) &- 48)
        fractionDigits += 1
        position += 1
      }
      digits += fractionDigits
    }
    guard digits > 0 else { return nil }
    var exponent = 0
    if byte(position) | 0x20 == UInt8(ascii: "e") {
      position += 1
      let isBelow = byte(position) == UInt8(ascii: "-")
      if isBelow || byte(position) == UInt8(ascii: "+") { position += 1 }
      guard isDigit(byte(position)) else { return nil }
      while isDigit(byte(position)) {
        exponent = min(exponent * 10 + Int(byte(position) &- 48), 100_000)
        position += 1
      }
      if isBelow { exponent = -exponent }
    }
    guard position == cell.count else { return nil }
    if fractionDigits > 0 || exponent != 0 {
      let isGroup =
        fractionDigits == 3 && exponent == 0 && (4...6).contains(digits)
        && firstDigit != UInt8(ascii: "0")
      shapes.insert(isGroup ? .group : .fraction)
    }

    // Up to 2⁵³ and 10²² both operands are exact, and one rounding makes the nearest Double
    // (Clinger, "How to read floating point numbers accurately", 1990). The rest is for the library.
    let power = exponent - fractionDigits
    guard digits <= 19, mantissa <= 1 << 53, abs(power) <= 22 else {
      let text = cell.first == UInt8(ascii: "+") ? UnsafeBufferPointer(rebasing: cell[1...]) : cell
      return Double(String(decoding: text, as: UTF8.self))
    }
    let magnitude =
      power < 0 ? Double(mantissa) / powersOfTen[-power] : Double(mantissa) * powersOfTen[power]
    return isNegative ? -magnitude : magnitude
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  /// What stands for a missing value or an infinity.
  private static func parseWord(
    _ cell: UnsafeBufferPointer<UInt8>, missing: MissingCodes
  ) -> Double? {
    if missing.contains(cell) { return .nan }
    guard cell.count <= 10 else { return nil }
    return switch String(decoding: cell, as: UTF8.self).lowercased() {
    case "inf", "+inf", "infinity", "+infinity": .infinity
    case "-inf", "-infinity": -.infinity
    default: nil
    }
  }
}

/// How the numbers of a column are written, as far as a decimal point could be something else.
struct NumberShapes: OptionSet, Sendable {
  let rawValue: UInt8

  init(rawValue: UInt8 = 0) { self.rawValue = rawValue }

  /// One to three digits, a point and three digits: it may stand between thousands.
  static let group = NumberShapes(rawValue: 1)
  /// A point that stands before decimals, or an exponent.
  static let fraction = NumberShapes(rawValue: 2)
}
