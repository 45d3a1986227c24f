import LSTMCompute
import TestSupport
import Testing

@testable import AnomalyDetection

/// Residuals that move, and residuals that do not.
@Suite struct DriftTests {
  /// About normal numbers, each so many times the one before plus noise, of deviation 1.
  private static func residuals(_ count: Int, seed: UInt64, following share: Double = 0) -> [Double]
  {
    var generator = PhiloxGenerator(seed: seed, stream: .data)
    var last = 0.0
    return generator.values(count + 100).map { noise in
      last = share * last + (1 - share * share).squareRoot() * Double(noise)
      return last
    }.suffix(count)
  }

  /// What a model keeps of such residuals.
  private static func calibration(_ residuals: [Double]) -> Calibration {
    Calibration(
      actual: residuals, expected: residuals.map { _ in 0 }, times: residuals.map { _ in 0 },
      held: residuals.count, clock: nil)
  }

  @Test(arguments: [0, 0.5, 0.8]) func whatHasNotMovedIsNoDrift(share: Double) throws {
    var alarms = 0
    for seed in UInt64(1)...20 {
      let all = Self.residuals(1200, seed: seed, following: share)
      let drift = try #require(
        Drift(Array(all[400...]), against: Self.calibration(Array(all[..<400]))))
      #expect(drift.count == 800 && drift.heldOut == 400 && drift.isTold)
      alarms += drift.isDrift ? 1 : 0
    }
    // At the rate 0.01 two alarms among 20 have a probability of 0.02.
    #expect(alarms <= 1)
  }

  @Test func aLevelThatMovesIsFoundWhereItMoves() throws {
    for sign in [-1.0, 1] {
      let held = Self.residuals(300, seed: 1, following: 0.4)
      let new = Self.residuals(600, seed: 2, following: 0.4).enumerated().map {
        $1 + ($0 >= 350 ? sign * 1.5 : 0)
      }
      let drift = try #require(Drift(new, against: Self.calibration(held)))
      #expect(drift.kinds == [.level])
      #expect(abs((drift.start ?? 0) - 350) <= 10, "\(drift.start ?? 0)")
      #expect(!((drift.tests[0].size - sign * 1.5).magnitude > 0.3), "\(drift.tests[0].size)")
      #expect(drift.tests[0].correlationTime > 1.3 && drift.tests[0].correlationTime < 4)
    }
  }

  @Test func aSpreadThatMovesIsFoundWhereItMoves() throws {
    let held = Self.residuals(300, seed: 3)
    for factor in [0.4, 2.5] {
      let new = Self.residuals(600, seed: 4).enumerated().map { $1 * ($0 >= 200 ? factor : 1) }
      let drift = try #require(Drift(new, against: Self.calibration(held)))
      #expect(drift.kinds == [.spread])
      #expect(abs((drift.start ?? 0) - 200) <= 40, "\(drift.start ?? 0)")
      #expect(!((drift.tests[1].size / factor - 1).magnitude > 0.2), "\(drift.tests[1].size)")
    }
  }

  @Test func anotherShapeIsTold() throws {
    let held = Self.residuals(500, seed: 5)
    // Two heaps of about the same middle and spread.
    let new = Self.residuals(800, seed: 6).enumerated().map {
      0.05 * $1 + ($0 * 7919 % 13 < 6 ? -0.75 : 0.66)
    }
    let drift = try #require(Drift(new, against: Self.calibration(held)))
    #expect(drift.tests[2].probability < 1e-6 && drift.tests[2].statistic > 0.15)
    #expect(drift.isDrift)
  }

  @Test func aFewAbsurdResidualsAreNoDrift() throws {
    let held = Self.residuals(300, seed: 7)
    var new = Self.residuals(400, seed: 8)
    for row in stride(from: 20, to: 400, by: 97) { new[row] = 1e9 }
    #expect(try #require(Drift(new, against: Self.calibration(held))).isDrift == false)
  }

  @Test func tooFewAreNotTold() throws {
    let held = Self.residuals(300, seed: 9)
    #expect(Drift(Array(held.prefix(39)), against: Self.calibration(held)) == nil)
    #expect(Drift(held, against: Self.calibration(Array(held.prefix(39)))) == nil)
    #expect(Drift(held, against: Self.calibration(held.map { _ in 1 })) == nil)
    // As alike as these are, 200 say less than 40.
    let alike = Self.residuals(500, seed: 10, following: 0.95)
    let drift = try #require(
      Drift(alike.suffix(200).map { $0 + 0.5 }, against: Self.calibration(Array(alike[..<300]))))
    #expect(!drift.isTold && !drift.isDrift && drift.start == nil)
  }
}
