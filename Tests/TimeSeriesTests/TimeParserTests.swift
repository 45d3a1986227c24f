import Foundation
import Testing

@testable import TimeSeries

@Suite struct TimeParserTests {
  private func label(_ text: String, _ order: TimeParser.Order = .monthFirst) -> String? {
    TimeParser(order: order).parse(text).map { time in
      TimeAxis(
        kind: time.hasTimeOfDay ? .times : .dates, columns: [],
        values: [Double(time.milliseconds)], isUTC: time.hasOffset
      ).label(at: 0)
    }
  }

  @Test(arguments: [
    ("2012-10-29", "2012-10-29"), ("2012/10/29", "2012-10-29"), ("2012-1-9", "2012-01-09"),
    (" 2012-10-29 ", "2012-10-29"), ("1949-01", "1949-01-01"), ("2012.10.29", "2012-10-29"),
    ("10/29/2012", "2012-10-29"), ("1/9/2012", "2012-01-09"), ("10-29-2012", "2012-10-29"),
    ("29.10.2012", "2012-10-29"), ("2012-10-29 13:00", "2012-10-29T13:00:00"),
    ("2012-10-29T13:00:05", "2012-10-29T13:00:05"), ("2012-10-29  7:05", "2012-10-29T07:05:00"),
    ("2012-10-29 13:00:05.25", "2012-10-29T13:00:05.250"),
    ("2012-10-29 13:00:05.123456", "2012-10-29T13:00:05.123"),
    ("2012-10-29T13:00:00Z", "2012-10-29T13:00:00Z"),
    ("2012-10-29T13:00:00+02:00", "2012-10-29T11:00:00Z"),
    ("2012-10-29T23:00:00 -0430", "2012-10-30T03:30:00Z"),
    ("10/29/2012 1:05 PM", "2012-10-29T13:05:00"),
    ("10/29/2012 12:05:09 am", "2012-10-29T00:05:09"),
    ("2012-02-29", "2012-02-29"), ("0001-01-01", "0001-01-01"),
    ("1969-12-31 23:59:59", "1969-12-31T23:59:59"),
  ])
  func times(text: String, expected: String) {
    #expect(label(text) == expected)
  }

  @Test func dayFirst() {
    #expect(label("29/10/2012", .dayFirst) == "2012-10-29")
    #expect(label("29/10/2012", .monthFirst) == nil)
    #expect(label("29.10.2012", .monthFirst) == "2012-10-29")
  }

  @Test(arguments: [
    "", "abc", "2012", "20121029", "2012-13-01", "2011-02-29", "1900-02-29", "2012-10-32",
    "2012-10-0",
    "2012-10-29x", "2012-10-29 25:00", "2012-10-29 13:60", "2012-10-29 13", "12-10", "3.14.15",
    "2012.5", "2012-10-29T", "2012-10-29 13:00 PM", "10/29/12", "13:00", "NA",
  ])
  func noTimes(text: String) {
    #expect(label(text) == nil)
  }

  /// Every day of several centuries, leap ones and others, against Foundation's calendar.
  @Test func theCalendarIsFoundations() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
    for days in stride(from: -100_000, to: 100_000, by: 1) {
      let date = CivilDate(daysSince1970: days)
      #expect(date.daysSince1970 == days)
      guard days % 97 == 0 else { continue }
      let parts = calendar.dateComponents(
        [.year, .month, .day], from: Date(timeIntervalSince1970: Double(days) * 86_400))
      #expect([date.year, date.month, date.day] == [parts.year, parts.month, parts.day])
    }
  }
}
