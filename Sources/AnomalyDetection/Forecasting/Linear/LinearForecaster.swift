import RealModule
import TimeSeries

/// A strong simple forecast: for each target and lead a ridge regression on the last values, those of
/// the seasons before, the other columns and the calendar.
///
/// It is what a network must be better than, and what a network may start from: then it learns what
/// the regression leaves over (Lai et al., "Modeling Long- and Short-Term Temporal Patterns with Deep
/// Neural Networks", 2018, add such a linear part to theirs).
struct LinearForecaster: Hashable, Sendable, Codable {
  /// What the forecasts are made of.
  var regressors: Regressors
  /// The names of the targets.
  var targets: [String]
  /// For each target the model of each lead.
  var models: [[LinearModel]]

  private static let penalties = [1e-4, 1e-2, 1e-1, 1]
  /// More cells than this in a matrix of regressors take longer and say no more.
  private static let mostCells = 4_000_000
  private static let leastRows = 20
  private static let rowsAtOnce = 4096

  /// Fits the regressions; `nil` where there are too few rows.
  ///
  /// - Parameters:
  ///   - regressors: What they are made of.
  ///   - series: The series.
  ///   - history: Its columns.
  ///   - training: The rows that are fitted to.
  ///   - validation: The rows by which the penalty is chosen.
  ///   - horizon: The number of leads.
  ///   - mostRows: More rows than these, the last ones, are not fitted to.
  init?(
    _ regressors: Regressors, series: Series, history: History, training: Range<Int>,
    validation: Range<Int>, horizon: Int, mostRows: Int = .max
  ) {
    self.regressors = regressors
    targets = series.targets
    models = []
    for (index, target) in series.targets.enumerated() {
      var leads: [LinearModel] = []
      var penalties = Self.penalties
      for lead in 1...horizon {
        func rows(_ part: Range<Int>) -> [Int] {
          let first = max(part.lowerBound, regressors.context + 1)
          let end = part.upperBound - lead + 1
          guard first < end else { return [] }
          return (first..<end).filter { !series.isMissing(target: index, row: $0 + lead - 1) }
        }
        let values = history[target]
        func changes(_ rows: [Int]) -> [Double] {
          rows.map { values[$0 + lead - 1] - values[$0 - 1] }
        }
        var fitted = rows(training)
        guard fitted.count >= Self.leastRows else { return nil }
        let width = regressors.matrix(
          target: target, rows: fitted.prefix(1), lead: lead, of: history
        ).count
        // All leads together take no longer than a few.
        let most = max(
          20 * width, min(mostRows, Self.mostCells / max(1, width) / max(1, horizon / 8)))
        fitted = Array(fitted.suffix(most))
        var regression = RidgeRegression(
          regressors.matrix(target: target, rows: fitted, lead: lead, of: history),
          responses: changes(fitted))
        let candidates = regression.models(penalties: penalties)
        let held = Array(rows(validation).suffix(Self.mostCells / max(1, width)))
        guard candidates.count > 1, !held.isEmpty else {
          leads.append(candidates[candidates.count / 2])
          continue
        }
        let matrix = regressors.matrix(target: target, rows: held, lead: lead, of: history)
        let actual = changes(held)
        let scores = candidates.map {
          Metrics(actual: actual, expected: $0.responses(matrix)).map(\.score) ?? .infinity
        }
        let best = scores.indices.min { scores[$0] < scores[$1] } ?? 0
        // The leads after the first take its penalty.
        penalties = [penalties[best]]
        leads.append(candidates[best])
      }
      models.append(leads)
    }
  }

  /// The first row that it forecasts.
  var firstRow: Int { regressors.context + 1 }

  /// The forecasts for some rows.
  ///
  /// - Parameters:
  ///   - target: The target's number.
  ///   - lead: Which row after a row of `rows` is forecast, from 1.
  ///   - rows: The rows that are forecast first: all before them is known.
  ///   - history: The columns.
  /// - Returns: One forecast for each row, NaN where it looks back too far.
  func forecast(target: Int, lead: Int, rows: Range<Int>, of history: History) -> [Double] {
    let possible = rows.clamped(
      to: max(rows.lowerBound, min(firstRow, rows.upperBound))..<rows.upperBound)
    let values = history[targets[target]]
    var forecasts = [Double](repeating: .nan, count: rows.count - possible.count)
    forecasts.reserveCapacity(rows.count)
    // Piece by piece, because the regressors of all rows may be larger than all else.
    var start = possible.lowerBound
    while start < possible.upperBound {
      let piece = start..<min(possible.upperBound, start + Self.rowsAtOnce)
      let matrix = regressors.matrix(
        target: targets[target], rows: piece, lead: lead, of: history)
      let changes = models[target][lead - 1].responses(matrix)
      forecasts += zip(piece, changes).map { values[$0 - 1] + $1 }
      start = piece.upperBound
    }
    return forecasts
  }
}

extension Metrics {
  /// One number to choose forecasts by: the geometric mean of the mean absolute error, which spikes
  /// leave alone, and of the root mean square error, which they make.
  var score: Double { (mae * rmse).squareRoot() }
}
