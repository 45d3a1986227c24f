/// What was found about one target in one row, in order.
public struct JudgedRow: Hashable, Sendable {
  /// The judgment.
  public var judgment: Judgment
  /// The smallest value that is no surprise; NaN where there is no forecast.
  public var lowest: Double
  /// The largest value that is no surprise; NaN where there is no forecast.
  public var highest: Double
  /// The event that this row is an alarm of, as it is known by now; `nil` where it is none.
  ///
  /// An event counts from the row with which it has as many anomalous rows as the rules want; that row
  /// is its first alarm then, and `Event.alarmRows` names the rows that are alarms in retrospect.
  public var alarm: Event?
  /// The event that this row ended; `nil` where it ended none that counts.
  public var ended: Event?
}

/// Judges the rows of one target in order, one at a time.
struct RowJudge: Sendable {
  /// Turns rows into scores.
  var scorer: any Scorer
  private(set) var merger: EventMerger

  init(_ scorer: any Scorer, rules: EventRules) {
    self.scorer = scorer
    merger = EventMerger(rules)
  }

  init(_ scorer: any Scorer, merger: EventMerger) {
    self.scorer = scorer
    self.merger = merger
  }

  /// Takes a row into account that is new to the scorer and is not to be judged.
  ///
  /// - Returns: Its score.
  mutating func learn(actual: Double, expected: Double, time: Double?) -> Double? {
    scorer.judge(actual: actual, expected: expected, time: time, rules: merger.rules).score
  }

  /// Judges a row.
  ///
  /// - Parameters:
  ///   - row: The row's number, above that of the row before.
  ///   - actual: The value that was measured; NaN where it is missing.
  ///   - expected: The value that was forecast; NaN where there is none.
  ///   - time: The row's time in milliseconds since 1970; `nil` where rows have none.
  ///   - isKnown: Whether the scorer was made from the row, which changes nothing then.
  /// - Returns: What was found.
  mutating func judge(
    row: Int, actual: Double, expected: Double, time: Double?, isKnown: Bool
  ) -> JudgedRow {
    let isForecast = expected.isFinite
    let span = scorer.limits(
      Observation(actual: actual, expected: isForecast ? expected : 0, time: time))
    let judgment = scorer.judge(
      actual: actual, expected: expected, time: time, isKnown: isKnown, rules: merger.rules)
    let before = merger.counting?.alarmRows.count ?? 0
    let ended = merger.add(judgment, row: row)
    let event = ended == nil ? merger.counting : nil
    return JudgedRow(
      judgment: judgment, lowest: isForecast ? span.lowerBound : .nan,
      highest: isForecast ? span.upperBound : .nan,
      alarm: event.flatMap { $0.alarmRows.count > before ? $0 : nil }, ended: ended)
  }

  /// Ends the event in progress, and returns it if there is one that counts.
  mutating func finish() -> Event? { merger.finish() }
}
