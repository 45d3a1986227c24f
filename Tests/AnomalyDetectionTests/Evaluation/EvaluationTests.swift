import AnomalyDetection
import LSTMCompute
import Testing
import TimeSeries

@Suite struct EvaluationTests {
  /// All test rows, 96 to 119, are anomalous in both targets, but those that are missing in the first.
  private func analysis(missing: Set<Int> = []) throws -> Analysis {
    let example = try Example(missing: missing)
    return try Analysis(
      of: example.series, with: example.forecaster, split: example.split,
      threshold: .absolute(1e-9), on: CPUBackend())
  }

  /// Rows are numbered as in a file, from 2 on.
  private func label(_ rows: ClosedRange<Int>, _ target: String? = nil) -> Labels.Label {
    Labels.Label(span: Double(rows.lowerBound + 2)...Double(rows.upperBound + 2), target: target)
  }

  @Test func aLabelWithATargetIsItsAlone() throws {
    let found = Evaluation(
      of: try analysis(), against: Labels([label(100...103, "a"), label(110...110)]))
    #expect(found.targets.map(\.name) == ["a", "b"])
    #expect(found.targets.map(\.measures.labelCount) == [2, 1])
    #expect(found.targets.map(\.measures.points.found) == [5, 1])
    #expect(found.targets.map(\.measures.points.falseAlarms) == [19, 23])
    let joint = try #require(found.joint)
    #expect(found.overall == joint)
    #expect(joint.labelCount == 2)
    #expect(joint.events == DetectionCounts(found: 2, falseAlarms: 0, missed: 0))
    #expect(joint.judgedRows == 24)
    let alarms: Double = 2000.0 / 24
    #expect(joint.alarmsPerThousandRows == alarms)
    #expect(found.unmatchedCount == 0)
  }

  @Test func labelsWithoutAJudgedRowAreCounted() throws {
    let found = Evaluation(
      of: try analysis(missing: [100, 101]),
      against: Labels([
        label(100...101, "a"), label(100...101, "b"), label(100...101), label(50...95),
        label(95...96), label(119...200), label(120...200),
      ]))
    #expect(found.labelCount == 7)
    #expect(found.unmatchedCount == 3)
    #expect(found.targets.map(\.measures.labelCount) == [2, 3])
    #expect(found.targets.map(\.measures.judgedRows) == [22, 24])
  }

  @Test func anEventOfOneTargetIsOneOfAll() throws {
    let found = Evaluation(of: try analysis(), against: Labels([label(0...1)]))
    #expect(found.joint?.events == DetectionCounts(found: 0, falseAlarms: 1, missed: 0))
    #expect(found.targets.map(\.measures.events.falseAlarms) == [1, 1])
  }
}
