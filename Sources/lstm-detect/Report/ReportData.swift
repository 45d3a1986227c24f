import AnomalyDetection
import LSTMCompute
import ResultText
import TimeSeries

/// What the script of a report draws, as JSON.
///
/// Rows are written in turn, thinned where a panel has more than its share of the page: of those that were
/// judged no spike and no event is lost. Times are differences in the largest unit that divides all of them.
struct ReportData {
  /// About so many bytes the numbers of all panels may take, and so many each of them in any case.
  private static let budget = (all: 800_000.0, panel: 3000.0)
  /// So few rows of a stretch are never thinned.
  private static let leastRows = 24
  /// About so many bytes a row takes: a judged one, one with its value and its forecast alone, and for each
  /// line beside the forecast.
  private static let bytes = (judged: 30.0, other: 15.0, bound: 7.0)

  let panels: [ReportPanel]

  var document: JSONValue {
    .object([
      ("dates", .bool(panels.first?.analysis.hasDates ?? false)),
      ("days", .bool(panels.first?.analysis.time.kind == .dates)),
      ("levels", .array(OverviewTable.levels.map(JSONValue.number))),
      ("panels", .array(panels.map(document))),
    ])
  }

  /// The rows of a panel that are drawn.
  func rows(of panel: ReportPanel) -> [Int] {
    let target = panel.target
    let judged = target.judgedRows
    let share = max(Self.budget.all / Double(max(1, panels.count)), Self.budget.panel)
    let bounds = Double(panel.analysis.bounds(of: target).count) * Self.bytes.bound
    let earlierBytes = Double(judged.lowerBound) * (Self.bytes.other + bounds)
    // The judged rows have three quarters of the room, and what earlier ones do not need.
    let room = max(0.75 * share, share - earlierBytes)
    let judgedBytes = min(Double(judged.count) * (Self.bytes.judged + bounds), room)
    return Self.thinned(
      target, 0..<judged.lowerBound, Int((share - judgedBytes) / (Self.bytes.other + bounds)))
      + Self.thinned(
        target, judged.lowerBound..<target.actual.count, Int(room / (Self.bytes.judged + bounds)))
  }

  /// About so many rows of a stretch: all, or the lowest and the highest values and residuals of even
  /// parts of it, and the surroundings of the largest events.
  private static func thinned(_ target: TargetAnalysis, _ rows: Range<Int>, _ count: Int) -> [Int] {
    guard rows.count > max(count, leastRows) else { return Array(rows) }
    let start = rows.lowerBound
    let peaks = target.events.sorted { ($0.peak.score ?? 0) > ($1.peak.score ?? 0) }.map(\.peakRow)
    let around = max(0, count / 8 / max(1, min(peaks.count, 20)) / 2)
    let kept =
      peaks.prefix(count / 4).map { $0 - start }
      + peaks.prefix(20).flatMap { row in row - start - around...row - start + around }
    return Thinning.rows(
      of: [Array(target.actual[rows]), Array(target.residuals[rows])],
      columns: max(1, count / 5), keeping: kept
    ).map { $0 + start }
  }

  private func document(_ panel: ReportPanel) -> JSONValue {
    let (target, analysis) = (panel.target, panel.analysis)
    let rows = rows(of: panel)
    let judged = rows.firstIndex { $0 >= target.judgedRows.lowerBound } ?? rows.count
    let judgedRows = rows[judged...]
    let anomalous = Set(target.anomalousRows)
    let (lowest, highest) = (target.allLimits(\.drawnLowest), target.allLimits(\.highest))
    func digits(_ values: [Double], _ rows: some Sequence<Int>, _ digits: Int = 5) -> JSONValue {
      .array(rows.map { .digits(values[$0], digits) })
    }
    let charts = ReportCharts(panel: panel, columns: 1)
    return .object([
      ("name", .string(panel.name)), ("target", .string(target.name)),
      ("rows", .integer(target.actual.count)),
      ("x", Self.axis(rows.map { analysis.time.values[$0] })),
      ("judged", .integer(judged)),
      ("actual", digits(target.actual, rows, 7)), ("expected", digits(target.expected, rows)),
      ("low", digits(lowest, judgedRows)), ("high", digits(highest, judgedRows)),
      ("score", .array(judgedRows.map { .digits(target.score(row: $0), 3) })),
      (
        "bounds",
        .array(
          analysis.bounds(of: target).map { bound in .array(rows.map { .digits(bound[$0], 4) }) })
      ),
      (
        "marks",
        .array(rows.enumerated().filter { anomalous.contains($1) }.map { .integer($0.offset) })
      ),
      (
        "parts",
        .array(
          charts.shades.map { shade in
            .object([
              ("kind", .string(shade.style)), ("from", .number(shade.x.lowerBound)),
              ("to", .number(shade.x.upperBound)),
            ])
          })
      ), ("next", panel.showsFuture ? next(panel) : .null),
    ])
  }

  private func next(_ panel: ReportPanel) -> JSONValue {
    let (target, analysis) = (panel.target, panel.analysis)
    func digits(_ values: [Double]) -> JSONValue { .array(values.map { .digits($0, 5) }) }
    return .object([
      ("x", Self.axis(Array(analysis.time.values.suffix(analysis.future.count)))),
      ("expected", digits(analysis.future.map { $0[panel.number] })),
      (
        "bands",
        .array(
          (panel.fan?.bands ?? []).map { band in
            .object([
              ("share", .number((band.share * 1000).rounded() / 1000)),
              ("low", digits(band.lowest.map(target.drawn))),
              ("high", digits(band.highest.map(target.drawn))),
            ])
          })
      ),
    ])
  }

  /// Where the rows are: the first place, a unit, and then in pairs a number of units and how many times
  /// it is the way to the next row.
  private static func axis(_ x: [Double]) -> JSONValue {
    guard let first = x.first else { return .array([]) }
    let units = [86_400_000.0, 3_600_000, 60_000, 1000]
    let unit =
      units.first { unit in
        zip(x.dropFirst(), x).allSatisfy { ($0 - $1).truncatingRemainder(dividingBy: unit) == 0 }
      } ?? 1
    var pairs: [(step: Double, count: Int)] = []
    for (next, previous) in zip(x.dropFirst(), x) {
      let step = (next - previous) / unit
      if let last = pairs.last, last.step == step {
        pairs[pairs.count - 1].count += 1
      } else {
        pairs.append((step, 1))
      }
    }
    return .array(
      [.number(first), .number(unit)] + pairs.flatMap { [.number($0.step), .integer($0.count)] })
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
  /// A number with so many digits, as many as a chart shows.
  fileprivate static func digits(_ value: Double, _ digits: Int) -> JSONValue {
    .literal(Numbers.rounded(value, digits: digits) ?? "null")
  }
}
