import AnomalyDetection
import ResultText
import TimeSeries

/// The events of a report, a card each: what, when, why, how severe.
struct EventCards {
  /// More than these nobody reads; the file anomalies.csv has them all.
  static let largestNumberOfEvents = 500
  /// More than these are searched.
  private static let fewEvents = 5

  let content: ReportContent
  let threshold: Threshold

  func section() -> String {
    let events = content.events
    var html = "<aside id=\"events\" aria-labelledby=\"events-title\">\n<div class=\"bar\">"
    html += "<h2 id=\"events-title\">Anomalies</h2></div>\n"
    html += "<p class=\"muted small\">\(HTML.escape(Findings.explanation(threshold)))</p>\n"
    guard !events.isEmpty else { return html + nothing + "</aside>\n" }
    if events.count > 1 { html += tools(isLong: events.count > Self.fewEvents) }
    html += "<ol class=\"events\" id=\"event-list\">\n"
    // The page has nothing to draw of panels beyond the lanes.
    let shown = events.filter { $0.panel.place < OverviewTable.largestNumberOfLanes }
      .prefix(Self.largestNumberOfEvents)
    for event in shown { html += card(event) }
    html += "</ol>\n"
    if events.count > shown.count {
      html += "<p class=\"muted small\">The \(shown.count) largest of "
      html += "\(Numbers.readable(events.count)); anomalies.csv has them all.</p>\n"
    }
    return html + "</aside>\n"
  }

  private var nothing: String {
    var html = "<p>No judged row is an anomaly.</p>\n"
    for panel in content.panels.prefix(content.isOfSeveral ? 0 : 3) {
      guard let closest = Findings.closest(panel.target, in: panel.analysis) else { continue }
      html += "<p class=\"muted small\">\(HTML.unbrokenWords(closest)).</p>\n"
    }
    return html
  }

  /// What only a script can do is hidden until there is one.
  private func tools(isLong: Bool) -> String {
    var html = "<div class=\"tools\" hidden>\n"
    if isLong {
      html += "<input type=\"search\" id=\"event-search\" placeholder=\"Search: name, date, kind\" "
      html += "aria-label=\"Search the anomalies\">\n"
    }
    html += "<select id=\"event-sort\" aria-label=\"Sort the anomalies\">"
    html += "<option value=\"score\">Largest first</option><option value=\"time\">By time</option>"
    html += "<option value=\"late\">Latest first</option>"
    if content.panels.count > 1 { html += "<option value=\"name\">By name</option>" }
    html += "</select>\n<select id=\"event-kind\" aria-label=\"Which kind of anomalies\">"
    html += "<option value=\"\">All kinds</option>"
    for kind in Event.Kind.allCases where content.events.contains(where: { $0.event.kind == kind })
    {
      html += "<option>\(kind.rawValue)</option>"
    }
    html += "</select>\n<button type=\"button\" id=\"event-save\">CSV</button>\n"
    return html + "<span class=\"muted small\" id=\"event-count\" role=\"status\"></span>\n</div>\n"
  }

  private func card(_ found: ReportEvent) -> String {
    let (event, analysis) = (found.event, found.panel.analysis)
    let severity = event.peak.severity ?? 100
    let when = HTML.escape(Findings.span(event, analysis))
    let why = Findings.why(event, of: found.panel.target, in: analysis)
    let times = [event.rows.lowerBound, event.peakRow, event.rows.upperBound]
      .map { Numbers.exact(analysis.time.values[$0]) ?? "0" }
    var html = "<li class=\"event\" id=\"\(found.anchor)\" data-panel=\"\(found.panel.place)\" "
    html += "data-from=\"\(times[0])\" data-peak=\"\(times[1])\" data-to=\"\(times[2])\" "
    html +=
      "data-score=\"\(Numbers.exact(found.score) ?? "1e9")\" data-kind=\"\(event.kind.rawValue)\""
    html += ">\n<h3><a href=\"#\(found.anchor)\">"
    if content.panels.count > 1 { html += "<b>\(HTML.escape(found.panel.name))</b> " }
    html += "<span class=\"when\">\(when)</span></a> <span class=\"kind\">"
    html +=
      "<span aria-hidden=\"true\">\(Self.sign(event.kind))</span> \(event.kind.rawValue)</span></h3>\n"
    html += "<p>\(HTML.unbrokenWords(why)).</p>\n"
    html += "<p class=\"severity\"><span class=\"meter\" aria-hidden=\"true\"><i style=\"width:"
    html += "\(Numbers.fixed(severity, decimals: 0))%\"></i></span> severity "
    html += "\(Numbers.fixed(severity, decimals: 0)) · score "
    return html + "\(Numbers.fixed(event.peak.score ?? .nan, decimals: 2))</p>\n</li>\n"
  }

  private static func sign(_ kind: Event.Kind) -> String {
    switch kind {
    case .spike: "▲"
    case .dip: "▼"
    case .rise: "↗"
    case .fall: "↘"
    case .unrest: "↕"
    case .drift: "≈"
    case .stuck: "="
    }
  }
}
