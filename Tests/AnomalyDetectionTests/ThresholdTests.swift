@testable import AnomalyDetection
import Testing

@Suite struct ThresholdTests {
  @Test(arguments: [
    ("sigma:3", Threshold.sigma(3)), ("sigma:2.5", .sigma(2.5)), ("absolute:120", .absolute(120)),
    ("absolute:1e-3", .absolute(0.001)), ("adaptive:4.5", .adaptive(4.5)),
    ("dynamic:0.13", .dynamic(pruning: 0.13)),
    ("mad:3", .mad(3)),
    ("quantile:0.99", .quantile(0.99)), ("conformal:0.05", .conformal(0.05)),
    ("pot:0.001", .peakOverThreshold(rate: 0.001)),
  ])
  func readsWhatUsersType(text: String, threshold: Threshold) {
    #expect(Threshold(text) == threshold)
    #expect(Threshold(threshold.description) == threshold)
  }

  @Test(arguments: [
    "", "3", "sigma", "sigma:", "sigma:0", "sigma:-3", "sigma:nan", "sigma:inf", "absolute:x",
    "mad:", "sigma:3:4", " sigma:3", "quantile:1", "conformal:2", "pot:1.5", "quantile:0",
  ])
  func refusesAnythingElse(text: String) {
    #expect(Threshold(text) == nil)
  }

  @Test func sigmaIsThePopulationDeviationAboutTheMean() throws {
    // Mean 5, squared distances 9 1 1 1 0 0 4 16: variance 4.
    let statistics = Moments([2, 4, 4, 4, 5, 5, 7, 9])
    #expect(statistics.mean == 5)
    #expect(statistics.standardDeviation == 2)
    #expect(try Threshold.sigma(3).value(for: statistics, target: "x") == 6)
    #expect(try Threshold.absolute(1.5).value(for: statistics, target: "x") == 1.5)
  }

  @Test func aLargeMeanCancelsNothing() {
    let statistics = Moments([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])
    #expect((statistics.standardDeviation - 22.5.squareRoot()).magnitude < 1e-6)
  }

  @Test func valuesThatAreNotFiniteAreCountedAndLeftOut() {
    let statistics = Moments([1, .nan, 3, .infinity])
    #expect(statistics.count == 2)
    #expect(statistics.skipped == 2)
    #expect(statistics.mean == 2)
    #expect(statistics.standardDeviation == 1)
  }

  @Test(arguments: [[], [1], [4, 4, 4], [.nan, .nan]])
  func residualsThatDoNotDifferGiveNoThreshold(residuals: [Double]) {
    let statistics = Moments(residuals)
    let error = #expect(throws: DetectionError.self) {
      try Threshold.sigma(3).value(for: statistics, target: "sales")
    }
    #expect(error?.description.contains("sales") == true)
    #expect(error?.description.contains("absolute:VALUE") == true)
  }
}
