/// Reads dates and times as they are written in files.
///
/// - Days: `2012-10-29`, `2012/10/29`, `20121029`; `10/29/2012` or `29/10/2012` and with two digits
///   of the year; `29.10.2012`; `29 Oct 2012`, `Oct 29, 2012`, `Mon, 29-Oct-12`.
/// - Months `2012-10`, `201210`, `2012M10`, `Oct 2012`; quarters `2012Q4`, `Q4 2012`; weeks `2012-W44`.
/// - Behind a day and a blank or `T`: `13:00[:00[.000]]`, `13.00.00`, `1 PM`, `24:00`, then `Z`, an
///   offset such as `+02:00`, or the name of a zone.
struct TimeParser: Hashable, Sendable {
  /// What comes first where it is not told by a year of four digits.
  enum Order: String, Hashable, Sendable, CaseIterable {
    case monthFirst
    case dayFirst
    /// A year of two digits.
    case yearFirst
  }

  struct Time: Hashable, Sendable {
    /// Since 1970, of the clock where the time was written down.
    var localMilliseconds: Int
    var hasTimeOfDay = false
    /// Whether it is a day or a time of one, not a month, a quarter or a week.
    var isDay = true
    /// Milliseconds ahead of UTC.
    var offset: Int?
    /// Whether the order of day and month was needed to read it.
    var usedOrder = false

    /// Since 1970, in UTC where the offset is known.
    var milliseconds: Int { localMilliseconds - (offset ?? 0) }
    var hasOffset: Bool { offset != nil }
  }

  var order: Order

  func parse(_ text: String) -> Time? {
    var text = text
    return text.withUTF8(parse)
  }

  func parse(_ cell: UnsafeBufferPointer<UInt8>) -> Time? {
    let cell = NumberParser.trimmed(cell)
    guard cell.count >= 4, cell.count <= 64 else { return nil }
    var scanner = ByteScanner(cell)
    if let date = parseDate(&scanner) {
      if let time = parseRest(&scanner, of: date) { return time }
    }
    scanner = ByteScanner(cell)
    guard let date = NamedDate.parse(&scanner) else { return nil }
    return parseRest(&scanner, of: ParsedDate(days: date.days, isDay: date.isDay))
  }

  /// A day, or the first one of a longer span.
  struct ParsedDate {
    var days: Int
    /// Whether it is a day, which may have a time.
    var isDay = true
    var usedOrder = false
  }

  /// The time of day and the zone behind a date.
  private func parseRest(_ scanner: inout ByteScanner, of date: ParsedDate) -> Time? {
    var time = Time(localMilliseconds: date.days * CivilDate.millisecondsPerDay)
    time.usedOrder = date.usedOrder
    time.isDay = date.isDay
    guard !scanner.isAtEnd else { return time }
    guard date.isDay else { return nil }
    guard scanner.skip("T") || scanner.skip("t") || scanner.skip(anyOf: " ,") else { return nil }
    _ = scanner.skipBlanks()
    guard let timeOfDay = Self.parseTimeOfDay(&scanner, isBehindDate: true) else { return nil }
    time.localMilliseconds += timeOfDay
    time.hasTimeOfDay = true
    time.offset = TimeZones.parseOffset(&scanner)
    return scanner.isAtEnd ? time : nil
  }

  // MARK: - Dates of digits

  private func parseDate(_ scanner: inout ByteScanner) -> ParsedDate? {
    guard let first = scanner.number(upTo: 8) else { return nil }
    guard let separator = scanner.take() else { return Self.compact(first) }
    guard "-/.".utf8.contains(separator) else {
      // 20121029T1300 and 20121029 13:00.
      guard separator | 0x20 == UInt8(ascii: "t") || separator == UInt8(ascii: " "),
        first.digits == 8, let date = Self.compact(first)
      else { return nil }
      scanner.step(back: 1)
      return date
    }
    guard let second = scanner.number(upTo: 2) else { return nil }
    if first.digits == 4 {
      guard scanner.skip(separator) else {
        // A month has no day; `2012.5` is a number, though.
        guard separator != UInt8(ascii: "."), second.digits == 2, scanner.isAtEnd else {
          return nil
        }
        return Self.date(first.value, second.value, 1, isDay: false)
      }
      guard let day = scanner.number(upTo: 2) else { return nil }
      return Self.date(first.value, second.value, day.value)
    }
    guard first.digits <= 2 else { return nil }
    guard scanner.skip(separator) else {
      // 10/2012 is a month.
      scanner.step(back: second.digits)
      guard let year = scanner.number(upTo: 4), year.digits == 4, scanner.isAtEnd,
        separator != UInt8(ascii: ".")
      else { return nil }
      return Self.date(year.value, first.value, 1, isDay: false)
    }
    guard let last = scanner.number(upTo: 4), last.digits == 4 || last.digits == 2 else {
      return nil
    }
    // A date with points is never American.
    let usesOrder = separator != UInt8(ascii: ".")
    let order = usesOrder ? order : .dayFirst
    guard order != .yearFirst else {
      guard last.digits == 2, first.digits == 2 else { return nil }
      return Self.date(Self.fullYear(first.value), second.value, last.value, usedOrder: true)
    }
    let year = last.digits == 4 ? last.value : Self.fullYear(last.value)
    return order == .dayFirst
      ? Self.date(year, second.value, first.value, usedOrder: usesOrder)
      : Self.date(year, first.value, second.value, usedOrder: usesOrder)
  }

  private static func date(
    _ year: Int, _ month: Int, _ day: Int, isDay: Bool = true, usedOrder: Bool = false
  ) -> ParsedDate? {
    CivilDate(year: year, month: month, day: day).map {
      ParsedDate(days: $0.daysSince1970, isDay: isDay, usedOrder: usedOrder)
    }
  }

  /// `20121029` and `201210`, alone only in the centuries around now.
  private static func compact(_ number: (value: Int, digits: Int)) -> ParsedDate? {
    switch number.digits {
    case 8:
      return date(number.value / 10_000, number.value / 100 % 100, number.value % 100)
    case 6 where (1800...2200).contains(number.value / 100):
      return date(number.value / 100, number.value % 100, 1, isDay: false)
    default: return nil
    }
  }

  /// The year of two digits, from 1969 to 2068 as POSIX has it.
  static func fullYear(_ year: Int) -> Int { year < 69 ? 2000 + year : 1900 + year }

  // MARK: - Times of day

  /// A time of day alone, such as `13:00`, in milliseconds; 24:00 is a whole day.
  static func parseTimeOfDay(_ cell: UnsafeBufferPointer<UInt8>) -> Int? {
    var scanner = ByteScanner(NumberParser.trimmed(cell))
    guard let time = parseTimeOfDay(&scanner, isBehindDate: false), scanner.isAtEnd else {
      return nil
    }
    return time
  }

  /// Milliseconds since midnight; behind a date `13.00` and `1300` are no numbers.
  private static func parseTimeOfDay(
    _ scanner: inout ByteScanner, isBehindDate: Bool
  ) -> Int? {
    let start = scanner
    guard let first = scanner.number(upTo: 6) else { return nil }
    var hour = first.value
    var milliseconds = 0
    let separator = scanner.next
    if first.digits == 4 || first.digits == 6 {
      guard isBehindDate else { return nil }
      let isLong = first.digits == 6
      hour = first.value / (isLong ? 10_000 : 100)
      let minute = isLong ? first.value / 100 % 100 : first.value % 100
      let second = isLong ? first.value % 100 : 0
      guard minute < 60, second < 60 else { return nil }
      milliseconds = minute * 60_000 + second * 1000
    } else if first.digits <= 2,
      [UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "h")].contains(separator)
    {
      _ = scanner.take()
      guard let minute = scanner.number(upTo: 2), minute.digits == 2, minute.value < 60 else {
        return nil
      }
      milliseconds = minute.value * 60_000
      let hasSeconds = scanner.skip(separator)
      // 18.30 alone is a number.
      guard hasSeconds || separator != UInt8(ascii: ".") || isBehindDate else { return nil }
      if hasSeconds {
        guard let second = scanner.number(upTo: 2), second.digits == 2, second.value < 60 else {
          return nil
        }
        milliseconds += second.value * 1000
        if scanner.skip(".") || scanner.skip(",") {
          guard let fraction = scanner.number(upTo: 9) else { return nil }
          var value = Double(fraction.value)
          for _ in 0..<fraction.digits { value /= 10 }
          milliseconds += Int((value * 1000).rounded())
        }
      }
    } else {
      // "1 PM" has an hour only.
      var ahead = scanner
      guard first.digits <= 2, ahead.takeHalfOfDay() != nil else {
        scanner = start
        return nil
      }
    }
    if let isAfternoon = scanner.takeHalfOfDay() {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (isAfternoon ? 12 : 0)
    }
    guard hour < 24 || hour == 24 && milliseconds == 0 else { return nil }
    return milliseconds + hour * 3_600_000
  }
}
