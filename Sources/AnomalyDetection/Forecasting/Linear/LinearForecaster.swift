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

  /// A series that is fitted to.
  struct Part {
    /// The series, with its targets transformed.
    let series: Series
    /// Its columns.
    let history: History
    /// The rows that are fitted to.
    let training: Range<Int>
    /// The rows by which the penalty is chosen.
    let validation: Range<Int>
  }

  /// A row of one of the parts.
  private struct Row {
    var part: Int
    var row: Int
  }

  /// Fits the regressions; `nil` where there are too few rows.
  ///
  /// - Parameters:
  ///   - regressors: What they are made of.
  ///   - parts: The series, at least one, of the same columns.
  ///   - horizon: The number of leads.
  ///   - mostRows: More rows than these are not fitted to: of one series the last ones are, of several
  ///     some all over each.
  init?(
    _ regressors: Regressors, parts: [Part], horizon: Int, mostRows: Int = .max
  ) {
    self.regressors = regressors
    targets = parts[0].series.targets
    models = []
    for (index, target) in targets.enumerated() {
      var leads: [LinearModel] = []
      var penalties = Self.penalties
      let values = parts.map { $0.history[target] }
      for lead in 1...horizon {
        func rows(_ range: (Part) -> Range<Int>) -> [Row] {
          parts.enumerated().flatMap { number, part -> [Row] in
            let first = max(range(part).lowerBound, regressors.context + 1)
            let end = range(part).upperBound - lead + 1
            guard first < end else { return [] }
            return (first..<end).filter {
              !part.series.isMissing(target: index, row: $0 + lead - 1)
            }.map { Row(part: number, row: $0) }
          }
        }
        func changes(_ rows: [Row]) -> [Double] {
          rows.map { values[$0.part][$0.row + lead - 1] - values[$0.part][$0.row - 1] }
        }
        /// The regressors of some rows, those of a part together.
        func matrix(_ rows: [Row]) -> [Double] {
          var matrix: [Double] = []
          var start = 0
          while start < rows.count {
            let part = rows[start].part
            let end = rows[start...].firstIndex { $0.part != part } ?? rows.count
            let own = regressors.matrix(
              target: target, rows: rows[start..<end].map(\.row), lead: lead,
              of: parts[part].history)
            // One series alone needs no copy.
            if end - start == rows.count { return own }
            matrix += own
            start = end
          }
          return matrix
        }
        var fitted = rows(\.training)
        guard fitted.count >= Self.leastRows else { return nil }
        let width = matrix([fitted[0]]).count
        // All leads together take no longer than a few.
        let most = max(
          20 * width, min(mostRows, Self.mostCells / max(1, width) / max(1, horizon / 8)))
        fitted = Self.some(most, of: fitted, of: parts.count)
        var regression = RidgeRegression(matrix(fitted), responses: changes(fitted))
        let candidates = regression.models(penalties: penalties)
        let held = Self.some(
          Self.mostCells / max(1, width), of: rows(\.validation), of: parts.count)
        guard candidates.count > 1, !held.isEmpty else {
          leads.append(candidates[candidates.count / 2])
          continue
        }
        let heldMatrix = matrix(held)
        let actual = changes(held)
        let scores = candidates.map {
          Metrics(actual: actual, expected: $0.responses(heldMatrix)).map(\.score) ?? .infinity
        }
        let best = scores.indices.min { scores[$0] < scores[$1] } ?? 0
        // The leads after the first take its penalty.
        penalties = [penalties[best]]
        leads.append(candidates[best])
      }
      models.append(leads)
    }
  }

  /// At most so many of some rows: of one series the last ones, of several evenly chosen ones.
  private static func some(_ most: Int, of rows: [Row], of parts: Int) -> [Row] {
    guard rows.count > most, parts > 1 else { return rows.suffix(most) }
    let stride = (rows.count + most - 1) / most
    return Swift.stride(from: 0, to: rows.count, by: stride).map { rows[$0] }
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
