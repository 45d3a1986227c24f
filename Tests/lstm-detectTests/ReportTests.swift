import AnomalyDetection
import Foundation
import LSTMCompute
import ResultText
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
    let html = ReportPage(content: ReportContent(try record()), isLive: false).render()
    #expect(html.contains("1 anomaly in x between rows 162 and 201; it is at row 192: 1,000"))
    for part in ["training", "validation", "test"] { #expect(html.contains(">\(part)</text>")) }
    #expect(html.contains(">Anomalies</h2>"))
    for heading in ["How good the forecasts are", "What comes next", "Training"] {
      #expect(html.contains("<h2>\(heading)</h2>"))
    }
    #expect(html.contains("last value"))
    #expect(!html.contains("<script"))
  }

  @Test func eachTableIsUnderItsOwnWords() throws {
    let html = ReportPage(content: ReportContent(try record(horizon: 3)), isLive: false).render()
    let first = try #require(html.range(of: "Forecasts one row ahead, all on the same rows."))
    let all = try #require(html.range(of: "<h3>All 3 rows of each forecast</h3>"))
    #expect(first.upperBound < all.lowerBound)
    #expect(!html[all.upperBound...].contains("one row ahead"))
  }

  @Test func nothingFoundIsSaidToo() throws {
    let html = ReportPage(content: ReportContent(try record(wrong: [])), isLive: false).render()
    #expect(html.contains("<h1>No anomalies in x"))
    #expect(html.contains("No judged row is an anomaly."))
  }

  @Test func loadsNothing() throws {
    let html = ReportPage(content: ReportContent(try record()), isLive: true).render()
    for text in ["src=", "url(", "@import", "sourceMappingURL", "fetch(", "XMLHttpRequest"] {
      #expect(!html.contains(text), "\(text)")
    }
    // Links lead to places of the page.
    #expect(
      html.components(separatedBy: "href=\"").dropFirst().allSatisfy {
        $0.hasPrefix("#")
      })
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
    let html = ReportPage(
      content: ReportContent(try record(file: name, target: name)), isLive: true
    ).render()
    #expect(!html.contains(name))
    #expect(html.contains(HTML.escape(name)))
    // The data and the page's own script.
    #expect(html.components(separatedBy: "<script").count - 1 == 2)
    #expect(html.components(separatedBy: "</script").count - 1 == 2)
    #expect(!html.contains("<note>"))
  }

  /// RFC 4648, section 10; the policy is the only thing that tells a browser which script to run.
  @Test func onlyTheScriptOfThePageRuns() throws {
    let vectors = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foobar": "Zm9vYmFy"]
    for (text, code) in vectors { #expect(PageScript.base64(Array(text.utf8)) == code) }
    let content = ReportContent(try record())
    let live = ReportPage(content: content, isLive: true).render()
    #expect(live.contains("script-src 'sha256-") && live.contains("default-src 'none'"))
    #expect(live.contains("<script>\(PageScript.text)</script>"))
    let still = ReportPage(content: content, isLive: false).render()
    #expect(still.contains("script-src 'none'"))
  }

  /// What is typical, how far off it is beside what is usual, and in which row.
  @Test func anEventSaysWhy() throws {
    let analysis = try record(wrong: [199]).analysis
    let event = try #require(analysis.targets[0].events.first)
    let why = Findings.why(event, of: analysis.targets[0], in: analysis)
    #expect(why.hasPrefix("1,000 at row 201 is "), "\(why)")
    for words in [
      " above the expected ", " times as far off as usual (", "; from 0 to ",
      " would have been no surprise",
    ] { #expect(why.contains(words), "\(why)") }
    let html = ReportPage(content: ReportContent(try record(wrong: [199])), isLive: true).render()
    #expect(html.contains("<li class=\"event\" id=\"201\""))
    #expect(html.contains(HTML.unbrokenWords(why)))
  }

  @Test func severalRowsSaySinceWhen() throws {
    let analysis = try record(wrong: [185, 186, 188]).analysis
    let event = try #require(analysis.targets[0].events.first)
    let why = Findings.why(event, of: analysis.targets[0], in: analysis)
    #expect(why.contains(" rows from 187 to ") && why.contains("; the worst is "), "\(why)")
  }

  /// Every target has a lane, its chart's data and a section, the worst first.
  @Test func eachPanelHasItsData() throws {
    let content = ReportContent(try record(horizon: 3))
    let document = ReportData(panels: content.panels).document.compact
    #expect(document.contains("\"next\":{\"x\":[202,1,1,2],\"expected\":["))
    // Rows are one apart: a start, a unit and one pair.
    #expect(document.contains("\"x\":[2,1,1,199]"))
    #expect(content.panels[0].fan?.source == .residuals)
    let html = ReportPage(content: content, isLive: true).render()
    for text in ["data-cells=\"", "id=\"panel-0\"", "class=\"fan\"", "<h3>Residuals</h3>"] {
      #expect(html.contains(text), "\(text)")
    }
  }

  /// A page of many rows has about as many numbers as its budget allows, and all anomalies.
  @Test func dataIsThinned() throws {
    let content = ReportContent(try record(rows: 50_000, wrong: [45_000, 49_998]))
    let data = ReportData(panels: Array(repeating: content.panels[0], count: 40))
    let rows = data.rows(of: content.panels[0])
    #expect(rows == rows.sorted() && Set(rows).count == rows.count)
    #expect((300...1500).contains(rows.count), "\(rows.count)")
    #expect(content.panels[0].target.events.map(\.peakRow).allSatisfy(rows.contains))
  }

  /// With many more rows than columns on a screen, every anomaly is still in both kinds of chart.
  @Test func thinningLosesNoAnomaly() throws {
    let wrong = [45_000, 45_001, 47_777, 49_998]
    let record = try record(rows: 50_000, wrong: wrong)
    let events = record.analysis.targets[0].events
    #expect(events.map(\.peakRow).allSatisfy { row in wrong.contains { abs($0 - row) <= 1 } })
    let html = ReportPage(content: ReportContent(record), isLive: false).render()
    let marks = html.components(separatedBy: "<circle").count - 1
    #expect(marks == 2 * record.analysis.targets[0].anomalousRows.count)
    #expect(html.utf8.count < 500_000)
  }
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
