import AnomalyDetection
import LSTMCompute
import TimeSeries

/// The CSV files that hold an analysis, for programs to read.
enum ResultFiles {
  /// What a run or a detection writes.
  static let names = [
    "predictions.csv", "anomalies.csv", "forecast.csv", "metrics.json", "report.html",
  ]
  static let predictionsHeader = "time,target,actual,expected,residual,score,anomaly"
  static let anomaliesHeader = "target,start,end,peak,actual,expected,residual,score\n"
  static let forecastHeader = "time,target,lead,expected"

  /// A header with a column for everything that is said beside a forecast.
  private static func line(_ header: String, _ analysis: Analysis) -> String {
    ([header] + analysis.uncertainties.map(\.columnName)).joined(separator: ",") + "\n"
  }

  /// The cells of those columns, each with a comma before it.
  private static func cells(_ uncertainties: [Double]) -> String {
    uncertainties.map { "," + CSVText.rounded($0) }.joined()
  }

  /// One row per judged row and target.
  static func writePredictions(
    of analysis: Analysis, with write: (String) throws -> Void
  ) rethrows {
    try write(line(predictionsHeader, analysis))
    let names = analysis.targets.map { CSVText.cell($0.name) }
    guard let rows = analysis.targets.first?.judgedRows else { return }
    for row in rows {
      let time = CSVText.cell(analysis.time.label(at: row))
      for (target, name) in zip(analysis.targets, names) {
        let judgement = target.judgements[row - rows.lowerBound]
        try write(
          "\(time),\(name),\(CSVText.exact(judgement.actual)),"
            + "\(CSVText.rounded(judgement.expected)),\(CSVText.rounded(judgement.residual)),"
            + "\(target.threshold.isFinite ? CSVText.rounded(judgement.score) : ""),"
            + "\(judgement.isAnomaly ? 1 : 0)"
            + cells(target.uncertainties.map { $0[row] }) + "\n")
      }
    }
  }

  /// One row per row after the last one and target, in the form of the predictions.
  static func writeFutureAsPredictions(
    of analysis: Analysis, with write: (String) throws -> Void
  ) rethrows {
    for (lead, values) in analysis.future.enumerated() {
      let time = CSVText.cell(analysis.time.label(at: analysis.series.rowCount + lead))
      let uncertainties = analysis.futureUncertainties[lead]
      for ((target, value), beside) in zip(zip(analysis.targets, values), uncertainties) {
        try write(
          "\(time),\(CSVText.cell(target.name)),,\(CSVText.rounded(value)),,,0"
            + cells(beside) + "\n")
      }
    }
  }

  /// One row per event.
  static func writeAnomalies(of analysis: Analysis, to file: StagedFile) throws {
    try file.write(anomaliesHeader)
    for target in analysis.targets {
      for event in target.events {
        let times = [event.rows.lowerBound, event.rows.upperBound, event.peakRow]
          .map { CSVText.cell(analysis.time.label(at: $0)) }
        try file.write(
          ([CSVText.cell(target.name)] + times + [
            CSVText.exact(event.peak.actual), CSVText.rounded(event.peak.expected),
            CSVText.rounded(event.peak.residual), CSVText.rounded(event.peak.score),
          ]).joined(separator: ",") + "\n")
      }
    }
  }

  /// One row per row after the last one and target.
  static func writeForecast(of analysis: Analysis, to file: StagedFile) throws {
    try file.write(line(forecastHeader, analysis))
    for (lead, values) in analysis.future.enumerated() {
      let time = CSVText.cell(analysis.time.label(at: analysis.series.rowCount + lead))
      let uncertainties = analysis.futureUncertainties[lead]
      for ((target, value), beside) in zip(zip(analysis.targets, values), uncertainties) {
        try file.write(
          "\(time),\(CSVText.cell(target.name)),\(lead + 1),\(CSVText.rounded(value))"
            + cells(beside) + "\n")
      }
    }
  }
}

extension ResultFiles {
  /// All files of a run or a detection.
  static func write(
    _ record: RunRecord, document: JSONValue, charts: ReportWriter, to folder: OutputFolder
  ) throws {
    let predictions = try folder.file("predictions.csv")
    try writePredictions(of: record.analysis) { try predictions.write($0) }
    try writeAnomalies(of: record.analysis, to: folder.file("anomalies.csv"))
    try writeForecast(of: record.analysis, to: folder.file("forecast.csv"))
    try folder.file("metrics.json").write(document.pretty)
    try charts.write(record, to: folder.file("report.html"))
  }
}
