import Testing

@testable import AnomalyDetection

/// Numbers that Fixtures/record_measures.py has recorded, and some by hand.
@Suite struct ScoreRankingTests {
  static let stretches = [40...51, 120...120, 200...229, 295...299]
  static let higher = [43...55, 119...121, 198...210, 260...262]

  static func isInside(_ stretches: [ClosedRange<Int>], _ row: Int) -> Bool {
    stretches.contains { $0.contains(row) }
  }

  static let scores = (0..<300).map { row in
    Double(row * 7919 % 1009) / 1009 + (isInside(higher, row) ? 0.5 : 0)
  }
  static let labels = (0..<300).map { isInside(stretches, $0) }

  private func check(
    _ scores: [Double], _ labels: [Bool], _ averagePrecision: Double, _ volume: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let ranking = ScoreRanking(scores: scores, labels: labels)
    let found = try #require(ranking.averagePrecision, sourceLocation: sourceLocation)
    #expect((found - averagePrecision).magnitude <= 1e-9, sourceLocation: sourceLocation)
    let area = try #require(ranking.volumeUnderSurface(), sourceLocation: sourceLocation)
    #expect((area - volume).magnitude <= 1e-9, sourceLocation: sourceLocation)
  }

  @Test func agreesWithWhatWasRecorded() throws {
    try check(Self.scores, Self.labels, 0.2929082520620845, 0.815491614255857)
  }

  @Test func agreesWhereScoresAreTied() throws {
    let tied = Self.scores.map { ($0 * 5).rounded(.down) / 5 }
    try check(tied, Self.labels, 0.2734176645020051, 0.7670023552759482)
    try check(tied.map { _ in 1 }, Self.labels, 0.16, 0.6154157054683096)
  }

  @Test func agreesOnFewerRowsThanThresholds() throws {
    try check(
      Array(Self.scores[46..<60]), Array(Self.labels[46..<60]), 0.549404761904762,
      0.936174557753932)
    try check([0.5], [true], 1, 1)
  }

  @Test func allPositiveIsOne() throws {
    try check(Self.scores, Self.labels.map { _ in true }, 1, 1)
  }

  @Test func withoutAPositiveThereIsNoCurve() {
    for scores in [[], Self.scores] {
      let ranking = ScoreRanking(scores: scores, labels: scores.map { _ in false })
      #expect(ranking.averagePrecision == nil)
      #expect(ranking.volumeUnderSurface() == nil)
    }
  }

  /// Ranks 1 and 3 of 4 are right: 1/2 · 1/1 + 1/2 · 2/3.
  @Test func averagePrecisionByHand() {
    let ranking = ScoreRanking(scores: [0.2, 4, 3, .infinity], labels: [false, false, true, true])
    let expected: Double = 0.5 + 0.5 * (2.0 / 3)
    #expect(ranking.averagePrecision == expected)
  }
}
