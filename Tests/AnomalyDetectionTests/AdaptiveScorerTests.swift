@testable import AnomalyDetection
import RealModule
import Testing
import TimeSeries

/// Scores in deviations of what is usual by now.
@Suite struct AdaptiveScorerTests {
  /// Residuals of ±1 about values of ±10, as many as are wanted.
  private static func calibration(
    _ count: Int = 200, times: [Double]? = nil, clock: SeasonClock? = nil,
    scale: (Int) -> Double = { _ in 1 }
  ) -> Calibration {
    let rows = 0..<count
    let expected = rows.map { $0 % 4 < 2 ? 10.0 : -10.0 }
    let actual = rows.map { expected[$0] + ($0 % 2 == 0 ? 1 : -1) * scale($0) }
    return Calibration(
      actual: actual, expected: expected, times: times ?? rows.map(Double.init), held: count / 2,
      clock: clock)
  }

  private static func scorer(
    _ calibration: Calibration = calibration(), factor: Double = 4,
    kinds: Set<ScoreKind> = [.surprise], floor: Double = 0
  ) -> AdaptiveScorer {
    AdaptiveScorer(calibration, factor: factor, kinds: kinds, floor: floor)
  }

  @Test func theSurpriseIsTheFormula() {
    var scorer = Self.scorer()
    // Residual deviation 1 and mean 0; values ±11 and ±9, so mean 0 and deviation √101.
    let score = scorer.score(Observation(actual: 50, expected: 10))
    let height = 50 / 101.0.squareRoot()
    let expected = Double.pow(40, 0.7) * Double.pow(height, 0.3) / 4
    #expect(!((score.value - expected).magnitude > 1e-9 * expected))
    #expect(score.kind == .surprise && !((score.usual - 1).magnitude > 1e-9))
  }

  @Test func aValueWhereOthersAreCountsAsOneDeviationHigh() {
    var scorer = Self.scorer()
    let score = scorer.score(Observation(actual: 0, expected: 10))
    #expect(!((score.value - Double.pow(10, 0.7) / 4).magnitude > 1e-9))
  }

  @Test func theLimitsAreWhereTheScoreIsOne() {
    let scorer = Self.scorer()
    for expected in [-30.0, 0, 10, 40] {
      let limits = scorer.limits(Observation(actual: 0, expected: expected))
      #expect(limits.contains(expected))
      for value in [limits.lowerBound, limits.upperBound] {
        var copy = scorer
        let score = copy.score(Observation(actual: value, expected: expected)).value
        #expect(!((score - 1).magnitude > 1e-6))
      }
    }
  }

  @Test func aValueThatStaysForLongerThanEverIsStuck() {
    // Twos are the longest runs, so 16 equal values are the threshold.
    let rows = 0..<400
    let actual = rows.map { $0 % 4 < 2 ? 10.0 : -10.0 }
    let calibration = Calibration(
      actual: actual, expected: rows.map { $0 % 2 == 0 ? 9 : -9 }, times: rows.map(Double.init),
      held: 200, clock: nil)
    #expect(calibration.seen == -10...10)
    var scorer = Self.scorer(calibration, kinds: [.surprise, .stuck])
    let scores = (0..<20).map { _ in scorer.score(Observation(actual: 3, expected: 3)) }
    #expect(scores.firstIndex { $0.value > 1 } == 16)
    #expect(scores[17].kind == .stuck && scores[17].value == 18 / 16)
    #expect(scorer.score(Observation(actual: 4, expected: 4)).value <= 1)
    // The run counted as one of 16, so that the next one may be longer.
    let later = (0..<60).map { _ in scorer.score(Observation(actual: 3, expected: 3)) }
    #expect(later.firstIndex { $0.value > 1 } == 58)
    // A value that was always the same, or mostly, is no news.
    for flag in [{ _ in 5.0 }, { $0 % 100 == 0 ? 1.0 : 0 }] as [(Int) -> Double] {
      let steady = Calibration(
        actual: rows.map(flag), expected: rows.map(flag), times: rows.map(Double.init), held: 200,
        clock: nil)
      #expect(steady.runs == nil)
    }
  }

  @Test func whatIsSeenChangesWhatIsUsual() {
    var scorer = Self.scorer()
    let before = scorer.score(Observation(actual: 20, expected: 10)).value
    for row in 0..<400 {
      _ = scorer.score(Observation(actual: row % 2 == 0 ? 13 : 7, expected: 10))
    }
    let after = scorer.score(Observation(actual: 20, expected: 10)).value
    #expect(after < 0.7 * before)
  }

  @Test func oneAnomalyHidesTheNextOnlyALittle() {
    var scorer = Self.scorer()
    let first = scorer.score(Observation(actual: 1e6, expected: 10)).value
    #expect(first > 100)
    let second = scorer.score(Observation(actual: 30, expected: 10)).value
    var fresh = Self.scorer()
    let alone = fresh.score(Observation(actual: 30, expected: 10)).value
    #expect(second > 0.5 * alone && second > 1)
  }

  @Test func anAbsurdValueIsOneEvent() {
    var scorer = Self.scorer(kinds: Set(ScoreKind.allCases))
    #expect(scorer.score(Observation(actual: 1e12, expected: 10)).value > 1)
    for row in 0..<200 {
      let expected = row % 4 < 2 ? 10.0 : -10
      let row = Observation(actual: expected + (row % 2 == 0 ? 1 : -1), expected: expected)
      #expect(scorer.score(row).value < 1)
    }
  }

  @Test func aConstantThatMovesIsAnAnomaly() {
    let calibration = Calibration(
      actual: [Double](repeating: 7, count: 100), expected: [Double](repeating: 7, count: 100),
      times: (0..<100).map(Double.init), held: 50, clock: nil)
    var scorer = Self.scorer(calibration, floor: 1e-6)
    #expect(scorer.score(Observation(actual: 7, expected: 7)).value == 0)
    let moved = scorer.score(Observation(actual: 7.01, expected: 7)).value
    #expect(moved > 1 && moved.isFinite)
  }

  @Test func aValueOutsideAllThatWasSeenIsNovel() {
    // Values from -11 to 11: a quarter of the range is 5.5.
    var scorer = Self.scorer(kinds: [.novel])
    let score = scorer.score(Observation(actual: 22, expected: 22))
    #expect(score.value == 2 && score.kind == .novel)
    #expect(scorer.score(Observation(actual: 22, expected: 0)).value == 0)
    #expect(scorer.score(Observation(actual: -11, expected: 0)).value == 0)
    // An absurd value counts as one that is a range further out.
    #expect(scorer.score(Observation(actual: 1e9, expected: 0)).value > 1e6 / 2)
    #expect(scorer.score(Observation(actual: 100, expected: 0)).value > 1)
    let steady = Calibration(
      actual: [Double](repeating: -2, count: 100), expected: [Double](repeating: -2, count: 100),
      times: (0..<100).map(Double.init), held: 50, clock: nil)
    var level = Self.scorer(steady, kinds: [.novel, .level], floor: 1e-6)
    for _ in 0..<500 { #expect(level.score(Observation(actual: -2.01, expected: -2)).value < 1) }
    #expect(level.score(Observation(actual: 2, expected: -2)).kind == .novel)
    // A new level holds on being one for as long as a level does.
    let scores = (0..<20).map { _ in level.score(Observation(actual: 2, expected: 2)) }
    #expect(scores.allSatisfy { $0.value > 1 } && scores.last?.kind == .level)
  }

  @Test func forecastsThatAreWorseForLongAreNoticed() {
    var sustained = Self.scorer(Self.calibration(2000), kinds: [.surprise, .sustained])
    var alone = Self.scorer(Self.calibration(2000), kinds: [.surprise])
    var found: [ScoreKind] = []
    for row in 0..<100 {
      let observation = Observation(actual: row % 2 == 0 ? 12.5 : 7.5, expected: 10)
      let score = sustained.score(observation)
      if score.value > 1 { found.append(score.kind) }
      #expect(alone.score(observation).value < 1)
    }
    #expect(found.count > 5 && Set(found) == [.sustained])
  }

  @Test func aLevelThatHoldsIsNoticed() {
    var scorer = Self.scorer(kinds: [.level])
    let scores = (0..<100).map { _ in scorer.score(Observation(actual: 100, expected: 100)) }
    #expect(scores.count { $0.value > 1 && $0.kind == .level } > 5)
  }

  @Test func placesOfTheSeasonHaveSpreadsOfTheirOwn() throws {
    let day = 86_400_000.0
    let times = (0..<350).map { Double($0) * day }
    let clock = try #require(SeasonClock(Series.days(350).time, season: 7))
    // Every seventh row is ten times as far off.
    let calibration = Self.calibration(350, times: times, clock: clock) { $0 % 7 == 3 ? 10 : 1 }
    let scorer = Self.scorer(calibration)
    func width(_ row: Int) -> Double {
      let limits = scorer.limits(
        Observation(actual: 0, expected: 0, time: Double(row) * day))
      return limits.upperBound - limits.lowerBound
    }
    #expect(width(353) > 3 * width(354))
    #expect(width(350 + 3) == width(353 + 7))
  }

  @Test func bitsDoNotDependOnWhereAFileIsCut() {
    let values = (0..<60).map { Double(($0 * 37) % 23) }
    func scores(_ scorer: inout AdaptiveScorer, _ rows: Range<Int>) -> [Score] {
      rows.map { scorer.score(Observation(actual: values[$0], expected: 10)) }
    }
    var whole = Self.scorer(kinds: Set(ScoreKind.allCases))
    var cut = Self.scorer(kinds: Set(ScoreKind.allCases))
    let all = scores(&whole, 0..<60)
    #expect(all == scores(&cut, 0..<17) + scores(&cut, 17..<60))
  }
}

extension Series {
  /// Days without anything in particular.
  fileprivate static func days(_ count: Int) -> Series {
    Series(
      columns: [.init(name: "a", values: (0..<count).map(Double.init))], features: ["a"],
      targets: ["a"], times: (0..<count).map { Double($0) * 86_400_000 }, known: [], upcoming: [:])
  }
}
