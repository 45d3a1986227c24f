import AnomalyDetection
internal import CReport
import LSTMCompute
import TimeSeries

/// The page report.html: everything in one file, nothing loaded from anywhere.
struct ReportPage {
  let record: RunRecord
  /// What the interactive charts are drawn with; without it the static ones stay.
  let library: ChartLibrary?

  private var analysis: Analysis { record.analysis }
  private var charts: ReportCharts { ReportCharts(analysis: record.analysis) }

  /// The page.
  func render() -> String {
    let title = "\(analysis.series.fileName): \(Findings.list(analysis.targets.map(\.name)))"
    let data = ReportData(
      analysis, history: record.training?.history, shades: charts.shades)
    let places = Dictionary(uniqueKeysWithValues: data.rows.enumerated().map { ($1, $0) })
    var html = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(HTML.escape(title))</title>
      <style>
      \(library?.sheet ?? "")
      \(ReportAsset.style.text)</style>
      </head>
      <body>

      """
    html += head()
    for (index, target) in analysis.targets.enumerated() { html += section(target, index) }
    html += "<h2>Anomalies</h2>\n<p class=\"muted\">\(Findings.explanation(record.threshold))</p>\n"
    html += ReportTables(analysis: analysis).events { places[$0] }
    html += record.evaluation.map { LabelTable(evaluation: $0).section() } ?? ""
    html += quality()
    html += forecast()
    html += training()
    html += details()
    if let library {
      html += "<script type=\"application/json\" id=\"data\">\(data.document.compact)</script>\n"
      html += "<script>\n/*\n\(library.license)*/\n\(library.script)</script>\n"
      html += "<script>\n\(ReportAsset.drawing.text)\(ReportAsset.script.text)</script>\n"
    }
    return html + "</body>\n</html>\n"
  }

  private func head() -> String {
    let series = analysis.series
    let own = series.ownRows
    var facts = [
      "\(series.fileName), \(Numbers.readable(own.count)) rows from "
        + "\(Findings.time(own.lowerBound, analysis)) to "
        + Findings.time(series.rowCount - 1, analysis)
        + (series.context.map { ", after \(Findings.count($0.rowCount, "row")) of \($0.fileName)" }
          ?? ""),
      "threshold \(record.threshold)",
      record.device.description,
    ]
    if let training = record.training {
      facts.append("trained in \(Numbers.duration(training.seconds))")
    }
    let list = facts.map(HTML.escape).joined(separator: " · ")
    return """
      <header>
      <h1>\(HTML.unbrokenWords(Findings.headline(analysis)))</h1>
      <p class="facts">\(list)</p>
      </header>

      """
  }

  private func section(_ target: TargetAnalysis, _ index: Int) -> String {
    let width = "about expected ± \(Numbers.readable(target.threshold))"
    var html = """
      <section>
      <h2>\(HTML.escape(target.name))</h2>
      <div class="legend" id="legend-\(index)"><span><i class="key actual"></i>actual</span>\
      <span><i class="key expected"></i>expected, one row ahead</span>\
      <span><i class="key band"></i>no surprise, \(width)</span>\
      \(boundsLegend)<span><i class="key mark"></i>anomaly</span></div>
      <div class="chart series" id="series-\(index)">
      \(charts.series(target))</div>
      <h3>Residuals: actual minus expected, and between which values they are no surprise</h3>
      <div class="chart residuals" id="residuals-\(index)">
      \(charts.residuals(target))</div>

      """
    if target.unjudgedCount > 0 {
      html += "<p class=\"muted\">\(Findings.count(target.unjudgedCount, "row")) could not be "
      html += "judged, for want of a value or a forecast.</p>\n"
    }
    if library != nil, index == 0 {
      html += "<p class=\"hint\" hidden>Drag across a chart to zoom in, double-click to see all "
      html += "again; click an anomaly in the table to go there. "
      html += "<button type=\"button\" id=\"show-all\">All rows</button> "
      html += "<button type=\"button\" id=\"show-judged\">Judged rows</button></p>\n"
    }
    return html + "</section>\n"
  }

  /// What the dashed lines of a chart are; nothing where there are none.
  private var boundsLegend: String {
    let uncertainties = analysis.uncertainties.filter { $0 != .memberSpread }
    guard !uncertainties.isEmpty else { return "" }
    let text =
      uncertainties == [.standardDeviation]
      ? "expected ± 2 standard deviations, by the network"
      : Findings.list(uncertainties.map(\.description)) + ", by the network"
    return "<span><i class=\"key expected dash\"></i>\(text)</span>"
  }

  private func quality() -> String {
    var html = "<section>\n<h2>How good the forecasts are</h2>\n"
    for target in analysis.targets {
      if let comparison = analysis.judgedComparison(target: target.name) {
        html +=
          "<p>\(HTML.escape(Findings.verdict(comparison, horizon: record.forecaster.horizon))).</p>\n"
      }
    }
    let tables = ReportTables(analysis: analysis)
    html += tables.metrics(leads: .first)
    html += "<p class=\"muted\">Forecasts one row ahead, all on the same rows. Rows are judged by "
    html += "the first; the others are what it is made of, and what costs nothing.</p>\n"
    if record.forecaster.horizon > 1 {
      html += "<h3>All \(record.forecaster.horizon) rows of each forecast</h3>\n"
      html += tables.metrics(leads: .all(horizon: record.forecaster.horizon))
    }
    html += "</section>\n"
    if let backTest = record.backTest {
      html += BackTestTable(backTest: backTest, analysis: analysis).section()
    }
    return html
  }

  private func forecast() -> String {
    guard record.forecaster.horizon <= 100 else { return "" }
    return "<section>\n<h2>What comes next</h2>\n" + ReportTables(analysis: analysis).future()
      + "</section>\n"
  }

  func training() -> String {
    guard let history = record.training?.history, !history.epochs.isEmpty else { return "" }
    let hasValidation = history.epochs.contains { $0.validationLoss != nil }
    var html = "<section>\n<h2>Training</h2>\n<p class=\"muted\">"
    html += "\(HTML.escape(Self.outcome(history))). Losses are on scaled values.</p>\n"
    html += "<div class=\"legend\" id=\"legend-losses\"><span><i class=\"key actual\"></i>training"
    html += "</span>"
    if hasValidation {
      html += "<span><i class=\"key expected dash\"></i>validation</span>"
    }
    html += "</div>\n<div class=\"chart losses\" id=\"losses\">\n"
    return html + ReportCharts.losses(history) + "</div>\n</section>\n"
  }

  /// How a training ended, in one sentence without its full stop.
  static func outcome(_ history: TrainingHistory) -> String {
    let best = history.bestEpoch.map { "the weights of epoch \($0) were kept" } ?? "none was kept"
    let epochs = Findings.count(history.epochs.count, "epoch")
    return switch history.end {
    case .completed: "\(epochs), all that were asked for; \(best)"
    case .stoppedEarly:
      "Stopped after \(epochs), the last \(history.epochs.count - (history.bestEpoch ?? 0)) without "
        + "gain; \(best)"
    case .cancelled: "Stopped by Ctrl-C after \(epochs); \(best)"
    case .deviceFailed(let reason): "The device failed after \(epochs) (\(reason)); \(best)"
    case .diverged(let epoch): "The loss became infinite or not a number in epoch \(epoch); \(best)"
    }
  }

  func details() -> String {
    var html = "<details>\n<summary>Everything that was used</summary>\n<dl>\n"
    let facts: [(String, String)] = [
      ("version", LibraryVersion.current),
      ("device", record.device.reason),
      ("features", record.forecaster.features.joined(separator: ", ")),
      (
        "network",
        NetworkDescription.text(record.forecaster)
          + ", window \(Findings.count(record.forecaster.steps, "row"))"
      ),
      ("time in all", Numbers.duration(record.totalSeconds)),
    ]
    for (name, text) in facts {
      html += "<dt>\(name)</dt><dd>\(HTML.escape(text))</dd>\n"
    }
    for (name, value) in record.options {
      html +=
        "<dt>--\(HTML.escape(OptionRecord.option(name)))</dt><dd>\(HTML.escape(value.plain))</dd>\n"
    }
    for note in record.notes { html += "<dt>note</dt><dd>\(HTML.escape(note))</dd>\n" }
    return html + "</dl>\n</details>\n"
  }
}

extension JSONValue {
  /// The value as a user would type it.
  fileprivate var plain: String {
    switch self {
    case .null: "not given"
    case .string(let text): text
    case .array(let values): values.map(\.plain).joined(separator: ",")
    default: compact
    }
  }
}
