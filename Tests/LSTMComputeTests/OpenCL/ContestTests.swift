import Testing

@testable import LSTMCompute

@Suite struct ContestTests {
  /// A candidate that takes some seconds, with an error as a share of what is tolerated.
  private struct Candidate {
    var name: String
    var seconds: Double
    var error = 0.1
    var refusal: LSTMError?
  }

  private func contest(_ candidates: [Candidate], seconds: Int = 3600) -> Contest<Candidate> {
    Contest(candidates, name: \.name, deadline: .now + .seconds(seconds)) { candidate in
      if let refusal = candidate.refusal { throw refusal }
      return Contest.Trial(error: candidate.error) { candidate.seconds }
    }
  }

  @Test func theFastestWins() {
    let contest = contest([
      Candidate(name: "default", seconds: 3), Candidate(name: "slow", seconds: 4),
      Candidate(name: "fast", seconds: 2),
    ])
    #expect(contest.winner?.candidate.name == "fast")
    #expect(contest.standard?.seconds == 3)
    #expect(contest.rejections.isEmpty && contest.isComplete)
  }

  @Test func theDefaultStaysUnlessAnotherIsClearlyFaster() {
    let contest = contest([
      Candidate(name: "default", seconds: 1), Candidate(name: "hardly faster", seconds: 0.99),
    ])
    #expect(contest.winner?.candidate.name == "default")
  }

  /// However fast it is.
  @Test(arguments: [1.001, 1e9, .infinity, .nan])
  func aWrongOneLoses(error: Double) {
    let contest = contest([
      Candidate(name: "default", seconds: 3), Candidate(name: "wrong", seconds: 1, error: error),
      Candidate(name: "right", seconds: 2),
    ])
    #expect(contest.winner?.candidate.name == "right")
    #expect(contest.rejections == ["wrong: its result is wrong"])
  }

  @Test func aRefusedOneLoses() {
    let contest = contest([
      Candidate(name: "default", seconds: 3),
      Candidate(name: "refused", seconds: 1, refusal: .deviceFailure("no\nlog")),
    ])
    #expect(contest.winner?.candidate.name == "default")
    #expect(contest.rejections == ["refused: no"])
  }

  @Test func aWrongDefaultLosesToo() {
    let contest = contest([
      Candidate(name: "default", seconds: 1, error: 2), Candidate(name: "right", seconds: 2),
    ])
    #expect(contest.standard == nil)
    #expect(contest.winner?.candidate.name == "right")
    #expect(self.contest([Candidate(name: "default", seconds: 1, error: 2)]).winner == nil)
  }

  @Test func endsInTime() {
    let contest = contest([Candidate(name: "default", seconds: 1)], seconds: 0)
    #expect(contest.winner == nil && !contest.isComplete && contest.rejections.isEmpty)
  }
}
