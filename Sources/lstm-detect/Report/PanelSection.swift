import AnomalyDetection
import ResultText
import TimeSeries

/// A target's or a series' part of a report: its chart, and what its residuals are like.
struct PanelSection {
  /// So many panels are all open at first; of more only the worst are, and none has its residuals as a
  /// static chart.
  private static let fewPanels = 6
  private static let openPanels = 3

  let panel: ReportPanel
  /// The number of panels of the page.
  let count: Int

  private var target: TargetAnalysis { panel.target }

  func section() -> String {
    let isOpen = count <= Self.fewPanels || panel.place < Self.openPanels
    let name = HTML.escape(panel.name)
    var html = "<details class=\"panel\" id=\"\(panel.id)\"\(isOpen ? " open" : "")>\n"
    html += "<summary><h2>\(name)</h2> <span class=\"muted\">\(HTML.unbrokenWords(facts))</span>"
    html += "</summary>\n\(legend)\n"
    let charts = ReportCharts(panel: panel, columns: ReportCharts.columns(panels: count))
    html += "<div class=\"chart\" data-panel=\"\(panel.place)\">\n\(charts.series())"
    html += "\(count <= Self.fewPanels ? charts.residuals() : "")</div>\n"
    html += notes
    let figures = PanelFigures(panel: panel)
    let drawn = figures.figures()
    if !drawn.isEmpty {
      html += "<details class=\"more\"\(count == 1 ? " open" : "")><summary>\(figures.title)"
      html += "</summary>\n<div class=\"figures\">\n\(drawn)</div>\n</details>\n"
    }
    return html + "</details>\n"
  }

  private var facts: String {
    let events = target.events.count
    var text = events == 0 ? "no anomalies" : "\(Numbers.readable(events)) "
    if events > 0 {
      text += (events == 1 ? "anomaly" : "anomalies") + ", peak score "
      text += Numbers.fixed(panel.peakScore, decimals: 2)
    }
    if let comparison = panel.comparison {
      text += " · typically off by \(Numbers.readable(comparison.model.mae)) "
      text +=
        "(\(comparison.bestSimple.name): \(Numbers.readable(comparison.bestSimple.metrics.mae)))"
    }
    return text
  }

  private var legend: String {
    var html = "<div class=\"legend\"><span><i class=\"key actual\"></i>actual</span>"
    html += "<span><i class=\"key expected\"></i>expected, one row ahead</span>"
    if target.threshold.isFinite {
      html += "<span><i class=\"key band\"></i>no surprise, about expected ± "
      html += "\(Numbers.readable(target.threshold))</span>"
    }
    html += boundsLegend
    if panel.fan != nil { html += "<span><i class=\"key fan\"></i>rows to come</span>" }
    return html + "<span><i class=\"key mark\"></i>anomaly</span></div>"
  }

  /// What the dashed lines of a chart are; nothing where there are none.
  private var boundsLegend: String {
    let uncertainties = panel.analysis.uncertainties.filter { $0 != .memberSpread }
    guard !uncertainties.isEmpty else { return "" }
    let text =
      uncertainties == [.standardDeviation]
      ? "expected ± 2 standard deviations, by the network"
      : Findings.list(uncertainties.map(\.description)) + ", by the network"
    return "<span><i class=\"key expected dash\"></i>\(text)</span>"
  }

  private var notes: String {
    guard target.unjudgedCount > 0 else { return "" }
    return "<p class=\"muted small\">\(Findings.count(target.unjudgedCount, "row")) could not be "
      + "judged, for want of a value or a forecast.</p>\n"
  }
}
