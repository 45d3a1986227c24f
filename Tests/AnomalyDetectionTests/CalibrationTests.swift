@testable import AnomalyDetection
import Foundation
import RealModule
import Testing

/// Thresholds from the residuals that a model keeps.
@Suite struct CalibrationTests {
  /// Residuals 1 to 100, with alternating signs, on rows held out.
  private static let calibration = Calibration(
    actual: (1...100).map { $0 % 2 == 0 ? Double($0) : -Double($0) },
    expected: [Double](repeating: 0, count: 100), times: (0..<100).map(Double.init), held: 100,
    clock: nil)
  private static let statistics = Moments(calibration.sample)

  private func value(_ threshold: Threshold) throws -> Double {
    try threshold.value(for: Self.statistics, calibration: Self.calibration, target: "x")
  }

  @Test func sharesOfResiduals() throws {
    // |residuals| are 1 to 100: place 0.9 * 99 = 89.1 is between 90 and 91.
    #expect(!((try value(.quantile(0.9)) - 90.1).magnitude > 1e-9))
    // The rank of (100 + 1) * 0.95 = 95.95, rounded up.
    #expect(try value(.conformal(0.05)) == 96)
    // The median of the residuals is -0.5, their distances from it are 0.5 to 100.5 in halves.
    #expect(!((try value(.mad(2)) - 2 * 1.4826 * 50.5).magnitude > 1.5))
  }

  @Test func theTailOfAnExponentialIsItsOwn() throws {
    // Quantiles of the exponential distribution; its excesses are exponential too, so a rate r
    // is passed at -ln r.
    let count = 500
    let magnitudes = (1...count).map { -Double.log(1 - (Double($0) - 0.5) / Double(count)) }
    let value = try #require(Tail.peakOverThreshold(rate: 0.001, magnitudes: magnitudes))
    #expect(!((value - 6.9078).magnitude > 0.4))
    #expect(Tail.peakOverThreshold(rate: 0.001, magnitudes: [1, 1, 1, 1]) == nil)
  }

  @Test func tooFewResidualsAreSaid() {
    for threshold in [Threshold.conformal(0.001), .conformal(0.009)] {
      let error = #expect(throws: DetectionError.self) { try value(threshold) }
      #expect(error?.description.contains("too few") == true)
    }
    let error = #expect(throws: DetectionError.self) {
      try Threshold.mad(3).value(for: Self.statistics, target: "x")
    }
    #expect(error?.description.contains("earlier version") == true)
  }

  @Test func momentsOfEarlierVersionsHaveSkippedNone() throws {
    let old = Data(#"{"count":2,"mean":3,"sumOfSquares":8}"#.utf8)
    #expect(try JSONDecoder().decode(Moments.self, from: old) == Moments([1, 5]))
  }

  @Test func aLongSampleHasTheSameQuantiles() {
    let values = (0..<5000).map { Double(($0 * 7919) % 5000) }
    let calibration = Calibration(
      actual: values, expected: [Double](repeating: 0, count: 5000),
      times: values, held: 5000, clock: nil)
    #expect(calibration.sample.count == 512)
    #expect(calibration.sample.first == 4 && calibration.sample.last == 4995)
    #expect(!((Tail.quantile(0.5, ofSorted: calibration.sample) - 2499.5).magnitude > 5))
    #expect(calibration.isUsable)
  }

  @Test func aModelKeepsThem() throws {
    let example = try Example()
    let forecaster = example.forecaster
    let calibrations = try #require(forecaster.calibrations)
    #expect(calibrations.count == 2 && calibrations.allSatisfy(\.isUsable))
    #expect(calibrations.map(\.sample.count) == forecaster.residuals.map(\.count))
    try withTemporaryFile { path in
      try forecaster.save(to: path)
      #expect(try Forecaster(path: path) == forecaster)
    }
  }

  @Test func theJointScoreIsOfTheLastRows() throws {
    var scorer = JointScorer(targetCount: 2)
    // 2 in 11 of 3² and of 100, as which a score of a thousand counts.
    func next(_ scores: [Double?]) throws -> JointScore {
      let score = scorer.score(scores)
      return try #require(score)
    }
    let first = try next([3, 1000])
    #expect(!((first.value - (2.0 / 11 * (9 + 100) / 2).squareRoot()).magnitude > 1e-12))
    #expect(first.first == 1 && !((first.shares[1] - 100.0 / 109).magnitude > 1e-12))
    // A target that is not judged keeps what it had, and does not count.
    let second = try next([0, nil])
    #expect(!((second.value - (2.0 / 11 * 9 * 9 / 11).squareRoot()).magnitude > 1e-12))
    #expect(second.shares == [1, 0])
    let none = scorer.score([nil, nil])
    #expect(none == nil)
    for _ in 0..<200 { _ = scorer.score([2, 2]) }
    #expect(try !((next([2, 2]).value - 2).magnitude > 1e-9))
  }

  @Test func theJointScoreSharesItsSize() throws {
    let score = try #require(JointScore([3, nil, 4]))
    #expect(!((score.value - 12.5.squareRoot()).magnitude > 1e-12))
    #expect(score.first == 2 && score.shares[1] == 0)
    #expect(!((score.shares[0] - 9.0 / 25).magnitude > 1e-12))
    #expect(JointScore([nil]) == nil)
    #expect(JointScore([0, 0])?.first == nil)
  }
}
