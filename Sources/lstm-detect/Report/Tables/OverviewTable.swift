import AnomalyDetection
import ResultText
import TimeSeries

/// The first thing of a report: a lane over time for each target or series, colored by its scores.
struct OverviewTable {
  /// More lanes than this nobody looks through; metrics.json has all series.
  static let largestNumberOfLanes = 1000
  private static let largestNumberOfStretches = 120
  /// Where the colors of scores change.
  static let levels = [0.5, 0.75, 1, 1.5, 2.5, 5]

  let content: ReportContent
  /// Whether each lane leads to a panel, also to one that a script makes.
  let hasAllPanels: Bool

  func section() -> String {
    let lanes = content.panels.prefix(Self.largestNumberOfLanes)
    guard let span else { return "" }
    let isLong = lanes.count > 8
    var html = "<section id=\"overview\" aria-labelledby=\"overview-title\">\n"
    html += "<div class=\"bar\"><h2 id=\"overview-title\">\(title)</h2>"
    html += isLong ? search : ""
    html += "</div>\n"
    if isLong { html += "<div class=\"scroll tall\">" }
    html += "<table class=\"lanes\" data-from=\"\(Numbers.exact(span.lowerBound) ?? "0")\" "
    html +=
      "data-to=\"\(Numbers.exact(span.upperBound) ?? "1")\">\n<caption class=\"hidden\">Worst score over time of each "
    html += "\(content.isOfSeveral ? "series" : "target"), from "
    html += "\(HTML.escape(ends.first)) to \(HTML.escape(ends.last))"
    html += "</caption>\n<thead>\(header)</thead>\n<tbody>\n"
    for panel in lanes { html += lane(panel, span) }
    html += "</tbody>\n<tfoot><tr><td></td><td class=\"axis\"><div>\(axis(span))</div></td>"
    html += "<td></td><td></td><td></td></tr></tfoot>\n</table>"
    html += isLong ? "</div>\n" : "\n"
    html += legend
    if lanes.count < content.panels.count {
      html += "<p class=\"muted\">The \(Numbers.readable(lanes.count)) worst of "
      html += "\(Numbers.readable(content.panels.count)); metrics.json has them all.</p>\n"
    }
    return html + "</section>\n"
  }

  private var title: String {
    content.isOfSeveral
      ? "Series, the worst first"
      : content.panels.count > 1 ? "Targets, the worst first" : "Overview"
  }

  private var search: String {
    "<label class=\"search\"><span class=\"hidden\">Search the lanes</span>"
      + "<input type=\"search\" id=\"lane-search\" placeholder=\"Search\" hidden></label>"
  }

  private var header: String {
    let name = content.isOfSeveral ? content.keyColumns.joined(separator: ", ") : "target"
    func cell(_ text: String, _ sort: String, _ kind: String = "number") -> String {
      "<th scope=\"col\" class=\"\(kind)\" data-sort=\"\(sort)\">\(HTML.escape(text))</th>"
    }
    return "<tr>\(cell(name, "name", "name"))<th scope=\"col\" class=\"time\">worst score over time"
      + "</th>\(cell("anomalies", "count"))\(cell("peak score", "score"))"
      + "\(cell("error / simple", "error"))</tr>"
  }

  private func lane(_ panel: ReportPanel, _ span: ClosedRange<Double>) -> String {
    let share = panel.comparison.flatMap { comparison -> Double? in
      let best = comparison.bestSimple.metrics.mae
      return best > 0 ? comparison.model.mae / best : nil
    }
    let scores = ScoreLane(
      of: panel.target, times: panel.analysis.time.values, span: span, count: stretches)
    let cells = scores.worst.map { Self.level($0) }
    let count = panel.target.events.count
    let name = HTML.escape(panel.name)
    let isLinked = hasAllPanels || panel.place < ReportPage.largestNumberOfSections(content)
    let score = count > 0 ? Numbers.fixed(panel.peakScore, decimals: 2) : ""
    return "<tr data-panel=\"\(panel.place)\" data-count=\"\(count)\" data-score=\""
      + "\(Numbers.exact(panel.peakScore) ?? "0")\" data-error=\"\(share.flatMap(Numbers.exact) ?? "")\">"
      + "<th scope=\"row\" class=\"name\">"
      + (isLinked ? "<a href=\"#\(panel.id)\">\(name)</a>" : name)
      + "</th><td class=\"time\" data-cells=\"\(cells.joined())\">\(drawing(cells))</td>"
      + "<td class=\"number\">\(Numbers.readable(count))</td><td class=\"number\">\(score)</td>"
      + "<td class=\"number\">\(share.map { Numbers.fixed($0, decimals: 2) } ?? "")</td></tr>\n"
  }

  /// `-` where nothing was judged, otherwise how many of the levels a score reaches.
  private static func level(_ score: Double?) -> String {
    score.map { score in "\(levels.count { score > $0 })" } ?? "-"
  }

  private func drawing(_ cells: [String]) -> String {
    var paths: [String: String] = [:]
    var start = 0
    while start < cells.count {
      let end = cells[start...].firstIndex { $0 != cells[start] } ?? cells.count
      if cells[start] != "0" {
        paths[cells[start], default: ""] += "M\(start) 0h\(end - start)v1h-\(end - start)z"
      }
      start = end
    }
    return
      "<svg viewBox=\"0 0 \(cells.count) 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
      + paths.sorted { $0.key < $1.key }.map { level, path in
        "<path class=\"\(level == "-" ? "none" : "s\(level)")\" d=\"\(path)\"/>"
      }.joined() + "</svg>"
  }

  /// Names of times under the lanes, as text so that they are not stretched.
  private func axis(_ span: ClosedRange<Double>) -> String {
    let ticks = hasDates ? Ticks.dates(span, about: 6) : Ticks.numbers(span, about: 6)
    return ticks.map { tick in
      let share = (tick.position - span.lowerBound) / (span.upperBound - span.lowerBound)
      return "<span style=\"left:\(Numbers.fixed(share * 100, decimals: 2))%\">\(tick.label)</span>"
    }.joined()
  }

  private var legend: String {
    var html = "<p class=\"levels muted\"><span>score</span>"
    for (index, level) in Self.levels.enumerated() {
      html += "<span><i class=\"cell s\(index + 1)\"></i>&gt; \(Numbers.exact(level) ?? "")</span>"
    }
    return html + "<span><i class=\"cell none\"></i>not judged</span></p>\n"
  }

  private var hasDates: Bool { content.run.analysis.hasDates }

  /// From the first judged row of all panels to the last one and a step.
  private var span: ClosedRange<Double>? {
    var (low, high) = (Double.infinity, -Double.infinity)
    for panel in content.panels {
      let (rows, time) = (panel.target.judgedRows, panel.analysis.time)
      guard let last = rows.last else { continue }
      low = min(low, time.values[rows.lowerBound])
      high = max(high, time.values[last] + max(time.step, 0))
    }
    guard low <= high else { return nil }
    return low...(high > low ? high : low + 1)
  }

  private var stretches: Int {
    let rows = content.panels.map(\.target.judgedRows.count).max() ?? 1
    return max(1, min(rows, Self.largestNumberOfStretches))
  }

  /// The first and the last judged time of the worst panel, for those who cannot see the lanes.
  private var ends: (first: String, last: String) {
    guard let panel = content.panels.first, let last = panel.target.judgedRows.last else {
      return ("", "")
    }
    return (
      Findings.time(panel.target.judgedRows.lowerBound, panel.analysis),
      Findings.time(last, panel.analysis)
    )
  }
}
