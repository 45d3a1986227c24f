import AnomalyDetection
import LSTMCompute
import ResultText
import TimeSeries

/// The CSV files that hold an analysis, for programs to read.
struct ResultFiles {
  /// Whether names that a spreadsheet would take for formulas are written as they are.
  var keepsNames: Bool
  /// Whether predictions and anomalies are written as JSON lines too.
  var writesLines = false

  /// What a run or a detection writes.
  var names: [String] { Self.names + (writesLines ? Self.jsonNames : []) }

  /// What a run or a detection writes in any case.
  static let names = [
    "predictions.csv", "anomalies.csv", "joint.csv", "forecast.csv", "metrics.json", "report.html",
  ]
  static let predictionsHeader = "time,target,actual,expected,residual,score,anomaly,alarm"
  static let anomaliesHeader =
    "target,start,end,peak,actual,expected,residual,score,severity,kind,rows,usual\n"
  static let forecastHeader = "time,target,lead,expected"

  /// The key columns of several series, as a header or a line begins.
  func prefix(_ cells: [String]) -> String {
    // A number such as -5 is no formula.
    cells.map { CSVText.name($0, isKept: keepsNames || Double($0) != nil) + "," }.joined()
  }

  /// A header with a column for everything that is said beside a forecast.
  private func line(_ header: String, _ analysis: Analysis) -> String {
    ([header] + analysis.uncertainties.map(\.columnName)).joined(separator: ",") + "\n"
  }

  /// The cells of those columns, each with a comma before it.
  private func cells(_ uncertainties: [Double]) -> String {
    uncertainties.map { "," + CSVText.rounded($0) }.joined()
  }

  private func name(_ target: TargetAnalysis) -> String {
    CSVText.name(target.name, isKept: keepsNames)
  }

  /// The header of the predictions.
  func writePredictionsHeader(
    of analysis: Analysis, prefix: String = "", with write: (String) throws -> Void
  ) rethrows {
    try write(prefix + line(Self.predictionsHeader, analysis))
  }

  /// One row per judged row and target.
  func writePredictions(
    of analysis: Analysis, prefix: String = "", with write: (String) throws -> Void
  ) rethrows {
    let names = analysis.targets.map { name($0) }
    guard let rows = analysis.targets.first?.judgedRows else { return }
    let alarms = analysis.targets.map { Set($0.events.flatMap(\.alarmRows)) }
    for row in rows {
      let time = CSVText.cell(analysis.time.label(at: row))
      for (number, (target, name)) in zip(analysis.targets, names).enumerated() {
        let judgment = target.judgments[row - rows.lowerBound]
        try write(
          prefix + "\(time),\(name),\(CSVText.exact(judgment.actual)),"
            + "\(CSVText.rounded(judgment.expected)),\(CSVText.rounded(judgment.residual)),"
            + "\(target.isScored ? CSVText.rounded(judgment.score) : ""),"
            + "\(judgment.isAnomaly ? 1 : 0),\(alarms[number].contains(row) ? 1 : 0)"
            + cells(target.uncertainties.map { $0[row] }) + "\n")
      }
    }
  }

  /// One row per row after the last one and target, in the form of the predictions.
  func writeFutureAsPredictions(
    of analysis: Analysis, prefix: String = "", with write: (String) throws -> Void
  ) rethrows {
    for (lead, values) in analysis.future.enumerated() {
      let time = CSVText.cell(analysis.time.label(at: analysis.series.rowCount + lead))
      let uncertainties = analysis.futureUncertainties[lead]
      for ((target, value), beside) in zip(zip(analysis.targets, values), uncertainties) {
        try write(
          prefix + "\(time),\(name(target)),,\(CSVText.rounded(value)),,,0,0"
            + cells(beside) + "\n")
      }
    }
  }

  /// One row per event.
  func writeAnomalies(
    of analysis: Analysis, prefix: String = "", to file: StagedFile
  ) throws {
    for target in analysis.targets {
      for event in target.events {
        let times = [event.rows.lowerBound, event.rows.upperBound, event.peakRow]
          .map { CSVText.cell(analysis.time.label(at: $0)) }
        try file.write(
          prefix
            + ([name(target)] + times + [
              CSVText.exact(event.peak.actual), CSVText.rounded(event.peak.expected),
              CSVText.rounded(event.peak.residual), CSVText.rounded(event.peak.score),
              CSVText.rounded(event.peak.severity), event.kind.rawValue,
              "\(event.anomalousRows)", CSVText.rounded(event.peak.usual),
            ]).joined(separator: ",") + "\n")
      }
    }
  }

  /// The header of the joint scores.
  func writeJointHeader(
    of analysis: Analysis, prefix: String = "", to file: StagedFile
  ) throws {
    try file.write(
      prefix + "time,score,severity,target,"
        + analysis.targets.map { name($0) }.joined(separator: ",")
        + "\n")
  }

  /// One row per judged row: how unusual it is over all targets, and what each has to do with it.
  func writeJoint(of analysis: Analysis, prefix: String = "", to file: StagedFile) throws {
    let names = analysis.targets.map { name($0) }
    guard let rows = analysis.targets.first?.judgedRows else { return }
    for (row, score) in zip(rows, analysis.jointScores) {
      let cells = [
        CSVText.cell(analysis.time.label(at: row)), CSVText.rounded(score?.value),
        CSVText.rounded(score.map { Judgment.severity($0.value) }),
        score?.first.map { names[$0] } ?? "",
      ]
      let shares = names.indices.map { target in
        score.map { Numbers.fixed($0.shares[target], decimals: 3) } ?? ""
      }
      try file.write(prefix + (cells + shares).joined(separator: ",") + "\n")
    }
  }

  /// The header of the forecasts.
  func writeForecastHeader(
    of analysis: Analysis, prefix: String = "", to file: StagedFile
  ) throws {
    try file.write(prefix + line(Self.forecastHeader, analysis))
  }

  /// One row per row after the last one and target.
  func writeForecast(
    of analysis: Analysis, prefix: String = "", to file: StagedFile
  ) throws {
    for (lead, values) in analysis.future.enumerated() {
      let time = CSVText.cell(analysis.time.label(at: analysis.series.rowCount + lead))
      let uncertainties = analysis.futureUncertainties[lead]
      for ((target, value), beside) in zip(zip(analysis.targets, values), uncertainties) {
        try file.write(
          prefix + "\(time),\(name(target)),\(lead + 1),\(CSVText.rounded(value))"
            + cells(beside) + "\n")
      }
    }
  }
}

extension ResultFiles {
  /// All files of a run or a detection.
  func write(
    _ record: RunRecord, document: JSONValue, charts: ReportWriter, to folder: ResultSet
  ) throws {
    try write([(record.analysis, "")], keys: "", to: folder)
    try folder.file("metrics.json").write(document.pretty)
    try charts.write(ReportContent(record), to: folder.file("report.html"))
  }

  /// The CSV files of one or several series.
  ///
  /// - Parameters:
  ///   - analyses: What was found in each, and the keys with which its lines begin.
  ///   - keys: The key columns with which headers begin.
  ///   - folder: Where the files go.
  /// - Throws: What keeps them from being written.
  func write(
    _ analyses: [(analysis: Analysis, prefix: String)], keys: String, to folder: ResultSet
  ) throws {
    guard let first = analyses.first?.analysis else { return }
    let predictions = try folder.file("predictions.csv")
    try writePredictionsHeader(of: first, prefix: keys) { try predictions.write($0) }
    for (analysis, prefix) in analyses {
      try writePredictions(of: analysis, prefix: prefix) { try predictions.write($0) }
    }
    let anomalies = try folder.file("anomalies.csv")
    try anomalies.write(keys + Self.anomaliesHeader)
    for (analysis, prefix) in analyses {
      try writeAnomalies(of: analysis, prefix: prefix, to: anomalies)
    }
    let joint = try folder.file("joint.csv")
    try writeJointHeader(of: first, prefix: keys, to: joint)
    for (analysis, prefix) in analyses {
      try writeJoint(of: analysis, prefix: prefix, to: joint)
    }
    let forecast = try folder.file("forecast.csv")
    try writeForecastHeader(of: first, prefix: keys, to: forecast)
    for (analysis, prefix) in analyses {
      try writeForecast(of: analysis, prefix: prefix, to: forecast)
    }
  }
}

extension ResultFiles {
  /// Fewer bytes than a model of some networks of a kind takes.
  static func leastSize(ofModel network: NetworkSpecification, members: Int) -> Int {
    Checked.sum(
      1024, Checked.product(members, ParameterLayout(network).count, MemoryLayout<Float>.stride))
  }

  /// Fewer bytes than the files of a run take, so that nobody waits for a training whose results
  /// cannot be written.
  static func leastSize(
    of parts: [FittingData.Part], network: NetworkSpecification, members: Int
  ) -> Int {
    let targets = parts.first?.series.targets.count ?? 0
    let test = parts.reduce(0) { $0 + $1.split.test.count }
    // A judged row in predictions.csv and in metrics.json's sums, a row of a chart in report.html.
    let judged = Checked.product(test, targets, 40)
    let drawn = Checked.product(min(parts.first?.series.rowCount ?? 0, 1000), targets, 10)
    return Checked.sum(leastSize(ofModel: network, members: members), judged, drawn, 16_384)
  }
}
