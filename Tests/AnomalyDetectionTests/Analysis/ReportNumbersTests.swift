import Foundation
import Testing

@testable import AnomalyDetection

/// The numbers that a report shows beside its charts.
@Suite struct ReportNumbersTests {
  /// A target with forecasts of 10 and a threshold of 3, judged from the second row on.
  private func target(_ actual: [Double]) -> TargetAnalysis {
    TargetAnalysis(
      name: "x", actual: actual, expected: actual.map { _ in 10 }, judging: 1..<actual.count,
      with: FixedThresholdScorer(threshold: 3))
  }

  @Test func aFanOfResiduals() throws {
    // Residuals -50...50: 80 % are between -40 and 40, 95 % between -47.5 and 47.5.
    let residuals = (-50...50).map(Double.init).shuffled()
    let fan = try #require(
      ForecastFan(expected: [100, 200], residuals: [residuals, residuals.map { 2 * $0 } + [.nan]]))
    #expect(fan.source == .residuals && fan.bands.map(\.share) == [0.95, 0.8])
    #expect(fan.bands[1].lowest == [60, 120] && fan.bands[1].highest == [140, 280])
    #expect(fan.bands[0].lowest == [52.5, 105] && fan.bands[0].highest == [147.5, 295])
    #expect(ForecastFan(expected: [100], residuals: [Array(residuals.prefix(39))]) == nil)
    // A lead with too few residuals has no limits, others have.
    let short = try #require(
      ForecastFan(expected: [100, 200], residuals: [residuals, [1, 2, .nan]]))
    #expect(short.bands[0].lowest[0] == 52.5 && short.bands[0].lowest[1].isNaN)
    #expect(fan.mapped { max($0, 110) }.bands[1].lowest == [110, 120])
  }

  @Test func aFanOfTheNetwork() throws {
    let fan = try #require(
      ForecastFan(quantiles: [0.9, 0.5, 0.1, 0.7], values: [[9, 5, 1, 7], [19, 15, 11, 17]]))
    #expect(fan.bands.count == 1 && fan.source == .quantiles)
    #expect(abs(fan.bands[0].share - 0.8) < 1e-6)
    #expect(fan.bands[0].lowest == [1, 11] && fan.bands[0].highest == [9, 19])
    #expect(ForecastFan(quantiles: [0.5], values: [[5]]) == nil)
    let normal = ForecastFan(expected: [100], deviations: [10])
    #expect(!(abs(normal.bands[0].lowest[0] - 80.40036) > 1e-9))
    #expect(!(abs(normal.bands[1].highest[0] - 112.81552) > 1e-9))
  }

  @Test func aHistogramOfResiduals() throws {
    let summary = try #require(
      ResidualSummary(of: target([0, 10, 11, 9, 12, 1000, .nan, 10]), binCount: 5))
    #expect(summary.count == 6 && summary.countInside == 5)
    #expect(summary.median == 0.5)
    #expect(summary.bins.map(\.count).reduce(0, +) == 6)
    // The absurd value does not stretch the axis beyond 1.6 thresholds.
    #expect(!(abs(summary.bins[4].range.upperBound - 4.8) > 1e-9))
    #expect(summary.bins.map(\.count) == [0, 1, 2, 2, 1])
    #expect(ResidualSummary(of: target([1, .nan])) == nil)
  }

  @Test func theWorstScoreOfEachStretch() {
    let target = target([10, 10, 11.5, 16, .nan, 10, 8.5, 10])
    let times = (0..<8).map(Double.init)
    let lane = ScoreLane(of: target, times: times, span: 1...8, count: 4)
    #expect(lane.worst.count == 4)
    #expect(lane.worst == [0.5, 2, 0.5, 0])
    #expect(
      ScoreLane(of: target, times: times, span: 3.5...4.5, count: 1).worst == [nil])
  }

  @Test func coverages() throws {
    let calibration = Calibration(
      actual: (-50...50).map(Double.init), expected: (-50...50).map { _ in 0 },
      times: (0...100).map(Double.init), held: 101, clock: nil)
    // Judged residuals are half as wide as those held out.
    let judged = target([0] + (-25...25).map { 10 + Double($0) })
    let coverages = judged.coverages(beside: calibration)
    #expect(coverages.map(\.wanted) == [0.5, 0.8, 0.9, 0.95, 0.99])
    #expect(coverages.map(\.share) == [1, 1, 1, 1, 1] && coverages[0].count == 51)
    let wide = target([0] + (-100...100).map { 10 + Double($0) })
    #expect(!(abs(wide.coverages(beside: calibration)[0].share - 51.0 / 201) > 1e-9))
    #expect(target([0, 1, 2]).coverages(beside: calibration).isEmpty)
  }

  @Test func limitsAreDrawnWhereValuesCanBe() {
    let counts = target([0, 1, 2])
    #expect(counts.isNeverNegative && counts.drawn(-5) == 0 && counts.drawn(5) == 5)
    #expect(counts.lowest == [7, 7])
    let others = target([0, -1, .nan])
    #expect(!others.isNeverNegative && others.drawn(-5) == -5)
    #expect(!target([.nan, .nan]).isNeverNegative)
  }
}
