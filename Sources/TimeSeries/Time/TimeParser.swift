/// Reads dates and times as they are written in files.
///
/// `yyyy-mm-dd` and `yyyy/mm/dd`, months `yyyy-mm`, `m/d/yyyy` or `d/m/yyyy`, `d.m.yyyy`; then, after
/// a blank or `T`, `hh:mm[:ss[.fff]]`, AM or PM, and `Z` or an offset such as `+02:00`.
struct TimeParser: Hashable, Sendable {
  /// What comes first where the year is last.
  enum Order: Hashable, Sendable {
    case monthFirst
    case dayFirst
  }

  struct Time: Hashable, Sendable {
    var milliseconds: Int
    var hasTimeOfDay: Bool
    var hasOffset: Bool
    /// Whether the order of day and month was needed to read it.
    var usedOrder: Bool
  }

  var order: Order

  func parse(_ text: String) -> Time? {
    var text = text
    return text.withUTF8(parse)
  }

  func parse(_ cell: UnsafeBufferPointer<UInt8>) -> Time? {
    var scanner = ByteScanner(NumberParser.trimmed(cell))
    guard let (date, usedOrder) = parseDate(&scanner) else { return nil }
    var time = Time(
      milliseconds: date.daysSince1970 * CivilDate.millisecondsPerDay, hasTimeOfDay: false,
      hasOffset: false, usedOrder: usedOrder)
    guard !scanner.isAtEnd else { return time }
    guard scanner.skip("T") || scanner.skip("t") || scanner.skipBlanks(),
      let timeOfDay = Self.parseTimeOfDay(&scanner)
    else { return nil }
    time.milliseconds += timeOfDay
    time.hasTimeOfDay = true
    if let offset = Self.parseOffset(&scanner) {
      time.milliseconds -= offset
      time.hasOffset = true
    }
    return scanner.isAtEnd ? time : nil
  }

  /// A time of day alone, such as `13:00`, in milliseconds.
  static func parseTimeOfDay(_ cell: UnsafeBufferPointer<UInt8>) -> Int? {
    var scanner = ByteScanner(NumberParser.trimmed(cell))
    guard let time = parseTimeOfDay(&scanner), scanner.isAtEnd else { return nil }
    return time
  }

  private func parseDate(_ scanner: inout ByteScanner) -> (CivilDate, usedOrder: Bool)? {
    guard let first = scanner.number(upTo: 4),
      let separator = scanner.take(), "-/.".utf8.contains(separator),
      let second = scanner.number(upTo: 2)
    else { return nil }
    if first.digits == 4 {
      guard scanner.skip(separator) else {
        // A month has no day; `2012.5` is a number, though.
        guard separator != UInt8(ascii: "."), second.digits == 2, scanner.isAtEnd else {
          return nil
        }
        return CivilDate(year: first.value, month: second.value, day: 1).map { ($0, false) }
      }
      guard let day = scanner.number(upTo: 2) else { return nil }
      return CivilDate(year: first.value, month: second.value, day: day.value).map { ($0, false) }
    }
    guard first.digits <= 2, scanner.skip(separator), let year = scanner.number(upTo: 4),
      year.digits == 4
    else { return nil }
    // A date with points is never American.
    let usesOrder = separator != UInt8(ascii: ".")
    let isDayFirst = !usesOrder || order == .dayFirst
    let date = CivilDate(
      year: year.value, month: isDayFirst ? second.value : first.value,
      day: isDayFirst ? first.value : second.value)
    return date.map { ($0, usesOrder) }
  }

  private static func parseTimeOfDay(_ scanner: inout ByteScanner) -> Int? {
    guard var hour = scanner.number(upTo: 2)?.value, scanner.skip(UInt8(ascii: ":")),
      let minute = scanner.number(upTo: 2), minute.digits == 2, minute.value < 60
    else { return nil }
    var milliseconds = minute.value * 60_000
    if scanner.skip(UInt8(ascii: ":")) {
      guard let second = scanner.number(upTo: 2), second.digits == 2, second.value < 60 else {
        return nil
      }
      milliseconds += second.value * 1000
      if scanner.skip(UInt8(ascii: ".")) || scanner.skip(UInt8(ascii: ",")) {
        guard let fraction = scanner.number(upTo: 9) else { return nil }
        var value = Double(fraction.value)
        for _ in 0..<fraction.digits { value /= 10 }
        milliseconds += Int((value * 1000).rounded())
      }
    }
    if let isAfternoon = scanner.takeHalfOfDay() {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (isAfternoon ? 12 : 0)
    }
    return hour < 24 ? milliseconds + hour * 3_600_000 : nil
  }

  /// Milliseconds that are ahead of UTC.
  private static func parseOffset(_ scanner: inout ByteScanner) -> Int? {
    var ahead = scanner
    _ = ahead.skipBlanks()
    if ahead.skip("Z") || ahead.skip("z") {
      scanner = ahead
      return 0
    }
    guard let sign = ahead.take(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
      let hours = ahead.number(upTo: 2)
    else { return nil }
    _ = ahead.skip(UInt8(ascii: ":"))
    let minutes = ahead.number(upTo: 2)?.value ?? 0
    guard hours.value < 24, minutes < 60 else { return nil }
    scanner = ahead
    return (hours.value * 60 + minutes) * 60_000 * (sign == UInt8(ascii: "-") ? -1 : 1)
  }
}
