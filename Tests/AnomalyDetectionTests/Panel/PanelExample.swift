import Foundation
import LSTMCompute
import TestSupport
import Testing
import TimeSeries

@testable import AnomalyDetection

/// Stores whose sales follow the weekday and a promotion, on levels that are far apart.
struct PanelExample {
  static let levels = [1.0, 1000, 40]

  /// A line of `date,store,sales,promo,size,visits` for each day of each store.
  static func lines(
    stores: Int = 3, rows: Int = 150, alike: Bool = false,
    change: (Int, Int, Double) -> Double = { $2 }
  ) -> [String] {
    (0..<stores).flatMap { store in
      var random = SystemRandomNumberGeneratorOfSeed(alike ? 3 : UInt64(store))
      return (0..<rows).map { row in
        let noise = Double.random(in: -1...1, using: &random)
        let promo = Bool.random(using: &random) ? 1.0 : 0
        let weekly = [10.0, 12, 11, 15, 22, 40, 35][(row + (alike ? 0 : store)) % 7]
        let value = levels[store % 3] * (100 + weekly + 30 * promo + 3 * noise)
        let visits = levels[store % 3] / 7 * (50 + 5 * sin(Double(row) / 9) + noise)
        let date = Date(timeIntervalSince1970: 1_700_000_000 + Double(row) * 86_400)
          .formatted(.iso8601.year().month().day())
        return
          "\(date),s\(store),\(change(store, row, value)),\(Int(promo)),\(store * store),\(visits)"
      }
    }
  }

  static func panel(_ lines: [String], series: [String] = ["store"]) throws -> Panel {
    var options = SeriesOptions(targets: ["sales"])
    options.known = ["promo"]
    options.series = series
    let text = (["date,store,sales,promo,size,visits"] + lines).joined(separator: "\n")
    return try Panel(table: Table(fileName: "s.csv", text: text), options: options)
  }

  static func splits(
    _ panel: Panel, steps: Int = 8, horizon: Int = 1
  ) throws -> [SplitPlan] {
    try panel.members.map {
      try SplitPlan(
        series: $0.series, trainUntil: .fraction(0.8), validation: 0.2, steps: steps,
        horizon: horizon)
    }
  }

  static func options(
    horizon: Int = 1, _ change: (inout FittingOptions) -> Void = { _ in }
  ) -> FittingOptions {
    var options = FittingOptions.automatic(steps: 8)
    options.layers = [LSTMLayer(hiddenSize: 5)]
    options.horizon = horizon
    options.training.epochs = 3
    change(&options)
    return options
  }

  let panel: Panel
  let splits: [SplitPlan]
  let fitted: FittedForecaster

  var forecaster: Forecaster { fitted.forecaster }

  init(
    _ lines: [String] = lines(), horizon: Int = 1,
    _ change: (inout FittingOptions) -> Void = { _ in }
  ) throws {
    panel = try Self.panel(lines)
    splits = try Self.splits(panel, horizon: horizon)
    fitted = try Forecaster.fit(
      panel, splits: splits, options: Self.options(horizon: horizon, change), on: CPUBackend())
  }

  /// What each series is fitted as: in units of its scale.
  func parts() -> [FittingPart] {
    let fitted = FittedPanel(panel, splits: splits, kind: .standard)
    return zip(zip(panel.members, fitted.members), splits).map { its, split in
      FittingPart(
        series: its.0.series.normalized(by: fitted.scaler(of: its.1, kind: .standard)),
        split: split)
    }
  }
}
