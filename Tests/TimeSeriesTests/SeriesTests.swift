import Testing

@testable import TimeSeries

@Suite struct SeriesTests {
  @Test func everyNumericColumnIsAFeature() throws {
    let series = try series("day,x,city,y\n2012-01-01,1,A,5\n2012-01-02,2,B,6\n")
    #expect(series.features == ["x", "y"])
    #expect(series.targets == ["y"])
    #expect(series.columns.map(\.name) == ["x", "y"])
    #expect(series["x"] == [1, 2])
    #expect(series["city"] == nil)
    #expect(series.rowCount == 2)
    #expect(series.fileRow(1) == 3)
    #expect(series.notes == ["left out, because they hold text: 'city' (such as in row 2 'A')"])
  }

  /// A column of which half and more are numbers is meant to hold them; in pieces of any size.
  @Test(arguments: [16, 40, 1 << 18]) func oneBadCellIsAnError(pieceSize: Int) throws {
    func series(_ cells: [String], exclude: [String] = []) throws -> Series {
      let text = "x,y\n" + cells.enumerated().map { "\($1),\($0)\n" }.joined()
      let table = try Table(
        fileName: "in/a.csv", bytes: Array(text.utf8), pieceSize: pieceSize)
      return try Series(
        table: table, options: SeriesOptions(targets: ["y"], time: [], excluded: exclude))
    }
    let numbers = (1...30).map { "\($0)" }
    for row in [0, 7, 29] {
      var cells = numbers
      cells[row] = "abc"
      #expect(
        message { try series(cells) }
          == "in/a.csv, row \(row + 2), column 'x': expected a number, found 'abc'; "
          + "correct it, or leave the column out by --exclude")
      #expect(try series(cells, exclude: ["x"]).features == ["y"])
    }
    let half = numbers.enumerated().map { $0 % 2 == 0 ? $1 : "n/a" }
    #expect(try series(half).notes.first?.contains("15 missing values") == true)
    #expect(message { try series(numbers.enumerated().map { $0 < 15 ? $1 : "a" }) } != nil)
    // Seven numbers, and eight texts among cells that are missing.
    let text = half.enumerated().map { $0 < 14 ? $1 : $0 < 22 ? "a" : "" }
    #expect(
      try series(text).notes == ["left out, because they hold text: 'x' (such as in row 16 'a')"])
    #expect(try series(text).path == "in/a.csv")
    #expect(try series(text).fileName == "a.csv")
  }

  @Test func numbersInNotesAreGrouped() throws {
    let text = "x,y\n" + (0..<3000).map { "\($0 % 2 == 1 ? "" : "1"),\($0)\n" }.joined()
    #expect(
      try series(text) { $0.time = [] }.notes
        == ["1,500 missing values in 'x' were filled with the value before"])
    #expect(counted(0, "row") == "0 rows" && counted(1, "row") == "1 row")
    #expect(grouped(999) == "999" && grouped(-1_234_567) == "-1,234,567")
  }

  @Test func rowsBeforeTheFirstValuesAreLeftOut() throws {
    let rows = (0..<40).map {
      "\($0 < 3 ? "" : "5"),\($0 == 3 ? "" : "\($0)"),\($0 < 9 ? "" : "7")\n"
    }
    let series = try series("x,y,late\n" + rows.joined()) { $0.time = [] }
    #expect(series.features == ["x", "y"])
    #expect(series["y"]?.first == 2, "known in the row before the first one")
    #expect(series.isMissing(target: 0, row: 0) && !series.isMissing(target: 0, row: 1))
    #expect(series.fileRow(0) == 5)
    #expect(
      series.notes == [
        "left out, because their values begin late: 'late' (from row 11 on)",
        "the first 3 rows were left out: there is no value yet in 'x'",
        "1 missing value in 'y' was filled with the value before",
      ])
  }

  @Test func textThatIsNotUTF8IsNoted() throws {
    let note = "what is not UTF-8 in the text was read as Windows-1252 (Latin-1)"
    for text in [
      [0x80] + Array("x,y\n1,2\n".utf8), Array("n,y\n".utf8) + [0x80] + Array(",2\n".utf8),
    ]
      as [[UInt8]]
    {
      let table = try Table(fileName: "a.csv", bytes: text, pieceSize: 1)
      #expect(table.notes == [note])
      #expect(table.header[0] == "\u{20AC}x" || table.text("n") == ["\u{20AC}"])
    }
    #expect(try table("\u{E9}x,y\n1,2\n").notes.isEmpty)
  }

  @Test func featuresMayBeNamed() throws {
    let series = try series("a,b,y\n1,3,5\n2,4,6\n") { $0.features = ["b"] }
    #expect(series.features == ["b"])
    #expect(series.columns.map(\.name) == ["b", "y"])
  }

  @Test func columnsMayBeExcluded() throws {
    let series = try series("a,b,y\n1,3,5\n2,4,6\n") { $0.excluded = ["a", "y"] }
    #expect(series.features == ["b"])
    #expect(series["y"] == [5, 6])
  }

  @Test func severalTargets() throws {
    let series = try Series(
      table: table("a,b,c\n1,3,5\n2,4,6\n"), options: SeriesOptions(targets: ["c", "a"]))
    #expect(series.targets == ["c", "a"])
    #expect(series.features == ["a", "b", "c"])
  }

  @Test func largeNumbersKeepTheirDigits() throws {
    #expect(
      try series("y\n1351468800.25\n1351468800.5\n")["y"] == [1_351_468_800.25, 1_351_468_800.5])
  }

  // MARK: - Order and duplicates

  private let unsorted = "day,y,x\n2012-01-03,3,\n2012-01-01,1,8\n2012-01-02,2,9\n"
  private let doubled = """
    day,y,x
    2012-01-01,1,5
    2012-01-02,2,6
    2012-01-02,4,
    2012-01-03,5,7
    2012-01-02,9,8
    """

  @Test func unsortedRowsAreSortedWithANote() throws {
    let series = try series(unsorted)
    #expect(series["y"] == [1, 2, 3])
    #expect((0..<3).map(series.time.label) == ["2012-01-01", "2012-01-02", "2012-01-03"])
    #expect((0..<3).map(series.fileRow) == [3, 4, 2])
    #expect(
      series.notes == [
        "the rows were not in order of time and have been sorted",
        "1 missing value in 'x' was filled with the value before",
      ])
    // Filled from the row before in time, not from the row before in the file.
    #expect(series["x"] == [8, 9, 9])
  }

  @Test func duplicateTimesAreAnError() {
    #expect(
      message { try series(doubled) }
        == "a.csv, row 4, column 'day': 2012-01-02 is the time of row 3 too, and 1 more row like "
        + "it; expected each time once; --duplicates last or mean makes one row of them, "
        + "--time DATE,CLOCK takes the time of day from another column")
  }

  @Test func theLastOfDuplicatesMayBeKept() throws {
    let series = try series(doubled) { $0.duplicates = .last }
    #expect(series["y"] == [1, 9, 5])
    #expect(series["x"] == [5, 8, 7])
    #expect((0..<3).map(series.fileRow) == [2, 6, 5])
    #expect(series.notes.contains("2 rows had the time of another; the last one was kept"))
  }

  @Test func theMeansOfDuplicatesMayBeTaken() throws {
    let series = try series(doubled) { $0.duplicates = .mean }
    #expect(series["y"] == [1, 5, 5])
    // What is missing is no part of a mean.
    #expect(series["x"] == [5, 7, 7])
    #expect(series.notes.contains("2 rows had the time of another; their means were taken"))
  }

  @Test func gapsInTimeAreReported() throws {
    let rows = [1, 2, 3, 5, 9].map { "2012-01-0\($0),\($0)\n" }.joined()
    #expect(
      try series("day,y\n" + rows).notes
        == ["4 steps of 1 day are missing; windows run across such gaps"])
  }

  // MARK: - Missing values

  private let gaps = "x,y\nNA,1\n2,NaN\n,\n8,7\n5,9\n"

  @Test func missingValuesAreFilledForward() throws {
    let series = try series(gaps) { $0.time = [] }
    #expect(series["x"] == [2, 2, 8, 5])
    #expect(series["y"] == [1, 1, 7, 9])
    #expect(
      series.notes == [
        "the first 1 row was left out: there is no value yet in 'x'",
        "3 missing values in 'x' (1), 'y' (2) were filled with the value before",
      ])
    #expect((0..<4).map { series.isMissing(target: 0, row: $0) } == [true, true, false, false])
    let actual = series.actual(target: 0, rows: 0..<3)
    #expect(actual[0].isNaN && actual[1].isNaN && actual[2] == 7)
  }

  /// What is put in a gap must be known in its row: no rule may look ahead.
  @Test func noFillingLooksAhead() throws {
    #expect(Set(SeriesOptions.Missing.allCases.map(\.rawValue)) == ["forward", "drop", "error"])
    let other = gaps.replacing("8,7", with: "80,70")
    let (before, after) = (
      try series(gaps) { $0.time = [] }, try series(other) { $0.time = [] }
    )
    for column in ["x", "y"] {
      #expect(before[column]?.prefix(2) == after[column]?.prefix(2))
    }
  }

  @Test func excludedColumnsNeedNotExistWhereTheFeaturesAreNamed() throws {
    let series = try series("x,y\n1,3\n2,4\n") {
      $0.features = ["x"]
      $0.excluded = ["z"]
    }
    #expect(series.features == ["x"])
  }

  @Test func rowsWithMissingValuesMayBeLeftOut() throws {
    let series = try series(gaps) {
      $0.time = []
      $0.missing = .drop
    }
    #expect(series["x"] == [8, 5])
    #expect(series.time.label(at: 0) == "5")
    #expect(series.notes == ["3 rows with 4 missing values in 'x' (2), 'y' (2) were left out"])
    #expect(!series.isMissing(target: 0, row: 0))
  }

  @Test func missingValuesMayBeAnError() {
    #expect(
      message { try series(gaps) { $0.missing = .error } }
        == "a.csv, row 2, column 'x': expected a number, found a missing value")
  }

  @Test func nothingLeftIsAnError() {
    #expect(
      message { try series("x,y\n1,\n,2\n") { $0.missing = .drop } }
        == "a.csv: every row has a missing value")
  }

  @Test func aTargetThatIsNoFeatureIsMarkedToo() throws {
    let series = try series("x,y\n1,5\n2,\n3,6\n") { $0.features = ["x"] }
    #expect(series.isMissing(target: 0, row: 1))
  }

  // MARK: - Bad input

  @Test func aTargetThatIsNotNumeric() {
    #expect(
      message { try series("day,y\n2012-01-01,1\n2012-01-02,2\n2012-01-03,abc\n") }
        == "a.csv, row 4, column 'y': expected a number, found 'abc'")
    #expect(
      message { try series("y\n1\n\"a\nb\(String(repeating: "c", count: 50))\"\n") }
        == "a.csv, row 3, column 'y': expected a number, found "
        + "'a b\(String(repeating: "c", count: 37))…'")
  }

  @Test func aNamedFeatureThatIsNotNumeric() {
    #expect(
      message { try series("x,y\n1,1\nNW,2\n") { $0.features = ["x"] } }
        == "a.csv, row 3, column 'x': expected a number, found 'NW'")
  }

  @Test func unknownColumns() {
    let text = "x,y\n1,1\n2,2\n"
    let expected = "a.csv: there is no column 'z'; the columns are x, y"
    #expect(message { try series(text, target: "z") } == expected)
    #expect(message { try series(text) { $0.features = ["x", "z"] } } == expected)
    #expect(message { try series(text) { $0.excluded = ["z"] } } == expected)
    #expect(message { try series(text) { $0.time = ["z"] } } == expected)
  }

  @Test func targetsMustBeThere() {
    #expect(message { try series("y\n1\n") { $0.targets = [] } } == "a.csv: no target is named")
    #expect(
      message { try series("y\n1\n") { $0.targets = ["y", "y"] } }
        == "a.csv, column 'y': the target is named twice")
    #expect(
      message { try series("y,x\n,1\nNA,2\n") } == "a.csv, column 'y': there is no value in it")
  }

  @Test(arguments: ["inf", "-Infinity", "1e999"])
  func infinities(cell: String) {
    #expect(
      message { try series("x,y\n1,1\n\(cell),2\n") }
        == "a.csv, row 3, column 'x': expected a finite number, found an infinity")
    #expect(
      message { try series("x,y\n1,1\n1,\(cell)\n") }
        == "a.csv, row 3, column 'y': expected a finite number, found an infinity")
  }

  @Test func infinitiesElsewhereDoNotMatter() throws {
    #expect(try series("x,y\n1,1\ninf,2\n") { $0.excluded = ["x"] }["y"] == [1, 2])
  }

  @Test func noFeatureIsLeft() {
    #expect(
      message { try series("y\n1\n2\n") { $0.excluded = ["y"] } }
        == "a.csv: there is no feature left to learn from")
  }

  @Test func emptyFeaturesAreLeftOut() throws {
    let series = try series("x,y\n,1\nNA,2\n")
    #expect(series.features == ["y"])
    #expect(series.notes.contains("left out, because they hold no value: 'x'"))
  }

  // MARK: - Constant columns

  @Test func constantFeaturesAreLeftOutWithANote() throws {
    let series = try series("a,b,y\n1,3,1\n1,4,2\n2,5,3\n")
    let kept = try series.droppingConstantFeatures(in: 0..<2)
    #expect(kept.features == ["b", "y"])
    #expect(kept.columns.map(\.name) == ["b", "y"])
    #expect(
      kept.notes.last == "left out, because they are constant in the rows to train on: 'a'")
    #expect(try series.droppingConstantFeatures(in: 0..<3).features == ["a", "b", "y"])
  }

  @Test func aConstantTargetStaysAndIsNoted() throws {
    let series = try series("x,y\n1,7\n2,7\n3,8\n")
    let kept = try series.droppingConstantFeatures(in: 0..<2)
    #expect(kept.features == ["x", "y"] && kept.targets == ["y"])
    #expect(
      kept.notes.last
        == "constant in the rows to train on, so any other value is an anomaly: 'y'")
  }

  @Test func onlyConstantFeaturesAreAnError() throws {
    let series = try series("x,y\n1,7\n1,8\n") { $0.features = ["x"] }
    #expect(
      message { try series.droppingConstantFeatures(in: 0..<2) }
        == "a.csv: each feature is constant in the rows to train on")
  }
}
