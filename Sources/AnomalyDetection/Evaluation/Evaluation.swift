internal import TimeSeries

/// The events and scores of an analysis, measured against known anomalies.
///
/// ```swift
/// let labels = try Labels(
///   path: path, axis: analysis.series.time, targets: analysis.series.targets)
/// let evaluation = Evaluation(of: analysis, against: labels)
/// print(evaluation.overall.events.f1 ?? .nan)
/// ```
public struct Evaluation: Hashable, Sendable {
  /// One target's measures.
  public struct Target: Hashable, Sendable {
    /// The target's column.
    public let name: String
    /// Its events and scores against the labels that are its or all targets'.
    public let measures: DetectionMeasures
  }

  /// The measures of each target.
  public let targets: [Target]
  /// With several targets, those of all together: the joint scores, the events of all targets (those
  /// that share a row as one), and the alarms of all, against the labels of all; else `nil`.
  public let joint: DetectionMeasures?
  /// The number of labels.
  public let labelCount: Int
  /// The number of labels that overlap no judged row.
  public let unmatchedCount: Int

  /// The measures of the only target, or of all together.
  public var overall: DetectionMeasures { joint ?? targets[0].measures }

  /// Measures an analysis.
  ///
  /// - Parameters:
  ///   - analysis: What was found.
  ///   - labels: What is known.
  public init(of analysis: Analysis, against labels: Labels) {
    let rows = analysis.targets[0].judgedRows
    let spans = labels.all.map { $0.rows(on: analysis.series.time, in: rows) }
    let scores = analysis.targets.map { $0.judgments.map(Self.score) }

    targets = zip(analysis.targets, scores).map { target, scores in
      let own = zip(labels.all, spans).compactMap { label, span in
        label.target == nil || label.target == target.name ? span : nil
      }
      return Target(
        name: target.name,
        measures: DetectionMeasures(
          rows: rows, scores: scores, anomalous: target.judgments.map(\.isAnomaly),
          events: target.events.map(\.rows), alarms: target.alarmCount, labels: own))
    }
    joint =
      analysis.targets.count < 2
      ? nil
      : DetectionMeasures(
        rows: rows, scores: analysis.jointScores.map { $0.map { Self.known($0.value) } ?? .nan },
        anomalous: rows.indices.map { place in
          analysis.targets.contains { $0.judgments[place - rows.lowerBound].isAnomaly }
        },
        events: analysis.targets.flatMap { $0.events.map(\.rows) }.merged(),
        alarms: analysis.targets.reduce(0) { $0 + $1.alarmCount }, labels: spans.compactMap(\.self))
    labelCount = labels.all.count
    unmatchedCount = zip(labels.all, spans).count { label, span in
      guard let span else { return true }
      return !zip(analysis.targets, scores).contains { target, scores in
        (label.target == nil || label.target == target.name)
          && span.contains { !scores[$0 - rows.lowerBound].isNaN }
      }
    }
  }

  /// The score of a row that was judged; else NaN.
  private static func score(_ judgment: Judgment) -> Double {
    judgment.score.map(known) ?? .nan
  }

  /// A score that is not a number makes its row an anomaly, so it is above all others.
  private static func known(_ score: Double) -> Double { score.isNaN ? .infinity : score }
}

extension TargetAnalysis {
  /// The number of alarms.
  public var alarmCount: Int { events.reduce(0) { $0 + $1.alarmRows.count } }
}
