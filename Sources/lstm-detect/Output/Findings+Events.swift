import AnomalyDetection
import ResultText

extension Findings {
  /// Why rows are an event, in a sentence or two with numbers: what was there, what is typical, how many
  /// times as far off as usual, since when.
  static func why(_ event: Event, of target: TargetAnalysis, in analysis: Analysis) -> String {
    if event.kind == .stuck { return stuck(event, analysis) }
    let peak = moment(event.peakRow, analysis)
    let distance = self.distance(event.peak)
    guard event.rows.count > 1 else {
      let value = "\(Numbers.readable(event.peak.actual)) \(peak) is \(distance)"
      return reason(event, first: "\(value)") + novelty(event, of: target)
        + range(event, of: target)
    }
    let span = "from \(self.span(event, analysis))"
    let rows =
      event.anomalousRows == event.rows.count
      ? "\(Numbers.readable(event.rows.count)) rows \(span)"
      : "\(Numbers.readable(event.anomalousRows)) of \(Numbers.readable(event.rows.count)) rows \(span)"
    let worst =
      "; the worst is \(Numbers.readable(event.peak.actual)) \(peak), \(distance)"
    return rows + " " + pattern(event) + worst + novelty(event, of: target)
      + range(event, of: target)
  }

  /// Says so where the worst value is beyond all before it.
  private static func novelty(_ event: Event, of target: TargetAnalysis) -> String {
    guard let seen = target.seen[event.peakRow], let value = event.peak.actual else { return "" }
    if value > seen.upperBound {
      return "; before, no value was above \(Numbers.readable(seen.upperBound))"
    }
    return value < seen.lowerBound
      ? "; before, no value was below \(Numbers.readable(seen.lowerBound))" : ""
  }

  /// Such as "The value stays at 12 for longer than it ever did: this is noticed on 2012-10-29".
  private static func stuck(_ event: Event, _ analysis: Analysis) -> String {
    let until =
      event.rows.count > 1 ? ", and lasts until \(time(event.rows.upperBound, analysis))" : ""
    return
      "The value stays at \(Numbers.readable(event.peak.actual)) for longer than it ever did: this is "
      + "noticed \(moment(event.rows.lowerBound, analysis))\(until)"
  }

  /// Of one row: what makes it an event, where that is not the row alone.
  private static func reason(_ event: Event, first: String) -> String {
    switch event.peak.kind {
    case .sustained: "Forecasts have been worse than usual for some time: " + first
    case .level: "Values have been far from where they usually are for some time: " + first
    case .surprise, .stuck, .novel, nil: first
    }
  }

  /// Of several rows: in which way they are unusual.
  private static func pattern(_ event: Event) -> String {
    let below = event.anomalousRows - event.rowsAbove
    switch event.kind {
    case .drift:
      return event.peak.kind == .level
        ? "are far from where values usually are" : "have forecasts that are worse than usual"
    case .unrest:
      return
        "are far from their forecasts on both sides, \(Numbers.readable(event.rowsAbove)) above "
        + "and \(Numbers.readable(below)) below"
    case .stuck: return "have the very same value"
    case .spike, .rise: return "are above their forecasts"
    case .dip, .fall: return "are below their forecasts"
    }
  }

  /// Such as "5,910 below the expected 5,932, 6.5 times as far off as usual (911.3)".
  private static func distance(_ judgment: Judgment) -> String {
    guard let residual = judgment.residual else { return "without a forecast" }
    guard residual != 0 else { return "as expected" }
    var text =
      "\(Numbers.readable(residual.magnitude)) \(residual > 0 ? "above" : "below") the expected "
    text += Numbers.readable(judgment.expected)
    guard let usual = judgment.usual, usual > 0 else { return text }
    let times = residual.magnitude / usual
    guard times.isFinite, times < 1e6 else {
      return text + ", where forecasts are hardly ever off"
    }
    return text + ", \(Numbers.fixed(times, decimals: times < 9.95 ? 1 : 0, groups: true)) times "
      + "as far off as usual (\(Numbers.readable(usual)))"
  }

  /// Which values would have been no surprise; nothing where that is not what makes the event.
  private static func range(_ event: Event, of target: TargetAnalysis) -> String {
    guard event.kind != .drift, target.judgedRows.contains(event.peakRow) else { return "" }
    let index = event.peakRow - target.judgedRows.lowerBound
    let (low, high) = (target.drawnLowest[index], target.highest[index])
    guard low.isFinite, high.isFinite else { return "" }
    return
      "; from \(Numbers.readable(low)) to \(Numbers.readable(high)) would have been no surprise"
  }

  /// The judged row that came closest to being an anomaly; `nil` where no row was scored.
  static func closest(_ target: TargetAnalysis, in analysis: Analysis) -> String? {
    var best: (row: Int, score: Double)?
    for (row, judgment) in zip(target.judgedRows, target.judgments) where !judgment.isAnomaly {
      guard let score = judgment.score, score <= 1, score > best?.score ?? 0 else { continue }
      best = (row, score)
    }
    guard let best else { return nil }
    let judgment = target.judgments[best.row - target.judgedRows.lowerBound]
    return "The closest in \(target.name) came \(moment(best.row, analysis)), with a score of "
      + "\(Numbers.fixed(best.score, decimals: 2)): \(Numbers.readable(judgment.actual)) instead of "
      + Numbers.readable(judgment.expected)
  }
}
