import Testing

@testable import TimeSeries

/// Which columns are taken for the time, and what is said about it.
@Suite struct TimeFinderTests {
  private func time(_ text: String, _ names: [String]? = nil) throws -> TimeAxis {
    try series(text) { $0.time = names }.time
  }

  @Test func theFirstColumnOfDatesIsTaken() throws {
    let time = try time("id,y,day,shipped\n7,1,2012-01-01,2013-01-01\n8,2,2012-01-02,2013-01-01\n")
    #expect(time.columns == ["day"])
    #expect(time.kind == .dates)
    #expect(time.label(at: 1) == "2012-01-02")
  }

  @Test func timesOfDayMakeTimes() throws {
    let time = try time("t,y\n2012-01-01 00:00:00,1\n2012-01-01 12:00:00,2\n")
    #expect(time.kind == .times)
    #expect(time.label(at: 1) == "2012-01-01T12:00:00")
  }

  @Test func datesAndHoursGoTogetherWhereDatesRepeat() throws {
    let text = "day,hr,y\n2012-01-01,22,1\n2012-01-01,23,2\n2012-01-02,0,3\n"
    for names in [nil, ["day", "hr"]] {
      let series = try series(text) { $0.time = names }
      #expect(series.time.columns == ["day", "hr"])
      #expect(series.time.label(at: 2) == "2012-01-02T00:00:00")
      #expect(series.features == ["y"])
    }
  }

  @Test func datesAndClockTimesGoTogetherWhereDatesRepeat() throws {
    let text = "day,time,y\n2012-01-01,22:30,1\n2012-01-01,23:30,2\n2012-01-02,0:30,3\n"
    for names in [nil, ["day", "time"]] {
      #expect(try time(text, names).label(at: 2) == "2012-01-02T00:30:00")
    }
  }

  @Test func anHourIsAFeatureWhereDatesDoNotRepeat() throws {
    let series = try series("day,hour,y\n2012-01-01,5,1\n2012-01-02,6,2\n")
    #expect(series.time.columns == ["day"])
    #expect(series.features == ["hour", "y"])
  }

  @Test func yearMonthDayAndHourGoTogether() throws {
    let text = "No,year,month,day,hour,y\n1,2010,1,31,23,5\n2,2010,2,1,0,6\n"
    for names in [nil, ["year", "month", "day", "hour"]] {
      let series = try series(text) { $0.time = names }
      #expect(series.time.columns == ["year", "month", "day", "hour"])
      #expect(series.time.label(at: 1) == "2010-02-01T00:00:00")
      #expect(series.features == ["No", "y"])
    }
  }

  @Test func yearAndMonthGoTogether() throws {
    let time = try time("Year,Month,y\n2010,12,5\n2011,1,6\n")
    #expect(time.label(at: 1) == "2011-01-01")
  }

  @Test func yearsAlone() throws {
    let time = try time("year,y\n1700,5\n1701,11\n")
    #expect(time.kind == .numbers)
    #expect(time.label(at: 1) == "1701")
  }

  @Test(arguments: [
    ("timestamp", "1351468800", "1351472400"), ("event_time", "1351468800000", "1351472400000"),
  ])
  func secondsSince1970(name: String, first: String, second: String) throws {
    let time = try time("\(name),y\n\(first),1\n\(second),2\n")
    #expect(time.kind == .times)
    #expect((0..<2).map(time.label) == ["2012-10-29T00:00:00", "2012-10-29T01:00:00"])
  }

  /// `date` and `time` count as words, not as letters.
  @Test(arguments: ["update_bytes", "candidate", "mandate", "sometime", "runtimeBytes"])
  func namesWithTimeInsideAWordAreNoTimes(name: String) throws {
    let series = try series("\(name),y\n1351468800,1\n1351472400,2\n")
    #expect(series.time.kind == .rowNumbers)
    #expect(series.features == [name, "y"])
  }

  @Test(arguments: ["event time", "eventTime", "Date.UTC", "unix_ts", "order-date"])
  func wordsInNamesAreFound(name: String) throws {
    #expect(try time("\(name),y\n1351468800,1\n1351472400,2\n").columns == [name])
  }

  @Test func datesAsTextComeBeforeNumbersUnderLongerNames() throws {
    let time = try time(
      "date_code,day,y\n1351468800,2012-01-01,1\n1351472400,2012-01-02,2\n")
    #expect(time.columns == ["day"])
  }

  @Test func offsetsAreInAllRowsOrInNone() {
    let text = "t,y\n2012-01-01T00:00:00Z,1\n2012-01-01T01:00:00,2\n"
    let found = message { try time(text) }
    #expect(found?.hasPrefix("a.csv, row 3, column 't': expected an offset from UTC") == true)
  }

  @Test func largeNumbersUnderOtherNamesAreNoTimes() throws {
    let series = try series("bytes,y\n1351468800,1\n1351472400,2\n")
    #expect(series.time.kind == .rowNumbers)
    #expect(series.features == ["bytes", "y"])
  }

  @Test func daysAsOneNumber() throws {
    #expect(try time("date,y\n20121031,1\n20121101,2\n").label(at: 1) == "2012-11-01")
  }

  @Test func aNamedColumnOfNumbers() throws {
    let time = try time("cycle,y\n10,1\n20,2\n", ["cycle"])
    #expect(time.kind == .numbers)
    #expect(time.columns == ["cycle"])
  }

  @Test func rowNumbersWithANote() throws {
    let series = try series("x,y\n5,1\n4,2\n")
    #expect(series.time.kind == .rowNumbers)
    #expect(series.time.columns == [])
    #expect((0..<2).map(series.time.label) == ["2", "3"])
    #expect(
      series.notes == ["no column holds the time; rows are named by their number in the file"])
  }

  @Test func rowNumbersAskedFor() throws {
    let series = try series("day,y\n2012-01-02,1\n2012-01-01,2\n") { $0.time = [] }
    #expect(series.time.kind == .rowNumbers)
    #expect(
      series.notes == ["left out, because they hold text: 'day' (such as in row 2 '2012-01-02')"])
  }

  @Test func dayFirstIsToldByTheWholeColumn() throws {
    let series = try series("day,y\n11/01/2012,1\n12/01/2012,2\n13/01/2012,3\n")
    #expect(series.time.label(at: 0) == "2012-01-11")
    #expect(series.notes == [])
  }

  @Test func anAmbiguousColumnIsAnError() throws {
    let text = "day,y\n01/01/2012,1\n02/01/2012,2\n03/01/2012,3\n"
    #expect(
      message { try series(text) }
        == "a.csv, row 2, column 'day': expected a date that shows whether the day or the month is "
        + "first, as no row of the file does; --date-order month or day says it, found '01/01/2012'"
    )
    #expect(try series(text) { $0.dateOrder = .day }.time.label(at: 1) == "2012-01-02")
    #expect(try series(text) { $0.dateOrder = .month }.time.label(at: 1) == "2012-02-01")
  }

  // MARK: - Bad input

  @Test func anUnknownTimeColumn() {
    #expect(
      message { try time("day,y\n2012-01-01,1\n", ["date"]) }
        == "a.csv: there is no column 'date'; the columns are day, y")
  }

  @Test func aCellThatIsNoTime() {
    let text = "day,y\n2012-01-01,1\n2012-01-02,2\n\nsoon,3\n2012-01-04,4\n"
    for names in [nil, ["day"]] {
      #expect(
        message { try time(text, names) }
          == "a.csv, row 5, column 'day': expected a time such as '2012-10-29', found 'soon'")
    }
  }

  @Test func anEmptyTime() {
    let text = "day,y\n2012-01-01,1\n,2\n2012-01-03,3\n"
    #expect(
      message { try time(text) }
        == "a.csv, row 3, column 'day': expected a time such as '2012-10-29', found an empty cell")
  }

  @Test func namedColumnsThatAreNoTimes() {
    #expect(
      message { try time("name,y\nann,1\nbob,2\n", ["name"]) }
        == "a.csv, row 2, column 'name': expected a time such as '2012-10-29', found 'ann'")
    #expect(
      message { try time("n,y\n1,1\nNA,2\n", ["n"]) }
        == "a.csv, row 3, column 'n': expected a time, found a missing value")
    #expect(
      message { try time("day,hr,y\n2012-01-01,5,1\n2012-01-01,25,2\n", ["day", "hr"]) }
        == "a.csv, row 3, column 'hr': expected an hour from 0 to 24, found 25")
    #expect(
      message { try time("yr,mon,y\n2012,5,1\n2012,13,2\n", ["yr", "mon"]) }
        == "a.csv, row 3, column 'mon': expected a month from 1 to 12, found 13")
    #expect(
      message { try time("yr,mon,d,y\n2012,2,29,1\n2013,2,29,2\n", ["yr", "mon", "d"]) }
        == "a.csv, row 3, column 'd': expected a day of month 2013-02, found 29")
  }
}
