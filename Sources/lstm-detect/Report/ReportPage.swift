import AnomalyDetection
internal import CReport
import LSTMCompute
import ResultText
import TimeSeries

/// The page report.html: everything in one file, nothing loaded from anywhere.
struct ReportPage {
  /// Of more series than these the others have a chart only where there is a script to draw it.
  private static let largestNumberOfSeries = 12

  let content: ReportContent
  /// Whether charts are drawn by a script; the static ones stay where there is none.
  let isLive: Bool

  /// How many panels have a section of their own: all targets of one series, the worst of several series.
  static func largestNumberOfSections(_ content: ReportContent) -> Int {
    content.isOfSeveral ? largestNumberOfSeries : content.panels.count
  }

  /// The page.
  func render() -> String {
    let sections = content.panels.prefix(Self.largestNumberOfSections(content))
    var html = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      \(PageScript.policy(isLive: isLive))
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(HTML.escape(content.title))</title>
      <style>
      \(ReportAsset.style.text)</style>
      </head>
      <body>
      <a class="skip" href="#events">Skip to the anomalies</a>
      \(head)<main>
      \(OverviewTable(content: content, hasAllPanels: isLive).section())<div class="columns">
      \(EventCards(content: content, threshold: content.run.threshold).section())<div id="panels">

      """
    for panel in sections {
      html += PanelSection(panel: panel, count: sections.count).section()
    }
    if sections.count < content.panels.count {
      html += "<p class=\"muted\">Charts of the \(sections.count) worst of "
      html += "\(Findings.count(content.panels.count, "series", plural: "series"))"
      html += isLive ? "; the others are drawn where they are clicked above.</p>\n" : ".</p>\n"
    }
    html += "</div>\n</div>\n"
    html += content.run.evaluation.map { LabelTable(evaluation: $0).section() } ?? ""
    html += content.isOfSeveral ? "" : quality
    html += content.isOfSeveral ? "" : future
    html += content.run.training.map { TrainingSection(history: $0.history).section() } ?? ""
    html += DetailsSection(record: content.run).section() + "</main>\n"
    if isLive {
      let data = ReportData(
        panels: content.panels.prefix(OverviewTable.largestNumberOfLanes).map(\.self))
      html += "<script type=\"application/json\" id=\"data\">\(data.document.compact)</script>\n"
      html += "<script>\(PageScript.text)</script>\n"
    }
    return html + "</body>\n</html>\n"
  }

  /// A sentence or two belong to the head; of more targets each panel says how good its forecasts are.
  private var shownVerdicts: [String] { content.verdicts.count <= 2 ? content.verdicts : [] }

  private var head: String {
    """
    <header>
    <h1>\(HTML.unbrokenWords(content.headline))</h1>
    <p class="facts">\(content.facts.map { "<span>\(HTML.escape($0))</span>" }.joined(separator: "· "))</p>
    \(shownVerdicts.map { "<p>\(HTML.unbrokenWords($0)).</p>\n" }.joined())</header>

    """
  }

  private var quality: String {
    let horizon = content.run.forecaster.horizon
    let tables = ReportTables(analysis: content.run.analysis)
    var html = "<details class=\"block\">\n<summary><h2>How good the forecasts are</h2></summary>\n"
    for verdict in shownVerdicts.isEmpty ? content.verdicts : [] {
      html += "<p>\(HTML.escape(verdict)).</p>\n"
    }
    html += tables.metrics(leads: .first)
    html += "<p class=\"muted\">Forecasts one row ahead, all on the same rows. Rows are judged by "
    html += "the first; the others are what it is made of, and what costs nothing.</p>\n"
    if horizon > 1 {
      html += "<h3>All \(horizon) rows of each forecast</h3>\n"
      html += tables.metrics(leads: .all(horizon: horizon))
    }
    html += "</details>\n"
    return html
      + (content.run.backTest.map {
        BackTestTable(backTest: $0, analysis: content.run.analysis).section()
      } ?? "")
  }

  private var future: String {
    guard content.run.forecaster.horizon <= 100 else { return "" }
    return "<details class=\"block\">\n<summary><h2>What comes next</h2></summary>\n"
      + ReportTables(analysis: content.run.analysis).future() + "</details>\n"
  }
}
