import AnomalyDetection
import ResultText
import TimeSeries

/// What a run prints at its end.
struct Summary {
  /// More events than this scroll the rest off the screen.
  private static let largestNumberOfEvents = 20

  let console: Console

  func show(_ record: RunRecord, folder: String, model: String?) {
    let analysis = record.analysis
    console.line()
    for (index, target) in analysis.targets.enumerated() {
      if let comparison = analysis.judgedComparison(target: target.name) {
        console.line(Findings.verdict(comparison, horizon: record.forecaster.horizon) + ".")
      }
      if let judges = record.forecaster.judges?[index] {
        console.line(Findings.judges(judges, target: target.name) + ".")
      }
    }
    if let backTest = record.backTest {
      for target in analysis.targets {
        guard let text = Findings.backTest(backTest, target: target.name) else { continue }
        console.line(text + ".")
      }
    }
    console.line(Findings.headline(analysis) + ".")
    for line in record.evaluation.map(Findings.labels) ?? [] { console.line(line + ".") }
    showEvents(analysis)
    showFiles(folder: folder, model: model)
  }

  func showFiles(folder: String, model: String?) {
    console.line()
    var files =
      "\(folder)/report.html, predictions.csv, anomalies.csv, joint.csv, forecast.csv, metrics.json"
    if let model {
      files += model == folder + "/model.safetensors" ? ", model.safetensors" : " and \(model)"
    }
    console.line("written   \(files)")
  }

  private func showEvents(_ analysis: Analysis) {
    let all = analysis.targets.flatMap { target in target.events.map { (target.name, $0) } }
    guard !all.isEmpty else { return }
    let events = all.sorted { ($0.1.peak.score ?? 0) > ($1.1.peak.score ?? 0) }
      .prefix(Self.largestNumberOfEvents).sorted { $0.1.rows.lowerBound < $1.1.rows.lowerBound }
    console.line()
    var lines = [["when", "target", "kind", "actual", "expected", "usually off by", "score"]]
    for (name, event) in events {
      lines.append([
        Findings.span(event, analysis), name, event.kind.rawValue,
        Numbers.readable(event.peak.actual), Numbers.readable(event.peak.expected),
        Numbers.readable(event.peak.usual),
        Numbers.fixed(event.peak.score ?? .nan, decimals: 2),
      ])
    }
    show(lines, textColumns: 3)
    if events.count < all.count {
      console.line(
        "  the \(events.count) largest of \(Numbers.readable(all.count)); anomalies.csv has all")
    }
  }

  /// A table, of which the first columns are text and the others numbers.
  func show(_ lines: [[String]], textColumns: Int) {
    let widths = (lines.first ?? []).indices.map { column in
      lines.map { $0[column].count }.max() ?? 0
    }
    for line in lines {
      let cells = line.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - line[column].count)
        return column < textColumns ? line[column] + padding : padding + line[column]
      }
      console.line("  " + cells.joined(separator: "  "))
    }
  }
}
