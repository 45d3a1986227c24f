import AnomalyDetection
import LSTMCompute
import ResultText
import TimeSeries

extension ResultFiles {
  /// A part of the results: what was found in a series, and the keys that tell it from others.
  typealias Part = (analysis: Analysis, keys: [(name: String, value: String)])

  static let jsonNames = ["predictions.jsonl", "anomalies.jsonl"]

  /// Where a row is in time: text, or a number.
  private func place(_ row: Int, _ axis: TimeAxis) -> JSONValue {
    switch axis.kind {
    case .dates, .times: .string(axis.label(at: row))
    case .numbers, .rowNumbers: .literal(axis.label(at: row))
    }
  }

  /// The keys of several series as a member of their own, so that no column is called as another member.
  private func series(_ part: Part) -> [(String, JSONValue)] {
    part.keys.isEmpty
      ? [] : [("series", .object(part.keys.map { ($0.name, .string($0.value)) }))]
  }

  /// One object per judged row and target, with the numbers of `predictions.csv`.
  func writePredictionLines(
    of part: Part, with write: (String) throws -> Void
  ) rethrows {
    let analysis = part.analysis
    guard let rows = analysis.targets.first?.judgedRows else { return }
    let alarms = analysis.targets.map { Set($0.events.flatMap(\.alarmRows)) }
    for row in rows {
      for (number, target) in analysis.targets.enumerated() {
        let judgment = target.judgments[row - rows.lowerBound]
        try write(
          JSONValue.object(
            series(part) + [
              ("time", place(row, analysis.time)), ("target", .string(target.name)),
              ("actual", .optional(judgment.actual)),
              ("expected", JSONValue.rounded(judgment.expected)),
              ("residual", JSONValue.rounded(judgment.residual)),
              ("score", target.isScored ? JSONValue.rounded(judgment.score) : .null),
              ("anomaly", .bool(judgment.isAnomaly)),
              ("alarm", .bool(alarms[number].contains(row))),
            ]
              + zip(analysis.uncertainties, target.uncertainties).map {
                ($0.columnName, JSONValue.rounded($1[row]))
              }
          ).compact + "\n")
      }
    }
  }

  /// One object per row to come and target, in the form of the predictions.
  func writeFutureLines(of part: Part, with write: (String) throws -> Void) rethrows {
    let analysis = part.analysis
    for (lead, values) in analysis.future.enumerated() {
      for (target, value) in zip(analysis.targets.indices, values) {
        try write(
          JSONValue.object(
            series(part) + [
              ("time", place(analysis.series.rowCount + lead, analysis.time)),
              ("target", .string(analysis.targets[target].name)), ("actual", .null),
              ("expected", JSONValue.rounded(value)), ("residual", .null), ("score", .null),
              ("anomaly", .bool(false)), ("alarm", .bool(false)),
            ]
              + zip(analysis.uncertainties, analysis.futureUncertainties[lead][target]).map {
                ($0.columnName, JSONValue.rounded($1))
              }
          ).compact + "\n")
      }
    }
  }

  /// One object per event, with the numbers of `anomalies.csv`.
  func writeAnomalyLines(of part: Part, with write: (String) throws -> Void) rethrows {
    let analysis = part.analysis
    for target in analysis.targets {
      for event in target.events {
        try write(
          JSONValue.object(
            series(part) + [
              ("target", .string(target.name)),
              ("start", place(event.rows.lowerBound, analysis.time)),
              ("end", place(event.rows.upperBound, analysis.time)),
              ("peak", place(event.peakRow, analysis.time)),
              ("actual", .optional(event.peak.actual)),
              ("expected", JSONValue.rounded(event.peak.expected)),
              ("residual", JSONValue.rounded(event.peak.residual)),
              ("score", JSONValue.rounded(event.peak.score)),
              ("severity", JSONValue.rounded(event.peak.severity)),
              ("kind", .string(event.kind.rawValue)),
              ("direction", .string(event.direction.rawValue)),
              ("rows", .integer(event.anomalousRows)),
              ("usual", JSONValue.rounded(event.peak.usual)),
              ("alarms", .array(event.alarmRows.map { place($0, analysis.time) })),
            ]
          ).compact + "\n")
      }
    }
  }

  /// `predictions.jsonl` and `anomalies.jsonl`, where they are wanted.
  func writeLines(of parts: [Part], to folder: ResultSet) throws {
    guard writesLines else { return }
    let predictions = try folder.file(Self.jsonNames[0])
    for part in parts { try writePredictionLines(of: part) { try predictions.write($0) } }
    let anomalies = try folder.file(Self.jsonNames[1])
    for part in parts { try writeAnomalyLines(of: part) { try anomalies.write($0) } }
  }
}
