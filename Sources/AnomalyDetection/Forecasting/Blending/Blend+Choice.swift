import TimeSeries

extension Blend {
  /// A forecast within this much of the best one counts too.
  private static let reach = 1.5
  /// What was fitted must be better than what was not by this much.
  private static let margin = 0.99

  /// Chooses by which forecasts a target is judged.
  ///
  /// - Parameters:
  ///   - judge: What the user wants.
  ///   - scores: How far each is off on the rows held out; nothing of those that are not there.
  /// - Returns: The sources that count; the network where nothing is known.
  static func choose(
    _ judge: FittingOptions.Judge, _ scores: [(source: ForecastSource, score: Double)]
  ) -> [ForecastSource] {
    let simple = scores.filter(\.source.isSimple).min { $0.score < $1.score }
    switch judge {
    case .network: return [.network]
    case .simple: return [simple?.source ?? .persistence]
    case .auto:
      guard let best = scores.min(by: { $0.score < $1.score }) else { return [.network] }
      guard let simple, !(best.score < simple.score * margin) else {
        return scores.filter { $0.score <= best.score * reach }.map(\.source)
      }
      return scores.filter { $0.source.isSimple && $0.score <= simple.score * reach }.map(\.source)
    }
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
      let actual = series.actual(target: target, rows: rows)
      let present = forecasts.sources.filter { source in
        rows.contains { forecasts.expected(row: $0, target: target, by: source).isFinite }
      }
      /// The metrics of a source in some leads, on the rows that all sources forecast.
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
      let scores = present.compactMap { source in
        metrics(source, leads: 1...horizon).map { (source: source, score: $0.score) }
      }
      let chosen = Self.choose(judge, scores)
      sources.append(chosen)
      errors.append(
        (1...horizon).map { lead in
          chosen.map { metrics($0, leads: lead...lead)?.mae ?? 0 }
        })
    }
  }
}
