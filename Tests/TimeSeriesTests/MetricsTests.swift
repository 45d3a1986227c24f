import Testing
import TimeSeries

@Suite struct MetricsTests {
  @Test func metricsOfKnownNumbers() throws {
    // scikit-learn's own example: r2_score([3, -0.5, 2, 7], [2.5, 0.0, 2, 8]) is 0.9486….
    let metrics = try #require(Metrics(actual: [3, -0.5, 2, 7], expected: [2.5, 0, 2, 8]))
    #expect(metrics.count == 4)
    #expect(metrics.mse == 0.375)
    #expect(metrics.mae == 0.5)
    #expect(metrics.rmse == 0.375.squareRoot())
    #expect(abs((metrics.r2 ?? 0) - 0.948608137044968) < 1e-14)
  }

  @Test func missingValuesAreSkipped() throws {
    let metrics = try #require(Metrics(actual: [1, .nan, 3, 4], expected: [1, 5, .nan, 6]))
    #expect(metrics.count == 2)
    #expect(metrics.mse == 2)
    #expect(metrics.mae == 1)
  }

  @Test func nothingToCompare() {
    #expect(Metrics(actual: [.nan, 1], expected: [1, .nan]) == nil)
    #expect(Metrics(actual: [Double](), expected: []) == nil)
  }

  @Test func constantsHaveNoR2() throws {
    let metrics = try #require(Metrics(actual: [5, 5], expected: [4, 6]))
    #expect(metrics.r2 == nil)
    #expect(metrics.rmse == 1)
  }

  @Test func persistenceIsTheValueBefore() throws {
    let series = try dailySeries(rows: 10)
    #expect(series.forecast(by: .persistence, target: 0, rows: 3..<6) == [2, 3, 4])
    #expect(series.forecast(by: .persistence, target: 0, rows: 0..<1)[0].isNaN)
  }

  @Test func persistenceFurtherAheadKnowsLess() throws {
    let series = try dailySeries(rows: 10)
    #expect(series.forecast(by: .persistence, target: 0, rows: 3..<6, lead: 3) == [0, 1, 2])
  }

  @Test func seasonalNaiveIsTheValueOneSeasonBefore() throws {
    let series = try dailySeries(rows: 20)
    let baseline = Baseline.seasonalNaive(season: 7)
    #expect(series.forecast(by: baseline, target: 0, rows: 8..<10) == [1, 2])
    #expect(series.forecast(by: baseline, target: 0, rows: 8..<10, lead: 7) == [1, 2])
    // Eight rows ahead the season before is not known yet, but the one before that is.
    #expect(series.forecast(by: baseline, target: 0, rows: 15..<16, lead: 8) == [1])
    #expect(series.forecast(by: baseline, target: 0, rows: 6..<7)[0].isNaN)
  }
}
