/// What is wrong with a file or with what is asked of it, as one line that says where.
public struct TimeSeriesError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file's name.
  public var file: String
  /// The row in the file, where there is one; the header is row 1.
  public var row: Int?
  /// The column, where there is one.
  public var column: String?
  /// What was expected and what was found instead.
  public var reason: String

  /// An error from its parts.
  ///
  /// - Parameters:
  ///   - file: The file's name.
  ///   - row: The row in the file; the header is row 1.
  ///   - column: The name of the column.
  ///   - reason: What was expected and what was found instead.
  public init(file: String, row: Int? = nil, column: String? = nil, reason: String) {
    self.file = file
    self.row = row
    self.column = column
    self.reason = reason
  }

  /// One line, such as `sales.csv, row 17, column 'cnt': expected a number, found 'abc'`.
  public var description: String {
    var place = [file.isEmpty ? "data" : file]
    if let row { place.append("row \(row)") }
    if let column { place.append("column '\(excerpt(column))'") }
    return place.joined(separator: ", ") + ": " + reason
  }
}
