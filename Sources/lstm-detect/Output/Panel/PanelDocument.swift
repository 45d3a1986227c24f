import AnomalyDetection
import ResultText
import TimeSeries

extension MetricsDocument {
  /// The document of several series: sums over all of them, and each in `series`.
  static func make(_ record: PanelRecord) -> JSONValue {
    .object(
      head(record.run, data: data(record)) + [
        ("anomalies", .integer(record.eventCount)),
        (
          "targets",
          .array(
            record.run.analysis.targets.enumerated().map { index, target in
              sums(record.members.map { $0.analysis.targets[index] }, of: target.name, record)
            })
        ),
        ("series", .array(record.members.map { series($0, record) })),
      ] + tail(record.run))
  }

  private static func data(_ record: PanelRecord) -> JSONValue {
    .object([
      ("file", .string(record.run.analysis.series.fileName)),
      ("rows", .integer(record.rowCount)),
      ("keys", .array(record.keyColumns.map(JSONValue.string))),
      ("series", .integer(record.members.count)),
    ])
  }

  /// One target in all series.
  private static func sums(
    _ targets: [TargetAnalysis], of name: String, _ record: PanelRecord
  ) -> JSONValue {
    func sum(_ count: (TargetAnalysis) -> Int) -> JSONValue {
      .integer(targets.reduce(0) { $0 + count($1) })
    }
    let comparison = PanelComparison(record.members, target: name)
    return .object([
      ("name", .string(name)),
      ("alarms", sum { $0.events.reduce(0) { $0 + $1.alarmRows.count } }),
      ("anomalies", sum { $0.events.count }),
      ("anomalous_rows", sum { $0.anomalousRows.count }),
      ("judged_rows", sum { $0.judgments.count - $0.unjudgedCount }),
      ("unjudged_rows", sum(\.unjudgedCount)),
      ("series_compared", .integer(comparison?.count ?? 0)),
      ("series_worse_than_simple", .integer(comparison?.worse ?? 0)),
      ("mae_over_best_simple", .optional(comparison?.meanShare)),
    ])
  }

  private static func series(_ member: PanelRecord.Member, _ record: PanelRecord) -> JSONValue {
    let analysis = member.analysis
    let horizon = member.forecaster.horizon
    return .object([
      (
        "key",
        .object(zip(record.keyColumns, member.key).map { ($0, JSONValue.string($1)) })
      ),
      ("data", data(analysis)),
      ("anomalies", .integer(analysis.eventCount)),
      ("peak_score", .number(member.peakScore)),
      ("targets", .array(zip(analysis.targets, member.forecaster.residuals).map(target))),
      ("judged_by", judges(member.forecaster)),
      ("metrics", metrics(analysis, leads: .first)),
      (
        "metrics_all_leads",
        horizon > 1 ? metrics(analysis, leads: .all(horizon: horizon)) : .null
      ),
    ])
  }
}
