import Testing

@testable import TimeSeries

@Suite struct TimeAxisTests {
  private func axis(_ times: [String]) throws -> TimeAxis {
    let rows = times.map { "\($0),1\n" }.joined()
    return try series("day,y\n" + rows).time
  }

  private func extensions(_ times: [String], by count: Int = 3) throws -> [String] {
    let axis = try axis(times).extended(by: count)
    return (times.count..<times.count + count).map(axis.label)
  }

  @Test func stepsAreMedians() throws {
    #expect(try axis(["2012-01-01", "2012-01-02", "2012-01-03", "2012-01-09"]).step == 86_400_000)
    #expect(try axis(["2012-01-01 00:00", "2012-01-01 00:05", "2012-01-01 00:10"]).step == 300_000)
    #expect(try series("y\n1\n2\n3\n").time.step == 1)
  }

  @Test func seasons() throws {
    #expect(try axis(["2012-01-01", "2012-01-02", "2012-01-03"]).season == 7)
    #expect(try axis(["2012-01-01 00:00", "2012-01-01 01:00", "2012-01-01 02:00"]).season == 24)
    #expect(try axis(["2012-01-01 00:00", "2012-01-01 00:05", "2012-01-01 00:10"]).season == 288)
    #expect(try axis(["2012-01-01", "2012-02-01", "2012-03-01"]).season == 12)
    #expect(try axis(["2012-01", "2012-02", "2012-03"]).season == 12)
    #expect(try axis(["2011-12-31", "2012-03-31", "2012-06-30"]).season == 4)
    #expect(try axis(["2012-01-01", "2012-01-08", "2012-01-15"]).season == nil)
    #expect(try axis(["2012-01-01", "2013-01-01", "2014-01-01"]).season == nil)
    #expect(try series("y\n1\n2\n3\n").time.season == nil)
  }

  @Test func theFutureGoesOnByTheStep() throws {
    #expect(
      try extensions(["2012-02-26", "2012-02-27", "2012-02-28"])
        == ["2012-02-29", "2012-03-01", "2012-03-02"])
    #expect(
      try extensions(["2012-12-31 22:00", "2012-12-31 23:00"], by: 2)
        == ["2013-01-01T00:00:00", "2013-01-01T01:00:00"])
  }

  @Test func theFutureOfMonthsGoesOnByMonths() throws {
    #expect(
      try extensions(["2011-10-01", "2011-11-01", "2011-12-01"])
        == ["2012-01-01", "2012-02-01", "2012-03-01"])
    #expect(
      try extensions(["2011-10-31", "2011-11-30", "2011-12-31"])
        == ["2012-01-31", "2012-02-29", "2012-03-31"])
    #expect(
      try extensions(["2012-02-29", "2012-03-31", "2012-04-30"])
        == ["2012-05-31", "2012-06-30", "2012-07-31"])
    #expect(
      try extensions(["2010-01-01", "2011-01-01", "2012-01-01"], by: 2)
        == ["2013-01-01", "2014-01-01"])
  }

  @Test func rowNumbersAndNumbersGoOn() throws {
    let rows = try series("y\n1\n2\n3\n").time.extended(by: 2)
    #expect((0..<5).map(rows.label) == ["2", "3", "4", "5", "6"])
    let numbers = try series("t,y\n0,1\n0.5,2\n1,3\n").time.extended(by: 1)
    #expect(numbers.kind == .numbers)
    #expect((0..<4).map(numbers.label) == ["0", "0.5", "1", "1.5"])
  }

  @Test func rowsAreFoundByTime() throws {
    let days = try axis(["2012-01-01", "2012-01-02", "2012-01-04"])
    #expect(days.firstRow(notBefore: "2012-01-02") == 1)
    #expect(days.firstRow(notBefore: "2012-01-03") == 2)
    #expect(days.firstRow(notBefore: "1/4/2012") == 2)
    #expect(days.firstRow(notBefore: "2000-01-01") == 0)
    #expect(days.firstRow(notBefore: "2013-01-01") == 3)
    #expect(days.firstRow(notBefore: "soon") == nil)
    #expect(try series("t,y\n10,1\n20,2\n30,3\n").time.firstRow(notBefore: "15") == 1)
  }

  @Test func datesReadDayFirstAreFoundDayFirst() throws {
    let days = try axis(["30/01/2012", "31/01/2012", "01/02/2012"])
    #expect(days.firstRow(notBefore: "01/02/2012") == 2)
  }

  /// Whole days with the offset of their place are its days, and so are days with the same offset in
  /// options.
  @Test func offsetsOfWholeDays() throws {
    for offset in ["-05:00", "+09:00"] {
      let days = try axis((1...9).map { "2022-01-0\($0)T00:00:00\(offset)" })
      #expect(days.kind == .dates && !days.isUTC)
      #expect(days.firstRow(notBefore: "2022-01-04T00:00:00\(offset)") == 3)
      #expect(days.firstRow(after: "2022-01-04T00:00:00\(offset)") == 4)
      #expect(days.firstRow(notBefore: "2022-01-04") == 3)
    }
    let hours = try axis((1...9).map { "2022-01-01T0\($0):00:00+09:00" })
    #expect(hours.isUTC)
    #expect(hours.firstRow(notBefore: "2022-01-01T04:00:00+09:00") == 3)
    // A date without an offset is one of UTC then.
    #expect(hours.firstRow(notBefore: "2022-01-01") == 8)
  }
}
