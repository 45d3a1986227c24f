import AnomalyDetection
import ResultText
import TimeSeries

/// Sentences about what was found, for the summary and the report.
enum Findings {
  /// What was found where, and the most striking of it.
  ///
  /// Such as "6 anomalies in cnt between 2012-08-08 and 2012-12-31; the largest on 2012-10-29: 22
  /// instead of 5,210".
  static func headline(_ analysis: Analysis) -> String {
    let found = analysis.targets.filter { !$0.events.isEmpty }
    let span = self.span(analysis)
    guard
      let target = found.max(by: { peakScore($0) < peakScore($1) }),
      let event = target.largestEvent
    else {
      return "No anomalies in \(list(analysis.targets.map(\.name)))\(span)"
    }
    let count = analysis.eventCount
    var text = "\(Numbers.readable(count)) \(count == 1 ? "anomaly" : "anomalies")"
    if analysis.targets.count == 1 {
      text += " in \(target.name)\(span)"
    } else {
      text += "\(span): "
      text += few(found.map { "\(Numbers.readable($0.events.count)) in \($0.name)" })
    }
    text += count == 1 ? "; it is" : "; the largest"
    if analysis.targets.count > 1 { text += " in \(target.name)" }
    text += " \(moment(event.peakRow, analysis)): \(Numbers.readable(event.peak.actual))"
    return text + " instead of \(Numbers.readable(event.peak.expected))"
  }

  /// " between 2012-08-08 and 2012-12-31", with a blank before it; empty where nothing was judged.
  private static func span(_ analysis: Analysis) -> String {
    guard let rows = analysis.targets.first?.judgedRows, let last = rows.last else { return "" }
    let kind = analysis.time.kind == .rowNumbers ? "rows " : ""
    return " between \(kind)\(time(rows.lowerBound, analysis)) and \(time(last, analysis))"
  }

  /// "on 2012-10-29", "at 2012-10-29T13:00:00", "at row 17".
  static func moment(_ row: Int, _ analysis: Analysis) -> String {
    let label = time(row, analysis)
    return switch analysis.time.kind {
    case .dates: "on \(label)"
    case .times, .numbers: "at \(label)"
    case .rowNumbers: "at row \(label)"
    }
  }

  /// A row's time as people write it: `2012-10-29 13:00`.
  static func time(_ row: Int, _ analysis: Analysis) -> String {
    let label = analysis.time.label(at: row)
    guard analysis.time.kind == .times else { return label }
    let parts = label.split(separator: "T", maxSplits: 1)
    guard parts.count == 2 else { return label }
    let clock = parts[1].count == 8 && parts[1].hasSuffix(":00") ? parts[1].dropLast(3) : parts[1]
    return "\(parts[0]) \(clock)"
  }

  /// An event's times: one, or the first and the last, of which the date is said once.
  static func span(_ event: Event, _ analysis: Analysis) -> String {
    let first = time(event.rows.lowerBound, analysis)
    guard event.rows.count > 1 else { return first }
    let last = time(event.rows.upperBound, analysis)
    guard analysis.time.kind == .times, first.prefix(11) == last.prefix(11) else {
      return "\(first) to \(last)"
    }
    return "\(first) to \(last.dropFirst(11))"
  }

  /// How good the forecasts are beside the best simple one, in one sentence for each target.
  static func verdict(_ comparison: Comparison, horizon: Int = 1) -> String {
    let best = comparison.bestSimple
    func text(_ metrics: Metrics) -> String {
      "\(Numbers.readable(metrics.mae)) (root mean square \(Numbers.readable(metrics.rmse)))"
    }
    let span = horizon > 1 ? ", over all \(horizon) rows ahead," : ""
    let head =
      "Forecasts of \(comparison.target) on the \(comparison.part.rawValue) rows\(span) are typically "
      + "off by \(text(comparison.model)); repeating \(best.name): \(text(best.metrics))"
    guard best.metrics.mae > 0 else { return head }
    let gain = 1 - comparison.model.mae / best.metrics.mae
    guard gain.isFinite else { return head }
    if gain > 0.005 { return head + ", so they are better by \(Numbers.percent(gain))" }
    if gain > -0.005 { return head + ", so they are no better" }
    return head
      + ", so they are worse by \(Numbers.percent(-gain)): more rows, or columns that tell "
      + "more, are needed"
  }

  /// What a score is, in a sentence or two.
  static func explanation(_ threshold: Threshold) -> String {
    let start = "A score of 1 is the threshold: "
    switch threshold {
    case .adaptive(let factor):
      return start
        + "a value \(plain(factor)) times as far from its forecast as usual by then "
        + "if the value itself is unusual, further if it is not."
    case .dynamic(let pruning):
      return start
        + "smoothed errors that stand out of those of the last 2,100 rows, by at least "
        + "\(Numbers.percent(pruning)) above the largest that does not."
    case .sigma(let factor):
      return start
        + "\(plain(factor)) standard deviations of what forecasts were off by on the "
        + "rows held out."
    case .mad(let factor):
      return start
        + "\(plain(factor)) robust deviations of what forecasts were off by on the rows "
        + "held out."
    case .quantile(let share):
      return start
        + "what forecasts were off by in \(Numbers.percent(1 - share)) of the rows held out."
    case .conformal(let share):
      return start + "a row like those held out passes it with a probability of at most "
        + "\(Numbers.percent(share))."
    case .peakOverThreshold(let rate):
      return start
        + "by the tail of what forecasts were off by on the rows held out, about one row in "
        + "\(Numbers.readable((1 / rate).rounded())) passes it by chance."
    case .absolute(let value):
      return start + "a value \(Numbers.readable(value)) from its forecast, as was asked for."
    }
  }

  /// A factor as it was typed: 4.5, not 4.500.
  private static func plain(_ factor: Double) -> String {
    Numbers.rounded(factor) ?? Numbers.readable(factor)
  }

  /// How good forecasts were after several cut-offs, in one sentence; `nil` where a fold had nothing to
  /// compare.
  static func backTest(_ backTest: BackTest, target: String) -> String? {
    func text(_ spread: BackTest.Spread) -> String {
      "\(Numbers.readable(spread.mean)) ± \(Numbers.readable(spread.standardDeviation))"
    }
    guard let model = backTest.spread(of: \.mae, by: .model, target: target),
      let best = backTest.bestSimple(target: target)
    else { return nil }
    let wins = backTest.folds.count { fold in
      guard let comparison = fold.comparison(target: target),
        let simple = comparison.metrics(of: best.forecast)
      else { return false }
      return comparison.model.mae < simple.mae
    }
    let name =
      switch best.forecast {
      case .seasonalNaive: "the last season's value"
      case .seasonalMean: "the mean of the last season"
      case .model, .network, .linear, .persistence: "the last value"
      }
    return "Over \(backTest.folds.count) cut-offs, forecasts of \(target) are typically off by "
      + "\(text(model)); repeating \(name): \(text(best.mae)); they are better after "
      + "\(wins) of them"
  }

  /// By whose forecasts the rows of a target are judged.
  static func judges(_ sources: [ForecastSource], target: String) -> String {
    let names = sources.map { source in
      switch source {
      case .network: "the network"
      case .linear: "a linear regression"
      case .persistence: "the last value"
      case .seasonalNaive: "the value of a season before"
      }
    }
    guard sources.allSatisfy(\.isSimple) else {
      return "\(target) is judged by \(list(names))"
    }
    return
      "\(target) is judged by \(list(names)): on the rows held out nothing that was fitted is better"
  }

  /// "1 feature", "2 features", "2 series".
  static func count(_ count: Int, _ noun: String, plural: String? = nil) -> String {
    "\(Numbers.readable(count)) \(count == 1 ? noun : plural ?? noun + "s")"
  }

  /// The first few of many names.
  static func few(_ names: [String]) -> String {
    guard names.count > 6 else { return list(names) }
    return names.prefix(5).joined(separator: ", ")
      + " and \(Numbers.readable(names.count - 5)) more"
  }

  /// "a", "a and b", "a, b and c".
  static func list(_ names: [String]) -> String {
    guard names.count > 1, let last = names.last else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }

  private static func peakScore(_ target: TargetAnalysis) -> Double {
    target.largestEvent?.peak.score ?? 0
  }
}
