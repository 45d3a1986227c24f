import Testing

@testable import TimeSeries

/// Times as people write them are the same times.
@Suite struct TimeFormTests {
  private typealias Written = WrittenTable
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private func series(_ name: String, _ write: (WrittenTable.Day, Int) -> String) throws -> Series {
    let rows = Written.days.enumerated().map { "\"\(write($1, $0))\",\($1.sales)\n" }
    return try Written.series("\(name),sales\n" + rows.joined())
  }

  private static let firstDay = 18_925

  struct Form: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var column: String
    var write: @Sendable (WrittenTable.Day, Int) -> String

    init(
      _ name: String, _ column: String,
      _ write: @escaping @Sendable (WrittenTable.Day, Int) -> String
    ) {
      testDescription = name
      self.column = column
      self.write = write
    }
  }

  static let forms: [Form] = [
    Form("month first", "date") { day, _ in "\(day.month)/\(day.day)/\(day.year)" },
    Form("day first", "date") { day, _ in "\(day.day)/\(day.month)/\(day.year)" },
    Form("two digits", "when") { day, _ in "\(day.month)/\(day.day)/\(day.year % 100)" },
    Form("two digits, day first", "when") { day, _ in
      "\(day.day)-\(day.month)-\(day.year % 100)"
    },
    Form("year first, two digits", "when") { day, _ in
      String(Written.iso(day).dropFirst(2)).replacing("-", with: "/")
    },
    Form("dotted, two digits", "t") { day, _ in "\(day.day).\(day.month).\(day.year % 100)" },
    Form("named", "date") { day, _ in "\(day.day)-\(months[day.month - 1])-\(day.year % 100)" },
    Form("American", "date") { day, _ in "\(months[day.month - 1]) \(day.day), \(day.year)" },
    Form("a zone", "date") { day, _ in "\(Written.iso(day)) 00:00:00 UTC" },
    Form("a place", "date") { day, _ in "\(Written.iso(day))T00:00:00+01:00[Europe/Paris]" },
    Form("a mail", "date") { day, _ in
      let date = "\(Written.two(day.day)) \(months[day.month - 1]) \(day.year)"
      return "Sun, \(date) 00:00:00 GMT"
    },
    Form("digits", "day") { day, _ in Written.iso(day).replacing("-", with: "") },
    Form("digits under any name", "obs") { day, _ in Written.iso(day).replacing("-", with: "") },
    Form("seconds", "ts") { _, row in "\((firstDay + row) * 86_400)" },
    Form("milliseconds", "time") { _, row in "\((firstDay + row) * 86_400_000)" },
    Form("microseconds", "timestamp") { _, row in "\((firstDay + row) * 86_400_000_000)" },
    Form("nanoseconds", "timestamp") { _, row in "\((firstDay + row) * 86_400_000_000_000)" },
    Form("Excel's days", "date") { _, row in "\(firstDay + row + 25_569)" },
  ]

  @Test(arguments: forms) func daysAreTold(form: Form) throws {
    let series = try series(form.column, form.write)
    #expect(series.time.kind == .dates)
    #expect(series.time.label(at: 0) == "2021-10-25")
    #expect(series.time.label(at: 89) == "2022-01-22")
    #expect(series.time.season == 7)
    #expect(series["sales"] == Written.days.map(\.sales))
    #expect(series.features == ["sales"])
  }

  /// The newest row first is the usual order of exports, and must be turned round.
  @Test(arguments: forms) func rowsAreSorted(form: Form) throws {
    let rows = Written.days.enumerated().map { "\"\(form.write($1, $0))\",\($1.sales)\n" }
    let series = try Written.series("\(form.column),sales\n" + rows.reversed().joined())
    #expect(series["sales"] == Written.days.map(\.sales))
  }

  struct Span: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var season: Int
    var write: @Sendable (_ year: Int, _ month: Int) -> String

    init(_ name: String, _ season: Int, _ write: @escaping @Sendable (Int, Int) -> String) {
      testDescription = name
      self.season = season
      self.write = write
    }
  }

  static let spans: [Span] = [
    Span("dmy", 12) { "01/\(Written.two($1))/\($0)" },
    Span("mdy", 12) { "\(Written.two($1))/01/\($0)" },
    Span("dashes", 12) { "01-\(Written.two($1))-\($0)" },
    Span("named", 12) { "\(months[$1 - 1])-\($0)" },
    Span("named, two digits", 12) { "\(months[$1 - 1])-\($0 - 2000)" },
    Span("digits", 12) { "\($0)\(Written.two($1))" },
    Span("Eurostat", 12) { "\($0)M\(Written.two($1))" },
    Span("the last working days", 12) { year, month in
      // The day before the next month, or the Friday before that.
      let next = CivilDate(monthNumber: year * 12 + month, day: 1).daysSince1970 - 1
      let weekday = (next + 3) % 7
      return CivilDate(daysSince1970: next - max(0, weekday - 4)).text
    },
    Span("quarters", 4) { "\($0)Q\(($1 + 2) / 3)" },
    Span("quarters first", 4) { "Q\(($1 + 2) / 3) \($0)" },
    Span("quarters, dmy", 4) { "01/\(Written.two($1))/\($0)" },
  ]

  @Test(arguments: spans) func monthsAndQuarters(span: Span) throws {
    let step = 12 / span.season
    let rows = (0..<48).map { row in
      let month = row * step
      return "\(span.write(2010 + month / 12, month % 12 + 1)),\(row * row % 17)\n"
    }
    let series = try Written.series("period,sales\n" + rows.joined())
    #expect(series.time.label(at: 0).prefix(7) == "2010-01")
    #expect(series.time.label(at: 1).prefix(7) == "2010-0\(1 + step)")
    #expect(series.time.season == span.season)
    let next = series.time.extended(by: 1).label(at: 48)
    #expect(next.prefix(7) == "\(2010 + 4 * step)-01")
  }

  @Test func weeks() throws {
    let rows = (0..<156).map { "\(2018 + $0 / 52)-W\(Written.two($0 % 52 + 1)),\($0 % 52)\n" }
    let series = try Written.series("week,sales\n" + rows.joined())
    #expect(series.time.label(at: 0) == "2018-01-01")
    #expect(series.time.season == 52)
    // Under two years a year is no season.
    #expect(try Written.series("week,sales\n" + rows.prefix(100).joined()).time.season == nil)
  }

  /// The order that makes even steps is taken, and named.
  @Test func theOrderOfDayAndMonthIsToldByTheSteps() throws {
    func rows(_ write: (Int, Int) -> String) -> String {
      "time,sales\n"
        + (0..<288).map { "\(write(1 + $0 / 24, 3)) \(Written.two($0 % 24)):00,\($0 % 24)\n" }
        .joined()
    }
    let day = try Written.series(rows { "\(Written.two($0))/\(Written.two($1))/2021" })
    #expect(day.time.label(at: 287) == "2021-03-12T23:00:00")
    #expect(day.reading.dateOrder == .day)
    #expect(day.notes.first?.contains("with the day first, because their steps are even") == true)
    let month = try Written.series(rows { "\(Written.two($1))/\(Written.two($0))/2021" })
    #expect(month.time.label(at: 287) == "2021-03-12T23:00:00")
    #expect(month.reading.dateOrder == .month)
  }

  // MARK: - Hours

  private func hourly(_ header: String, _ write: (_ day: Int, _ hour: Int) -> String) throws
    -> Series
  {
    let rows = (0..<24 * 40).map { row in "\(write(row / 24, row % 24)),\(row % 24)\n" }
    return try Written.series(header + "\n" + rows.joined())
  }

  private func date(_ day: Int) -> String {
    CivilDate(daysSince1970: Self.firstDay + day).text
  }

  @Test func hoursInAColumnOfTheirOwn() throws {
    for (header, clock) in [
      ("Day,Clock,sales", ":00"), ("Datum,Uhrzeit,sales", ".00.00"), ("date,hour,sales", ""),
      ("date,x,sales", ":00:00"),
    ] {
      let series = try hourly(header) { "\(date($0)),\(Written.two($1))\(clock)" }
      #expect(series.time.label(at: 25) == "2021-10-26T01:00:00", "\(header)")
      #expect(series.features == ["sales"])
      #expect(series.notes.first?.hasPrefix("the time is in '") == true)
    }
  }

  @Test func hour24IsMidnight() throws {
    let ended = try hourly("date,hour,sales") { "\(date($0)),\($1 + 1)" }
    #expect(ended.time.label(at: 0) == "2021-10-25T01:00:00")
    #expect(ended.time.label(at: 23) == "2021-10-26T00:00:00")
    let text = try hourly("time,sales") { "\(date($0)) \(Written.two($1 + 1)):00" }
    #expect(text.time.label(at: 23) == "2021-10-26T00:00:00")
    #expect(text.time.season == 24)
  }

  /// Some loggers write the midnight that ends a day under its date.
  @Test func midnightsOfTheDayBefore() throws {
    let series = try hourly("time,sales") { day, hour in
      hour == 23 ? "\(date(day)) 00:00:00" : "\(date(day)) \(Written.two(hour + 1)):00:00"
    }
    let hours = (0..<24).map(Double.init)
    #expect(series["sales"].map { Array($0.prefix(24)) } == hours)
    #expect(series.time.label(at: 23) == "2021-10-26T00:00:00")
    #expect(series.notes.count == 1 && series.notes[0].hasPrefix("40 midnights in 'time'"))
  }

  @Test func theHourThatClocksRepeat() throws {
    // 2021-10-31 at 2:00 stands there twice.
    let rows = (0..<24 * 14).flatMap { row -> [String] in
      let line = "\(date(row / 24)) \(Written.two(row % 24)):00"
      return row == 24 * 6 + 2 ? ["\(line),2\n", "\(line),4\n"] : ["\(line),\(row % 24)\n"]
    }
    let series = try Written.series("time,sales\n" + rows.joined())
    #expect(series["sales"]?[24 * 6 + 2] == 3)
    #expect(series.notes.contains { $0.contains("in the hour when clocks go back") })
    // At any other time it is an error.
    let other = rows.joined().replacing("2021-10-31 02", with: "2021-10-31 07")
    #expect(message { try Written.series("time,sales\n" + other) } != nil)
  }

  // MARK: - What cannot be read

  @Test func aTimeThatCannotBeReadIsAnError() throws {
    let text = "month,sales\nspring,1\nsummer,2\nautumn,3\n"
    #expect(
      message { try Written.series(text) }?.hasPrefix(
        "a.csv, row 2, column 'month': expected a time such as '2012-10-29', found 'spring'; "
          + "--time-format") == true)
    var options = SeriesOptions(targets: ["sales"], time: [])
    #expect(throws: Never.self) { try Series(table: table(text), options: options) }
    options = SeriesOptions(targets: ["sales"], time: ["when"])
    options.timeFormat = "%d_%m_%y at %H"
    let other = try Series(
      table: table("when,sales\n01_02_21 at 07,1\n01_02_21 at 08,2\n"), options: options)
    #expect(other.time.label(at: 1) == "2021-02-01T08:00:00")
    options.timeFormat = "%k"
    #expect(
      message { try Series(table: table("when,sales\n1,1\n"), options: options) }?
        .contains("has a sign that is not known") == true)
  }

  @Test func datesInTheHeaderAreNamed() {
    let header = "page," + (1...9).map { "2021-01-0\($0)" }.joined(separator: ",")
    let rows = (0..<5).map { row in
      "p\(row)," + (1...9).map { "\($0 + row)" }.joined(separator: ",")
    }
    let text = ([header] + rows).joined(separator: "\n")
    #expect(
      message { try Written.series(text, target: "2021-01-09") }?
        .contains("each row is a series of its own; turn the table") == true)
  }

  /// A column of digits alone is read as numbers, which have no zeros in front of them.
  @Test func digitsInAFormThatBeginsWithAZero() throws {
    func series(_ format: String, _ write: (WrittenTable.Day) -> String) throws -> Series {
      let rows = Written.days.map { "\(write($0)),\($0.sales)\n" }.joined()
      return try TimeSeriesTests.series("when,sales\n" + rows, target: "sales") {
        $0.time = ["when"]
        $0.timeFormat = format
      }
    }
    for written in [
      try series("%d%m%Y") { Written.two($0.day) + Written.two($0.month) + "\($0.year)" },
      try series("%m%d%y") { Written.two($0.month) + Written.two($0.day) + "\($0.year % 100)" },
    ] {
      #expect(
        (0..<Written.rowCount).map(written.time.label(at:)) == Written.days.map(Written.iso))
    }
  }

  @Test func monthsThatAreMissingAreNoted() throws {
    let months = (0..<48).filter { ![7, 8, 30].contains($0) }
    let rows = months.map { "\(2018 + $0 / 12)-\(Written.two($0 % 12 + 1))-01,\($0 * $0 % 11)\n" }
    #expect(
      try Written.series("month,sales\n" + rows.joined()).notes
        == ["3 steps of 1 month are missing; windows run across such gaps"])
    let quarters = (0..<24).filter { $0 != 9 }.map {
      "\(2010 + $0 / 4)-\(Written.two($0 % 4 * 3 + 1))-01,\($0 * $0 % 11)\n"
    }
    #expect(
      try Written.series("month,sales\n" + quarters.joined()).notes
        == ["1 step of 3 months is missing; windows run across such gaps"])
  }
}
