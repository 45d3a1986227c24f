import AnomalyDetection
import ResultText
import TimeSeries

/// Sentences about what was found in several series.
extension Findings {
  /// How good the forecasts of a target are beside the best simple ones.
  static func verdict(_ comparison: PanelComparison) -> String {
    let series = count(comparison.count, "series", plural: "series")
    let gain = 1 - comparison.meanShare
    var text =
      "Forecasts of \(comparison.target) in \(series) are, by the mean absolute error beside the best "
      + "simple forecast of each, "
    if gain > 0.005 {
      text += "better by \(Numbers.percent(gain))"
    } else if gain < -0.005 {
      text += "worse by \(Numbers.percent(-gain))"
    } else {
      text += "no better"
    }
    text += comparison.worse == 0 ? "" : "; worse in \(Numbers.readable(comparison.worse)) of them"
    return text
  }

  /// How many anomalies there are, and in which series the most.
  static func headline(_ record: PanelRecord) -> String {
    let all = count(record.members.count, "series", plural: "series")
    let found = record.members.filter { $0.analysis.eventCount > 0 }
    let targets = list(record.run.analysis.targets.map(\.name))
    guard let worst = record.worstFirst.first, !found.isEmpty else {
      return "No anomalies in \(targets) of \(all)"
    }
    let events = record.eventCount
    return "\(Numbers.readable(events)) \(events == 1 ? "anomaly" : "anomalies") in \(targets) of "
      + "\(Numbers.readable(found.count)) of \(all); the most in \(worst.name): "
      + Numbers.readable(worst.analysis.eventCount)
  }

  /// The largest event of a series, with its target where there are several.
  static func largest(_ member: PanelRecord.Member) -> (target: TargetAnalysis, event: Event)? {
    member.analysis.targets.compactMap { target in target.largestEvent.map { (target, $0) } }
      .max { ($0.1.peak.score ?? 0) < ($1.1.peak.score ?? 0) }
  }
}

extension Summary {
  /// More series than this scroll the rest off the screen.
  private static let largestNumberOfSeries = 12

  func show(_ record: PanelRecord, folder: String, model: String?) {
    console.line()
    for verdict in record.verdicts { console.line(verdict + ".") }
    console.line(Findings.headline(record) + ".")
    showWorst(record)
    showFiles(folder: folder, model: model)
  }

  private func showWorst(_ record: PanelRecord) {
    console.line()
    let worst = record.worstFirst.prefix(Self.largestNumberOfSeries)
    var lines = [
      [
        record.keyColumns.joined(separator: "/"), "largest", "anomalies", "score", "actual",
        "expected", "MAE", "best simple",
      ]
    ]
    for member in worst {
      let largest = Findings.largest(member)
      let comparison = (largest?.target.name ?? member.analysis.targets.first?.name)
        .flatMap { member.analysis.judgedComparison(target: $0) }
      lines.append([
        member.name, largest.map { Findings.span($0.event, member.analysis) } ?? "",
        Numbers.readable(member.analysis.eventCount),
        largest.map { Numbers.fixed($0.event.peak.score ?? .nan, decimals: 2) } ?? "",
        largest.map { Numbers.readable($0.event.peak.actual) } ?? "",
        largest.map { Numbers.readable($0.event.peak.expected) } ?? "",
        comparison.map { Numbers.readable($0.model.mae) } ?? "",
        comparison.map { Numbers.readable($0.bestSimple.metrics.mae) } ?? "",
      ])
    }
    show(lines, textColumns: 2)
    if worst.count < record.members.count {
      console.line(
        "  the \(worst.count) worst of \(Numbers.readable(record.members.count)); report.html and "
          + "metrics.json have all")
    }
  }
}

extension PanelRecord {
  /// How good the forecasts of each target are.
  var verdicts: [String] {
    run.analysis.targets.compactMap { target in
      PanelComparison(members, target: target.name).map(Findings.verdict)
    }
  }
}
