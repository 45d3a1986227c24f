/// One row of a series, as it comes.
public struct LiveRow: Hashable, Sendable {
  /// The values by the names of the columns; NaN where one is missing.
  public var values: [String: Double]
  /// The row's time.
  public var time: RowTime
  /// What stands in the key columns, where rows of several series come together.
  public var key: [String]

  /// A row.
  public init(values: [String: Double], time: RowTime, key: [String] = []) {
    self.values = values
    self.time = time
    self.key = key
  }
}

/// The time of one row.
public struct RowTime: Hashable, Sendable, Codable {
  /// What the value is.
  public var kind: TimeAxis.Kind
  /// Whole milliseconds since 1970-01-01T00:00:00 of dates and times, a number otherwise.
  public var value: Double
  /// Whether it is UTC; local time otherwise.
  public var isUTC: Bool

  /// A time.
  public init(kind: TimeAxis.Kind, value: Double, isUTC: Bool = false) {
    self.kind = kind
    self.value = value
    self.isUTC = isUTC
  }

  /// The time as text: `2012-10-29`, `2012-10-29T13:00:00`, `17`.
  public var label: String { TimeAxis.label(of: value, kind: kind, isUTC: isUTC) }

  /// Milliseconds since 1970-01-01T00:00:00; `nil` where rows have numbers only.
  public var moment: Double? { kind == .dates || kind == .times ? value : nil }
}
