import Testing

@testable import TimeSeries

/// Rows of another file before those of a series.
@Suite struct ContextTests {
  private static let header = "day,y,x\n"

  /// A row for each of some days of June.
  private static func rows(_ days: ClosedRange<Int>, change: (Int) -> String? = { _ in nil })
    -> String
  {
    days.map { day in
      let name = "2012-06-\(day < 10 ? "0" : "")\(day)"
      return change(day) ?? "\(name),\(day * day),\(100 - day)"
    }.joined(separator: "\n") + "\n"
  }

  private static func series(
    _ own: String, after context: String, _ change: (inout SeriesOptions) -> Void = { _ in }
  ) throws -> Series {
    var options = SeriesOptions(targets: ["y"], features: ["y", "x"])
    change(&options)
    return try Series(
      table: Table(fileName: "new.csv", text: own),
      context: Table(fileName: "old.csv", text: context),
      options: options)
  }

  @Test func bothAreAsOneFile() throws {
    let joined = try Self.series(
      Self.header + Self.rows(11...30), after: Self.header + Self.rows(1...10))
    let whole = try TimeSeriesTests.series(Self.header + Self.rows(1...30))
    #expect(joined.columns.map(\.values) == whole.columns.map(\.values))
    #expect(joined.time == whole.time)
    #expect(joined.ownRows == 10..<30)
    #expect(joined.context == Series.Context(path: "old.csv", rowCount: 10))
    #expect(joined.path(of: 9) == "old.csv" && joined.path(of: 10) == "new.csv")
    #expect(joined.fileRow(9) == 11 && joined.fileRow(10) == 2)
    #expect(joined.notes == whole.notes)
  }

  /// Equal rows may stand in both, and are the judged file's.
  @Test func equalRowsAreTakenOnce() throws {
    let joined = try Self.series(
      Self.header + Self.rows(8...20), after: Self.header + Self.rows(1...12))
    #expect(joined.ownRows == 7..<20)
    #expect(joined.rowCount == 20)
  }

  @Test func otherRowsOfTheSameTimeAreRefused() {
    let found = message {
      try Self.series(
        Self.header + Self.rows(8...20),
        after: Self.header + Self.rows(1...9) { $0 == 9 ? "2012-06-09,82,91" : nil })
    }
    #expect(found?.hasPrefix("old.csv, row 10: '2012-06-09' is not before '2012-06-08'") == true)
    let later = message {
      try Self.series(Self.header + Self.rows(8...20), after: Self.header + Self.rows(7...25))
    }
    #expect(later?.hasPrefix("old.csv, row 16: '2012-06-21'") == true)
  }

  @Test func rowsThatComeAfterAreNoContext() {
    let found = message {
      try Self.series(Self.header + Self.rows(8...20), after: Self.header + Self.rows(21...25))
    }
    #expect(found?.contains("no row of it comes before the first one that is judged") == true)
  }

  @Test func aGapBetweenBothIsAGap() throws {
    let joined = try Self.series(
      Self.header + Self.rows(14...30), after: Self.header + Self.rows(1...10))
    #expect(joined.notes == ["3 steps of 1 day are missing; windows run across such gaps"])
  }

  @Test func theFirstRowsAreFilledFromTheContext() throws {
    let joined = try Self.series(
      Self.header + Self.rows(8...20) { $0 == 8 ? "2012-06-08,,92" : nil },
      after: Self.header + Self.rows(1...7))
    #expect(joined["y"]?[7] == 49)
    #expect(joined.isMissing(target: 0, row: 7))
    #expect(!joined.isMissing(target: 0, row: 6) && !joined.isMissing(target: 0, row: 8))
    // Not from a row that the file has itself.
    let overlapping = try Self.series(
      Self.header + Self.rows(8...20) { $0 == 8 ? "2012-06-08,,92" : nil },
      after: Self.header + Self.rows(1...10) { $0 == 8 ? "2012-06-08,,92" : nil })
    #expect(overlapping["y"]?[7] == 49)
    #expect(overlapping.ownRows == 7..<20)
  }

  @Test func onlyOwnRowsAreCut() throws {
    let joined = try Self.series(
      Self.header + Self.rows(8...20), after: Self.header + Self.rows(1...7)
    ) { $0.from = "2012-06-10" }
    #expect(joined.ownRows == 7..<18)
    #expect(joined.time.label(at: 7) == "2012-06-10")
  }

  @Test func numberedRowsAreCountedBack() throws {
    let joined = try Self.series("y,x\n1,2\n3,4\n", after: "y,x\n5,6\n7,8\n9,1\n") { $0.time = [] }
    #expect(joined["y"] == [5, 7, 9, 1, 3])
    #expect((0..<5).map { joined.time.label(at: $0) } == ["-1", "0", "1", "2", "3"])
  }

  @Test func timesOfAnotherKindAreRefused() {
    let found = message {
      try Self.series(
        "day,y,x\n2012-06-08T01:00,1,2\n2012-06-08T02:00,2,3\n",
        after: Self.header + Self.rows(1...7))
    }
    #expect(
      found?.hasPrefix("old.csv: its times, such as '2012-06-01', are of another kind") == true)
  }
}
