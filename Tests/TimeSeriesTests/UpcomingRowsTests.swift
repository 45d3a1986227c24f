import Testing

@testable import TimeSeries

/// Rows behind the last one that has a target count at their times, not by their order.
@Suite struct UpcomingRowsTests {
  private func series(
    _ rows: [String], until: String? = nil, time: [String]? = nil
  ) throws -> Series {
    try TimeSeriesTests.series("day,y,promo\n" + rows.map { $0 + "\n" }.joined()) {
      $0.known = ["promo"]
      $0.until = until
      $0.time = time
    }
  }

  /// So many days of May from the first one on, with numbers that begin with 10.
  private static func days(_ days: ClosedRange<Int>) -> [String] {
    days.map { "2022-05-\(padded($0, 2)),\($0 + 9),\($0 % 2)" }
  }

  /// Compares with NaN as a value.
  private func expect(_ values: [Double]?, _ expected: [Double?]) {
    #expect(values?.map { $0.isNaN ? nil : $0 } == expected)
  }

  @Test func aGapIsNotClosed() throws {
    let series = try series(Self.days(1...10) + ["2022-05-14,,7"])
    #expect(series.rowCount == 10)
    #expect(series.pendingRows == 4)
    expect(series.upcoming["promo"], [nil, nil, nil, 7])
    expect(try self.series(Self.days(1...10) + ["2022-05-11,,7"]).upcoming["promo"], [7])
    expect(try self.series(Self.days(1...10)).upcoming["promo"], [])
  }

  @Test func rowsBehindACutCountAtTheirTimes() throws {
    let rows = Self.days(1...10) + ["2022-05-13,22,8", "2022-05-14,,9"]
    let series = try series(rows, until: "2022-05-09")
    #expect(series.rowCount == 8)
    #expect(series.pendingRows == 0)
    expect(series.upcoming["promo"], [1, 0, nil, nil, 8, 9])
  }

  @Test func aTimeBetweenRowsIsAnError() {
    #expect(
      message { try series(Self.days(1...10) + ["2022-05-11 12:00,,7"]) }
        == "a.csv, row 12, column 'day': expected a time that follows from the rows before, such as "
        + "'2022-05-11T00:00:00', found '2022-05-11T12:00:00' in a row that has no target yet; correct it, or leave "
        + "the row out")
    #expect(
      message { try series(Self.days(1...10) + ["2222-05-11,,7"]) }?.contains(
        "row 12, column 'day': expected a time that follows from the rows before, such as "
          + "'2022-05-11', found '2222-05-11'") == true)
  }

  /// A Saturday is none of the rows to come of a file of working days.
  @Test func theCalendarCounts() throws {
    let rows = (0..<70).filter { $0 % 7 < 5 }.map {
      "\(CivilDate(daysSince1970: 18_995 + $0).text),\($0),0"
    }
    func day(_ number: Int) -> String { CivilDate(daysSince1970: 18_995 + number).text }
    let monday = try series(rows + ["\(day(71)),,3"])
    expect(monday.upcoming["promo"], [nil, 3])
    let error = message { try series(rows + ["\(day(68)),,3"]) }
    #expect(error?.contains("such as '\(day(70))', found") == true)
    #expect(error?.contains("row 52") == true)
  }

  @Test func monthsCountByTheirNumber() throws {
    let rows = ["2022-01-31,1,0", "2022-02-28,2,0", "2022-03-31,3,1", "2022-04-29,4,0"]
    expect(try series(rows + ["2022-06-29,,5"]).upcoming["promo"], [nil, 5])
  }

  @Test func numbersAreComparedWithoutTheirLastDigits() throws {
    let rows = (0..<20).map { "\(Double($0) / 10),\($0 * $0 % 7),0" }
    expect(
      try series(rows + ["2.1,,5", "2.3,,6"], time: ["day"]).upcoming["promo"], [nil, 5, nil, 6])
  }

  /// Without times, or with times of no common step, the next row is the next one.
  @Test func rowsWithoutAStepCountByOrder() throws {
    expect(try series(Self.days(1...10) + ["2022-05-14,,7"], time: []).upcoming["promo"], [7])
    let uneven = [0, 5, 11, 12, 30, 41, 43, 60, 61, 77].map { "\($0),\($0 % 7),0" }
    expect(try series(uneven + ["90,,7"], time: ["day"]).upcoming["promo"], [7])
  }
}
