import AnomalyDetection
import Foundation
import LSTMCompute
import Testing
import TimeSeries

@testable import lstm_detect

@Suite struct ReportTests {
  /// A report of made-up data, rendered without a device's help beyond the CPU's.
  private func record(
    rows: Int = 200, file: String = "made-up.csv", target: String = "x", wrong: [Int] = [190],
    horizon: Int = 1
  ) throws -> RunRecord {
    let values = (0..<rows).map { row in
      wrong.contains(row) ? 1000 : 100 + 10 * sin(Double(row) * 0.7) + Double(row * 7919 % 13)
    }
    let table = try Table(fileName: file, columns: [(target, values)])
    let columns = SeriesOptions(targets: [target], time: [])
    let series = try Series(table: table, options: columns)
    let split = try SplitPlan(
      series: series, trainUntil: .fraction(0.8), validation: 0.2, steps: 4, horizon: horizon)
    var options = FittingOptions(steps: 4)
    options.layers = [LSTMLayer(hiddenSize: 2)]
    options.horizon = horizon
    options.training.epochs = 2
    options.training.batchSize = 512
    let choice = try Backends.make(.cpu)
    let fitted = try Forecaster.fit(
      series, split: split, options: options, on: choice.backend)
    let analysis = try Analysis(
      of: series, with: fitted.forecaster, split: split, threshold: .absolute(200),
      on: choice.backend)
    return RunRecord(
      command: "run", options: [("data", .string(file))], analysis: analysis,
      forecaster: fitted.forecaster, threshold: .absolute(200), device: .init(choice),
      training: .init(
        history: fitted.history, members: fitted.memberHistories, plan: fitted.plan, seconds: 1),
      notes: ["a <note>"],
      totalSeconds: 2)
  }

  @Test func saysWhatWasFound() throws {
    let html = ReportPage(record: try record(), library: nil).render()
    #expect(html.contains("1 anomaly in x between rows 162 and 201; it is at row 192: 1,000"))
    for part in ["training", "validation", "test"] { #expect(html.contains(">\(part)</text>")) }
    for heading in ["Anomalies", "How good the forecasts are", "What comes next", "Training"] {
      #expect(html.contains("<h2>\(heading)</h2>"))
    }
    #expect(html.contains("last value"))
    #expect(!html.contains("<script"))
  }

  @Test func eachTableIsUnderItsOwnWords() throws {
    let html = ReportPage(record: try record(horizon: 3), library: nil).render()
    let first = try #require(html.range(of: "Forecasts one row ahead, all on the same rows."))
    let all = try #require(html.range(of: "<h3>All 3 rows of each forecast</h3>"))
    #expect(first.upperBound < all.lowerBound)
    #expect(!html[all.upperBound...].contains("one row ahead"))
  }

  @Test func nothingFoundIsSaidToo() throws {
    let html = ReportPage(record: try record(wrong: []), library: nil).render()
    #expect(html.contains("<h1>No anomalies in x"))
    #expect(html.contains("No judged row is an anomaly."))
  }

  @Test func loadsNothing() throws {
    let library = Self.madeUpLibrary
    let html = ReportPage(record: try record(), library: library).render()
    for text in ["src=", "href=", "url(", "@import", "sourceMappingURL"] {
      #expect(!html.contains(text), "\(text)")
    }
  }

  @Test(arguments: [
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a\"b'c&d",
    "</title><script>alert(1)</script>", "</style><script>alert(1)</script>",
    "<svg onload=alert(1)>", "\"><img src=x onerror=alert(1)>", "'<b onmouseover='alert(1)'>",
    "\" onmouseover=\"alert(1)", "<!--<script>", "--><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'>", "]]><script>alert(1)</script>",
    "<a href=\"javascript:alert(1)\">x</a>", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u{2028}<b>\u{2029}", "<math><mi xlink:href=\"data:x\">",
    "</textarea><script>alert(1)</script>", "<base href=//evil>",
    "<meta http-equiv=refresh content=0>",
  ])
  func namesFromTheDataAreOnlyText(name: String) throws {
    let library = Self.madeUpLibrary
    let html = ReportPage(record: try record(file: name, target: name), library: library).render()
    #expect(!html.contains(name))
    #expect(html.contains(HTML.escape(name)))
    // The data, the library and the page's own script.
    #expect(html.components(separatedBy: "<script").count - 1 == 3)
    #expect(html.components(separatedBy: "</script").count - 1 == 3)
    #expect(!html.contains("<note>"))
  }

  @Test func aLibraryCannotEndItsElement() throws {
    #expect(Self.madeUpLibrary.script == "var Dygraph = '<\\/script>';")
  }

  /// With many more rows than columns on a screen, every anomaly is still in both kinds of chart.
  @Test func thinningLosesNoAnomaly() throws {
    let wrong = [45_000, 45_001, 47_777, 49_998]
    let record = try record(rows: 50_000, wrong: wrong)
    let events = record.analysis.targets[0].events
    #expect(events.map(\.peakRow).allSatisfy { row in wrong.contains { abs($0 - row) <= 1 } })
    let html = ReportPage(record: record, library: nil).render()
    let marks = html.components(separatedBy: "<circle").count - 1
    #expect(marks == 2 * record.analysis.targets[0].anomalousRows.count)
    #expect(html.utf8.count < 500_000)
  }

  private static let madeUpLibrary = ChartLibrary(
    script: "var Dygraph = '</script>';", sheet: "b{}", license: "free for all\n")
}

@Suite struct ThinningTests {
  @Test func keepsExtremesEndsAndWhatMustBeKept() {
    var values = (0..<10_000).map { sin(Double($0) * 0.01) }
    values[1234] = 50
    values[4321] = -50
    let rows = Thinning.rows(of: [values], columns: 100, keeping: [7777])
    #expect(rows.count <= 210)
    for row in [0, 1234, 4321, 7777, 9999] { #expect(rows.contains(row), "\(row)") }
    #expect(rows == rows.sorted())
  }

  @Test func leavesShortSeriesAlone() {
    #expect(Thinning.rows(of: [[1, 2, 3]], columns: 100, keeping: []) == [0, 1, 2])
    #expect(Thinning.rows(of: [[]], columns: 100, keeping: []).isEmpty)
  }

  @Test func keepsGaps() {
    let values = (0..<1000).map { (400..<600).contains($0) ? Double.nan : 1 }
    let rows = Thinning.rows(of: [values], columns: 50, keeping: [])
    #expect(rows.contains { values[$0].isNaN })
  }
}
