import AnomalyDetection
import ResultText

extension MetricsDocument {
  /// How well known anomalies were found: in each target, and in all together.
  static func labels(_ evaluation: Evaluation) -> JSONValue {
    .object([
      ("count", .integer(evaluation.labelCount)),
      ("unmatched", .integer(evaluation.unmatchedCount)),
      (
        "targets",
        .object(evaluation.targets.map { ($0.name, measures($0.measures)) })
      ),
      ("joint", evaluation.joint.map(measures) ?? .null),
    ])
  }

  private static func measures(_ measures: DetectionMeasures) -> JSONValue {
    .object([
      ("labels", .integer(measures.labelCount)),
      ("judged_rows", .integer(measures.judgedRows)),
      ("events", counts(measures.events)),
      ("points", counts(measures.points)),
      ("auc_pr", .optional(measures.averagePrecision)),
      ("vus_pr", .optional(measures.volumeUnderSurface)),
      ("mean_delay", .optional(measures.meanDelay)),
      ("alarms_per_1000_rows", .optional(measures.alarmsPerThousandRows)),
    ])
  }

  private static func counts(_ counts: DetectionCounts) -> JSONValue {
    .object([
      ("found", .integer(counts.found)),
      ("false_alarms", .integer(counts.falseAlarms)),
      ("missed", .integer(counts.missed)),
      ("precision", .optional(counts.precision)),
      ("recall", .optional(counts.recall)),
      ("f1", .optional(counts.f1)),
    ])
  }
}
