import AnomalyDetection
import ResultText
import TimeSeries

/// The tables of a report.
struct ReportTables {
  let analysis: Analysis

  /// The forecasts' errors beside those of the baselines.
  func metrics(leads: Comparison.Leads) -> String {
    var html =
      "<div class=\"scroll\"><table>\n<caption class=\"hidden\">Errors of the forecasts beside simple "
    html += "ones</caption>\n<tr><th>target</th><th>rows</th><th>forecast</th>"
    html += "<th class=\"number\">RMSE</th><th class=\"number\">MAE</th>"
    html += "<th class=\"number\">MSE</th><th class=\"number\">R²</th></tr>\n"
    for target in analysis.targets {
      let comparisons = analysis.parts.compactMap {
        analysis.comparison($0.part, target: target.name, leads: leads)
      }
      let groups = comparisons.map(rows)
      let count = groups.reduce(0) { $0 + $1.count }
      for (group, rows) in groups.enumerated() {
        for (index, row) in rows.enumerated() {
          html += "<tr>"
          if group == 0, index == 0 {
            html += "<td rowspan=\"\(count)\">\(HTML.escape(target.name))</td>"
          }
          if index == 0 {
            let comparison = comparisons[group]
            html += "<td rowspan=\"\(rows.count)\">\(comparison.part.rawValue) "
            html += "(\(Numbers.readable(comparison.model.count)))</td>"
          }
          html += "<td>\(row.name)</td>"
          for (number, isBest) in row.numbers {
            html += "<td class=\"number\(isBest ? " best" : "")\">"
            html += "\(Numbers.readable(number))</td>"
          }
          html += "</tr>\n"
        }
      }
    }
    return html + "</table></div>\n"
  }

  /// The forecasts of a comparison with their RMSE, MAE, MSE and R², the best of each marked.
  private func rows(
    _ comparison: Comparison
  ) -> [(name: String, numbers: [(Double?, isBest: Bool)])] {
    let forecasts: [(String, Metrics?)] = [
      ("forecast", comparison.model), ("network", comparison.network),
      ("linear regression", comparison.linear), ("last value", comparison.persistence),
      (
        "value \(Findings.count(analysis.season ?? 0, "row")) before",
        comparison.seasonalNaive
      ),
      (
        "mean of the last \(Findings.count(analysis.season ?? 0, "row"))",
        comparison.seasonalMean
      ),
    ]
    let all = forecasts.compactMap(\.1)
    return forecasts.compactMap { name, metrics in
      guard let metrics else { return nil }
      return (
        name,
        [
          (metrics.rmse, metrics.rmse == all.map(\.rmse).min()),
          (metrics.mae, metrics.mae == all.map(\.mae).min()),
          (metrics.mse, metrics.mse == all.map(\.mse).min()),
          (metrics.r2, metrics.r2 != nil && metrics.r2 == all.compactMap(\.r2).max()),
        ]
      )
    }
  }

  /// What is expected of the rows after the last one.
  func future() -> String {
    var html =
      "<div class=\"scroll tall\"><table>\n<caption class=\"hidden\">Forecasts of the rows to "
    html += "come</caption>\n<tr><th>time</th>"
    for (number, target) in analysis.targets.enumerated() {
      html += "<th class=\"number\">\(HTML.escape(target.name))</th>"
      for uncertainty in analysis.uncertainties {
        html += "<th class=\"number\">\(uncertainty)</th>"
      }
      for band in bands(number) {
        html += "<th class=\"number\">\(Numbers.percent(band.share)) between</th>"
      }
    }
    html += "</tr>\n"
    for (lead, values) in analysis.future.enumerated() {
      let time = Findings.time(analysis.series.rowCount + lead, analysis)
      html += "<tr><td>\(HTML.escape(time))</td>"
      for (number, value) in values.enumerated() {
        for value in [value] + analysis.futureUncertainties[lead][number] {
          html += "<td class=\"number\">\(Numbers.readable(value))</td>"
        }
        let drawn = analysis.targets[number].drawn
        for band in bands(number) {
          html += "<td class=\"number\">\(Numbers.readable(drawn(band.lowest[lead]))) to "
          html += "\(Numbers.readable(drawn(band.highest[lead])))</td>"
        }
      }
      html += "</tr>\n"
    }
    return html + "</table></div>\n"
  }

  /// The limits of a target that are told by residuals; the network's own have columns already.
  private func bands(_ target: Int) -> [ForecastFan.Band] {
    guard let fan = analysis.fans[target], fan.source == .residuals else { return [] }
    return fan.bands
  }
}
