/// A form of times that the user tells, in the signs of `strptime`.
struct TimeFormat: Hashable, Sendable {
  private let pattern: [UInt8]

  /// - Throws: `TimeSeriesError` where a sign is not known.
  init(_ pattern: String, file: String) throws(TimeSeriesError) {
    self.pattern = Array(pattern.utf8)
    let known = Set("YymdHIMSfpbBjzaAQs%".utf8)
    var place = 0
    while place < self.pattern.count {
      if self.pattern[place] == UInt8(ascii: "%") {
        place += 1
        guard place < self.pattern.count, known.contains(self.pattern[place]) else {
          throw TimeSeriesError(
            file: file,
            reason: "the time format '\(excerpt(pattern))' has a sign that is not known; known are "
              + "%Y %y %m %d %b %j %Q %H %I %M %S %f %p %s %z %a %%")
        }
      }
      place += 1
    }
  }

  /// A number with the zeros in front of it that this form has and numbers lack: `03102012` is 3102012.
  func text(of number: Double) -> String {
    guard let whole = Int(exactly: number) else { return "\(number)" }
    return padded(whole, width ?? 0)
  }

  /// How many signs a time in this form has; `nil` where that differs.
  private var width: Int? {
    var width = 0
    var place = 0
    while place < pattern.count {
      var sign = 1
      if pattern[place] == UInt8(ascii: "%") {
        place += 1
        switch Unicode.Scalar(pattern[place]) {
        case "Y": sign = 4
        case "j": sign = 3
        case "y", "m", "d", "H", "I", "M", "S": sign = 2
        case "Q", "%": sign = 1
        default: return nil
        }
      }
      width += sign
      place += 1
    }
    return width
  }

  func parse(_ cell: UnsafeBufferPointer<UInt8>) -> TimeParser.Time? {
    var scanner = ByteScanner(NumberParser.trimmed(cell))
    var year = 1970
    var month = 1
    var day = 1
    var dayOfYear: Int?
    var hour = 0
    var isAfternoon: Bool?
    var milliseconds = 0
    var seconds: Int?
    var time = TimeParser.Time(localMilliseconds: 0)
    var place = 0
    while place < pattern.count {
      let sign = pattern[place]
      place += 1
      guard sign == UInt8(ascii: "%") else {
        guard scanner.skip(sign) else { return nil }
        continue
      }
      let code = pattern[place]
      place += 1
      func number(_ digits: Int, _ range: ClosedRange<Int>) -> Int? {
        scanner.number(upTo: digits).flatMap { range.contains($0.value) ? $0.value : nil }
      }
      switch Unicode.Scalar(code) {
      case "Y":
        guard let value = number(4, 1...9999) else { return nil }
        year = value
      case "y":
        guard let value = number(2, 0...99) else { return nil }
        year = TimeParser.fullYear(value)
      case "m":
        guard let value = number(2, 1...12) else { return nil }
        month = value
      case "Q":
        guard let value = number(1, 1...4) else { return nil }
        month = value * 3 - 2
      case "d":
        guard let value = number(2, 1...31) else { return nil }
        day = value
      case "j":
        guard let value = number(3, 1...366) else { return nil }
        dayOfYear = value
      case "b", "B":
        guard let word = scanner.word(), let value = NamedDate.month(word) else { return nil }
        month = value
      case "a", "A":
        guard scanner.word() != nil else { return nil }
      case "H", "I":
        guard let value = number(2, 0...24) else { return nil }
        hour = value
        time.hasTimeOfDay = true
      case "M":
        guard let value = number(2, 0...59) else { return nil }
        milliseconds += value * 60_000
      case "S":
        guard let value = number(2, 0...60) else { return nil }
        milliseconds += value * 1000
      case "f":
        guard let fraction = scanner.number(upTo: 9) else { return nil }
        var value = Double(fraction.value)
        for _ in 0..<fraction.digits { value /= 10 }
        milliseconds += Int((value * 1000).rounded())
      case "p":
        guard let half = scanner.takeHalfOfDay() else { return nil }
        isAfternoon = half
      case "s":
        guard let value = scanner.number(upTo: 12)?.value else { return nil }
        seconds = value
        time.hasTimeOfDay = true
      case "z":
        guard let offset = TimeZones.parseOffset(&scanner) else { return nil }
        time.offset = offset
      default:
        guard scanner.skip("%") else { return nil }
      }
    }
    guard scanner.isAtEnd else { return nil }
    if let isAfternoon {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (isAfternoon ? 12 : 0)
    }
    if let seconds {
      time.localMilliseconds = seconds * 1000
      return time
    }
    guard let date = CivilDate(year: year, month: month, day: day) else { return nil }
    // A day of the year is counted from January, which the format then leaves unsaid.
    let days = date.daysSince1970 + (dayOfYear ?? 1) - 1
    time.localMilliseconds =
      days * CivilDate.millisecondsPerDay + hour * 3_600_000 + milliseconds
    return time
  }
}
