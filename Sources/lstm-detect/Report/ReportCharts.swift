import AnomalyDetection
import LSTMCompute
import TimeSeries

/// The charts of a report as static drawings.
struct ReportCharts {
  /// Marks of rows beyond this many are left to the events' peaks.
  private static let largestNumberOfMarks = 2000

  let analysis: Analysis

  var hasDates: Bool { analysis.time.kind == .dates || analysis.time.kind == .times }

  /// A target's values, its forecasts with the threshold band, and the anomalies.
  func series(_ target: TargetAnalysis) -> String {
    SVGChart(
      label: "\(target.name): actual and expected values", x: x, hasDates: hasDates,
      lines: [
        .init(values: target.expected, style: "line-expected"),
        .init(values: target.actual, style: "line-actual"),
      ] + analysis.bounds(of: target).map { .init(values: $0, style: "line-bound") },
      band: (target.allLimits(\.lowest), target.allLimits(\.highest)),
      marks: marks(target) { $0.actual },
      shades: shades, height: 320
    ).render()
  }

  /// A target's residuals with the threshold.
  func residuals(_ target: TargetAnalysis) -> String {
    SVGChart(
      label: "\(target.name): residuals", x: x, hasDates: hasDates,
      lines: [
        .init(values: target.residuals, style: "line-actual"),
        .init(values: zip(target.allLimits(\.lowest), target.expected).map(-), style: "level"),
        .init(values: zip(target.allLimits(\.highest), target.expected).map(-), style: "level"),
      ],
      marks: marks(target) { $0.residual }, shades: shades, height: 190
    ).render()
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
      lines: lines, hasWholeNumbers: true, height: 200
    ).render()
  }

  /// What each stretch of the axis was used for.
  var shades: [SVGChart.Shade] {
    let x = x
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

  private var x: [Double] { Array(analysis.time.values.prefix(analysis.series.rowCount)) }

  private func marks(
    _ target: TargetAnalysis, value: (Judgment) -> Double?
  ) -> [SVGChart.Mark] {
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
