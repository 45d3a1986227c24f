import LSTMCompute
import Testing
import TimeSeries

@testable import AnomalyDetection

/// Quantiles and standard deviations are made right on the rows held out.
@Suite struct BandTests {
  /// 99 rows of 1 to 99 in disorder, all forecast as 50.
  private static func example(
    _ uncertainties: [Uncertainty], _ said: [Double], rows: Int = 99
  ) throws -> (series: Series, forecasts: Forecasts) {
    let table = try Table(
      fileName: "made-up.csv", columns: [("a", (0..<rows).map { Double($0 * 37 % 99 + 1) })])
    return (
      try Series(table: table, options: SeriesOptions(targets: ["a"], time: [])),
      Forecasts(
        rows: 0..<rows, horizon: 1, targetCount: 1, uncertainties: uncertainties,
        values: DecodedOutputs(
          forecasts: [Double](repeating: 50, count: rows),
          uncertainties: said.map { [Double](repeating: $0, count: rows) }))
    )
  }

  @Test func quantilesAreMovedToWhereTheirShareOfRowsIs() throws {
    var (series, forecasts) = try Self.example(
      [.quantile(0.1), .quantile(0.8), .quantile(0.9), .quantile(0.95)], [45, 60, 70, 120])
    let bands = try #require(Bands(forecasts, of: series, rows: 0..<99))
    // Ranks (99 + 1) * 0.1, 0.8, 0.9 and 0.95 of 1 to 99; the Float 0.8 is above 0.8.
    #expect(bands.corrections == [[[-35.0, 20, 20, -25]]])
    bands.apply(to: &forecasts, limits: ForecastLimits(), targets: ["a"])
    #expect((0..<4).map { forecasts.uncertainty($0, row: 7, target: 0) } == [10, 80, 90, 95])
  }

  @Test func deviationsAreMultipliedSoThatTheirShareOfRowsIsWithin() throws {
    var (series, forecasts) = try Self.example([.standardDeviation, .memberSpread], [10, 3])
    let bands = try #require(Bands(forecasts, of: series, rows: 0..<99))
    bands.apply(to: &forecasts, limits: ForecastLimits(), targets: ["a"])
    // Distances 0, 1, 1, 2, 2 ...: rank 69 is 34.
    #expect(!((forecasts.uncertainty(0, row: 7, target: 0) - 34).magnitude > 1e-9))
    #expect(forecasts.uncertainty(1, row: 7, target: 0) == 3)
  }

  @Test func quantilesStayInOrderAndWithinLimits() throws {
    var (series, forecasts) = try Self.example(
      [.quantile(0.9), .quantile(0.2), .quantile(0.6)], [60, 40, 55])
    var bands = try #require(Bands(forecasts, of: series, rows: 0..<99))
    bands.corrections = [[[-30, 30, 10]]]
    bands.apply(to: &forecasts, limits: ForecastLimits(ceilings: ["a": 62]), targets: ["a"])
    // 30, 70 and 65 about the forecast 50: none crosses it, none its neighbor.
    #expect((0..<3).map { forecasts.uncertainty($0, row: 7, target: 0) } == [62, 50, 62])
  }

  @Test func tooFewRowsOrNothingSaidCorrectNothing() throws {
    let (series, forecasts) = try Self.example([.quantile(0.1)], [45])
    #expect(Bands(forecasts, of: series, rows: 0..<19) == nil)
    let (same, plain) = try Self.example([.memberSpread], [3])
    #expect(Bands(plain, of: same, rows: 0..<99) == nil)
  }

  /// A fitted model's forecasts have the corrections, and its file keeps them.
  @Test func aModelKeepsThem() throws {
    let example = try Example(horizon: 2, validation: 0.4) {
      $0.loss = .quantile([0.1, 0.5, 0.9])
    } network: {
      $0.judge = .auto
    }
    let forecaster = example.forecaster
    let bands = try #require(forecaster.bands)
    #expect(bands.corrections.count == 2 && bands.corrections.allSatisfy { $0.count == 2 })
    let forecasts = try forecaster.forecast(
      example.series, rows: 0..<example.series.rowCount, on: CPUBackend())
    let rows = example.split.validation
    for (number, share) in [(0, 0.1), (1, 0.9)] {
      for target in 0...1 {
        let actual = example.series.actual(target: target, rows: rows)
        let below = zip(rows, actual).count {
          $1 <= forecasts.uncertainty(number, row: $0, target: target)
        }
        // A quantile beyond the forecast is moved to it, so some more rows lie within.
        #expect((Double(below) - share * Double(rows.count)).magnitude <= 3)
      }
    }
    try withTemporaryFile { path in
      try forecaster.save(to: path)
      #expect(try SafetensorsFile(path: path).metadata["swift_lstm_format"] == "5")
      #expect(try Forecaster(path: path) == forecaster)
    }
  }
}
