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
    let second = day...(2 * day - 1)
    let known: [Labels.Label] = [
      Labels.Label(span: second), Labels.Label(span: Self.hour...3 * Self.hour, target: "a"),
      Labels.Label(span: 0...0, target: "net, EUR"),
      Labels.Label(span: 5 * Self.hour...second.upperBound),
    ]
    #expect(found == known)
  }

  @Test func readsNumbersOfRows() throws {
    let found = try read("17\n3,5,a\n-2,2.5\n", kind: .rowNumbers, step: 1)
    let known: [Labels.Label] = [
      Labels.Label(span: 17...17), Labels.Label(span: 3...5, target: "a"),
      Labels.Label(span: -2...2.5),
    ]
    #expect(found == known)
  }

  @Test func aMonthIsALabelOfMonthsOnly() throws {
    let day = 24 * Self.hour
    let first = 31 * day
    let last = first + day - 1
    let found = try read("1970-02\n", kind: .dates, step: first)
    #expect(found == [Labels.Label(span: first...last)])
    #expect(throws: TimeSeriesError.self) { try read("1970-02\n", kind: .dates, step: day) }
  }

  @Test func offsetsAreForTimesInUTC() throws {
    let found = try read("1970-01-01T03:00+02:00\n", isUTC: true)
    #expect(found == [Labels.Label(span: Self.hour...Self.hour)])
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
