import AnomalyDetection
import ResultText
import TimeSeries

/// The errors after several cut-offs, as a section of a report.
struct BackTestTable {
  let backTest: BackTest
  let analysis: Analysis

  func section() -> String {
    var html = "<section>\n<h2>Back-test: \(backTest.folds.count) cut-offs</h2>\n"
    for target in analysis.targets {
      if let text = Findings.backTest(backTest, target: target.name) {
        html += "<p>\(HTML.escape(text)).</p>\n"
      }
    }
    for target in analysis.targets { html += table(target.name) }
    html += "<p class=\"muted\">Mean absolute errors"
    if analysis.future.count > 1 { html += " over all \(analysis.future.count) rows ahead" }
    html += "; each time of a model fitted to all rows before. The last line is the mean of all "
    return html + "cut-offs and its spread, one standard deviation of them.</p>\n</section>\n"
  }

  private func table(_ target: String) -> String {
    let forecasts = BackTest.Forecast.allCases.filter { forecast in
      backTest.folds.contains { $0.comparison(target: target)?.metrics(of: forecast) != nil }
    }
    var html = "<div class=\"scroll\"><table>\n<caption class=\"hidden\">Errors after each cut-off"
    html += "</caption>\n<tr><th>\(HTML.escape(target))</th>"
    html += "<th class=\"number\">fitted rows</th><th class=\"number\">rows</th>"
    for forecast in forecasts { html += "<th class=\"number\">\(name(forecast))</th>" }
    html += "</tr>\n"
    for fold in backTest.folds {
      let rows = fold.split.test
      html += "<tr><td>\(HTML.escape(Findings.time(rows.lowerBound, analysis))) to "
      html += "\(HTML.escape(Findings.time(rows.upperBound - 1, analysis)))</td>"
      html += "<td class=\"number\">\(Numbers.readable(fold.split.fit.count))</td>"
      html += "<td class=\"number\">\(Numbers.readable(rows.count))</td>"
      let errors = forecasts.map { fold.comparison(target: target)?.metrics(of: $0)?.mae }
      let best = errors.compactMap(\.self).min()
      for error in errors {
        html += "<td class=\"number\(error == best ? " best" : "")\">"
        html += "\(Numbers.readable(error))</td>"
      }
      html += "</tr>\n"
    }
    html += "<tr><td>mean ± spread</td><td></td><td></td>"
    for forecast in forecasts {
      let spread = backTest.spread(of: \.mae, by: forecast, target: target)
      html += "<td class=\"number\">\(Numbers.readable(spread?.mean))"
      html += " ± \(Numbers.readable(spread?.standardDeviation))</td>"
    }
    return html + "</tr>\n</table></div>\n"
  }

  private func name(_ forecast: BackTest.Forecast) -> String {
    let season = Findings.count(analysis.season ?? 0, "row")
    return switch forecast {
    case .model: "forecast"
    case .network: "network"
    case .linear: "linear regression"
    case .persistence: "last value"
    case .seasonalNaive: "value \(season) before"
    case .seasonalMean: "mean of the last \(season)"
    }
  }
}
