public import TimeSeries

/// What a stretch of rows was used for.
public enum Part: String, Hashable, Sendable, Codable, CaseIterable {
  /// The network was fitted to them.
  case training
  /// They decided when the training ended, and what residuals are normal.
  case validation
  /// Neither: they were judged.
  case test
  /// They were judged with a model that was loaded, which may have been fitted to some of them.
  case judged
}

/// How far off the forecasts of one target were in one part, beside forecasts that cost nothing.
///
/// All are compared on the same rows: those for which each of them has a forecast.
public struct Comparison: Sendable, Codable {
  /// Which forecasts of a row are looked at.
  public enum Leads: Hashable, Sendable, Codable {
    /// The forecast made one step before.
    case first
    /// All of them, from one step before to the horizon.
    case all(horizon: Int)
  }

  /// The part of the rows.
  public let part: Part
  /// The target's column.
  public let target: String
  /// Which forecasts of a row are looked at.
  public let leads: Leads
  /// The forecasts that rows are judged by.
  public let model: Metrics
  /// The last value known.
  public let persistence: Metrics
  /// The value one season before; `nil` where there is no season, or not enough rows for one.
  public let seasonalNaive: Metrics?
  /// The mean of the last season; `nil` as above.
  public let seasonalMean: Metrics?
  /// The network alone; `nil` where its forecasts are those that rows are judged by.
  public let network: Metrics?
  /// A ridge regression; `nil` where there is none.
  public let linear: Metrics?

  /// The simple forecasts, with what people call them.
  public var simple: [(name: String, metrics: Metrics)] {
    var all = [(name: "the last value", metrics: persistence)]
    if let seasonalNaive { all.append(("the last season's value", seasonalNaive)) }
    if let seasonalMean { all.append(("the mean of the last season", seasonalMean)) }
    return all
  }

  /// The simple forecast with the smallest mean absolute error.
  public var bestSimple: (name: String, metrics: Metrics) {
    simple.min { $0.metrics.mae < $1.metrics.mae } ?? ("the last value", persistence)
  }
}

extension Comparison {
  /// Compares the forecasts of all targets: one row ahead and, of a horizon above 1, over all leads.
  static func all(
    _ forecasts: Forecasts, of series: Series, part: Part, rows: Range<Int>, season: Int?
  ) -> [Comparison] {
    let leads: [Leads] =
      forecasts.horizon > 1 ? [.first, .all(horizon: forecasts.horizon)] : [.first]
    return series.targets.indices.flatMap { target in
      leads.compactMap {
        Comparison(
          forecasts, of: series, target: target, part: part, rows: rows, leads: $0,
          season: season)
      }
    }
  }

  /// Compares forecasts of some rows; `nil` where there is nothing to compare.
  ///
  /// - Parameters:
  ///   - forecasts: What the network expected.
  ///   - series: What was measured, and where the baselines come from.
  ///   - target: The target's number.
  ///   - part: What the rows were used for.
  ///   - rows: The rows.
  ///   - leads: Which forecasts of a row are looked at.
  ///   - season: The number of rows after which the series repeats itself.
  init?(
    _ forecasts: Forecasts, of series: Series, target: Int, part: Part, rows: Range<Int>,
    leads: Leads, season: Int?
  ) {
    let horizon =
      switch leads {
      case .first: 1
      case .all(let horizon): horizon
      }
    let actual = series.actual(target: target, rows: rows)
    /// One lead's forecasts.
    typealias Kind = (_ lead: Int) -> [Double]
    let judged: Kind = { forecasts.expected(rows: rows, target: target, lead: $0) }
    func simple(_ baseline: Baseline) -> Kind {
      { series.forecast(by: baseline, target: target, rows: rows, lead: $0) }
    }
    func source(_ source: ForecastSource) -> Kind {
      { forecasts.expected(rows: rows, target: target, lead: $0, by: source) }
    }
    /// The metrics of forecasts on the rows that all of `common` forecast.
    func metrics(_ kind: @escaping Kind, on common: [Kind]) -> Metrics? {
      let leads = (1...horizon).lazy
      return Metrics(
        actual: leads.flatMap { lead in
          common.reduce(actual) { left, kind in
            zip(left, kind(lead)).map { $1.isFinite ? $0 : .nan }
          }
        },
        expected: leads.flatMap { kind($0) })
    }

    var common = [judged, simple(.persistence)]
    var seasonal: Kind?
    if let season {
      let kind = simple(.seasonalNaive(season: season))
      if metrics(kind, on: common + [kind]) != nil {
        seasonal = kind
        common.append(kind)
      }
    }
    guard let model = metrics(judged, on: common),
      let persistence = metrics(simple(.persistence), on: common)
    else { return nil }
    /// Metrics that count only where the forecasts are there on all the common rows.
    func optional(_ kind: @escaping Kind) -> Metrics? {
      metrics(kind, on: common).flatMap { $0.count == model.count ? $0 : nil }
    }
    seasonalNaive = seasonal.flatMap { metrics($0, on: common) }
    seasonalMean =
      seasonal == nil ? nil : season.flatMap { optional(simple(.seasonalMean(season: $0))) }
    linear = forecasts.sources.contains(.linear) ? optional(source(.linear)) : nil
    network = forecasts.sources.count > 1 ? optional(source(.network)) : nil
    self.part = part
    self.target = series.targets[target]
    self.leads = leads
    self.model = model
    self.persistence = persistence
  }
}
