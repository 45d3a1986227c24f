import AnomalyDetection
import ResultText
import TimeSeries

/// Small charts of one target: how its residuals are distributed, how often values are within limits, what
/// is usual at each place of the season.
struct PanelFigures {
  let panel: ReportPanel
  private let profile: SeasonProfile?

  init(panel: ReportPanel) {
    self.panel = panel
    profile = SeasonProfile(of: panel.target, in: panel.analysis)
  }

  /// What the figures are of.
  var title: String { "Residuals, calibration" + (profile == nil ? "" : " and season") }

  private var target: TargetAnalysis { panel.target }

  func figures() -> String {
    [histogram(), calibration(), season()].compactMap(\.self).joined()
  }

  private func figure(_ title: String, _ chart: String, _ words: String) -> String {
    "<figure>\n<h3>\(title)</h3>\n\(chart)<figcaption>\(HTML.escape(words)).</figcaption>\n</figure>\n"
  }

  private func histogram() -> String? {
    guard let summary = ResidualSummary(of: target), !summary.bins.isEmpty else { return nil }
    var chart = BarChart(label: "\(panel.name): distribution of the residuals")
    chart.bars = summary.bins.map { bin in
      .init(
        range: bin.range, value: Double(bin.count),
        text:
          "\(Numbers.readable(bin.range.lowerBound)) to \(Numbers.readable(bin.range.upperBound)): "
          + Findings.count(bin.count, "row"),
        style: bin.range.lowerBound >= target.threshold || bin.range.upperBound <= -target.threshold
          ? "bar beyond" : "bar")
    }
    chart.marks = target.threshold.isFinite ? [-target.threshold, target.threshold] : []
    var words =
      "Actual minus expected of \(Findings.count(summary.count, "judged row")); the median is "
      + Numbers.readable(summary.median)
    if target.threshold.isFinite {
      words += "; dashed: the threshold, about ± \(Numbers.readable(target.threshold))"
    }
    words += "; the outermost bars hold all beyond them"
    return figure("Residuals", chart.render(), words)
  }

  private func calibration() -> String? {
    guard let summary = ResidualSummary(of: target) else { return nil }
    let share = Double(summary.countInside) / Double(summary.count)
    let inside =
      "\(Numbers.percent(share)) of \(Findings.count(summary.count, "judged row")) are within the "
      + "limits of no surprise"
    let quantiles = panel.analysis.quantileCoverages(of: target)
    let coverages =
      !quantiles.isEmpty
      ? quantiles
      : panel.forecaster.calibrations.flatMap { calibrations in
        panel.number < calibrations.count
          ? target.coverages(beside: calibrations[panel.number]) : nil
      } ?? []
    guard !coverages.isEmpty else { return figure("Calibration", "", inside) }
    let words =
      quantiles.isEmpty
      ? "; between limits that hold such a share of the held-out residuals (dashed) lie so many of the "
        + "judged ones (bar)"
      : "; so many values are below each quantile (bar), and so many should be (dashed)"
    return figure(
      "Calibration",
      ShareChart(label: "\(panel.name): calibration", coverages: coverages).render(), inside + words
    )
  }

  private func season() -> String? {
    guard let profile else { return nil }
    let chart = SVGChart(
      label: "\(panel.name): season", x: profile.places.indices.map(Double.init), hasDates: false,
      lines: [
        .init(values: profile.places.map(\.expected), style: "line-expected"),
        .init(values: profile.places.map(\.median), style: "line-actual"),
      ],
      areas: [
        .init(
          lowest: profile.places.map(\.lowest), highest: profile.places.map(\.highest),
          style: "spread")
      ],
      ticks: ticks(profile), height: 190, width: 360)
    let places =
      switch profile.names {
      case .weekdays: "on each weekday"
      case .hours: "at each time of the day"
      case .weekHours: "at each time of the week"
      case .months: "in each month"
      case .numbers: "at each of the \(profile.places.count) places of the season"
      }
    return figure(
      "Season", chart.render(),
      "The median of the values (thin line) and of what was expected (blue) \(places); eight in ten "
        + "values are in the gray band")
  }

  private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

  private func ticks(_ profile: SeasonProfile) -> [Tick]? {
    switch profile.names {
    case .weekdays:
      return Self.weekdays.enumerated().map {
        Tick(position: Double($0), label: $1)
      }
    case .months:
      return (0..<12).map { Tick(position: Double($0), label: Ticks.monthNames[$0]) }
    case .hours(let perHour):
      return stride(from: 0, to: 24, by: 6).map {
        Tick(position: Double($0 * perHour), label: "\($0):00")
      }
    case .weekHours(let perDay):
      return Self.weekdays.enumerated().map {
        Tick(position: Double($0 * perDay), label: $1)
      }
    case .numbers: return nil
    }
  }
}
