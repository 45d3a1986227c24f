import Testing

@testable import TimeSeries

/// Codes for missing values are told from the rows before those that are judged.
@Suite struct CodeTests {
  /// A hundred days, some of which have another value.
  private static func text(_ code: String, at rows: Set<Int>) -> String {
    let rows = (0..<100).map { row in
      "\(CivilDate(daysSince1970: 18_993 + row).text),\(rows.contains(row) ? code : "\(row * 7 % 23)")\n"
    }
    return "day,y\n" + rows.joined()
  }

  private static func missing(_ series: Series) -> [Int] {
    (0..<series.rowCount).filter { series.isMissing(target: 0, row: $0) }
  }

  private static func series(
    _ text: String, from judged: SplitPlan.TrainUntil?,
    _ change: (inout SeriesOptions) -> Void = { _ in }
  ) throws -> Series {
    var options = SeriesOptions(targets: ["y"])
    change(&options)
    return try Series(table: table(text), options: options, judgedFrom: judged)
  }

  @Test(arguments: [SplitPlan.TrainUntil.fraction(0.8), .time("2022-03-22")])
  func anAnomalyThatRepeatsIsNoCode(judged: SplitPlan.TrainUntil) throws {
    let late = try Self.series(Self.text("99999", at: [85, 93]), from: judged)
    #expect(Self.missing(late).isEmpty && late["y"]?[93] == 99999)
    // One before them is not enough either: it is what a judged row repeats.
    let once = try Self.series(Self.text("99999", at: [30, 93]), from: judged)
    #expect(Self.missing(once).isEmpty)
    let early = try Self.series(Self.text("99999", at: [30, 41, 93]), from: judged)
    #expect(Self.missing(early) == [30, 41, 93])
    #expect(early.notes.first?.hasPrefix("99999, which stands 3 times far outside") == true)
    #expect(
      Self.missing(try Self.series(Self.text("-999", at: [1, 2, 98]), from: judged)).count == 3)
    // All rows tell where none is judged.
    #expect(Self.missing(try Self.series(Self.text("99999", at: [85, 93]), from: nil)).count == 2)
  }

  @Test func rowsToComeAndRowsCutOffDoNotCount() throws {
    let text = Self.text("99999", at: [70, 76]).replacing("\n", with: ",1\n")
      .replacing("y,1", with: "y,x")
    let pending =
      text
      + (0..<25).map {
        "\(CivilDate(daysSince1970: 19_093 + $0).text),,1\n"
      }.joined()
    // 0.7 of 100 rows that are measured, not of 125.
    #expect(Self.missing(try Self.series(pending, from: .fraction(0.7))).isEmpty)
    #expect(Self.missing(try Self.series(text, from: .fraction(0.7))).isEmpty)
    #expect(Self.missing(try Self.series(text, from: .fraction(0.8))).count == 2)
    let cut = try Self.series(text, from: .fraction(0.8)) { $0.until = "2022-03-25" }
    #expect(Self.missing(cut).isEmpty)
  }

  @Test func aModelTellsTheCodesOfItsFile() throws {
    let plain = try Self.series(Self.text("", at: []), from: nil)
    let judged = try Series(
      table: table(Self.text("99999", at: [85, 93])), options: plain.reading)
    #expect(Self.missing(judged).isEmpty)
    let coded = try Self.series(Self.text("99999", at: [5, 9]), from: nil)
    let again = try Series(table: table(Self.text("99999", at: [50])), options: coded.reading)
    #expect(Self.missing(again) == [50])
  }

  /// Each series has judged rows of its own.
  @Test func seriesThatEndBeforeOthers() throws {
    let long = Self.text("99999", at: []).split(separator: "\n").dropFirst()
    let short = Self.text("99999", at: [45, 47]).split(separator: "\n").dropFirst().prefix(50)
    let text =
      "day,y,s\n" + (long.map { $0 + ",a\n" } + short.map { $0 + ",b\n" }).joined()
    var options = SeriesOptions(targets: ["y"])
    options.series = ["s"]
    let panel = try Panel(table: table(text), options: options, judgedFrom: .fraction(0.8))
    #expect(panel.members[1].series["y"]?[47] == 99999)
    #expect(
      try Panel(table: table(text), options: options).members[1].series["y"]?[47] != 99999)
  }
}
