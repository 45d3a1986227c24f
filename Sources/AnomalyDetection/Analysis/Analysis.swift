public import LSTMCompute
public import TimeSeries

/// A series, what was expected of it, and what was found: everything that a report shows.
///
/// ```swift
/// let analysis = try Analysis(
///   of: series, with: forecaster, threshold: forecaster.standardThreshold ?? .adaptive(4),
///   on: CPUBackend())
/// for target in analysis.targets {
///   for event in target.events { print(target.name, event.rows, event.kind) }
/// }
/// ```
public struct Analysis: Sendable {
  /// The series.
  public let series: Series
  /// What each stretch of rows was used for, in order.
  public let parts: [(part: Part, rows: Range<Int>)]
  /// The targets, each with its judgments.
  public let targets: [TargetAnalysis]
  /// The forecasts beside the baselines, by part, then target.
  public let comparisons: [Comparison]
  /// The number of rows after which the series repeats itself.
  public let season: Int?
  /// `[horizon][targets]`, what is expected of the rows after the last one.
  public let future: [[Double]]
  /// What is said of each forecast row beside the forecast; nothing with most losses.
  public let uncertainties: [Uncertainty]
  /// `[horizon][targets][uncertainties]`, what is said of the rows after the last one.
  public let futureUncertainties: [[[Double]]]
  /// Between which values the rows after the last one probably lie, for each target; `nil` where too little
  /// is known.
  public let fans: [ForecastFan?]
  /// The time of each row, and of those in `future`.
  public let time: TimeAxis
  private let limits: ForecastLimits

  /// Forecasts and judges a series.
  ///
  /// - Parameters:
  ///   - series: A series with the forecaster's columns.
  ///   - forecaster: The forecaster.
  ///   - split: What the rows were used for; without it all rows are judged.
  ///   - threshold: How large a residual may be.
  ///   - kinds: What counts in an adaptive score.
  ///   - rules: Which rows make an event.
  ///   - needsJudgments: Whether there must be rows to judge and a threshold to judge them by;
  ///     otherwise the forecasts are enough, and a threshold that cannot be told is infinite.
  ///   - season: The number of rows after which the series repeats itself; guessed from its times
  ///     where none is given.
  ///   - forecasts: The forecasts of all rows, where they have been made; of a part of them, they are made
  ///     again.
  ///   - backend: What the network runs on.
  /// - Throws: `DetectionError` where the columns are others, there are too few rows or the
  ///   residuals give no threshold, or an error of the data or the device.
  public init(
    of series: Series, with forecaster: Forecaster, split: SplitPlan? = nil, threshold: Threshold,
    kinds: Set<ScoreKind> = ScoreKind.standard, rules: EventRules = EventRules(),
    needsJudgments: Bool = true, season: Int? = nil, forecasts: Forecasts? = nil,
    on backend: any Backend
  ) throws {
    let scorers = try forecaster.targets.indices.map { target -> (any Scorer)? in
      do {
        return try forecaster.scorer(threshold, target: target, kinds: kinds)
      } catch {
        if needsJudgments { throw error }
        return nil
      }
    }
    let rowCount = series.rowCount
    let needed = forecaster.steps + (needsJudgments ? 1 : 0)
    guard rowCount >= needed else {
      throw DetectionError.dataMismatch(
        "\(series.path) has \(counted(series.ownRows.count, "row"))"
          + (series.context.map { ", after \(counted($0.rowCount, "row")) of \($0.path)" } ?? "")
          + ", but a window of \(forecaster.steps) needs at least \(needed)")
    }
    let judged = split?.test ?? max(forecaster.steps, series.ownRows.lowerBound)..<rowCount
    let parts: [(part: Part, rows: Range<Int>)] =
      if let split {
        [(.training, split.training), (.validation, split.validation), (.test, judged)]
          .filter { !$0.1.isEmpty }
      } else {
        judged.isEmpty ? [] : [(.judged, judged)]
      }
    let known = forecasts.flatMap { $0.rows.upperBound > rowCount ? $0 : nil }
    let forecasts =
      try known ?? forecaster.forecast(series, rows: 0..<rowCount + 1, on: backend)
    let season =
      season ?? forecaster.recipe?.season ?? series.season(in: split?.fit ?? 0..<rowCount)

    let new = split?.fit.upperBound ?? forecaster.firstNewRow(of: series)
    targets = zip(series.targets.indices, scorers).map { target, scorer in
      TargetAnalysis(
        name: series.targets[target],
        actual: series.actual(target: target, rows: 0..<rowCount),
        expected: forecasts.expected(rows: 0..<rowCount, target: target),
        uncertainties: forecasts.uncertainties.indices.map { number in
          (0..<rowCount).map { forecasts.uncertainty(number, row: $0, target: target) }
        },
        time: series.time, judging: judged, newFrom: new, with: scorer, rules: rules,
        seen: forecaster.calibrations?[target].seen)
    }
    comparisons = parts.flatMap { part, rows in
      Comparison.all(forecasts, of: series, part: part, rows: rows, season: season)
    }
    future = (1...forecaster.horizon).map { lead in
      series.targets.indices.map {
        forecasts.expected(row: rowCount + lead - 1, target: $0, lead: lead)
      }
    }
    uncertainties = forecasts.uncertainties
    futureUncertainties = (1...forecaster.horizon).map { lead in
      series.targets.indices.map { target in
        forecasts.uncertainties.indices.map {
          forecasts.uncertainty($0, row: rowCount + lead - 1, target: target, lead: lead)
        }
      }
    }
    // Residuals of the rows that were held out or came after them: the others were fitted to.
    let unfitted =
      min(split?.validation.lowerBound ?? max(new, judged.lowerBound), rowCount)..<rowCount
    fans = Self.fans(forecasts, of: series, unfitted: unfitted, limits: forecaster.limits)
    time = series.time.extended(by: forecaster.horizon)
    self.series = series
    self.parts = parts
    self.season = season
    limits = forecaster.limits
  }

  /// An analysis from its parts.
  init(
    series: Series, parts: [(part: Part, rows: Range<Int>)], targets: [TargetAnalysis],
    comparisons: [Comparison], season: Int?, future: [[Double]], uncertainties: [Uncertainty],
    futureUncertainties: [[[Double]]], fans: [ForecastFan?], time: TimeAxis, limits: ForecastLimits
  ) {
    self.series = series
    self.parts = parts
    self.targets = targets
    self.comparisons = comparisons
    self.season = season
    self.future = future
    self.uncertainties = uncertainties
    self.futureUncertainties = futureUncertainties
    self.fans = fans
    self.time = time
    self.limits = limits
  }

  /// Lines between which a target's values are expected, one row ahead: the quantiles, or two
  /// standard deviations to both sides of the forecast, but none beyond the target's limits.
  public func bounds(of target: TargetAnalysis) -> [[Double]] {
    zip(uncertainties, target.uncertainties).flatMap { uncertainty, values -> [[Double]] in
      switch uncertainty {
      case .quantile: return [values]
      case .memberSpread: return []
      case .standardDeviation:
        return [-2.0, 2.0].map { factor in
          zip(target.expected, values).map { limits.clip(target.name, $0 + factor * $1) }
        }
      }
    }
  }

  /// How unusual each judged row is over all targets; `nil` where no target was judged.
  public var jointScores: [JointScore?] {
    guard let first = targets.first else { return [] }
    var scorer = JointScorer(targetCount: targets.count)
    for place in first.learned.indices { _ = scorer.score(targets.map { $0.learned[place] }) }
    return first.judgments.indices.map { place in
      scorer.score(targets.map { $0.judgments[place].score })
    }
  }

  /// The number of events of all targets.
  public var eventCount: Int { targets.reduce(0) { $0 + $1.events.count } }

  /// The comparison of one target, over all leads, in the rows that were judged.
  public func judgedComparison(target: String) -> Comparison? {
    let leads: Comparison.Leads = future.count > 1 ? .all(horizon: future.count) : .first
    return comparison(.test, target: target, leads: leads)
      ?? comparison(.judged, target: target, leads: leads)
  }

  /// The comparison of one target in one part.
  public func comparison(
    _ part: Part, target: String, leads: Comparison.Leads = .first
  ) -> Comparison? {
    comparisons.first { $0.part == part && $0.target == target && $0.leads == leads }
  }
}
