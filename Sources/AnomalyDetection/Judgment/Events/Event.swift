/// Neighboring anomalous rows of one target, taken together.
public struct Event: Hashable, Sendable, Codable {
  /// What an event looks like.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A few rows above their forecasts.
    case spike
    /// A few rows below their forecasts.
    case dip
    /// Many rows above their forecasts.
    case rise
    /// Many rows below their forecasts.
    case fall
    /// Rows on both sides of their forecasts.
    case unrest
    /// Forecasts that are worse than usual, none of them by much.
    case drift
    /// The very same value for longer than there ever was.
    case stuck
  }

  /// The rows from the first anomalous one to the last.
  public internal(set) var rows: ClosedRange<Int>
  /// The row with the highest score.
  public internal(set) var peakRow: Int
  /// The judgment of the row with the highest score.
  public internal(set) var peak: Judgment
  /// The number of anomalous rows.
  public internal(set) var anomalousRows: Int
  /// The number of anomalous rows above their forecasts.
  public internal(set) var rowsAbove: Int
  /// The rows in which an alarm is raised: the first one, and those that are worse than all rows of the
  /// last while.
  public internal(set) var alarmRows: [Int]

  /// Which way its rows are off: above their forecasts, below, or both.
  public var direction: EventRules.Direction {
    guard kind != .unrest, kind != .stuck else { return .both }
    return 2 * rowsAbove > anomalousRows ? .up : .down
  }

  /// More rows than this are no spike.
  private static let mostInASpike = 3

  /// What it looks like.
  public var kind: Kind {
    if peak.kind == .sustained || peak.kind == .level { return .drift }
    if peak.kind == .stuck { return .stuck }
    let (above, below) = (rowsAbove, anomalousRows - rowsAbove)
    if min(above, below) * 4 > anomalousRows { return .unrest }
    if anomalousRows <= Self.mostInASpike { return above > below ? .spike : .dip }
    return above > below ? .rise : .fall
  }
}

/// Gathers judgments of one target, in order, into events.
///
/// So many normal rows as the rules say end an event. A row that cannot be judged does not: nothing
/// shows that the trouble was over, so the anomalous rows before and after it belong to one event.
public struct EventMerger: Hashable, Sendable, Codable {
  /// The rules.
  public let rules: EventRules
  private var current: Event?
  /// The normal rows since the last anomalous one.
  private var normalRows = 0
  /// Alarms of the last while, each with a score that no later one reaches.
  private var recent: [Mark] = []

  private struct Mark: Hashable, Codable {
    var row: Int
    var score: Double
  }

  /// A merger that has seen nothing.
  public init(_ rules: EventRules = EventRules()) {
    self.rules = rules
  }

  /// The event in progress, whether it counts or not.
  var open: Event? { current }

  /// The event in progress, if it counts already: it is long enough, and an alarm was raised.
  public var counting: Event? {
    guard let current, current.anomalousRows >= rules.leastLength, !current.alarmRows.isEmpty else {
      return nil
    }
    return current
  }

  /// Takes the next row's judgment.
  ///
  /// - Parameters:
  ///   - judgment: What was found.
  ///   - row: The row's number, above that of the row before.
  /// - Returns: The event that this row ended, if it did.
  public mutating func add(_ judgment: Judgment, row: Int) -> Event? {
    switch judgment.verdict {
    case .noActual, .noForecast: return nil
    case .normal:
      normalRows += 1
      return normalRows > rules.gap ? finish() : nil
    case .anomaly:
      normalRows = 0
      let isAlarm = isAlarm(judgment.score ?? .infinity, row: row)
      let isAbove = (judgment.residual ?? 0) > 0
      guard var event = current else {
        current = Event(
          rows: row...row, peakRow: row, peak: judgment, anomalousRows: 1,
          rowsAbove: isAbove ? 1 : 0, alarmRows: isAlarm ? [row] : [])
        return nil
      }
      event.rows = event.rows.lowerBound...row
      event.anomalousRows += 1
      event.rowsAbove += isAbove ? 1 : 0
      if rules.mute > 0, isAlarm { event.alarmRows.append(row) }
      if !((judgment.score ?? 0) <= (event.peak.score ?? 0)) {
        event.peak = judgment
        event.peakRow = row
      }
      current = event
      return nil
    }
  }

  /// Ends the event in progress, and returns it if there is one that counts.
  public mutating func finish() -> Event? {
    defer {
      current = nil
      normalRows = 0
    }
    guard let current else { return nil }
    guard current.anomalousRows >= rules.leastLength else {
      // An event that does not count mutes none that does.
      recent.removeAll { current.rows.contains($0.row) }
      return nil
    }
    return current.alarmRows.isEmpty ? nil : current
  }

  /// Whether a score is above all of the last while.
  private mutating func isAlarm(_ score: Double, row: Int) -> Bool {
    guard rules.mute > 0 else { return true }
    recent.removeAll { $0.row < row - rules.mute }
    let isAlarm = recent.allSatisfy { score > $0.score }
    guard isAlarm else { return false }
    recent.removeAll { !($0.score > score) }
    recent.append(Mark(row: row, score: score))
    return true
  }
}
