/// What a series is made of, and what is done about rows that are not as they should be.
public struct SeriesOptions: Hashable, Sendable, Codable {
  /// What is done about rows of the same time.
  public enum Duplicates: String, Hashable, Sendable, Codable, CaseIterable {
    /// They are an error.
    case error
    /// The last one in the file is kept.
    case last
    /// They become one row with the means of their values.
    case mean
  }

  /// What is done about missing values: empty cells, NaN, NA, N/A, null.
  public enum Missing: String, Hashable, Sendable, Codable, CaseIterable {
    /// The value before is repeated; the first value is repeated towards the start.
    case forward
    /// Rows with a missing value are left out.
    case drop
    /// They are an error.
    case error
  }

  /// The columns that hold the time: one, or several such as a date and an hour.
  ///
  /// `nil` finds them; an empty array takes the row numbers.
  public var time: [String]?
  /// The columns that the network sees; `nil` takes every numeric one, targets included.
  public var features: [String]?
  /// Columns that are never taken as features of themselves.
  public var excluded: [String]
  /// The columns that are forecast.
  public var targets: [String]
  /// What is done about rows of the same time.
  public var duplicates: Duplicates
  /// What is done about missing values.
  public var missing: Missing

  /// Options with defaults for all but the targets.
  ///
  /// - Parameters:
  ///   - targets: The columns that are forecast.
  ///   - time: The columns that hold the time; `nil` finds them, an empty array takes row numbers.
  ///   - features: The columns that the network sees; `nil` takes every numeric one.
  ///   - excluded: Columns that are never taken as features of themselves.
  ///   - duplicates: What is done about rows of the same time.
  ///   - missing: What is done about missing values.
  public init(
    targets: [String], time: [String]? = nil, features: [String]? = nil, excluded: [String] = [],
    duplicates: Duplicates = .error, missing: Missing = .forward
  ) {
    self.time = time
    self.features = features
    self.excluded = excluded
    self.targets = targets
    self.duplicates = duplicates
    self.missing = missing
  }
}
