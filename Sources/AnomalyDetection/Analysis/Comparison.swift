public import TimeSeries

/// What a stretch of rows was used for.
public enum Part: String, Hashable, Sendable, CaseIterable {
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
public struct Comparison: Sendable {
  /// Which forecasts of a row are looked at.
  public enum Leads: Hashable, Sendable {
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
  /// The network's forecasts.
  public let model: Metrics
  /// The last value known.
  public let persistence: Metrics
  /// The value one season before; `nil` where there is no season, or not enough rows for one.
  public let seasonalNaive: Metrics?

  /// How much smaller the network's RMSE is than that of persistence, as a share of the latter.
  public var gainOverPersistence: Double? {
    persistence.rmse > 0 ? 1 - model.rmse / persistence.rmse : nil
  }
}

extension Comparison {
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
    /// One lead's forecasts: the network's, persistence's, the seasonal ones.
    func expected(_ lead: Int, _ index: Int) -> [Double] {
      switch index {
      case 0: forecasts.expected(rows: rows, target: target, lead: lead)
      case 1: series.forecast(by: .persistence, target: target, rows: rows, lead: lead)
      default:
        series.forecast(
          by: .seasonalNaive(season: season ?? 1), target: target, rows: rows, lead: lead)
      }
    }
    /// The metrics of the forecasts on the rows that all of the first `count` ones forecast.
    func metrics(_ index: Int, of count: Int) -> Metrics? {
      let leads = (1...horizon).lazy
      return Metrics(
        actual: leads.flatMap { lead in
          (0..<count).reduce(actual) { common, index in
            zip(common, expected(lead, index)).map { $1.isFinite ? $0 : .nan }
          }
        },
        expected: leads.flatMap { expected($0, index) })
    }

    let seasonal = season == nil ? nil : metrics(2, of: 3)
    let count = seasonal == nil ? 2 : 3
    guard let model = metrics(0, of: count), let persistence = metrics(1, of: count) else {
      return nil
    }
    self.part = part
    self.target = series.targets[target]
    self.leads = leads
    self.model = model
    self.persistence = persistence
    self.seasonalNaive = seasonal
  }
}
