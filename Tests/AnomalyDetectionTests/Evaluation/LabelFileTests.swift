import AnomalyDetection
import Foundation
import Testing

@testable import TimeSeries

@Suite struct LabelFileTests {
  private static let hour = 3_600_000.0

  private func read(
    _ text: String, kind: TimeAxis.Kind = .times, isUTC: Bool = false, step: Double = hour
  ) throws -> [Labels.Label] {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).txt")
    defer { try? FileManager.default.removeItem(at: url) }
    try text.write(to: url, atomically: true, encoding: .utf8)
    let axis = TimeAxis(
      kind: kind, columns: [], values: (0..<50).map { Double($0) * step }, isUTC: isUTC)
    return try Labels(path: url.path, axis: axis, targets: ["a", "net, EUR"]).all
  }

  @Test func readsTimesDaysAndTargets() throws {
    let found = try read(
      "\u{FEFF}from,to,target\r\n1970-01-02\r\n\n# known\n"
        + "1970-01-01 01:00, 1970-01-01 03:00 ,a\n1970-01-01 00:00,,\"net, EUR\"\n"
        + "1970-01-01 05:00,1970-01-02,\n")
    let day = 24 * Self.hour
    #expect(
      found == [
        .init(span: day...2 * day - 1), .init(span: Self.hour...3 * Self.hour, target: "a"),
        .init(span: 0...0, target: "net, EUR"), .init(span: 5 * Self.hour...2 * day - 1),
      ])
  }

  @Test func readsNumbersOfRows() throws {
    let found = try read("17\n3,5,a\n-2,2.5\n", kind: .rowNumbers, step: 1)
    #expect(
      found == [.init(span: 17...17), .init(span: 3...5, target: "a"), .init(span: -2...2.5)])
  }

  @Test func aMonthIsALabelOfMonthsOnly() throws {
    let day = 24 * Self.hour
    #expect(
      try read("1970-02\n", kind: .dates, step: 31 * day) == [.init(span: 31 * day...32 * day - 1)])
    #expect(throws: TimeSeriesError.self) { try read("1970-02\n", kind: .dates, step: day) }
  }

  @Test func offsetsAreForTimesInUTC() throws {
    #expect(
      try read("1970-01-01T03:00+02:00\n", isUTC: true) == [.init(span: Self.hour...Self.hour)])
    #expect(throws: TimeSeriesError.self) { try read("1970-01-01T03:00+02:00\n") }
  }

  @Test(arguments: [
    ("1970-01-01\nsoon\n", 2, "expected a date or time"),
    ("1970-13-01\n1970-01-01\n", 1, "found '1970-13-01'"),
    ("1970-01-01\n1970-01-02,1970-01-01\n", 2, "ends before it begins"),
    ("1970-01-01,1970-01-02,a,b\n", 1, "then perhaps a target"),
    ("1970-01-01,a\n", 1, "found '1970-01-01,a'"),
    ("from,to\n1970-01-01,,c\n", 2, "'c' is no target; there are a, net, EUR"),
    ("1970-01-01,,\"a\n", 1, "not closed"), (",1970-01-01\n", 1, "found ',1970-01-01'"),
    ("17\n", 1, "expected a date or time"),
  ])
  func aBadLineIsAnErrorWithItsRow(text: String, row: Int, message: String) {
    // A line without a first time is no header.
    let text = text.hasPrefix(",") ? "# labels\n" + text : text
    let error = #expect(throws: TimeSeriesError.self) { try read(text) }
    #expect(error?.row == (text.hasPrefix("#") ? row + 1 : row))
    #expect(error?.reason.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func aFileWithoutLabelsIsAnError() {
    for text in ["", "from,to\n", "# nothing\n\n"] {
      let error = #expect(throws: TimeSeriesError.self) { try read(text) }
      #expect(error?.reason == "there are no labels in it")
    }
  }

  @Test func aNumberIsNoTimeAndATimeNoNumber() {
    #expect(throws: TimeSeriesError.self) { try read("1970-01-01\n", kind: .rowNumbers, step: 1) }
    #expect(throws: TimeSeriesError.self) { try read("nan\n3\ninf\n", kind: .numbers, step: 1) }
  }
}
