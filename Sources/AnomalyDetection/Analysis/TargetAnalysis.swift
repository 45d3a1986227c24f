/// One target's values beside their forecasts, and what was found in the rows that were judged.
public struct TargetAnalysis: Sendable {
  /// The target's column.
  public let name: String
  /// The measured value of each row; NaN where it is missing.
  public let actual: [Double]
  /// The forecast of each row, made one step before; NaN where there is none.
  public let expected: [Double]
  /// What was said of each row beside `expected`, for each of the `Analysis.uncertainties`; NaN
  /// where there is no forecast.
  public let uncertainties: [[Double]]
  /// The rows that were judged.
  public let judgedRows: Range<Int>
  /// The largest |residual| that is normal; infinite where it is not known.
  public let threshold: Double
  /// The judgement of each judged row.
  public let judgements: [Judgement]
  /// The anomalous rows, neighbouring ones merged.
  public let events: [Event]

  /// Judges some rows of a target in order.
  ///
  /// - Parameters:
  ///   - name: The target's column.
  ///   - actual: The measured value of each row; NaN where it is missing.
  ///   - expected: The forecast of each row; NaN where there is none.
  ///   - uncertainties: What was said of each row beside its forecast, if anything.
  ///   - rows: The rows to be judged.
  ///   - scorer: Turns residuals into scores.
  ///   - threshold: The largest |residual| that is normal, for drawing.
  public init(
    name: String, actual: [Double], expected: [Double], uncertainties: [[Double]] = [],
    judging rows: Range<Int>, with scorer: some Scorer, threshold: Double
  ) {
    precondition(actual.count == expected.count, "a forecast for each row, or NaN")
    var scorer = scorer
    var merger = EventMerger()
    var events: [Event] = []
    var judgements: [Judgement] = []
    judgements.reserveCapacity(rows.count)
    for row in rows {
      let judgement = scorer.judge(actual: actual[row], expected: expected[row])
      judgements.append(judgement)
      if let event = merger.add(judgement, row: row) { events.append(event) }
    }
    if let event = merger.finish() { events.append(event) }
    self.name = name
    self.actual = actual
    self.expected = expected
    self.uncertainties = uncertainties
    self.judgedRows = rows
    self.threshold = threshold
    self.judgements = judgements
    self.events = events
  }

  /// The number of rows that were to be judged and could not be, for want of a value or a forecast.
  public var unjudgedCount: Int {
    judgements.count { $0.verdict == .noActual || $0.verdict == .noForecast }
  }

  /// The rows that are anomalous.
  public var anomalousRows: [Int] {
    zip(judgedRows, judgements).filter(\.1.isAnomaly).map(\.0)
  }

  /// Actual minus expected of each row; NaN where one is missing.
  public var residuals: [Double] { zip(actual, expected).map { $0 - $1 } }

  /// The event with the highest score.
  public var largestEvent: Event? {
    events.max { ($0.peak.score ?? 0) < ($1.peak.score ?? 0) }
  }
}
