import AnomalyDetection
import TimeSeries

/// One target of one series, as a report shows it.
struct ReportPanel {
  /// Its place among the panels.
  var place = 0
  /// The cells that tell its series from others; none where there is one series.
  let key: [String]
  let analysis: Analysis
  let forecaster: Forecaster
  /// The target's number.
  let number: Int

  var target: TargetAnalysis { analysis.targets[number] }
  var id: String { "panel-\(place)" }
  var fan: ForecastFan? { analysis.fans[number] }
  var peakScore: Double { target.largestEvent?.peak.score ?? 0 }
  /// The joined key.
  var series: String { Panel.name(of: key) }
  /// What a heading says: the series where there are several, and the target where it is one of several.
  var name: String {
    if key.isEmpty { return target.name }
    return analysis.targets.count > 1 ? "\(series): \(target.name)" : series
  }
  var comparison: Comparison? { analysis.judgedComparison(target: target.name) }
  /// The rows to come are drawn where they are not too many to be told from the judged ones.
  var showsFuture: Bool { analysis.future.count <= 10_000 }

  /// The panels of a series, in the order of its targets.
  static func all(of analysis: Analysis, key: [String], by forecaster: Forecaster) -> [ReportPanel]
  {
    analysis.targets.indices.map {
      ReportPanel(key: key, analysis: analysis, forecaster: forecaster, number: $0)
    }
  }
}

/// An event with its panel and the name under which a page has it.
struct ReportEvent {
  let panel: ReportPanel
  let event: Event
  /// The part of an address after #, such as `2012-10-29`.
  let anchor: String

  var score: Double { event.peak.score ?? .infinity }

  /// The events of all panels, the largest first.
  static func all(_ panels: [ReportPanel]) -> [ReportEvent] {
    let found = panels.flatMap { panel in panel.target.events.map { (panel, $0) } }
      .sorted { ($0.1.peak.score ?? .infinity) > ($1.1.peak.score ?? .infinity) }
    var taken: Set<String> = []
    return found.map { panel, event in
      let time = panel.analysis.time.label(at: event.peakRow)
      let start = slug(panels.count > 1 ? "\(panel.name)-\(time)" : time)
      var anchor = start
      var number = 2
      while !taken.insert(anchor).inserted {
        anchor = "\(start)-\(number)"
        number += 1
      }
      return ReportEvent(panel: panel, event: event, anchor: anchor)
    }
  }

  /// A text with only what an address takes as it is; never one that the page uses itself.
  private static func slug(_ text: String) -> String {
    var slug = ""
    for scalar in text.unicodeScalars {
      let isPlain =
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
      if isPlain || scalar == ":" || scalar == "." || scalar == "_" {
        slug.unicodeScalars.append(scalar)
      } else if slug.last != "-" {
        slug += "-"
      }
    }
    let isOwn = ["panel", "data", "overview", "events", "go"].contains { slug.hasPrefix($0) }
    return slug.isEmpty || slug == "-" || isOwn ? "event-\(slug)" : slug
  }
}

extension Analysis {
  /// Whether rows have dates or times, and not numbers.
  var hasDates: Bool { time.kind == .dates || time.kind == .times }
}
