import AnomalyDetection
import ResultText
import TimeSeries

/// What a report is about: one series with its targets, or several series.
struct ReportContent {
  let run: RunRecord
  /// The columns that tell series apart; none where there is one.
  let keyColumns: [String]
  /// The panels, the worst first.
  let panels: [ReportPanel]
  let title: String
  let headline: String
  /// What was read, what it was judged by and where.
  let facts: [String]
  /// How good the forecasts are, a sentence each without its full stop.
  let verdicts: [String]

  /// The largest events first.
  let events: [ReportEvent]
  var isOfSeveral: Bool { !keyColumns.isEmpty }

  init(_ record: RunRecord) {
    let analysis = record.analysis
    run = record
    keyColumns = []
    let panels = ReportPanel.all(of: analysis, key: [], by: record.forecaster)
    self.panels = Self.placed(
      panels.enumerated().sorted { left, right in
        left.element.peakScore != right.element.peakScore
          ? left.element.peakScore > right.element.peakScore : left.offset < right.offset
      }.map(\.element))
    events = ReportEvent.all(self.panels)
    title = "\(analysis.series.fileName): \(Findings.few(analysis.targets.map(\.name)))"
    headline = Findings.headline(analysis)
    let (series, own) = (analysis.series, analysis.series.ownRows)
    let context =
      series.context.map { ", after \(Findings.count($0.rowCount, "row")) of \($0.fileName)" } ?? ""
    facts =
      [
        "\(series.fileName), \(Numbers.readable(own.count)) rows from "
          + "\(Findings.time(own.lowerBound, analysis)) to "
          + Findings.time(series.rowCount - 1, analysis) + context
      ] + Self.facts(record)
    verdicts = Outcome.one(record).verdicts
  }

  init(_ record: PanelRecord) {
    run = record.run
    keyColumns = record.keyColumns
    panels = Self.placed(
      record.worstFirst.flatMap {
        ReportPanel.all(of: $0.analysis, key: $0.key, by: $0.forecaster)
      })
    events = ReportEvent.all(panels)
    let file = record.run.analysis.series.fileName
    title =
      "\(file): \(Findings.few(record.run.analysis.targets.map(\.name))) by "
      + record.keyColumns.joined(separator: ", ")
    headline = Findings.headline(record)
    facts =
      [
        "\(file), \(Findings.count(record.members.count, "series", plural: "series")) by "
          + "\(record.keyColumns.joined(separator: ", ")), \(Numbers.readable(record.rowCount)) rows"
      ] + Self.facts(record.run)
    verdicts = record.verdicts
  }

  private static func placed(_ panels: [ReportPanel]) -> [ReportPanel] {
    panels.enumerated().map { place, panel in
      var panel = panel
      panel.place = place
      return panel
    }
  }

  private static func facts(_ record: RunRecord) -> [String] {
    ["threshold \(record.threshold)", record.device.description]
      + (record.training.map { ["trained in \(Numbers.duration($0.seconds))"] } ?? [])
  }
}
