import Foundation
import Testing

@testable import TimeSeries

@Suite struct HolidayTests {
  private static let day = 86_400_000.0

  /// The days, as text in order, of a file of some text.
  private func days(
    _ text: String, order: TimeParser.Order? = nil, kind: TimeAxis.Kind = .dates
  ) throws -> [String] {
    let url = FileManager.default.temporaryDirectory.appending(path: "holidays-\(UUID()).txt")
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let axis = TimeAxis(
      kind: kind, columns: [], values: (0..<50).map { Double($0) * Self.day }, order: order)
    return try CalendarTerms.readHolidays(path: url.path, axis: axis).sorted().map {
      CivilDate(daysSince1970: $0).text
    }
  }

  @Test func whatStandsAroundADate() throws {
    let expected = ["2021-12-25", "2021-12-26"]
    for text in [
      "2021-12-25\n2021-12-26\n", "\u{FEFF}2021-12-25\r\n2021-12-26",
      "date,name\n2021-12-25,Christmas\n"
        + "\n# more\n2021-12-26;\"Boxing, Day\"\n2021-12-25\tagain\n",
      "\"date\"\n\"2021-12-25\"\n26 Dec 2021\n",
    ] {
      #expect(try days(text) == expected, "\(text)")
    }
  }

  @Test func theOrderOfDayAndMonth() throws {
    #expect(try days("05/12/2021\n", order: .dayFirst) == ["2021-12-05"])
    #expect(try days("05/12/2021\n", order: .monthFirst) == ["2021-05-12"])
    // The file itself may show it.
    #expect(try days("25/12/2021\n05/12/2021\n") == ["2021-12-05", "2021-12-25"])
    #expect(
      message { try days("2021-12-25\n05/12/2021\n") }?.contains(
        "row 2: expected a date that shows whether the day or the month is first") == true)
    #expect(
      message { try days("25/12/2021\n", order: .monthFirst) }?.contains(
        "row 1: expected the date of a holiday such as 2024-12-25, found '25/12/2021'") == true)
  }

  @Test func whatIsNoDate() {
    #expect(message { try days("2021-12-25\nMay\n") }?.contains("row 2: expected the date") == true)
    #expect(message { try days("2021-12\n") }?.contains("give each day a line") == true)
    #expect(message { try days("date\n") }?.contains("there are no holidays in it") == true)
    #expect(
      message { try days("2021-12-25\n", kind: .rowNumbers) }?.contains("lists dates, but") == true)
    let axis = TimeAxis(kind: .dates, columns: [], values: [0, Self.day])
    #expect(
      message { try CalendarTerms.readHolidays(path: "/nowhere/h.txt", axis: axis) }
        == "/nowhere/h.txt: the file of holidays cannot be read")
  }
}
