/// Neighbouring anomalous rows of one target, taken together.
public struct Event: Hashable, Sendable {
  /// The rows from the first anomalous one to the last.
  public internal(set) var rows: ClosedRange<Int>
  /// The row with the highest score.
  public internal(set) var peakRow: Int
  /// The judgement of the row with the highest score.
  public internal(set) var peak: Judgement
  /// The number of anomalous rows.
  public internal(set) var anomalousRows: Int
}

/// Gathers judgements of one target, in order, into events.
///
/// A normal row ends an event. A row that cannot be judged does not: nothing shows that the
/// trouble was over, so the anomalous rows before and after it belong to one event.
public struct EventMerger: Hashable, Sendable {
  private var current: Event?

  /// A merger that has seen nothing.
  public init() {}

  /// Takes the next row's judgement.
  ///
  /// - Parameters:
  ///   - judgement: What was found.
  ///   - row: The row's number, above that of the row before.
  /// - Returns: The event that this row ended, if it did.
  public mutating func add(_ judgement: Judgement, row: Int) -> Event? {
    switch judgement.verdict {
    case .noActual, .noForecast: return nil
    case .normal: return finish()
    case .anomaly:
      guard var event = current else {
        current = Event(rows: row...row, peakRow: row, peak: judgement, anomalousRows: 1)
        return nil
      }
      event.rows = event.rows.lowerBound...row
      event.anomalousRows += 1
      if !((judgement.score ?? 0) <= (event.peak.score ?? 0)) {
        event.peak = judgement
        event.peakRow = row
      }
      current = event
      return nil
    }
  }

  /// Ends the event in progress, if there is one, and returns it.
  public mutating func finish() -> Event? {
    defer { current = nil }
    return current
  }
}
