import TimeSeries

extension Blend {
  /// A forecast within this much of the best one counts too.
  private static let reach = 1.5
  /// What was fitted must be better than what was not by this much.
  private static let margin = 0.99

  /// Chooses by which forecasts a target is judged.
  ///
  /// Forecasts that were fitted count where one of them is better than the best simple one by both of
  /// the mean absolute and the root mean square error. The simple ones count in any case: one that is
  /// far off has no weight until the series changes its ways.
  ///
  /// - Parameters:
  ///   - judge: What the user wants.
  ///   - found: How far each is off on the rows held out; nothing of those that are not there.
  /// - Returns: The sources that count; the network where nothing is known.
  static func choose(
    _ judge: FittingOptions.Judge, _ found: [(source: ForecastSource, metrics: Metrics)]
  ) -> [ForecastSource] {
    guard judge != .network, let first = found.first else { return [.network] }
    let simple = found.filter(\.source.isSimple).min { $0.metrics.score < $1.metrics.score }
    guard judge != .simple else { return [simple?.source ?? .persistence] }
    /// The larger one of both errors, as a share of the simple forecast's.
    func share(_ metrics: Metrics) -> Double {
      func share(_ error: Double, _ simple: Double) -> Double {
        simple > 0 ? error / simple : error > 0 ? .infinity : 1
      }
      let best = simple?.metrics ?? first.metrics
      return max(share(metrics.mae, best.mae), share(metrics.rmse, best.rmse))
    }
    let shares = found.map { share($0.metrics) }
    let best = shares.min() ?? 1
    let isFitted = best < (simple == nil ? .infinity : margin)
    return zip(found, shares).filter { found, share in
      found.source.isSimple || isFitted && share <= best * reach
    }.map(\.0.source)
  }

  /// Chooses by which forecasts each target is judged, on rows held out.
  ///
  /// - Parameters:
  ///   - judge: What the user wants.
  ///   - forecasts: What each source forecasts.
  ///   - series: What was measured.
  ///   - rows: The rows held out.
  init(
    _ judge: FittingOptions.Judge, _ forecasts: Forecasts, of series: Series, rows: Range<Int>
  ) {
    sources = []
    errors = []
    let horizon = forecasts.horizon
    for target in series.targets.indices {
      let compared = ComparedSources(forecasts, of: series, target: target, rows: rows)
      let found = compared.present.compactMap { source in
        compared.metrics(source, leads: 1...horizon).map { (source: source, metrics: $0) }
      }
      let chosen = Self.choose(judge, found)
      sources.append(chosen)
      errors.append(
        (1...horizon).map { lead in
          chosen.map { compared.metrics($0, leads: lead...lead)?.mae ?? 0 }
        })
    }
  }

  /// Takes the errors in some rows for those of the rows held out; the sources stay.
  ///
  /// - Parameters:
  ///   - forecasts: What each source forecasts.
  ///   - series: What was measured.
  ///   - rows: The rows.
  mutating func measure(_ forecasts: Forecasts, of series: Series, rows: Range<Int>) {
    for target in sources.indices {
      let compared = ComparedSources(forecasts, of: series, target: target, rows: rows)
      for lead in errors[target].indices {
        for (index, source) in sources[target].enumerated() {
          guard let metrics = compared.metrics(source, leads: lead + 1...lead + 1) else { continue }
          errors[target][lead][index] = metrics.mae
        }
      }
    }
  }
}

/// How far off the sources of a target's forecasts are, on the rows that all of them forecast.
private struct ComparedSources {
  private let forecasts: Forecasts
  private let target: Int
  private let rows: Range<Int>
  private let actual: [Double]
  /// The sources that forecast one of the rows.
  let present: [ForecastSource]

  init(_ forecasts: Forecasts, of series: Series, target: Int, rows: Range<Int>) {
    self.forecasts = forecasts
    self.target = target
    self.rows = rows
    actual = series.actual(target: target, rows: rows)
    present = forecasts.sources.filter { source in
      rows.contains { forecasts.expected(row: $0, target: target, by: source).isFinite }
    }
  }

  /// The metrics of a source in some leads.
  func metrics(_ source: ForecastSource, leads: ClosedRange<Int>) -> Metrics? {
    Metrics(
      actual: leads.flatMap { lead in
        zip(rows, actual).map { row, value in
          present.allSatisfy {
            forecasts.expected(row: row, target: target, lead: lead, by: $0).isFinite
          } ? value : .nan
        }
      },
      expected: leads.flatMap { lead in
        rows.map { forecasts.expected(row: $0, target: target, lead: lead, by: source) }
      })
  }
}
