import AnomalyDetection
internal import CReport
import LSTMCompute
import TimeSeries

/// The page report.html of several series: a table of them, the worst first, and charts of the worst few.
struct PanelPage {
  /// More series than these have no charts, so that the page stays small.
  private static let largestNumberOfCharts = 12
  /// More lines than these nobody reads.
  private static let largestNumberOfLines = 500

  let record: PanelRecord

  /// The page.
  func render() -> String {
    let analysis = record.run.analysis
    let title =
      "\(analysis.series.fileName): \(Findings.list(analysis.targets.map(\.name))) by "
      + record.keyColumns.joined(separator: ", ")
    let worst = record.worstFirst
    var html = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(HTML.escape(title))</title>
      <style>
      \(ReportAsset.style.text)</style>
      </head>
      <body>

      """
    html += head()
    html += overview(worst)
    html +=
      "<p class=\"muted\">Charts of the \(min(worst.count, Self.largestNumberOfCharts)) worst "
    html += "of \(Findings.count(worst.count, "series", plural: "series")):</p>\n"
    for (place, member) in worst.prefix(Self.largestNumberOfCharts).enumerated() {
      html += section(member, place)
    }
    let page = ReportPage(record: record.run, library: nil)
    html += page.training()
    html += page.details()
    return html + "</body>\n</html>\n"
  }

  private func head() -> String {
    var facts = [
      "\(record.run.analysis.series.fileName), "
        + "\(Findings.count(record.members.count, "series", plural: "series")) by "
        + "\(record.keyColumns.joined(separator: ", ")), \(Numbers.readable(record.rowCount)) rows",
      "threshold \(record.run.threshold)",
      record.run.device.description,
    ]
    if let training = record.run.training {
      facts.append("trained in \(Numbers.duration(training.seconds))")
    }
    var html = """
      <header>
      <h1>\(HTML.unbrokenWords(Findings.headline(record)))</h1>
      <p class="facts">\(facts.map(HTML.escape).joined(separator: " · "))</p>
      </header>

      """
    for verdict in record.verdicts { html += "<p>\(HTML.escape(verdict)).</p>\n" }
    return html
  }

  /// A line for each series and target, the worst series first.
  private func overview(_ worst: [PanelRecord.Member]) -> String {
    let hasTargets = record.run.analysis.targets.count > 1
    var html = "<section>\n<h2>Series, the worst first</h2>\n<div class=\"scroll tall\"><table>\n"
    html += "<thead><tr>"
    for name in record.keyColumns { html += "<th>\(HTML.escape(name))</th>" }
    if hasTargets { html += "<th>target</th>" }
    html += "<th class=\"number\">anomalies</th><th class=\"number\">peak score</th><th>peak</th>"
    html += "<th class=\"number\">judged rows</th><th class=\"number\">MAE</th>"
    html += "<th class=\"number\">best simple</th><th class=\"number\">MAE / simple</th>"
    html += "</tr></thead>\n"
    let shown = worst.prefix(Self.largestNumberOfLines)
    for (place, member) in shown.enumerated() {
      for target in member.analysis.targets {
        let comparison = member.analysis.judgedComparison(target: target.name)
        let largest = target.largestEvent
        html += "<tr>"
        for (column, text) in member.key.enumerated() {
          let isLink = column == 0 && place < Self.largestNumberOfCharts
          let cell = HTML.escape(text)
          html += "<td>\(isLink ? "<a href=\"#panel-\(place)\">\(cell)</a>" : cell)</td>"
        }
        if hasTargets { html += "<td>\(HTML.escape(target.name))</td>" }
        let numbers = [
          Numbers.readable(target.events.count),
          largest.map { Numbers.fixed($0.peak.score ?? .nan, decimals: 2) } ?? "",
        ]
        for text in numbers { html += "<td class=\"number\">\(text)</td>" }
        html += "<td>"
        if let largest { html += HTML.escape(Findings.time(largest.peakRow, member.analysis)) }
        html += "</td>"
        for text in [
          Numbers.readable(target.judgments.count - target.unjudgedCount),
          comparison.map { Numbers.readable($0.model.mae) } ?? "",
          comparison.map { Numbers.readable($0.bestSimple.metrics.mae) } ?? "",
          member.share(of: target.name).map { Numbers.fixed($0, decimals: 2) } ?? "",
        ] { html += "<td class=\"number\">\(text)</td>" }
        html += "</tr>\n"
      }
    }
    html += "</table></div>\n"
    if shown.count < worst.count {
      html += "<p class=\"muted\">The \(shown.count) worst of \(Numbers.readable(worst.count)); "
      html += "metrics.json has them all.</p>\n"
    }
    return html + "</section>\n"
  }

  private func section(_ member: PanelRecord.Member, _ place: Int) -> String {
    let charts = ReportCharts(analysis: member.analysis)
    var html = "<section id=\"panel-\(place)\">\n<h2>\(HTML.escape(member.name))</h2>\n"
    for target in member.analysis.targets {
      if let comparison = member.analysis.judgedComparison(target: target.name) {
        html +=
          "<p>\(HTML.escape(Findings.verdict(comparison, horizon: member.forecaster.horizon))).</p>\n"
      }
      html += "<div class=\"chart series\">\n\(charts.series(target))</div>\n"
    }
    html += ReportTables(analysis: member.analysis).events { _ in nil }
    return html + "</section>\n"
  }
}
