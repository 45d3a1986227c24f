/// The time of each row of a series.
public struct TimeAxis: Hashable, Sendable {
  /// What the values are.
  public enum Kind: String, Hashable, Sendable, Codable {
    /// Whole days, in milliseconds since 1970.
    case dates
    /// Points in time, in milliseconds since 1970.
    case times
    /// Numbers of a column.
    case numbers
    /// Numbers of the file's rows; the header is row 1.
    case rowNumbers
  }

  /// What the values are.
  public let kind: Kind
  /// The columns of the file that the values are from; none for row numbers.
  public let columns: [String]
  /// One value for each row.
  ///
  /// Dates and times are whole milliseconds since 1970-01-01T00:00:00.
  public let values: [Double]
  /// Whether the file gave offsets from UTC, so that the times are UTC; local time otherwise.
  public let isUTC: Bool

  /// The number of rows.
  public var count: Int { values.count }
  /// The median difference between neighbours, in milliseconds for dates and times.
  public var step: Double { preconditionFailure("to be written") }
  /// How many rows make a season: 24 of hours, 7 of days, 12 of months; `nil` where it is not known.
  public var season: Int? { preconditionFailure("to be written") }

  /// A row's time as text: `2012-10-29`, `2012-10-29T13:00:00`, `17`.
  public func label(at row: Int) -> String { preconditionFailure("to be written") }

  /// The axis with further rows at its end, a step apart; months where the rows are months.
  public func extended(by count: Int) -> TimeAxis { preconditionFailure("to be written") }

  /// The first row of a time or later; `count` where there is none.
  ///
  /// - Parameter text: A time as in the file or as in a label.
  /// - Returns: `nil` where the text is no time of this axis' kind.
  public func firstRow(notBefore text: String) -> Int? { preconditionFailure("to be written") }
}
