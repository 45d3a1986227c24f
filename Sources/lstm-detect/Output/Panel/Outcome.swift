import AnomalyDetection
import LSTMCompute
import ResultText
import TimeSeries

/// What a run or a detection has found: in one series, or in several.
enum Outcome {
  case one(RunRecord)
  case several(PanelRecord)

  /// What was run.
  var run: RunRecord {
    switch self {
    case .one(let record): record
    case .several(let record): record.run
    }
  }

  /// The number of events of all targets, and of all series.
  var eventCount: Int {
    switch self {
    case .one(let record): record.analysis.eventCount
    case .several(let record): record.members.reduce(0) { $0 + $1.analysis.eventCount }
    }
  }

  /// The document metrics.json.
  var document: JSONValue {
    switch self {
    case .one(let record): MetricsDocument.make(record)
    case .several(let record): MetricsDocument.make(record)
    }
  }

  /// How good the forecasts of each target are.
  var verdicts: [String] {
    switch self {
    case .one(let record):
      record.analysis.targets.compactMap { target in
        record.analysis.judgedComparison(target: target.name).map {
          Findings.verdict($0, horizon: record.forecaster.horizon)
        }
      }
    case .several(let record): record.verdicts
    }
  }

  /// Writes all files.
  func write(
    _ files: ResultFiles, document: JSONValue, charts: ReportWriter, to folder: ResultSet
  ) throws {
    try files.writeLines(of: parts, to: folder)
    switch self {
    case .one(let record):
      try files.write(record, document: document, charts: charts, to: folder)
    case .several(let record):
      try files.write(
        record.members.map { ($0.analysis, files.prefix($0.key)) },
        keys: files.prefix(record.keyColumns), to: folder)
      try folder.file("metrics.json").write(document.pretty)
      try charts.write(ReportContent(record), to: folder.file("report.html"))
    }
  }

  /// What was found in each series, and the keys that tell it from the others.
  private var parts: [ResultFiles.Part] {
    switch self {
    case .one(let record): [(record.analysis, [])]
    case .several(let record):
      record.members.map { member in
        (member.analysis, zip(record.keyColumns, member.key).map { (name: $0, value: $1) })
      }
    }
  }

  /// The forecasts of all rows, and of those to come after those of each series.
  func writePredictions(
    _ files: ResultFiles, with write: (String) throws -> Void
  ) rethrows {
    guard !files.writesLines else {
      for part in parts {
        try files.writePredictionLines(of: part, with: write)
        try files.writeFutureLines(of: part, with: write)
      }
      return
    }
    let parts: [(analysis: Analysis, prefix: String)]
    var keys = ""
    switch self {
    case .one(let record): parts = [(record.analysis, "")]
    case .several(let record):
      parts = record.members.map { ($0.analysis, files.prefix($0.key)) }
      keys = files.prefix(record.keyColumns)
    }
    try files.writePredictionsHeader(of: run.analysis, prefix: keys, with: write)
    for (analysis, prefix) in parts {
      try files.writePredictions(of: analysis, prefix: prefix, with: write)
      try files.writeFutureAsPredictions(of: analysis, prefix: prefix, with: write)
    }
  }

  /// Shows the summary.
  func show(on console: Console, folder: String, model: String?) {
    let summary = Summary(console: console)
    switch self {
    case .one(let record): summary.show(record, folder: folder, model: model)
    case .several(let record): summary.show(record, folder: folder, model: model)
    }
  }
}
