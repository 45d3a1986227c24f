import Foundation
import LSTMCompute
import Testing
import TimeSeries

@testable import AnomalyDetection

/// Forecasts after several cut-offs.
@Suite struct BackTestTests {
  private static func series(rows: Int = 120, changedFrom: Int = .max) throws -> Series {
    let table = try Table(
      fileName: "made-up.csv",
      columns: [
        (
          "a",
          (0..<rows).map {
            let noise = Double(($0 * 7919) % 101) / 101
            return $0 < changedFrom ? 100 + 10 * sin(Double($0) * 0.7) + noise : 1000 - Double($0)
          }
        ),
        ("c", (0..<rows).map { Double($0 % 5) }),
      ])
    return try Series(table: table, options: SeriesOptions(targets: ["a"], time: []))
  }

  private static func options(horizon: Int = 1) -> FittingOptions {
    var options = FittingOptions.automatic(steps: 6)
    options.layers = [LSTMLayer(hiddenSize: 4)]
    options.horizon = horizon
    options.training.epochs = 2
    options.search = .none
    return options
  }

  /// What comes after a fold has no part in it.
  @Test(arguments: [1, 3]) func nothingIsSeenOfTheRowsAfterAFold(horizon: Int) throws {
    let series = try Self.series()
    let folds = try SplitPlan.folds(
      of: series, count: 3, validation: 0.2, steps: 6, horizon: horizon)
    let split = folds[1]
    let options = Self.options(horizon: horizon)
    let fold = try BackTest.Fold(of: series, split: split, options: options, on: CPUBackend())
    let other = try BackTest.Fold(
      of: Self.series(changedFrom: split.test.upperBound), split: split, options: options,
      on: CPUBackend())
    #expect(fold.comparisons.count == (horizon > 1 ? 2 : 1))
    for (one, two) in zip(fold.comparisons, other.comparisons) {
      #expect(one.model == two.model && one.persistence == two.persistence)
      #expect(one.model.mae > 0)
    }
  }

  /// A fold is an ordinary fit, judged on its rows.
  @Test func aFoldIsAFitToTheRowsBefore() throws {
    let series = try Self.series()
    let split = try SplitPlan.folds(of: series, count: 3, validation: 0.2, steps: 6)[0]
    for judge in [FittingOptions.Judge.auto, .network] {
      var options = Self.options()
      options.judge = judge
      let fold = try BackTest.Fold(of: series, split: split, options: options, on: CPUBackend())
      let fitted = try Forecaster.fit(series, split: split, options: options, on: CPUBackend())
      let forecasts = try fitted.forecaster.forecast(
        series, rows: split.test.lowerBound..<split.test.upperBound, on: CPUBackend())
      let metrics = Metrics(
        actual: series.actual(target: 0, rows: split.test),
        expected: forecasts.expected(rows: split.test, target: 0))
      let found = try #require(fold.comparison(target: "a")?.model)
      #expect(found.count == split.test.count)
      #expect(!((found.mae - (metrics?.mae ?? .nan)).magnitude > 1e-9))
    }
  }

  @Test func theMeanAndTheSpreadAreOfAllFolds() throws {
    let series = try Self.series()
    let plans = try SplitPlan.folds(of: series, count: 3, validation: 0.2, steps: 6)
    let backTest = BackTest(
      try plans.map {
        try BackTest.Fold(of: series, split: $0, options: Self.options(), on: CPUBackend())
      })
    let errors = backTest.folds.compactMap { $0.comparison(target: "a")?.persistence.mae }
    try #require(errors.count == 3)
    let mean = (errors[0] + errors[1] + errors[2]) / 3
    let variance = errors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2
    let spread = try #require(backTest.spread(of: \.mae, by: .persistence, target: "a"))
    #expect(!((spread.mean - mean).magnitude > 1e-12 * mean))
    #expect(!((spread.standardDeviation - variance.squareRoot()).magnitude > 1e-12 * mean))
    #expect(backTest.spread(of: \.mae, by: .seasonalNaive, target: "a") == nil)
    #expect(backTest.bestSimple(target: "a")?.forecast == .persistence)
    #expect(backTest.spread(of: \.mae, by: .model, target: "b") == nil)
  }
}
