import AnomalyDetection
import Testing

@Suite struct JudgmentTests {
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
      func score(_ row: Observation) -> Score { Score(value: .nan, usual: 1) }
      func scoreKnown(_ row: Observation) -> Score { score(row) }
      func limits(_ row: Observation) -> ClosedRange<Double> { row.expected...row.expected }
    }
    var scorer = Broken()
    #expect(scorer.judge(actual: 1, expected: 1).isAnomaly)
  }
}

@Suite struct EventTests {
  /// Judges residuals against a threshold of 1 and merges what follows.
  private func analysis(_ residuals: [Double], _ rules: EventRules? = nil) -> TargetAnalysis {
    var rules = rules ?? EventRules()
    if rules == EventRules() { rules.gap = 0 }
    return TargetAnalysis(
      name: "x", actual: residuals, expected: residuals.map { $0.isNaN ? 0 : $0 - $0 },
      judging: residuals.indices, with: FixedThresholdScorer(threshold: 1), rules: rules)
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
    var rules = EventRules()
    rules.gap = 0
    var merger = EventMerger(rules)
    var events: [Event] = []
    for (row, residual) in residuals.enumerated() {
      let judgment = scorer.judge(actual: residual, expected: 0)
      if let event = merger.add(judgment, row: row) { events.append(event) }
    }
    if let event = merger.finish() { events.append(event) }
    #expect(events == analysis(residuals).events)
  }

  /// Rules with a change.
  private func rules(_ change: (inout EventRules) -> Void) -> EventRules {
    var rules = EventRules()
    change(&rules)
    return rules
  }

  @Test func aFewNormalRowsDoNotEndAnEvent() {
    let residuals: [Double] = [0, 5, 0, 0, 3, 0, 0, 0, 0, 2]
    #expect(analysis(residuals, rules { $0.gap = 2 }).events.map(\.rows) == [1...4, 9...9])
    #expect(analysis(residuals, rules { $0.gap = 4 }).events.map(\.rows) == [1...9])
    #expect(analysis(residuals, rules { $0.gap = 1 }).events.count == 3)
  }

  @Test func rulesLeaveOutWhatIsNotWanted() {
    let residuals: [Double] = [0, 5, 0, 0, 0, 0, -3, -3, -3]
    #expect(analysis(residuals, rules { $0.direction = .up }).events.map(\.rows) == [1...1])
    #expect(analysis(residuals, rules { $0.direction = .down }).events.map(\.rows) == [6...8])
    #expect(analysis(residuals, rules { $0.leastSize = 4 }).events.map(\.rows) == [1...1])
    #expect(analysis(residuals, rules { $0.leastLength = 2 }).events.map(\.rows) == [6...8])
  }

  @Test func aMutedAlarmIsOneThatIsNoWorse() {
    let residuals: [Double] = [0, 5, 0, 0, 0, 0, 3, 0, 0, 0, 0, 6, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4]
    let found = analysis(residuals, rules { $0.mute = 10 })
    // The 3 is not above the 5 ten rows before; the 7 is a second alarm of one event; after ten
    // rows more the 4 counts although it is not above the 7.
    #expect(found.events.map(\.rows) == [1...1, 11...12])
    #expect(found.events.map(\.alarmRows) == [[1], [11, 12]])
    let later = analysis(residuals, rules { $0.mute = 9 })
    #expect(later.events.map(\.alarmRows) == [[1], [11, 12], [22]])
    #expect(analysis(residuals).events.map(\.alarmRows) == [[1], [6], [11], [22]])
  }

  @Test func whatAnEventLooksLike() {
    func kinds(_ residuals: [Double]) -> [Event.Kind] { analysis(residuals).events.map(\.kind) }
    #expect(kinds([0, 5]) == [.spike])
    #expect(kinds([-5, -2, 0]) == [.dip])
    #expect(kinds([5, 5, 5, 5, 5]) == [.rise])
    #expect(kinds([-5, -5, -5, -5, 5]) == [.fall])
    #expect(kinds([5, -5, 5, -5]) == [.unrest])
  }
}
