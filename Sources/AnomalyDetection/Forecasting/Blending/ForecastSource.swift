/// Who makes a forecast.
public enum ForecastSource: String, Hashable, Sendable, Codable, CaseIterable {
  /// The network.
  case network
  /// A ridge regression on the last values, the seasons before, the other columns and the calendar.
  case linear
  /// The last value known.
  case persistence
  /// The value one season before.
  case seasonalNaive = "seasonal_naive"

  /// Whether the forecast costs nothing and needs no fitting.
  public var isSimple: Bool { self == .persistence || self == .seasonalNaive }
}
