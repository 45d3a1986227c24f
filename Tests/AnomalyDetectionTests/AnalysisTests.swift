import AnomalyDetection
import LSTMCompute
import Testing
import TimeSeries

@Suite struct AnalysisTests {
  private func analysis(of example: Example, threshold: Threshold = .sigma(3)) throws -> Analysis {
    try Analysis(
      of: example.series, with: example.forecaster, split: example.split, threshold: threshold,
      season: 9, on: CPUBackend())
  }

  @Test func judgesTheTestRowsOnly() throws {
    let example = try Example()
    let found = try analysis(of: example, threshold: .absolute(1e-9))
    #expect(found.parts.map(\.part) == [.training, .validation, .test])
    for target in found.targets {
      #expect(target.judgedRows == example.split.test)
      #expect(target.judgments.count == example.split.test.count)
      #expect(target.anomalousRows == Array(example.split.test))
      #expect(target.events.map(\.rows) == [96...119])
    }
    #expect(found.eventCount == 2)
  }

  @Test func withoutASplitEveryRowWithAWindowIsJudged() throws {
    let example = try Example()
    let found = try Analysis(
      of: example.series, with: example.forecaster, threshold: .sigma(3), on: CPUBackend())
    #expect(found.parts.map(\.part) == [.judged])
    #expect(found.judgedComparison(target: "a")?.part == .judged)
    #expect(found.targets.map(\.judgedRows) == [6..<120, 6..<120])
  }

  @Test func allForecastsAreComparedOnTheSameRows() throws {
    let example = try Example(horizon: 4, missing: [100, 101])
    let found = try analysis(of: example)
    #expect(found.comparisons.count == 3 * 2 * 2)
    for comparison in found.comparisons {
      let count = comparison.model.count
      #expect(comparison.persistence.count == count)
      #expect(comparison.seasonalNaive?.count == count)
    }
    let first = try #require(found.comparison(.test, target: "a"))
    #expect(first.model.count == 22)
    // The training part's rows before a season, or a window, have no forecast.
    #expect(
      found.comparison(.training, target: "a")?.model.count == example.split.training.count - 9)
    let all = try #require(found.comparison(.test, target: "b", leads: .all(horizon: 4)))
    #expect(all.model.count == 4 * 24)
  }

  @Test func persistenceOfAllLeadsIsTheLastValueKnown() throws {
    let example = try Example(horizon: 2)
    let found = try analysis(of: example)
    let b = try #require(example.series["b"])
    let rows = example.split.test
    let errors = rows.map { b[$0] - b[$0 - 1] } + rows.map { b[$0] - b[$0 - 2] }
    let mse = errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)
    let all = try #require(found.comparison(.test, target: "b", leads: .all(horizon: 2)))
    #expect((all.persistence.mse - mse).magnitude < 1e-9 * mse)
  }

  @Test func missingValuesAreNotJudged() throws {
    let found = try analysis(of: try Example(missing: [100, 101]))
    #expect(found.targets.map(\.unjudgedCount) == [2, 0])
    #expect(found.targets[0].judgments[4].verdict == .noActual)
    #expect(found.targets[0].judgments[4].expected != nil)
  }

  @Test func theFutureFollowsTheLastRow() throws {
    let example = try Example(horizon: 3)
    let found = try analysis(of: example)
    #expect(found.future.map(\.count) == [2, 2, 2])
    let isFinite = found.future.joined().allSatisfy(\.isFinite)
    #expect(isFinite)
    #expect(found.time.count == Example.rowCount + 3)
  }

  @Test func tooFewRowsAreSaid() throws {
    let example = try Example()
    let table = try Table(
      fileName: "short.csv",
      columns: ["a", "b", "c"].map { ($0, Array((example.series[$0] ?? []).prefix(6))) })
    let series = try Series(table: table, options: Example.columns)
    let error = #expect(throws: DetectionError.self) {
      try Analysis(
        of: series, with: example.forecaster, threshold: .sigma(3), on: CPUBackend())
    }
    #expect(error?.description.contains("6 rows") == true)
    #expect(error?.description.contains("at least 7") == true)
  }
}
