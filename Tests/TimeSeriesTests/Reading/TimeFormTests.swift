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

  static let forms: [(name: String, column: String, write: @Sendable (WrittenTable.Day, Int) -> String)]
    = [
      ("month first", "date", { day, _ in "\(day.month)/\(day.day)/\(day.year)" }),
      ("day first", "date", { day, _ in "\(day.day)/\(day.month)/\(day.year)" }),
      ("two digits", "when", { day, _ in "\(day.month)/\(day.day)/\(day.year % 100)" }),
      ("two digits, day first", "when", { day, _ in "\(day.day)-\(day.month)-\(day.year % 100)" }),
      (
        "year first, two digits", "when",
        { day, _ in "\(day.year % 100)/\(Written.two(day.month))/\(Written.two(day.day))" }
      ),
      ("dotted, two digits", "t", { day, _ in "\(day.day).\(day.month).\(day.year % 100)" }),
      ("named", "date", { day, _ in "\(day.day)-\(months[day.month - 1])-\(day.year % 100)" }),
      ("American", "date", { day, _ in "\(months[day.month - 1]) \(day.day), \(day.year)" }),
      ("a zone", "date", { day, _ in "\(Written.iso(day)) 00:00:00 UTC" }),
      ("a place", "date", { day, _ in "\(Written.iso(day))T00:00:00+01:00[Europe/Paris]" }),
      (
        "a mail", "date",
        { day, _ in "Sun, \(Written.two(day.day)) \(months[day.month - 1]) \(day.year) 00:00:00 GMT" }
      ),
      ("digits", "day", { day, _ in Written.iso(day).replacing("-", with: "") }),
      ("digits under any name", "obs", { day, _ in Written.iso(day).replacing("-", with: "") }),
      ("seconds", "ts", { _, row in "\((firstDay + row) * 86_400)" }),
      ("milliseconds", "time", { _, row in "\((firstDay + row) * 86_400_000)" }),
      ("microseconds", "timestamp", { _, row in "\((firstDay + row) * 86_400_000_000)" }),
      ("nanoseconds", "timestamp", { _, row in "\((firstDay + row) * 86_400_000_000_000)" }),
      ("Excel's days", "date", { _, row in "\(firstDay + row + 25_569)" }),
    ]

  @Test(arguments: forms.indices) func daysAreTold(form: Int) throws {
    let (name, column, write) = Self.forms[form]
    let series = try series(column, write)
    let offset = series.time.isUTC ? "T00:00:00Z" : ""
    #expect(series.time.label(at: 0).prefix(10) == "2021-10-25", "\(name)")
    #expect(series.time.label(at: 89).prefix(10) == "2022-01-22", "\(name)\(offset)")
    #expect(series.time.season == 7, "\(name)")
    #expect(series["sales"] == Written.days.map(\.sales))
    #expect(series.features == ["sales"])
  }

  /// The newest row first is the usual order of exports, and must be turned round.
  @Test(arguments: forms.indices) func rowsAreSorted(form: Int) throws {
    let (name, column, write) = Self.forms[form]
    let rows = Written.days.enumerated().map { "\"\(write($1, $0))\",\($1.sales)\n" }
    let series = try Written.series("\(column),sales\n" + rows.reversed().joined())
    #expect(series["sales"] == Written.days.map(\.sales), "\(name)")
  }

  static let spans: [(name: String, write: @Sendable (Int) -> String, step: Int, season: Int)] = [
    ("dmy", { "01/\(Written.two($0 % 12 + 1))/\(2010 + $0 / 12)" }, 1, 12),
    ("mdy", { "\(Written.two($0 % 12 + 1))/01/\(2010 + $0 / 12)" }, 1, 12),
    ("dashes", { "01-\(Written.two($0 % 12 + 1))-\(2010 + $0 / 12)" }, 1, 12),
    ("named", { "\(months[$0 % 12])-\(2010 + $0 / 12)" }, 1, 12),
    ("named, two digits", { "\(months[$0 % 12])-\(10 + $0 / 12)" }, 1, 12),
    ("digits", { "\(2010 + $0 / 12)\(Written.two($0 % 12 + 1))" }, 1, 12),
    ("Eurostat", { "\(2010 + $0 / 12)M\(Written.two($0 % 12 + 1))" }, 1, 12),
    ("quarters", { "\(2010 + $0 / 4)Q\($0 % 4 + 1)" }, 3, 4),
    ("quarters first", { "Q\($0 % 4 + 1) \(2010 + $0 / 4)" }, 3, 4),
    ("quarters, dmy", { "01/\(Written.two($0 % 4 * 3 + 1))/\(2010 + $0 / 4)" }, 3, 4),
  ]

  @Test(arguments: spans.indices) func monthsAndQuarters(span: Int) throws {
    let (name, write, step, season) = Self.spans[span]
    let rows = (0..<48).map { "\(write($0)),\($0 * $0 % 17)\n" }
    let series = try Written.series("period,sales\n" + rows.joined())
    #expect(series.time.label(at: 0) == "2010-01-01", "\(name)")
    #expect(series.time.label(at: 1) == "2010-0\(1 + step)-01", "\(name)")
    #expect(series.time.season == season, "\(name)")
    #expect(series.time.extended(by: 1).label(at: 48) == "\(2010 + 48 * step / 12)-01-01", "\(name)")
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

  private func hourly(_ header: String, _ write: (_ day: Int, _ hour: Int) -> String) throws -> Series {
    let rows = (0..<24 * 40).map { row in "\(write(row / 24, row % 24)),\(row % 24)\n" }
    return try Written.series(header + "\n" + rows.joined())
  }

  private func date(_ day: Int) -> String {
    CivilDate(daysSince1970: Self.firstDay + day).text
  }

  @Test func hoursInAColumnOfTheirOwn() throws {
    let ways: [(String, (Int, Int) -> String)] = [
      ("Day,Clock,sales", { "\(date($0)),\(Written.two($1)):00" }),
      ("Datum,Uhrzeit,sales", { "\(date($0)),\(Written.two($1)).00.00" }),
      ("date,hour,sales", { "\(date($0)),\($1)" }), ("date,x,sales", { "\(date($0)),\($1):00:00" }),
    ]
    for (header, write) in ways {
      let series = try hourly(header, write)
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
    #expect(series["sales"]?.prefix(24).map { $0 } == (0..<24).map(Double.init))
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
    let rows = (0..<5).map { row in "p\(row)," + (1...9).map { "\($0 + row)" }.joined(separator: ",") }
    let text = ([header] + rows).joined(separator: "\n")
    #expect(
      message { try Written.series(text, target: "2021-01-09") }?
        .contains("each row is a series of its own; turn the table") == true)
  }
}
