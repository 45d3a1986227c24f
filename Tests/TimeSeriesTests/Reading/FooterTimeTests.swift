import Testing

@testable import TimeSeries

/// Rows at the end that have no time, beside each way in which times are read.
@Suite struct FooterTimeTests {
  @Test func aSumBelowMonths() throws {
    let rows = (0..<60).map { "\(2015 + $0 / 12)-\(padded($0 % 12 + 1, 2))-01,\($0 % 7 + 1)\n" }
    let series = try series("month,y\n" + rows.joined() + "Total,5000\n")
    #expect(series.rowCount == 60)
    #expect(series.time.months == 1)
    #expect(series.notes == ["row 62 was passed over as a footer: 'Total'"])
  }

  private static func hourly(_ days: Int, _ hour: (_ row: Int) -> String) -> String {
    let rows = (0..<24 * days).map { row in
      "\(CivilDate(daysSince1970: 18_993 + row / 24).text),\(hour(row)),\(row * row % 31)\n"
    }
    return "date,hour,y\n" + rows.joined()
  }

  @Test(arguments: [10, 30]) func anEmptyHourIsNoFooter(days: Int) throws {
    let bad = 24 * days - 2
    let text = Self.hourly(days) { $0 == bad ? "" : "\($0 % 24)" }
    let expected =
      "a.csv, row \(bad + 2), column 'hour': expected an hour from 0 to 24, found a missing value"
    #expect(message { try series(text) } == expected)
    #expect(message { try series(text) { $0.time = ["date", "hour"] } } == expected)
    // With nothing but footers behind it, it is one.
    let ended = try series(Self.hourly(days) { $0 >= bad ? "" : "\($0 % 24)" })
    #expect(ended.rowCount == bad)
    #expect(ended.time.step == 3_600_000)
  }

  @Test func midnightsAboveASumAreMoved() throws {
    let rows = (1...240).map { row in
      "\(CivilDate(daysSince1970: 18_993 + (row - 1) / 24).text) \(padded(row % 24, 2)):00,\(row % 7)\n"
    }
    let plain = try series("time,y\n" + rows.joined())
    let ended = try series("time,y\n" + rows.joined() + "Total,9999\n")
    #expect(plain.notes.first?.hasPrefix("10 midnights in 'time'") == true)
    #expect(ended.time.values == plain.time.values)
    #expect(ended.notes.first == plain.notes.first)
  }

  @Test func noAxisTakesTimesThatAreNone() {
    for bad in [Double.nan, .infinity, 1e300] {
      let months = (0..<40).map { Double($0) * 30 * 86_400_000 } + [bad, 1e13]
      #expect(MonthSteps.count(months, step: 30 * 86_400_000) == nil)
      #expect(TimeAxis(kind: .dates, columns: ["t"], values: months).months == nil)
    }
  }
}
