import AnomalyDetection
import LSTMCompute
import ResultText
import TimeSeries

/// The charts of a panel as static drawings.
struct ReportCharts {
  /// Marks of rows beyond this many are left to the events' peaks.
  private static let largestNumberOfMarks = 2000

  let panel: ReportPanel
  /// In how many columns lines are drawn.
  let columns: Int

  private var analysis: Analysis { panel.analysis }
  private var target: TargetAnalysis { panel.target }

  /// The more panels a page has, the coarser are the charts that need no script.
  static func columns(panels: Int) -> Int { min(800, max(120, 6000 / max(1, panels))) }

  /// The target's values, its forecasts with the threshold band, the rows to come, and the anomalies.
  func series() -> String {
    let fan = panel.fan?.bands ?? []
    return SVGChart(
      label: "\(panel.name): actual and expected values", x: x, hasDates: analysis.hasDates,
      lines: [
        .init(values: padded(target.expected), style: "line-expected"),
        .init(values: padded(target.actual), style: "line-actual"),
        .init(values: next(analysis.future.map { $0[panel.number] }), style: "line-expected"),
      ] + analysis.bounds(of: target).map { .init(values: padded($0), style: "line-bound") },
      areas: [
        .init(
          lowest: padded(target.allLimits(\.drawnLowest)),
          highest: padded(target.allLimits(\.highest)), style: "band")
      ]
        + fan.map {
          .init(
            lowest: next($0.lowest.map(target.drawn)), highest: next($0.highest.map(target.drawn)),
            style: "fan")
        },
      marks: marks { $0.actual }, shades: shades, height: 320, columns: columns
    ).render()
  }

  /// The target's residuals with the threshold.
  func residuals() -> String {
    SVGChart(
      label: "\(panel.name): residuals", x: Array(x.prefix(target.actual.count)),
      hasDates: analysis.hasDates,
      lines: [
        .init(values: target.residuals, style: "line-actual"),
        .init(values: zip(target.allLimits(\.lowest), target.expected).map(-), style: "level"),
        .init(values: zip(target.allLimits(\.highest), target.expected).map(-), style: "level"),
      ],
      marks: marks { $0.residual }, shades: shades, height: 150, columns: columns
    ).render()
  }

  /// The values of the rows, and nothing for those to come.
  private func padded(_ values: [Double]) -> [Double] {
    values + [Double](repeating: .nan, count: max(0, x.count - values.count))
  }

  /// What is said of the rows to come, from the last value on.
  private func next(_ values: [Double]) -> [Double] {
    var all = [Double](repeating: .nan, count: target.actual.count)
    if let last = target.actual.last { all[all.count - 1] = last }
    return all + values.prefix(x.count - all.count)
  }

  /// The losses of each epoch.
  static func losses(_ history: TrainingHistory) -> String {
    let epochs = history.epochs
    var lines = [
      SVGChart.Line(values: epochs.map { Double($0.trainingLoss) }, style: "line-solid")
    ]
    if epochs.contains(where: { $0.validationLoss != nil }) {
      lines.append(
        .init(values: epochs.map { Double($0.validationLoss ?? .nan) }, style: "line-dash"))
    }
    return SVGChart(
      label: "loss of each epoch", x: epochs.map { Double($0.number) }, hasDates: false,
      lines: lines,
      rule: history.bestEpoch.map { (Double($0), "epoch \($0) was kept") },
      hasWholeNumbers: true, height: 220
    ).render()
  }

  /// What each stretch of the axis was used for.
  var shades: [SVGChart.Shade] {
    let x = Array(x.prefix(target.actual.count))
    guard let first = x.first, let last = x.last, analysis.parts.count > 1 else { return [] }
    func edge(_ row: Int) -> Double {
      if row <= 0 { return first }
      return row < x.count ? (x[row - 1] + x[row]) / 2 : last
    }
    return analysis.parts.map { part, rows in
      let left = edge(rows.lowerBound)
      return SVGChart.Shade(
        x: left...max(left, edge(rows.upperBound)), label: part.rawValue, style: part.rawValue)
    }
  }

  private var x: [Double] {
    panel.showsFuture
      ? analysis.time.values : Array(analysis.time.values.prefix(target.actual.count))
  }

  private func marks(value: (Judgment) -> Double?) -> [SVGChart.Mark] {
    var rows = target.anomalousRows
    if rows.count > Self.largestNumberOfMarks { rows = target.events.map(\.peakRow) }
    return rows.compactMap { row in
      let judgment = target.judgments[row - target.judgedRows.lowerBound]
      guard let value = value(judgment) else { return nil }
      let text =
        "\(Findings.time(row, analysis)): \(Numbers.readable(judgment.actual)) instead of "
        + Numbers.readable(judgment.expected)
      return SVGChart.Mark(row: row, value: value, text: text)
    }
  }
}
