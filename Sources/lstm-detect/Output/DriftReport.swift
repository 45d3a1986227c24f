import AnomalyDetection
import ResultText
import TimeSeries

/// What the residuals of a file say of a model, as text and as a document.
struct DriftReport {
  let analysis: DriftAnalysis
  let rate: Double
  /// The checksum of the model.
  let model: String

  /// For each target a line, and one for each of its tests.
  var lines: [String] {
    analysis.targets.flatMap { target -> [String] in
      guard let drift = target.drift else {
        return [
          "\(target.name): not told: \(Findings.count(target.rows.count, "residual")); at least "
            + "\(Drift.leastCount) are needed, and as many that were held out and differ"
        ]
      }
      let head =
        "\(Findings.count(drift.count, "residual")) against \(Numbers.readable(drift.heldOut)) held out"
      guard drift.isTold else {
        return [
          "\(target.name): not told: \(head) count as \(Numbers.readable(drift.effectiveCount)) "
            + "independent ones, and at least \(Drift.leastCount) are needed"
        ] + drift.tests.map { "  " + line($0, target) }
      }
      let verdict =
        drift.isDrift
        ? "drift since \(target.start.map(analysis.series.time.label) ?? "") ("
          + Findings.list(drift.kinds.map(\.rawValue)) + ")"
        : "no drift"
      return ["\(target.name): \(verdict); \(head)"]
        + drift.tests.map { "  " + line($0, target) }
    }
  }

  private func line(_ test: Drift.Test, _ target: DriftAnalysis.Target) -> String {
    let start = "from \(analysis.series.time.label(at: target.rows[test.start])) on"
    let size =
      switch test.kind {
      case .level: "\(start) moved by \(Numbers.readable(test.size)) deviations"
      case .spread: "\(start) \(Numbers.readable(test.size)) times as wide"
      case .shape: "distance \(Numbers.readable(test.size))"
      }
    return
      "\(test.kind.rawValue)\(String(repeating: " ", count: 7 - test.kind.rawValue.count)) \(size), "
      + "\(test.name) \(Numbers.readable(test.statistic)), p \(Numbers.readable(test.probability)), "
      + "\(Numbers.readable(test.correlationTime)) rows count as one"
      + (test.isDrift ? "  <-" : "")
  }

  /// `drift.json`.
  var document: JSONValue {
    let time = analysis.series.time
    return .object([
      ("file", .string(analysis.series.fileName)), ("model_checksum", .string(model)),
      ("false_alarm_rate", .number(rate)), ("rows", .integer(analysis.rows.count)),
      ("first", .string(time.label(at: analysis.rows.lowerBound))),
      ("last", .string(time.label(at: analysis.rows.upperBound - 1))),
      ("drift", .bool(analysis.isDrift)),
      ("targets", .array(analysis.targets.map { document($0, time) })),
    ])
  }

  private func document(_ target: DriftAnalysis.Target, _ time: TimeAxis) -> JSONValue {
    let drift = target.drift
    return .object([
      ("target", .string(target.name)),
      ("drift", drift.map { $0.isTold ? .bool($0.isDrift) : .null } ?? .null),
      ("since", .optional(target.start.map(time.label))),
      ("kinds", .array((drift?.kinds ?? []).map { .string($0.rawValue) })),
      ("residuals", .integer(target.rows.count)), ("held_out", .optional(drift?.heldOut)),
      ("effective", JSONValue.rounded(drift?.effectiveCount)),
      (
        "tests",
        .array(
          (drift?.tests ?? []).map { test in
            .object([
              ("kind", .string(test.kind.rawValue)), ("test", .string(test.name)),
              ("statistic", JSONValue.rounded(test.statistic)),
              ("p", JSONValue.rounded(test.probability)),
              ("size", JSONValue.rounded(test.size)),
              ("start", .string(time.label(at: target.rows[test.start]))),
              ("autocorrelation_time", JSONValue.rounded(test.correlationTime)),
              ("passed", .bool(test.isDrift)),
            ])
          })
      ),
    ])
  }
}
