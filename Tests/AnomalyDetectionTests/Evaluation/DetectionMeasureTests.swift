import AnomalyDetection
import Testing

@Suite struct DetectionMeasureTests {
  /// Rows 10 to 29 with a score of 2 where they are anomalous and 0 elsewhere.
  private func measures(
    anomalous: Set<Int>, events: [ClosedRange<Int>], labels: [ClosedRange<Int>],
    unjudged: Set<Int> = [], alarms: Int? = nil
  ) -> DetectionMeasures {
    let rows = 10..<30
    return DetectionMeasures(
      rows: rows,
      scores: rows.map { unjudged.contains($0) ? .nan : anomalous.contains($0) ? 2 : 0 },
      anomalous: rows.map(anomalous.contains), events: events, alarms: alarms ?? events.count,
      labels: labels)
  }

  @Test func countsByHand() throws {
    // Two events in the first label, none in the second, one beside both.
    let found = measures(
      anomalous: [14, 17, 25], events: [14...14, 17...17, 25...25], labels: [12...17, 20...21])
    #expect(found.labelCount == 2)
    #expect(found.events == DetectionCounts(found: 1, falseAlarms: 1, missed: 1))
    #expect(found.events.precision == 0.5)
    #expect(found.events.recall == 0.5)
    #expect(found.events.f1 == 0.5)
    #expect(found.points == DetectionCounts(found: 2, falseAlarms: 1, missed: 6))
    let (precision, f1) = (2.0 / 3, 4.0 / 11)
    #expect(found.points.precision == precision)
    #expect(found.points.recall == 0.25)
    #expect(found.points.f1 == f1)
    #expect(found.meanDelay == 2)
    #expect(found.alarmsPerThousandRows == 150)
    // 2 of 3 rows with a score of 2 are right, then 8 of all 20.
    let area = try #require(found.averagePrecision)
    let expected: Double = 7.0 / 15
    #expect((area - expected).magnitude <= 1e-15)
  }

  @Test func theDelayIsTheMeanOfThoseFound() {
    let found = measures(
      anomalous: [13, 20, 27], events: [13...13, 20...20, 27...27],
      labels: [12...15, 20...22, 24...29, 17...18])
    let mean: Double = 4.0 / 3
    #expect(found.meanDelay == mean)
  }

  @Test func anEventCountsFromItsFirstRowToItsLast() {
    let found = measures(anomalous: [12, 15], events: [12...15], labels: [13...14])
    #expect(found.events == DetectionCounts(found: 1, falseAlarms: 0, missed: 0))
    #expect(found.points == DetectionCounts(found: 0, falseAlarms: 2, missed: 2))
    #expect(found.meanDelay == nil)
  }

  @Test func labelsThatShareARowAreOne() {
    let found = measures(
      anomalous: [12], events: [12...12], labels: [14...16, 12...14, 17...18, 5...6, 0...9])
    #expect(found.labelCount == 2, "the last two are before all rows")
    #expect(found.events == DetectionCounts(found: 1, falseAlarms: 0, missed: 1))
  }

  @Test func rowsThatWereNotJudgedAreLeftOut() {
    let found = measures(
      anomalous: [13], events: [13...13], labels: [12...13, 20...21], unjudged: [12, 20, 21, 29])
    #expect(found.judgedRows == 16)
    #expect(found.labelCount == 1)
    #expect(found.points == DetectionCounts(found: 1, falseAlarms: 0, missed: 0))
    #expect(found.meanDelay == 0, "from the first row that was judged")
    #expect(found.averagePrecision == 1)
    #expect(found.alarmsPerThousandRows == 62.5)
  }

  /// An event may go on over rows that could not be judged.
  @Test func anEventAboutALabelWithoutJudgedRowsIsNotFalse() {
    let found = measures(
      anomalous: [12, 15], events: [12...15], labels: [13...14], unjudged: [13, 14])
    #expect(found.labelCount == 0)
    #expect(found.events == DetectionCounts(found: 0, falseAlarms: 0, missed: 0))
  }

  @Test func noLabelAndNoEvent() {
    let nothing = measures(anomalous: [], events: [], labels: [])
    #expect(nothing.events.precision == nil)
    #expect(nothing.events.recall == nil)
    #expect(nothing.events.f1 == nil)
    #expect(nothing.averagePrecision == nil)
    #expect(nothing.volumeUnderSurface == nil)
    #expect(nothing.alarmsPerThousandRows == 0)
    let noLabel = measures(anomalous: [12], events: [12...12], labels: [])
    #expect(noLabel.events.precision == 0)
    #expect(noLabel.events.f1 == 0)
    let noEvent = measures(anomalous: [], events: [], labels: [12...12])
    #expect(noEvent.events.recall == 0)
    #expect(noEvent.events.precision == nil)
    let notJudged = measures(
      anomalous: [], events: [], labels: [12...13], unjudged: Set(10..<30))
    #expect(notJudged.judgedRows == 0)
    #expect(notJudged.alarmsPerThousandRows == nil)
    let noRows = DetectionMeasures(
      rows: 5..<5, scores: [], anomalous: [], events: [], alarms: 0, labels: [4...6])
    #expect(noRows.labelCount == 0)
  }

  @Test func allPositive() {
    let found = measures(anomalous: [20], events: [20...20], labels: [0...99])
    #expect(found.averagePrecision == 1)
    #expect(found.volumeUnderSurface == 1)
    #expect(found.points.precision == 1)
    #expect(found.meanDelay == 10)
  }

  /// The same numbers as without the rows, which Fixtures/record_measures.py has recorded.
  @Test func areasAreThoseWithoutRowsThatWereNotJudged() throws {
    let scores = ScoreRankingTests.scores.enumerated().map { $0 % 7 == 3 ? .nan : $1 }
    let found = DetectionMeasures(
      rows: 0..<300, scores: scores, anomalous: scores.map { $0 > 1 }, events: [], alarms: 0,
      labels: ScoreRankingTests.stretches)
    let precision = try #require(found.averagePrecision)
    #expect((precision - 0.2930325720968439).magnitude <= 1e-9)
    let volume = try #require(found.volumeUnderSurface)
    #expect((volume - 0.8218808315427629).magnitude <= 1e-9)
  }
}
