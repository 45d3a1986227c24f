import Foundation
import TestSupport
import Testing

/// How a file is written, from the options and from the model.
@Suite struct InputFormTests {
  private func fit(
    _ csv: String, _ options: [String] = [], target: String = "units", in folder: Folder
  ) throws -> Command.Outcome {
    let data = try folder.file("data.csv", csv)
    return try Command.run(
      ["fit", data, "--target", target, "--model", folder.path("m.safetensors")] + Sales.quick
        + options)
  }

  private func predict(
    _ csv: String, _ options: [String] = [], in folder: Folder
  ) throws -> Command.Outcome {
    let data = try folder.file("new.csv", csv)
    return try Command.run(
      ["predict", data, "--model", folder.path("m.safetensors"), "--device", "cpu"] + options)
  }

  /// The same table in another form makes the same model, number for number.
  @Test func aTableInAnotherFormMakesTheSameModel() throws {
    let plain = Sales.csv()
    let european = plain.replacing(",", with: ";").replacing(".", with: ",")
    var forecasts: [String] = []
    for csv in [plain, european, "sep=;\n" + european, european.replacing("\n", with: ";\r\n")] {
      let folder = try Folder()
      let outcome = try fit(csv, in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      forecasts.append(try predict(plain, in: folder).output)
    }
    #expect(forecasts[0].split(separator: "\n").count > 100)
    for other in forecasts { #expect(other == forecasts[0]) }
  }

  /// A dozen days may be read in two ways; the model was fitted to a file that could not.
  @Test func theModelKnowsTheOrderOfDates() throws {
    func csv(_ rows: Range<Int>) -> String {
      Sales.csv { row, cells in
        let parts = cells[0].split(separator: "-")
        cells[0] = rows.contains(row) ? "\(parts[2])/\(parts[1])/\(parts[0])" : "-"
      }
    }
    let folder = try Folder()
    let fitted = try fit(csv(0..<160), in: folder)
    try #require(fitted.status == 0, "\(fitted.errors)")
    // 2024-02-01 to 2024-02-12.
    let lines = csv(0..<160).split(separator: "\n")
    let short = ([lines[0]] + lines[32...43]).joined(separator: "\n")
    let outcome = try predict(short, in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("2024-02-12,units,"))
    let other = try predict(short, ["--date-order", "month"], in: folder)
    #expect(other.output.contains("2024-12-02,units,"), "\(other.errors)")
    let unknown = try Folder()
    let asked = try fit(short, in: unknown)
    #expect(asked.status == 1)
    #expect(asked.errors.contains("--date-order month or day"))
  }

  @Test func rowsToComeAreForecast() throws {
    let folder = try Folder()
    let data = try folder.file("data.csv", Sales.csv { if $0 >= 150 { $1[1] = "" } })
    let outcome = try Command.run(
      ["run", data, "--target", "units", "--output", folder.path("out"), "--json"] + Sales.quick)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let lines = try folder.lines("out/forecast.csv")
    #expect(lines.count == 11)
    #expect(lines[1].hasPrefix("\(Sales.day(150)),units,1,"))
    #expect(lines[10].hasPrefix("\(Sales.day(159)),units,10,"))
    let document = try outcome.document()
    #expect(document.at("options", "horizon") as? Int == 10)
    #expect(document.at("data", "rows") as? Int == 150)
    let one = try Command.run(
      ["run", data, "--target", "units", "--output", folder.path("out"), "--horizon", "1"]
        + Sales.quick)
    #expect(one.status == 0)
    #expect(try folder.lines("out/forecast.csv").count == 2)
  }

  @Test func oneSeriesOfSeveral() throws {
    let folder = try Folder()
    let two =
      Sales.csv().replacing("price", with: "price,shop").split(separator: "\n")
      .enumerated().flatMap { $0 == 0 ? ["\($1)"] : ["\($1),A", "\($1),B"] }
      .joined(separator: "\n")
    let refused = try fit(two, in: folder)
    #expect(refused.status == 1)
    #expect(
      refused.errors.contains(
        "the rows are 2 series, told apart by 'shop': A, B; --series shop takes each"))
    let outcome = try fit(two, ["--where", "shop=B"], in: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    // The model keeps the choice, and another one can be made.
    let same = try predict(two, in: folder)
    #expect(same.status == 0, "\(same.errors)")
    #expect(try predict(two, ["--where", "shop=A"], in: folder).output == same.output)
  }

  @Test func codesAndWords() throws {
    let folder = try Folder()
    let csv = Sales.csv { row, cells in
      if row % 30 == 4 { cells[1] = "-999" }
      if row % 30 == 5 { cells[1] = "closed" }
    }
    let outcome = try fit(csv, ["--missing-values", "closed"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("note: -999, which stands 6 times far outside"))
    #expect(outcome.errors.contains("note: 12 missing values in 'units' were filled"))
    let kept = try fit(
      csv, ["--missing-values", "closed", "--keep-values", "-999"], in: folder)
    #expect(kept.errors.contains("note: 6 missing values in 'units' were filled"))
    #expect(try fit(csv, in: folder).errors.contains("row 7, column 'units': expected a number"))
  }

  @Test func namesWithCommas() throws {
    let folder = try Folder()
    let csv = Sales.csv().replacing("units", with: "\"units, sold\"")
    let bare = try fit(csv, target: "units, sold", in: folder)
    #expect(bare.status == 1)
    #expect(bare.errors.contains("'\"units, sold\"'"))
    #expect(try fit(csv, target: "\"units, sold\"", in: folder).status == 0)
  }

  static let contradictions: [(options: [String], message: String)] = [
    (["--time", "day", "--row-order"], "--time and --row-order"),
    (["--decimal", "comma", "--thousands", "comma"], "cannot be the same sign"),
    (["--keep-values", "many"], "'many' is no number"), (["--delimiter", "ab"], "one ASCII"),
    (["--skip-rows", "-1"], "--skip-rows must be 0 or more"), (["--where", "shop"], "--where"),
    (["--date-order", "hour"], "--date-order"), (["--decimal", "dot"], "--decimal"),
  ]

  @Test(arguments: contradictions) func optionsThatCannotBe(
    options: [String], message: String
  ) throws {
    let outcome = try Command.run(["fit", "x.csv", "--target", "y", "--model", "m"] + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }
}
