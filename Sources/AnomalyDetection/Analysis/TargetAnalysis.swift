public import TimeSeries

/// One target's values beside their forecasts, and what was found in the rows that were judged.
public struct TargetAnalysis: Sendable, Codable {
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
  /// How far from its forecast a value typically is when it is an anomaly, in the target's unit;
  /// infinite where it is not known.
  public let threshold: Double
  /// Whether there was something to judge by.
  public let isScored: Bool
  /// The values between which each judged row is no surprise; NaN where there is no forecast.
  public let lowest: [Double]
  /// See `lowest`.
  public let highest: [Double]
  /// The judgment of each judged row.
  public let judgments: [Judgment]
  /// The scores of the rows that the scorer learned of before the first judged one.
  let learned: [Double?]
  /// The anomalous rows, neighbouring ones merged.
  public let events: [Event]
  /// By the peak of each event, the smallest and the largest value before it: in the rows before, and in
  /// those that the forecaster was fitted to.
  public let seen: [Int: ClosedRange<Double>]

  /// Judges some rows of a target in order.
  ///
  /// - Parameters:
  ///   - name: The target's column.
  ///   - actual: The measured value of each row; NaN where it is missing.
  ///   - expected: The forecast of each row; NaN where there is none.
  ///   - uncertainties: What was said of each row beside its forecast, if anything.
  ///   - axis: The times of the rows; `nil` where they have none.
  ///   - rows: The rows to be judged.
  ///   - new: The first row that the scorer does not know yet. Rows before it change nothing that later
  ///     ones are judged by; rows from it on do, also where they are not judged.
  ///   - scorer: Turns rows into scores; `nil` where nothing is known to judge by.
  ///   - rules: Which rows make an event.
  ///   - known: The smallest and the largest value that the forecaster was fitted to; `nil` where they
  ///     are not known.
  public init(
    name: String, actual: [Double], expected: [Double], uncertainties: [[Double]] = [],
    time axis: TimeAxis? = nil, judging rows: Range<Int>, newFrom new: Int = 0,
    with scorer: (any Scorer)?,
    rules: EventRules = EventRules(), seen known: ClosedRange<Double>? = nil
  ) {
    precondition(actual.count == expected.count, "a forecast for each row, or NaN")
    isScored = scorer != nil
    var judge = RowJudge(scorer ?? FixedThresholdScorer(threshold: .infinity), rules: rules)
    var events: [Event] = []
    var judgments: [Judgment] = []
    var limits: (lowest: [Double], highest: [Double]) = ([], [])
    judgments.reserveCapacity(rows.count)
    learned = (min(new, rows.lowerBound)..<rows.lowerBound).map { row in
      judge.learn(actual: actual[row], expected: expected[row], time: axis?.moment(of: row))
    }
    for row in rows {
      let found = judge.judge(
        row: row, actual: actual[row], expected: expected[row], time: axis?.moment(of: row),
        isKnown: row < new)
      limits.lowest.append(found.lowest)
      limits.highest.append(found.highest)
      judgments.append(found.judgment)
      if let event = found.ended { events.append(event) }
    }
    if let event = judge.finish() { events.append(event) }
    self.name = name
    self.actual = actual
    self.expected = expected
    self.uncertainties = uncertainties
    let smallest = actual.lazy.filter(\.isFinite).min()
    isNeverNegative = smallest.map { $0 >= 0 } ?? false
    self.judgedRows = rows
    self.judgments = judgments
    self.events = events
    seen = Self.seen(before: events.map(\.peakRow), in: actual, known)
    (lowest, highest) = limits
    let widths = zip(limits.lowest, limits.highest).map { ($1 - $0) / 2 }
      .filter { !$0.isNaN }.sorted()
    threshold = widths.isEmpty ? .infinity : widths[widths.count / 2]
  }

  /// The smallest and the largest value before each of some rows, which are in order.
  private static func seen(
    before rows: [Int], in values: [Double], _ known: ClosedRange<Double>?
  ) -> [Int: ClosedRange<Double>] {
    var found: [Int: ClosedRange<Double>] = [:]
    var (low, high) = (known?.lowerBound ?? .infinity, known?.upperBound ?? -.infinity)
    var next = 0
    for row in rows {
      for value in values[next..<row] where value.isFinite {
        (low, high) = (min(low, value), max(high, value))
      }
      next = row
      if low <= high { found[row] = low...high }
    }
    return found
  }

  /// The number of rows that were to be judged and could not be, for want of a value or a forecast.
  public var unjudgedCount: Int {
    judgments.count { $0.verdict == .noActual || $0.verdict == .noForecast }
  }

  /// The rows that are anomalous.
  public var anomalousRows: [Int] {
    zip(judgedRows, judgments).filter(\.1.isAnomaly).map(\.0)
  }

  /// The smallest or the largest value of each row that is no surprise; NaN where the row was not
  /// judged.
  ///
  /// - Parameter edge: `\.lowest` or `\.highest`.
  /// - Returns: A value for each row of the series.
  public func allLimits(_ edge: KeyPath<TargetAnalysis, [Double]>) -> [Double] {
    [Double](repeating: .nan, count: judgedRows.lowerBound) + self[keyPath: edge]
      + [Double](repeating: .nan, count: max(0, actual.count - judgedRows.upperBound))
  }

  /// Whether no value is below 0, as of counts and amounts; `false` where there is no value.
  public let isNeverNegative: Bool

  /// A limit as it is drawn: not below 0 where no value ever is.
  public func drawn(_ limit: Double) -> Double {
    isNeverNegative && limit < 0 ? 0 : limit
  }

  /// `lowest` as it is drawn.
  public var drawnLowest: [Double] { lowest.map(drawn) }

  /// Actual minus expected of each row; NaN where one is missing.
  public var residuals: [Double] { zip(actual, expected).map { $0 - $1 } }

  /// The event with the highest score.
  public var largestEvent: Event? {
    events.max { ($0.peak.score ?? 0) < ($1.peak.score ?? 0) }
  }
}
