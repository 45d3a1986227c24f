import AnomalyDetection
import LSTMCompute
import TimeSeries

/// What the script of a report draws, as JSON.
struct ReportData {
  /// The rows that are drawn.
  let rows: [Int]
  let document: JSONValue

  /// Up to this many rows a browser redraws smoothly.
  static let largestNumberOfRows = 100_000

  init(_ analysis: Analysis, history: TrainingHistory?, shades: [SVGChart.Shade]) {
    let rows = Self.rows(of: analysis)
    self.rows = rows
    document = .members(
      [
        .init(key: "dates", value: .bool(Self.hasDates(analysis))),
        .init(key: "count", value: .integer(rows.count)),
      ] + Self.axis(analysis, rows) + [
        .init(key: "judged", value: Self.judged(analysis, rows)),
        .init(
          key: "parts",
          value: .array(
            shades.map { shade in
              .object([
                ("kind", .string(shade.style)), ("label", .string(shade.label)),
                ("from", .number(shade.x.lowerBound)), ("to", .number(shade.x.upperBound)),
              ])
            })),
        .init(
          key: "targets",
          value: .array(analysis.targets.map { Self.target($0, analysis, rows) })),
        .init(key: "losses", value: history.map(Self.losses) ?? .null),
      ])
  }

  /// All rows, or so many that no spike and no event is lost.
  private static func rows(of analysis: Analysis) -> [Int] {
    let count = analysis.series.rowCount
    guard count > largestNumberOfRows else { return Array(0..<count) }
    let columns = largestNumberOfRows / (6 * max(1, analysis.targets.count))
    return Thinning.rows(
      of: analysis.targets.flatMap { [$0.actual, $0.expected, $0.residuals] }, columns: columns,
      keeping: analysis.targets.flatMap { $0.events.map(\.peakRow) })
  }

  /// The places of the first and the last judged row.
  private static func judged(_ analysis: Analysis, _ rows: [Int]) -> JSONValue {
    guard let judged = analysis.targets.first?.judgedRows,
      let first = rows.firstIndex(where: { $0 >= judged.lowerBound }),
      let last = rows.lastIndex(where: { $0 < judged.upperBound })
    else { return .array([.integer(0), .integer(max(0, rows.count - 1))]) }
    return .array([.integer(first), .integer(last)])
  }

  private static func hasDates(_ analysis: Analysis) -> Bool {
    analysis.time.kind == .dates || analysis.time.kind == .times
  }

  /// Start and step where the rows are evenly spaced, else the place of each row.
  private static func axis(_ analysis: Analysis, _ rows: [Int]) -> [JSONValue.Member] {
    let x = rows.map { analysis.time.values[$0] }
    if x.count > 1, let first = x.first {
      let step = x[1] - first
      if x.indices.allSatisfy({ x[$0] == first + Double($0) * step }) {
        return [
          .init(key: "start", value: .number(first)), .init(key: "step", value: .number(step)),
        ]
      }
    }
    return [.init(key: "x", value: .array(x.map(JSONValue.number)))]
  }

  private static func target(
    _ target: TargetAnalysis, _ analysis: Analysis, _ rows: [Int]
  ) -> JSONValue {
    var anomalies: [JSONValue] = []
    let anomalous = Set(target.anomalousRows)
    let (lowest, highest) = (target.allLimits(\.lowest), target.allLimits(\.highest))
    for (index, row) in rows.enumerated() where anomalous.contains(row) {
      anomalies.append(.integer(index))
    }
    return .object([
      ("name", .string(target.name)),
      ("low", .array(rows.map { .digits(lowest[$0]) })),
      ("high", .array(rows.map { .digits(highest[$0]) })),
      ("score", .array(rows.map { .digits(target.score(row: $0)) })),
      ("actual", .array(rows.map { .digits(target.actual[$0]) })),
      ("expected", .array(rows.map { .digits(target.expected[$0]) })),
      (
        "bounds",
        .array(
          analysis.bounds(of: target).map { bound in .array(rows.map { .digits(bound[$0]) }) })
      ),
      ("anomalies", .array(anomalies)),
    ])
  }

  private static func losses(_ history: TrainingHistory) -> JSONValue {
    let hasValidation = history.epochs.contains { $0.validationLoss != nil }
    let labels = ["epoch", "training"] + (hasValidation ? ["validation"] : [])
    return .object([
      ("labels", .array(labels.map(JSONValue.string))),
      (
        "values",
        .array(
          history.epochs.map { epoch in
            var losses = [epoch.trainingLoss]
            if hasValidation { losses.append(epoch.validationLoss ?? .nan) }
            return .array([.integer(epoch.number)] + losses.map(JSONValue.float))
          })
      ),
    ])
  }
}

extension TargetAnalysis {
  /// A row's score; NaN where it was not judged.
  fileprivate func score(row: Int) -> Double {
    guard judgedRows.contains(row) else { return .nan }
    return judgments[row - judgedRows.lowerBound].score ?? .nan
  }
}

extension JSONValue {
  /// A number with the six digits that a chart shows.
  fileprivate static func digits(_ value: Double) -> JSONValue {
    .literal(Numbers.rounded(value, digits: 6) ?? "null")
  }
}
