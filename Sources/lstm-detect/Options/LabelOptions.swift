import AnomalyDetection
import ArgumentParser
import ResultText
import TimeSeries

/// What is known of anomalies, and how many of them make a run fail.
struct LabelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A text file of known anomalies, against which events and scores are measured: in each line a "
        + "date or time, or a first and a last one with a comma between them (numbers of rows where "
        + "they have no times), and perhaps a target as a third column.",
      valueName: "file", visibility: .hidden), completion: .file())
  var labels: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "End with exit status 3, after everything is written, where there are at least so many "
        + "anomalies.",
      valueName: "N"))
  var failOn: Int?

  /// The exit status where there are too many anomalies.
  static let status: Int32 = 3

  func validate() throws {
    try Check.path(labels, "--labels")
    if let failOn { try Check.atLeastOne(failOn, "--fail-on") }
  }

  /// The file's part among others; nothing where there is none.
  var places: [Place] { labels.map { [Place("--labels", $0)] } ?? [] }

  /// The labels of a series; `nil` where none were given.
  ///
  /// - Throws: `TimeSeriesError` where the file is not as needed.
  func labels(for series: Series) throws(TimeSeriesError) -> Labels? {
    guard let labels else { return nil }
    return try Labels(path: labels, axis: series.time, targets: series.targets)
  }

  /// Measures what was found, where there are labels, and notes the options.
  ///
  /// - Throws: `TimeSeriesError` where the file is not as needed.
  func evaluate(_ record: inout RunRecord, _ console: Console) throws(TimeSeriesError) {
    record.options += [("labels", .optional(labels)), ("fail-on", .optional(failOn))]
    guard let labels = try labels(for: record.analysis.series) else { return }
    let evaluation = Evaluation(of: record.analysis, against: labels)
    record.evaluation = evaluation
    let count = evaluation.unmatchedCount
    guard count > 0 else { return }
    let note =
      "\(Numbers.readable(count)) of \(Findings.count(evaluation.labelCount, "label")) "
      + "\(count == 1 ? "overlaps" : "overlap") no judged row, and \(count == 1 ? "is" : "are") "
      + "left out"
    console.note(note)
    record.notes.append(note)
  }

  /// The same for one series; several are noted only.
  ///
  /// - Throws: Where the file is not as needed, or there are labels for several series.
  func evaluate(_ outcome: inout Outcome, _ console: Console) throws {
    switch outcome {
    case .one(var record):
      try evaluate(&record, console)
      outcome = .one(record)
    case .several(var record):
      if labels != nil { throw Self.contradiction }
      record.run.options += [("labels", .null), ("fail-on", .optional(failOn))]
      outcome = .several(record)
    }
  }

  /// What is said of labels and several series.
  static var contradiction: CommandError {
    CommandError(
      description:
        "--labels does not tell which series a label is of, so it does not go with --series; "
        + "judge one series at a time, as with --where store=S1")
  }

  /// Throws the exit status for it where there are too many events, and says so.
  func check(events count: Int) throws {
    guard let failOn, count >= failOn else { return }
    // Whoever reads the results must have them.
    try Terminal.checkOutput()
    Console.showNotes()
    Console.fail(
      "\(Numbers.readable(count)) \(count == 1 ? "anomaly was" : "anomalies were") found, and "
        + "--fail-on \(failOn) ends with exit status \(Self.status) then")
    throw ExitCode(Self.status)
  }
}
