import Testing

@testable import TimeSeries

/// Columns of which only some of the rows are taken.
@Suite struct PickedRowTests {
  private static func day(_ row: Int) -> String { CivilDate(daysSince1970: 18_993 + row).text }

  private static func series(
    _ text: String, where value: String, target: String = "v"
  ) throws -> Series {
    try TimeSeriesTests.series(text, target: target) {
      $0.rowFilter = [SeriesOptions.RowFilter(column: "entity", value: value)]
    }
  }

  /// Home Assistant and the like write all sensors into one column.
  @Test func numbersBesideTheWordsOfOtherRows() throws {
    let rows = (0..<40).flatMap { row in
      [
        "\(Self.day(row)),temp,\(row * row % 17).5,\(row % 5),\(row % 3 == 0 ? "on" : "off")",
        "\(Self.day(row)),door,\(row % 2 == 0 ? "open" : "closed"),closed,ajar",
      ]
    }
    let text = "time,entity,v,aux,heat\n" + rows.joined(separator: "\n") + "\n"
    let series = try Self.series(text, where: "temp")
    #expect(series.features == ["v", "aux", "heat"])
    #expect(series["v"]?.prefix(3) == [0.5, 1.5, 4.5])
    #expect(series["aux"]?.prefix(3) == [0, 1, 2])
    #expect(series["heat"]?.prefix(3) == [1, 0, 0])
    #expect(series.notes == ["on and off were read as 1 and 0 in 'heat'"])
    #expect(
      message { try Self.series(text, where: "door") }?.hasSuffix(
        "row 3, column 'v': expected a number, found 'open'") == true)
  }

  /// What stands for a missing value is told by the user.
  @Test func missingValuesOfTheTable() throws {
    var options = TableOptions()
    options.missingValues = ["defekt"]
    let rows = (0..<20).map {
      "\(Self.day($0)),a,\($0 == 9 ? "defekt" : "\($0)")\n\(Self.day($0)),b,text\n"
    }
    let table = try Table(
      fileName: "a.csv", text: "time,entity,v\n" + rows.joined(), options: options)
    let picked = table.picking((0..<20).map { 2 * $0 })
    #expect(picked.numbers("v")?[8] == 8)
    #expect(picked.numbers("v")?[9].isNaN == true)
    // Cells without anything in them are a column without values.
    let none = try TimeSeriesTests.table("a,b\nx,\ny,word\nx,\n").picking([0, 2])
    #expect(none.numbers("b")?.allSatisfy(\.isNaN) == true)
  }

  /// A row of nothing, or a choice of rows, makes nothing clear that was not.
  @Test(arguments: [false, true]) func whatIsAmbiguousStaysSo(isFiltered: Bool) throws {
    let rows = (0..<60).map { row -> String in
      let kind = row % 2 == 0 ? "a" : "b"
      return "\(Self.day(row));\(kind);\(100 + row % 13);\(1 + row % 8).\(361 + row)"
    }
    let empty = isFiltered ? [] : [";;;"]
    let lines = rows.prefix(30) + empty + rows.dropFirst(30)
    let text = "day;kind;v;w\n" + lines.joined(separator: "\n") + "\n"
    let found = message {
      try TimeSeriesTests.series(text, target: "v") {
        if isFiltered { $0.rowFilter = [SeriesOptions.RowFilter(column: "kind", value: "b")] }
      }
    }
    #expect(found?.contains("column 'w': ") == true)
    #expect(found?.contains("the file does not show which") == true)
  }

  /// The rows that are left look as if they told what all rows leave open.
  @Test func rowsThatSeemToTellMore() throws {
    let rows = (0..<60).map { row -> String in
      let cell = row % 2 == 0 ? "\(4000 + row)" : row % 4 == 1 ? "\(1 + row % 8).\(361 + row)" : "7"
      return "\(Self.day(row));\(row % 2 == 0 ? "a" : "b");\(100 + row % 13);\(cell)"
    }
    let text = "day;kind;v;w\n" + rows.joined(separator: "\n") + "\n"
    let found = message {
      try TimeSeriesTests.series(text, target: "v") {
        $0.rowFilter = [SeriesOptions.RowFilter(column: "kind", value: "b")]
      }
    }
    #expect(found?.contains("column 'w': '2.362' may be 2362 or") == true, "\(found ?? "")")
  }

  /// Words that became 1 and 0 still choose rows.
  @Test func wordsForTrueAndFalse() throws {
    func rows(_ value: String, numbers: Bool = false) throws -> Int {
      let text = (0..<30).map {
        "\(Self.day($0)),\(numbers ? "\($0 % 3)" : $0 % 3 == 0 ? "Yes" : "no"),\($0 * $0 % 7)\n"
      }
      return try TimeSeriesTests.series("day,active,y\n" + text.joined()) {
        $0.rowFilter = [SeriesOptions.RowFilter(column: "active", value: value)]
      }.rowCount
    }
    #expect(try rows("yes") == 10 && rows("No") == 20 && rows("1") == 10)
    #expect(message { try rows("maybe") }?.contains("no row has 'maybe' in it") == true)
    // Of other numbers no word is meant.
    #expect(message { try rows("yes", numbers: true) }?.contains("no row has 'yes'") == true)
  }
}
