import AnomalyDetection
import TimeSeries

/// The tables of a report.
struct ReportTables {
  /// More rows than this nobody reads; the file anomalies.csv has them all.
  private static let largestNumberOfEvents = 500

  let analysis: Analysis

  /// The events of all targets, the largest first.
  ///
  /// - Parameter index: The place of a row among the rows that the charts draw.
  /// - Returns: The table, or a sentence where there is no event.
  func events(index: (Int) -> Int?) -> String {
    let events = analysis.targets.enumerated().flatMap { number, target in
      target.events.map { (number: number, target: target, event: $0) }
    }.sorted { ($0.event.peak.score ?? 0) > ($1.event.peak.score ?? 0) }
    guard let largest = events.first?.event.peak.score else {
      return "<p>Every judged value lies within its threshold.</p>\n"
    }
    var html = "<div class=\"scroll\"><table>\n<tr>"
    if analysis.targets.count > 1 { html += "<th>target</th>" }
    html += "<th>when</th><th class=\"number\">rows</th><th class=\"number\">actual</th>"
    html += "<th class=\"number\">expected</th><th class=\"number\">residual</th>"
    html += "<th class=\"number\">score</th><th></th></tr>\n"
    for (number, target, event) in events.prefix(Self.largestNumberOfEvents) {
      let row = index(event.peakRow).map { " data-row=\"\($0)\" data-target=\"\(number)\"" } ?? ""
      html += "<tr\(row)>"
      if analysis.targets.count > 1 { html += "<td>\(HTML.escape(target.name))</td>" }
      html += "<td>\(HTML.escape(span(event)))</td>"
      for text in [
        Numbers.readable(event.anomalousRows), Numbers.readable(event.peak.actual),
        Numbers.readable(event.peak.expected), Numbers.readable(event.peak.residual),
        Numbers.fixed(event.peak.score ?? .nan, decimals: 2),
      ] {
        html += "<td class=\"number\">\(text)</td>"
      }
      let width = largest.isFinite ? max(2, (event.peak.score ?? 0) / largest * 120) : 120
      html += "<td><span class=\"bar\" style=\"width:\(Numbers.fixed(width, decimals: 0))px\">"
      html += "</span></td></tr>\n"
    }
    html += "</table></div>\n"
    if events.count > Self.largestNumberOfEvents {
      html += "<p class=\"muted\">The \(Self.largestNumberOfEvents) largest of "
      html += "\(Numbers.readable(events.count)); anomalies.csv has them all.</p>\n"
    }
    return html
  }

  /// The forecasts' errors beside those of the baselines.
  func metrics(leads: Comparison.Leads) -> String {
    var html = "<div class=\"scroll\"><table>\n<tr><th>target</th><th>rows</th><th>forecast</th>"
    html += "<th class=\"number\">RMSE</th><th class=\"number\">MAE</th>"
    html += "<th class=\"number\">MSE</th><th class=\"number\">R²</th></tr>\n"
    for target in analysis.targets {
      for (part, _) in analysis.parts {
        guard let comparison = analysis.comparison(part, target: target.name, leads: leads) else {
          continue
        }
        let forecasts: [(String, Metrics?)] = [
          ("network", comparison.model), ("persistence", comparison.persistence),
          ("seasonal (\(analysis.season ?? 0) rows before)", comparison.seasonalNaive),
        ]
        let best = forecasts.compactMap { $0.1?.rmse }.min()
        for (name, metrics) in forecasts {
          guard let metrics else { continue }
          html += metrics.rmse == best ? "<tr class=\"best\">" : "<tr>"
          html += "<td>\(HTML.escape(target.name))</td>"
          html += "<td>\(part.rawValue) (\(Numbers.readable(metrics.count)))</td><td>\(name)</td>"
          for number in [metrics.rmse, metrics.mae, metrics.mse, metrics.r2] {
            html += "<td class=\"number\">\(Numbers.readable(number))</td>"
          }
          html += "</tr>\n"
        }
      }
    }
    return html + "</table></div>\n"
  }

  /// What is expected of the rows after the last one.
  func future() -> String {
    var html = "<div class=\"scroll\"><table>\n<tr><th>time</th>"
    for target in analysis.targets {
      html += "<th class=\"number\">\(HTML.escape(target.name))</th>"
    }
    html += "</tr>\n"
    for (lead, values) in analysis.future.enumerated() {
      let time = analysis.time.label(at: analysis.series.rowCount + lead)
      html += "<tr><td>\(HTML.escape(time))</td>"
      for value in values { html += "<td class=\"number\">\(Numbers.readable(value))</td>" }
      html += "</tr>\n"
    }
    return html + "</table></div>\n"
  }

  private func span(_ event: Event) -> String {
    let first = analysis.time.label(at: event.rows.lowerBound)
    guard event.rows.count > 1 else { return first }
    return "\(first) to \(analysis.time.label(at: event.rows.upperBound))"
  }
}
