import AnomalyDetection
import LSTMCompute
import ResultText
import TimeSeries

/// The document metrics.json.
///
/// Its keys are described in docs/files.md.
enum MetricsDocument {
  static func make(_ record: RunRecord) -> JSONValue {
    let analysis = record.analysis
    let forecaster = record.forecaster
    return .object(
      head(record, data: data(analysis)) + [
        ("anomalies", .integer(analysis.eventCount)),
        ("targets", .array(zip(analysis.targets, forecaster.residuals).map(target))),
        ("metrics", metrics(analysis, leads: .first)),
        (
          "metrics_all_leads",
          forecaster.horizon > 1
            ? metrics(analysis, leads: .all(horizon: forecaster.horizon)) : .null
        ),
        ("back_test", record.backTest.map { backTest($0, analysis) } ?? .null),
        ("labels", record.evaluation.map(labels) ?? .null),
      ] + tail(record))
  }

  /// What was run on what.
  static func head(_ record: RunRecord, data: JSONValue) -> [(String, JSONValue)] {
    [
      ("version", .string(LibraryVersion.current)),
      ("command", .string(record.command)),
      ("data", data),
      (
        "device",
        .object([
          ("name", .string(record.device.name)),
          ("description", .string(record.device.description)),
          ("reason", .string(record.device.reason)),
        ])
      ),
      ("seed", .unsigned(record.forecaster.origin.configuration.seed)),
      (
        "seconds",
        .object([
          ("training", milliseconds(record.training?.seconds)),
          ("total", milliseconds(record.totalSeconds)),
        ])
      ),
    ]
  }

  /// The model, its training, and what was used and decided.
  static func tail(_ record: RunRecord) -> [(String, JSONValue)] {
    [
      ("model", model(record.forecaster)),
      ("training", record.training.map(training) ?? .null),
      ("options", .object(record.options.map { ($0.name, $0.value) })),
      ("notes", .array(record.notes.map(JSONValue.string))),
    ]
  }

  private static func milliseconds(_ seconds: Double?) -> JSONValue {
    seconds.map { .literal(Numbers.fixed($0, decimals: 3)) } ?? .null
  }

  static func data(_ analysis: Analysis) -> JSONValue {
    let series = analysis.series
    return .object([
      ("file", .string(series.fileName)),
      ("rows", .integer(series.ownRows.count)),
      ("first", .string(series.time.label(at: series.ownRows.lowerBound))),
      ("last", .string(series.time.label(at: series.rowCount - 1))),
      ("context", series.context.map { context($0, series) } ?? .null),
      ("season", .optional(analysis.season)),
      (
        "parts",
        .object(
          analysis.parts.map { part, rows in
            (
              part.rawValue,
              .object([
                ("rows", .integer(rows.count)),
                ("first", .string(series.time.label(at: rows.lowerBound))),
                ("last", .string(series.time.label(at: rows.upperBound - 1))),
              ])
            )
          })
      ),
    ])
  }

  private static func context(_ context: Series.Context, _ series: Series) -> JSONValue {
    .object([
      ("file", .string(context.fileName)), ("rows", .integer(context.rowCount)),
      ("first", .string(series.time.label(at: 0))),
      ("last", .string(series.time.label(at: context.rowCount - 1))),
    ])
  }

  static func target(
    _ target: TargetAnalysis, residuals: Moments
  ) -> JSONValue {
    .object([
      ("name", .string(target.name)),
      ("threshold", .number(target.threshold)),
      ("held_out_residuals", statistics(residuals)),
      ("alarms", .integer(target.alarmCount)),
      ("anomalies", .integer(target.events.count)),
      ("anomalous_rows", .integer(target.anomalousRows.count)),
      ("judged_rows", .integer(target.judgments.count - target.unjudgedCount)),
      ("unjudged_rows", .integer(target.unjudgedCount)),
    ])
  }

  static func statistics(_ residuals: Moments) -> JSONValue {
    .object([
      ("count", .integer(residuals.count)),
      ("mean", .number(residuals.mean)),
      ("standard_deviation", .number(residuals.standardDeviation)),
    ])
  }

  /// By part, then target, then forecast.
  static func metrics(_ analysis: Analysis, leads: Comparison.Leads) -> JSONValue {
    .object(
      analysis.parts.map { part, _ in
        let targets = analysis.targets.compactMap { target in
          analysis.comparison(part, target: target.name, leads: leads).map {
            (target.name, comparison($0))
          }
        }
        return (part.rawValue, .object(targets))
      })
  }

  static func comparison(_ comparison: Comparison) -> JSONValue {
    func document(_ metrics: Metrics?) -> JSONValue {
      guard let metrics else { return .null }
      return .object([
        ("rows", .integer(metrics.count)),
        ("mse", .number(metrics.mse)),
        ("mae", .number(metrics.mae)),
        ("rmse", .number(metrics.rmse)),
        ("r2", .optional(metrics.r2)),
      ])
    }
    return .object([
      ("model", document(comparison.model)),
      ("persistence", document(comparison.persistence)),
      ("seasonal_naive", document(comparison.seasonalNaive)),
      ("seasonal_mean", document(comparison.seasonalMean)),
      ("linear", document(comparison.linear)),
      ("network", document(comparison.network ?? comparison.model)),
    ])
  }

  static func model(_ forecaster: Forecaster) -> JSONValue {
    let specification = forecaster.network.specification
    return .object([
      ("targets", .array(forecaster.targets.map(JSONValue.string))),
      ("features", .array(forecaster.features.map(JSONValue.string))),
      ("window", .integer(forecaster.steps)),
      ("horizon", .integer(forecaster.horizon)),
      ("learns", .string(forecaster.subject.rawValue)),
      ("sees", .string(forecaster.inputs.rawValue)),
      ("transform", .string(forecaster.transform.rawValue)),
      ("calendar", .array(forecaster.calendar.map { .string($0.rawValue) })),
      ("known", .array((forecaster.columns.known ?? []).map(JSONValue.string))),
      ("judged_by", judges(forecaster)),
      ("limits", limits(forecaster)),
      ("loss", .string(forecaster.loss.defaultValueDescription)),
      ("units", .array(specification.layers.map { .integer($0.hiddenSize) })),
      ("network", NetworkDescription.document(forecaster.networkOptions)),
      ("members", .integer(forecaster.members.count)),
      (
        "parameters",
        .integer(forecaster.members.count * forecaster.network.parameters.values.count)
      ),
    ])
  }

  /// What no forecast of a target is below or above, by target; `null` without any.
  private static func limits(_ forecaster: Forecaster) -> JSONValue {
    let limits = forecaster.limits
    guard !limits.isEmpty else { return .null }
    return .object(
      forecaster.targets.compactMap { name in
        guard limits.floors[name] != nil || limits.ceilings[name] != nil else { return nil }
        return (
          name,
          .object([
            ("floor", limits.floors[name].map(JSONValue.number) ?? .null),
            ("ceiling", limits.ceilings[name].map(JSONValue.number) ?? .null),
          ])
        )
      })
  }

  /// By which forecasts each target is judged; `null` where each of several series has its own.
  static func judges(_ forecaster: Forecaster) -> JSONValue {
    guard forecaster.panel == nil else { return .null }
    return .object(
      zip(forecaster.targets, forecaster.judges ?? forecaster.targets.map { _ in [.network] })
        .map { ($0, .array($1.map { .string($0.rawValue) })) })
  }

  static func training(_ training: RunRecord.Training) -> JSONValue {
    .object([
      ("end", .string(end(training.history.end))),
      ("best_epoch", .optional(training.history.bestEpoch)),
      ("plan", .string(training.plan)),
      ("rounding", training.rounding?.document ?? .null),
      ("epochs", epochs(training.history)),
      (
        "members",
        training.members.count < 2
          ? .null
          : .array(
            training.members.map { history in
              .object([
                ("end", .string(end(history.end))), ("best_epoch", .optional(history.bestEpoch)),
                ("epochs", epochs(history)),
              ])
            })
      ),
    ])
  }

  private static func epochs(_ history: TrainingHistory) -> JSONValue {
    .array(
      history.epochs.map { epoch in
        .object([
          ("number", .integer(epoch.number)),
          ("training_loss", .float(epoch.trainingLoss)),
          ("validation_loss", epoch.validationLoss.map(JSONValue.float) ?? .null),
          ("learning_rate", .number(epoch.learningRate)),
          ("seconds", milliseconds(epoch.seconds)),
        ])
      })
  }

  private static func end(_ end: TrainingHistory.End) -> String {
    switch end {
    case .completed: "completed"
    case .stoppedEarly: "stopped_early"
    case .cancelled: "cancelled"
    case .diverged: "diverged"
    case .deviceFailed: "device_failed"
    }
  }
}
