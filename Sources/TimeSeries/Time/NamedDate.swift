/// Dates with words or letters in them: months by name, quarters, weeks.
enum NamedDate {
  /// Reads a date, or the first day of a month, quarter or week.
  static func parse(_ scanner: inout ByteScanner) -> (days: Int, isDay: Bool)? {
    skipWeekday(&scanner)
    if scanner.next &- 48 < 10 { return startingWithNumber(&scanner) }
    guard let word = scanner.word() else { return nil }
    if let span = Span(word) {
      // Q4 2012, W44/2012
      guard let number = scanner.number(upTo: 2), scanner.skip(anyOf: " -/."),
        let year = takeYear(&scanner)
      else { return nil }
      return span.start(number: number.value, year: year).map { ($0, false) }
    }
    guard let month = months[word] else { return nil }
    _ = scanner.skip(".")
    return startingWithMonth(month, &scanner)
  }

  private static func skipWeekday(_ scanner: inout ByteScanner) {
    var ahead = scanner
    guard let word = ahead.word(), word.count >= 2, weekdays.contains(String(word.prefix(2))),
      months[word] == nil || word == "mar" || word == "mars"
    else { return }
    _ = ahead.skip(".")
    let hasComma = ahead.skip(",")
    guard ahead.skipBlanks() || hasComma else { return }
    // "mar 4, 2021" is a day of March, and "mar, 4 ene 2021" a Tuesday.
    guard months[word] == nil || hasComma else { return }
    scanner = ahead
  }

  private static func startingWithNumber(_ scanner: inout ByteScanner) -> (days: Int, isDay: Bool)?
  {
    guard let first = scanner.number(upTo: 4) else { return nil }
    let start = scanner
    _ = scanner.skip(".")
    let isApart = scanner.skip(anyOf: " -/_")
    guard var word = scanner.word() else { return nil }
    if ["st", "nd", "rd", "th", "er", "º", "de"].contains(word), first.digits <= 2 {
      _ = scanner.skip(anyOf: " -.")
      guard let next = scanner.word() else { return nil }
      word = next
    }
    if word == "de" || word == "of" {
      _ = scanner.skipBlanks()
      guard let next = scanner.word() else { return nil }
      word = next
    }
    if let span = Span(word) {
      // 2012Q4, 2012-W44 and 2012-W44-3, 4Q2012
      if first.digits == 4 {
        _ = scanner.skip("-")
        guard let number = scanner.number(upTo: 2),
          let days = span.start(number: number.value, year: first.value)
        else { return nil }
        guard span == .week, !scanner.isAtEnd else { return (days, false) }
        _ = scanner.skip("-")
        guard let day = scanner.number(upTo: 1), (1...7).contains(day.value) else { return nil }
        return (days + day.value - 1, true)
      }
      _ = scanner.skip(anyOf: " -/")
      guard first.digits <= 2, let year = takeYear(&scanner) else { return nil }
      return span.start(number: first.value, year: year).map { ($0, false) }
    }
    guard let month = months[word], isApart || first.digits <= 4 else {
      scanner = start
      return nil
    }
    _ = scanner.skip(".")
    var ahead = scanner
    _ = ahead.skip(anyOf: " -/,_.'")
    var skipped = ahead
    if skipped.word() == "de" {
      ahead = skipped
      _ = ahead.skipBlanks()
    }
    if first.digits == 4 {
      // 2012 Oct, 2012-Oct-29
      guard let day = ahead.number(upTo: 2) else { return monthStart(first.value, month) }
      scanner = ahead
      return dayOf(first.value, month, day.value)
    }
    guard let year = takeYear(&ahead) else { return nil }
    scanner = ahead
    return dayOf(year, month, first.value)
  }

  private static func startingWithMonth(
    _ month: Int, _ scanner: inout ByteScanner
  ) -> (days: Int, isDay: Bool)? {
    _ = scanner.skip(anyOf: " -/_.'")
    guard let first = scanner.number(upTo: 4) else { return nil }
    if first.digits == 4 { return monthStart(first.value, month) }
    guard first.digits <= 2 else { return nil }
    var ahead = scanner
    if let suffix = ahead.word(), ["st", "nd", "rd", "th"].contains(suffix) { scanner = ahead }
    ahead = scanner
    // Jan 04, 2021
    if ahead.skip(anyOf: " ,-/"), let year = ahead.number(upTo: 4), ahead.next != UInt8(ascii: ":")
    {
      scanner = ahead
      guard year.digits == 4 || year.digits == 2 else { return nil }
      return dayOf(
        year.digits == 4 ? year.value : TimeParser.fullYear(year.value), month, first.value)
    }
    // Jan-12 is a month; the day of no year is none.
    guard first.digits == 2, scanner.isAtEnd else { return nil }
    return monthStart(TimeParser.fullYear(first.value), month)
  }

  private static func takeYear(_ scanner: inout ByteScanner) -> Int? {
    _ = scanner.skip("'")
    guard let year = scanner.number(upTo: 4) else { return nil }
    switch year.digits {
    case 4: return year.value
    case 2 where scanner.next != UInt8(ascii: ":"): return TimeParser.fullYear(year.value)
    default: return nil
    }
  }

  private static func monthStart(_ year: Int, _ month: Int) -> (days: Int, isDay: Bool)? {
    CivilDate(year: year, month: month, day: 1).map { ($0.daysSince1970, false) }
  }

  private static func dayOf(_ year: Int, _ month: Int, _ day: Int) -> (days: Int, isDay: Bool)? {
    CivilDate(year: year, month: month, day: day).map { ($0.daysSince1970, true) }
  }

  /// A part of a year that is told by a letter and a number.
  private enum Span {
    case half
    case quarter
    case month
    case week

    init?(_ word: String) {
      switch word {
      case "h", "s": self = .half
      case "q": self = .quarter
      case "m": self = .month
      case "w", "kw", "wk", "week", "cw": self = .week
      default: return nil
      }
    }

    /// Its first day.
    func start(number: Int, year: Int) -> Int? {
      func month(_ length: Int) -> Int? {
        CivilDate(year: year, month: (number - 1) * length + 1, day: 1)?.daysSince1970
      }
      guard number >= 1 else { return nil }
      switch self {
      case .half: return month(6)
      case .quarter: return month(3)
      case .month: return month(1)
      case .week:
        // Week 1 has the fourth of January, and starts on Monday (ISO 8601); 1970-01-01 was a
        // Thursday.
        guard number <= 53, let fourth = CivilDate(year: year, month: 1, day: 4)?.daysSince1970
        else { return nil }
        let monday = fourth - ((fourth + 3) % 7 + 7) % 7
        return monday + 7 * (number - 1)
      }
    }
  }

  // MARK: - Words

  /// The number of a month by its name in lower case.
  static func month(_ name: String) -> Int? { months[name] }

  /// The first two letters of days in English, German, French, Spanish, Italian and Dutch.
  private static let weekdays: Set<String> = [
    "mo", "tu", "we", "th", "fr", "sa", "su", "di", "mi", "do", "so", "lu", "ma", "me", "je", "ve",
    "mi", "ju", "vi", "sá", "gi", "wo", "vr", "za", "zo",
  ]

  /// Months by their names and the usual short forms of them.
  private static let months: [String: Int] = {
    let names = [
      "january jan januar jän jänner janvier janv enero ene gennaio gen januari janeiro",
      "february feb februar février févr fév fevrier febrero febbraio februari fevereiro fev",
      "march mar märz mär mrz maerz mars marzo maart mrt março marco",
      "april apr avril avr abril abr aprile",
      "may mai mayo maggio mag mei maio",
      "june jun juni juin junio giugno giu junho",
      "july jul juli juillet juil julio luglio lug julho",
      "august aug août aout agosto ago augustus",
      "september sep sept septembre septiembre settembre set setembro",
      "october oct oktober okt octobre octubre ottobre ott outubro out",
      "november nov novembre noviembre novembro",
      "december dec dezember dez décembre déc decembre diciembre dic dicembre dezembro",
    ]
    var months: [String: Int] = [:]
    for (month, words) in names.enumerated() {
      for word in words.split(separator: " ") { months[String(word)] = month + 1 }
    }
    return months
  }()
}
