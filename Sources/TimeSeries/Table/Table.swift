/// A CSV file as columns.
public struct Table: Sendable {
  /// The file's name without its folder, for messages.
  public let fileName: String
  /// The names of the columns.
  public let header: [String]
  /// The number of rows below the header, blank lines left out.
  public let rowCount: Int

  /// Reads a CSV file.
  ///
  /// The delimiter (comma, semicolon or tab) is found from the header. Cells may be quoted.
  ///
  /// - Parameter path: The path of the file.
  /// - Returns: The table.
  /// - Throws: `TimeSeriesError` where the file is missing, empty or not a table.
  public static func read(path: String) throws(TimeSeriesError) -> Table {
    preconditionFailure("to be written")
  }

  /// Reads a CSV from a text.
  ///
  /// - Parameters:
  ///   - fileName: What messages call it.
  ///   - text: The content of a CSV file.
  /// - Throws: `TimeSeriesError` where the text is empty or not a table.
  public init(fileName: String, text: String) throws(TimeSeriesError) {
    preconditionFailure("to be written")
  }

  /// A table of numbers that are already there.
  ///
  /// - Parameters:
  ///   - fileName: What messages call it.
  ///   - columns: Names and values, as many in each column; NaN is missing.
  /// - Throws: `TimeSeriesError` where names repeat or lengths differ.
  public init(
    fileName: String, columns: [(name: String, values: [Double])]
  ) throws(TimeSeriesError) {
    preconditionFailure("to be written")
  }

  /// Whether every cell of a column is a number or missing; `false` for an unknown column.
  public func isNumeric(_ column: String) -> Bool { preconditionFailure("to be written") }

  /// The numbers of a column, NaN where missing; `nil` for an unknown column or one with text.
  public func numbers(_ column: String) -> [Double]? { preconditionFailure("to be written") }

  /// The row in the file of a row of the table; the header is row 1.
  public func fileRow(_ row: Int) -> Int { preconditionFailure("to be written") }
}
