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

  /// What is done about missing values: empty cells, NaN, NA, N/A, null and the like.
  public enum Missing: String, Hashable, Sendable, Codable, CaseIterable {
    /// The value before is repeated; rows before the first value are left out.
    case forward
    /// Rows with a missing value are left out.
    case drop
    /// They are an error.
    case error
  }

  /// What comes first in a date whose year is last, or has two digits.
  public enum DateOrder: String, Hashable, Sendable, Codable, CaseIterable {
    /// As in 31/12/2012.
    case day
    /// As in 12/31/2012.
    case month
    /// As in 12/12/31.
    case year
  }

  /// The columns that hold the time: one, or several such as a date and an hour.
  ///
  /// `nil` finds them; an empty array takes the row numbers.
  public var time: [String]?
  /// The columns that the network sees; `nil` takes every one of numbers or of a few words, targets
  /// included.
  public var features: [String]?
  /// Columns that are never taken as features of themselves.
  public var excluded: [String]
  /// Features that are known of a row before it has come; of a column of words, all of its numbers.
  public var known: [String]?
  /// The columns that tell several series apart, whose rows are in one table.
  ///
  /// `nil` where all rows are one series. `Panel` reads several.
  public var series: [String]?
  /// The columns that are forecast.
  public var targets: [String]
  /// What is done about rows of the same time.
  public var duplicates: Duplicates
  /// What is done about missing values.
  public var missing: Missing

  /// What comes first in dates; `nil` finds it out.
  public var dateOrder: DateOrder?
  /// How times are written, in the signs of `strptime`; `nil` finds it out.
  public var timeFormat: String?
  /// How the table is written.
  public var table: TableOptions?
  /// Only the rows that have these words or numbers in these columns are taken.
  public var rowFilter: [RowFilter]?
  /// Only the rows of this time and later ones are taken.
  public var from: String?
  /// Only the rows before this time are taken.
  public var until: String?
  /// Numbers that look like codes for missing values and are none.
  public var keptValues: [Double]?
  /// Numbers that stand for missing values, by column; those found are added, unless a model tells
  /// them, whose options have `categories`.
  public var missingCodes: [String: [Double]]?
  /// How columns of words become columns of numbers; `nil` takes the words of the file.
  public var categories: [Categories]?

  /// A column and what must stand in it.
  public struct RowFilter: Hashable, Sendable, Codable {
    /// The column.
    public var column: String
    /// The word or number.
    public var value: String

    /// A filter from its parts.
    public init(column: String, value: String) {
      self.column = column
      self.value = value
    }
  }

  /// The columns that choose rows or tell series apart: they are no features by themselves.
  var columnsOfRows: Set<String> {
    Set((rowFilter ?? []).map(\.column)).union(series ?? [])
  }

  /// Options with defaults for all but the targets.
  ///
  /// - Parameters:
  ///   - targets: The columns that are forecast.
  ///   - time: The columns that hold the time; `nil` finds them, an empty array takes row numbers.
  ///   - features: The columns that the network sees; `nil` takes every one that it can.
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

  /// The columns of the file that the features, the targets and the keys of series are made of.
  public var sourceColumns: [String] {
    var sources: [String: String] = [:]
    for its in categories ?? [] {
      for name in its.names { sources[name] = its.column }
    }
    var columns: [String] = []
    for name in ((series ?? []) + targets + (features ?? [])).map({ sources[$0] ?? $0 })
    where !columns.contains(name) {
      columns.append(name)
    }
    return columns
  }
}

extension SeriesOptions.DateOrder {
  init(_ order: TimeParser.Order) {
    switch order {
    case .dayFirst: self = .day
    case .monthFirst: self = .month
    case .yearFirst: self = .year
    }
  }

  var order: TimeParser.Order {
    switch self {
    case .day: .dayFirst
    case .month: .monthFirst
    case .year: .yearFirst
    }
  }
}
