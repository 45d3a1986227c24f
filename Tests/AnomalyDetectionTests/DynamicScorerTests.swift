@testable import AnomalyDetection
import Testing

/// The threshold of Hundman and others (2018), against a dozen lines of NumPy after the paper.
@Suite struct DynamicScorerTests {
  private static func errors(_ peaks: [Int: Double] = [:]) -> [Double] {
    (0..<500).map { row -> Double in
      let usual = 1 + Double(row * 37 % 100) / 100
      return peaks[row] ?? usual
    }
  }

  private static let peaks = [200: 8.0, 201: 9, 202: 10, 203: 11, 204: 12, 400: 5]

  @Test(arguments: [
    (peaks, 0.13, 7.5500250049807685), (peaks, 1.5, 12.5), ([:], 0.13, 4.958928405726654),
  ])
  func findsTheThresholdOfThePaper(
    peaks: [Int: Double], pruning: Double, expected: Double
  ) throws {
    let found = try #require(
      DynamicScorer.threshold(of: Self.errors(peaks), pruning: pruning))
    #expect(!((found - expected).magnitude > 1e-9))
  }

  @Test func errorsThatDoNotDifferHaveNoThreshold() {
    #expect(DynamicScorer.threshold(of: [2, 2, 2], pruning: 0.13) == nil)
    #expect(DynamicScorer.threshold(of: [0, 0], pruning: 0.13) == nil)
  }

  private static func scorer() -> DynamicScorer {
    let rows = 0..<400
    let residuals = rows.map { Double($0 * 37 % 100) / 50 - 1 }
    return DynamicScorer(
      Calibration(
        actual: residuals, expected: rows.map { _ in 0 }, times: rows.map(Double.init), held: 200,
        clock: nil), pruning: 0.13, floor: 0)
  }

  private static func residual(_ row: Int) -> Double { Double(row * 37 % 100) / 50 - 1 }

  @Test func errorsThatStayLargeAreAnomalies() {
    var scorer = Self.scorer()
    let scores = (0..<600).map { row in
      let factor = (500..<540).contains(row) ? 10.0 : 1
      return scorer.score(Observation(actual: factor * Self.residual(row), expected: 0)).value
    }
    #expect(scores[..<500].allSatisfy { $0 <= 1 })
    #expect(scores[500..<560].contains { $0 > 1 })
  }

  @Test func forecastsThatAreSuddenlyPerfectAreAnomalies() {
    var scorer = Self.scorer()
    let scores = (0..<700).map { row in
      scorer.score(Observation(actual: row < 500 ? Self.residual(row) : 0, expected: 0)).value
    }
    #expect(scores[..<500].allSatisfy { $0 <= 1 })
    #expect(scores[500...].contains { $0 > 1 })
  }

  /// The value at a limit leaves the smoothed error at its threshold.
  @Test func theLimitsAreWhereTheScoreIsOne() {
    var scorer = Self.scorer()
    for row in 0..<300 {
      _ = scorer.score(Observation(actual: Self.residual(row), expected: 0))
    }
    let limits = scorer.limits(Observation(actual: 0, expected: 7))
    let score = scorer.scoreKnown(Observation(actual: limits.upperBound, expected: 7)).value
    #expect(!((score - 1).magnitude > 1e-9))
  }
}
