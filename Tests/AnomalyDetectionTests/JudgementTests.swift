import AnomalyDetection
import Testing

@Suite struct JudgementTests {
  @Test func theScoreIsOneAtTheThreshold() {
    var scorer = FixedThresholdScorer(threshold: 4)
    let onIt = scorer.judge(actual: 6, expected: 10)
    #expect(onIt.score == 1)
    #expect(onIt.residual == -4)
    #expect(onIt.verdict == .normal)
    let beyond = scorer.judge(actual: 5, expected: 10)
    #expect(beyond.score == 1.25)
    #expect(beyond.verdict == .anomaly)
  }

  @Test(arguments: [nil, Double.nan, .infinity])
  func aMissingValueIsNeitherNormalNorAnomalous(value: Double?) {
    var scorer = FixedThresholdScorer(threshold: 4)
    let noActual = scorer.judge(actual: value, expected: 1)
    #expect(noActual.verdict == .noActual)
    #expect(noActual.actual == nil)
    #expect(noActual.residual == nil)
    #expect(noActual.score == nil)
    let noForecast = scorer.judge(actual: 1, expected: value)
    #expect(noForecast.verdict == .noForecast)
    #expect(noForecast.expected == nil)
  }

  @Test func aScoreThatIsNotANumberIsAnAnomaly() {
    struct Broken: Scorer {
      func score(_ residual: Double) -> Double { .nan }
    }
    var scorer = Broken()
    #expect(scorer.judge(actual: 1, expected: 1).isAnomaly)
  }
}

@Suite struct EventTests {
  /// Judges residuals against a threshold of 1 and merges what follows.
  private func analysis(_ residuals: [Double]) -> TargetAnalysis {
    TargetAnalysis(
      name: "x", actual: residuals, expected: residuals.map { $0.isNaN ? 0 : $0 - $0 },
      judging: residuals.indices, with: FixedThresholdScorer(threshold: 1), threshold: 1)
  }

  @Test func neighboringAnomaliesAreOneEventWithItsPeak() {
    let found = analysis([0, 2, -5, 3, 0, 0, 4, 0.5])
    #expect(found.events.map(\.rows) == [1...3, 6...6])
    #expect(found.events.map(\.peakRow) == [2, 6])
    #expect(found.events.map(\.anomalousRows) == [3, 1])
    #expect(found.events.first?.peak.residual == -5)
    #expect(found.largestEvent?.peakRow == 2)
    #expect(found.anomalousRows == [1, 2, 3, 6])
  }

  @Test func anEventAtTheEndIsNotLost() {
    #expect(analysis([0, 0, 7]).events.map(\.rows) == [2...2])
  }

  @Test func aMissingRowDoesNotEndAnEvent() {
    let found = analysis([0, 2, .nan, 3, 0, .nan, 2])
    #expect(found.events.map(\.rows) == [1...3, 6...6])
    #expect(found.events.map(\.anomalousRows) == [2, 1])
    #expect(found.unjudgedCount == 2)
  }

  @Test func nothingFoundIsNoEvent() {
    #expect(analysis([0, 1, -1, .nan]).events.isEmpty)
    #expect(analysis([]).events.isEmpty)
  }

  @Test func rowByRowGivesTheSameAsAllAtOnce() {
    let residuals: [Double] = [0, 2, -5, 3, .nan, 9, 0, 4, 0.5, 7]
    var scorer = FixedThresholdScorer(threshold: 1)
    var merger = EventMerger()
    var events: [Event] = []
    for (row, residual) in residuals.enumerated() {
      let judgement = scorer.judge(actual: residual, expected: 0)
      if let event = merger.add(judgement, row: row) { events.append(event) }
    }
    if let event = merger.finish() { events.append(event) }
    #expect(events == analysis(residuals).events)
  }
}
