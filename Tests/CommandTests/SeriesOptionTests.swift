import Foundation
import TestSupport
import Testing

/// `--series`: several series in one file.
@Suite struct SeriesOptionTests {
  /// The sales of some shops, below each other or day by day.
  private static func csv(
    _ shops: [String] = ["A", "\"B, north\"", "C"], rows: Int = 120, interleaved: Bool = false,
    change: (String, Int, inout [String]) -> Void = { _, _, _ in }
  ) -> String {
    var lines: [(row: Int, text: String)] = []
    for (number, shop) in shops.enumerated() {
      let own = Sales.csv(rows: rows) { row, cells in
        let units = (Double(cells[1]) ?? 0) * [1, 1000, 0.1][number % 3]
        cells = [cells[0], shop, "\(units)", cells[2]]
        change(shop, row, &cells)
      }
      lines += own.split(separator: "\n").dropFirst().enumerated().map { ($0, String($1)) }
    }
    if interleaved { lines.sort { $0.row < $1.row } }
    return (["day,shop,units,stock"] + lines.map(\.text)).joined(separator: "\n") + "\n"
  }

  private func run(
    _ csv: String, _ options: [String] = ["--series", "shop"], to output: String = "out",
    in folder: Folder
  ) throws -> Command.Outcome {
    let data = try folder.file("data.csv", csv)
    return try Command.run(
      ["run", data, "--target", "units", "--output", folder.path(output)] + Sales.quick + options)
  }

  @Test func resultsAreThoseOfEachSeries() throws {
    let folder = try Folder()
    let wrong = Self.csv { if $0 == "C", $1 == 110 { $2[2] = "1" } }
    let outcome = try run(wrong, in: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("data.csv: 3 series by shop, 360 rows"))
    #expect(outcome.output.contains("of 3 series; the most in C"))
    let predictions = try folder.lines("out/predictions.csv")
    #expect(predictions.count == 1 + 3 * 24)
    #expect(predictions[0] == "shop,time,target,actual,expected,residual,score,anomaly,alarm")
    #expect(predictions[1].hasPrefix("A,\(Sales.day(96)),units,"))
    #expect(predictions[25].hasPrefix("\"B, north\",\(Sales.day(96)),units,"))
    let anomalies = try folder.lines("out/anomalies.csv")
    #expect(
      anomalies[0]
        == "shop,target,start,end,peak,actual,expected,residual,score,severity,kind,rows,usual")
    #expect(anomalies.contains { $0.hasPrefix("C,units,\(Sales.day(110)),") })
    let joint = try folder.lines("out/joint.csv")
    #expect(joint[0] == "shop,time,score,severity,target,units")
    #expect(joint.count == 1 + 3 * 24)
    #expect(joint[25].hasPrefix("\"B, north\",\(Sales.day(96)),"))
    let forecast = try folder.lines("out/forecast.csv")
    #expect(forecast[0] == "shop,time,target,lead,expected")
    #expect(forecast.count == 4)
    let document = try folder.document("out/metrics.json")
    let series = try #require(document["series"] as? [[String: Any]])
    #expect(series.map { $0.at("key", "shop") as? String } == ["A", "B, north", "C"])
    #expect(series.map { $0.at("data", "rows") as? Int } == [120, 120, 120])
    #expect(
      series.reduce(0) { $0 + ($1["anomalies"] as? Int ?? 0) } == document["anomalies"] as? Int)
    #expect(series[2].at("metrics", "test", "units", "model", "mae") is Double)
    let report = try folder.text("out/report.html")
    #expect(report.contains("Series, the worst first"))
    #expect(report.components(separatedBy: "<details class=\"panel\"").count == 1 + 3)
    #expect(report.contains("B, north"))
  }

  /// How the rows lie makes no difference.
  @Test func theOrderOfTheRowsMakesNoDifference() throws {
    let folder = try Folder()
    let first = try run(Self.csv(), to: "a", in: folder)
    let second = try run(Self.csv(interleaved: true), to: "b", in: folder)
    try #require(first.status == 0 && second.status == 0, "\(first.errors) \(second.errors)")
    for name in ["predictions.csv", "anomalies.csv", "forecast.csv"] {
      #expect(try folder.text("a/\(name)") == folder.text("b/\(name)"))
    }
  }

  @Test func detectKnowsTheKeysOfTheModel() throws {
    let folder = try Folder()
    try #require(run(Self.csv(), in: folder).status == 0)
    let model = folder.path("out/model.safetensors")
    // Two known ones, a new one, and one that is too short.
    let new =
      Self.csv(["A", "C", "D"], rows: 40)
      + "2024-01-01,E,5,6\n2024-01-02,E,6,7\n"
    let data = try folder.file("new.csv", new)
    let outcome = try Command.run(
      ["detect", data, "--model", model, "--output", folder.path("d"), "--device", "cpu"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("1 series was left out (E): 2 rows, but a window of 7 needs"))
    #expect(outcome.errors.contains("1 series not in the model (D): scaled by their first rows"))
    #expect(outcome.errors.contains("judged by sigma:3 of the residuals of the others"))
    let document = try folder.document("d/metrics.json")
    #expect(document.at("options", "threshold") as? String == "adaptive:4")
    // The model keeps too little for it of a series that it was not fitted to.
    let strict = try Command.run(
      [
        "detect", data, "--model", model, "--output", folder.path("s"), "--device", "cpu",
        "--threshold", "adaptive:5",
      ])
    try #require(strict.status == 0, "\(strict.errors)")
    #expect(
      strict.errors.contains(
        "1 series was left out (D): it is not in the model, which keeps too little of other series "
          + "for adaptive:5"))
    #expect(try folder.lines("s/predictions.csv").count == 1 + 2 * 33)
    let earlier = try folder.file("earlier.csv", new)
    let refused = try Command.run(
      ["detect", data, "--model", model, "--output", folder.path("c"), "--context", earlier])
    #expect(refused.status == 1)
    #expect(
      refused.errors.contains("is a model of several series (--series), which take no context"))
    let predictions = try folder.lines("d/predictions.csv")
    #expect(predictions.count == 1 + 3 * 33)
    #expect(predictions[1].hasPrefix("A,\(Sales.day(7)),units,"))
    let written = folder.path("p.csv")
    let predicted = try Command.run(
      ["predict", data, "--model", model, "--output", written, "--device", "cpu"])
    try #require(predicted.status == 0, "\(predicted.errors)")
    #expect(try folder.lines("p.csv").count == 1 + 3 * 34)
    // The key columns may have other names by now.
    let renamed = try folder.file("renamed.csv", new.replacing("shop", with: "store"))
    let missing = try Command.run(
      ["predict", renamed, "--model", model, "--device", "cpu"])
    #expect(missing.errors.contains("there is no column 'shop', which the model was fitted with"))
    let named = try Command.run(
      ["predict", renamed, "--model", model, "--series", "store", "--device", "cpu"])
    #expect(named.status == 0, "\(named.errors)")
    #expect(named.output.hasPrefix("store,time,target,"))
    let two = try Command.run(
      ["predict", data, "--model", model, "--series", "shop,day", "--device", "cpu"])
    #expect(two.errors.contains("--series needs as many columns"))
    let inspected = try Command.run(["inspect", model])
    #expect(inspected.output.contains("3 series by shop"))
  }

  @Test func shortSeriesAreLeftOutWithANote() throws {
    let folder = try Folder()
    let csv =
      Self.csv() + "2024-01-01,E,5,6\n2024-01-02,E,6,7\n"
      + "2024-01-01,F,5,6\n2024-01-02,F,5,8\n"
    let outcome = try run(csv, in: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("note: 2 series were left out (E, F): 2 rows leave"))
    let none = try run("day,shop,units\n2024-01-01,E,5\n2024-01-02,E,6\n", in: folder)
    #expect(none.status == 1)
    #expect(none.errors.contains("data.csv: no series can be used; of E: 2 rows leave"))
  }

  @Test func oneSeriesIsEnough() throws {
    let folder = try Folder()
    let outcome = try run(Self.csv(["A"]), in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("1 series by shop, 120 rows"))
  }

  @Test func aModelOfOneSeriesTakesNoKeys() throws {
    let folder = try Folder()
    let data = try folder.file("data.csv", Sales.csv())
    let model = folder.path("m.safetensors")
    try #require(
      Command.run(["fit", data, "--target", "units", "--model", model] + Sales.quick).status == 0)
    let several = try folder.file("s.csv", Self.csv())
    let outcome = try Command.run(
      ["detect", several, "--model", model, "--series", "shop", "--output", folder.path("o")])
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.contains("the model was fitted to one series; fit one with --series shop"))
  }

  /// A rule, a known day, and rows held out by a time go for each series.
  @Test func judgmentIsThatOfEachSeries() throws {
    let folder = try Folder()
    let wrong = Self.csv { if $0 != "A", $1 == 110 { $2[2] = "1" } }
    let known = try folder.file("known.txt", Sales.day(110) + "\n")
    func anomalies(_ options: [String], _ name: String) throws -> [String] {
      let outcome = try run(
        wrong, ["--series", "shop", "--validation", Sales.day(80)] + options, to: name, in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let document = try folder.document("\(name)/metrics.json")
      let series = try #require(document["series"] as? [[String: Any]])
      #expect(
        series.map { $0.at("data", "parts", "validation", "first") as? String }
          == [Sales.day(80), Sales.day(80), Sales.day(80)])
      return try folder.lines("\(name)/anomalies.csv").map(String.init)
        .filter { $0.contains(Sales.day(110)) }
    }
    let all = try anomalies(["--mute", "5"], "all")
    #expect(all.count == 2 && all[0].hasPrefix("\"B, north\",") && all[1].hasPrefix("C,"))
    #expect(try anomalies(["--ignore", known], "ignored").isEmpty)
    #expect(try anomalies(["--direction", "up", "--gap", "0"], "up").isEmpty)
    let missing = try run(
      wrong, ["--series", "shop", "--ignore", folder.path("none.txt")], to: "m", in: folder)
    #expect(missing.status == 1)
    #expect(missing.errors.contains("none.txt: the file of known dates cannot be read"))
    let noTime = try run(
      wrong, ["--series", "shop", "--validation", "yesterday"], to: "n", in: folder)
    #expect(noTime.status == 1)
    #expect(noTime.errors.contains("'yesterday' is"), "\(noTime.errors)")
  }

  @Test func severalNetworksForecastSeveralSeries() throws {
    let folder = try Folder()
    let outcome = try run(Self.csv(), ["--series", "shop", "--members", "2"], in: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("member    2 of 2"))
    let predictions = try folder.lines("out/predictions.csv")
    #expect(predictions[0].hasSuffix("anomaly,alarm,member_spread"), "\(predictions[0])")
    let data = folder.path("data.csv")
    let predicted = try Command.run(
      ["predict", data, "--model", folder.path("out/model.safetensors"), "--device", "cpu"])
    try #require(predicted.status == 0, "\(predicted.errors)")
    // All but the score, which goes on from all rows before.
    func forecast(_ line: Substring) -> [Substring] {
      let cells = line.split(separator: ",")
      return cells[..<6] + cells.suffix(1)
    }
    #expect(
      predicted.output.split(separator: "\n").contains {
        $0.hasPrefix("A,\(Sales.day(96)),") && forecast($0) == forecast(predictions[1])
      })
  }

  static let contradictions: [(options: [String], message: String)] = [
    (["--series", "shop", "--transform", "log"], "--transform log and --series"),
    (["--series", "shop", "--floor", "0"], "--floor and --series"),
    (["--series", "shop", "--ceiling", "9"], "--ceiling and --series"),
    (["--series", "shop", "--folds", "3"], "--folds and --series"),
    (["--series", "units"], "--series and --target both name 'units'"),
    (["--series", "shop", "--known", "shop"], "--series and --known both name 'shop'"),
    (["--series", "shop", "--time", "shop"], "--series and --time both name 'shop'"),
    (["--series", "shop", "--series", "shop"], "--series names 'shop' twice"),
  ]

  @Test(arguments: contradictions) func optionsThatCannotBe(
    options: [String], message: String
  ) throws {
    let outcome = try Command.run(["run", "x.csv", "--target", "units"] + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }
}
