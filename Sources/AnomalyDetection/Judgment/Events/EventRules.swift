/// Which rows make an event, and which events count.
public struct EventRules: Hashable, Sendable, Codable {
  /// Which way a value must be off.
  public enum Direction: String, Hashable, Sendable, Codable, CaseIterable {
    /// Above its forecast.
    case up
    /// Below its forecast.
    case down
    /// Either way.
    case both
  }

  /// Which way a value must be off to be an anomaly.
  public var direction = Direction.both
  /// The smallest |residual| of an anomaly, in the target's unit.
  public var leastSize = 0.0
  /// So many normal rows do not end an event: what follows an anomaly is often its echo.
  public var gap = 3
  /// An event has so many anomalous rows at least.
  public var leastLength = 1
  /// In so many rows after an alarm only a higher score is another one; 0 where each event is.
  public var mute = 0
  /// Times, in milliseconds since 1970 or as numbers, at which nothing is an anomaly.
  public var ignored: [ClosedRange<Double>] = []

  /// Rules under which every anomalous row counts.
  public init() {}

  /// Whether a residual can be an anomaly.
  func concern(_ residual: Double, at time: Double?) -> Bool {
    switch direction {
    case .up where residual <= 0: return false
    case .down where residual >= 0: return false
    default: break
    }
    guard residual.magnitude >= leastSize else { return false }
    guard let time else { return true }
    return !ignored.contains { $0.contains(time) }
  }
}
