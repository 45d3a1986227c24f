/// A CSV file as columns.
///
/// Columns whose cells are all numbers or missing are kept as numbers, others as text.
public struct Table: Sendable {
  /// The file as it was given; what messages call it.
  public let path: String
  /// The names of the columns.
  public let header: [String]
  /// The number of rows below the header, blank lines left out.
  public let rowCount: Int

  let columns: [TableColumn]
  /// The row below the header.
  private let firstFileRow: Int
  /// The rows of the file that are blank and were passed over, in ascending order.
  private let blankFileRows: [Int]

  /// One-liners for the user about how the file was read.
  let notes: [String]

  /// The file's name without its folder.
  public var fileName: String { Self.name(of: path) }

  init(
    path: String, header: [String], columns: [TableColumn], rowCount: Int, firstFileRow: Int,
    blankFileRows: [Int], notes: [String] = []
  ) {
    self.path = path
    self.header = header
    self.columns = columns
    self.rowCount = rowCount
    self.firstFileRow = firstFileRow
    self.blankFileRows = blankFileRows
    self.notes = notes
  }

  /// A table of numbers that are already there.
  ///
  /// - Parameters:
  ///   - fileName: What messages call it.
  ///   - columns: Names and values, as many in each column; NaN is missing.
  /// - Throws: `TimeSeriesError` where a name is empty or repeats, or there are no values or
  ///   different numbers of them.
  public init(
    fileName: String, columns: [(name: String, values: [Double])]
  ) throws(TimeSeriesError) {
    try CSVHeader.check(columns.map(\.name), row: nil, of: fileName)
    let rowCount = columns.first?.values.count ?? 0
    guard rowCount > 0 else { throw TimeSeriesError(file: fileName, reason: "there are no rows") }
    for (name, values) in columns where values.count != rowCount {
      throw TimeSeriesError(
        file: fileName, column: name,
        reason: "expected \(counted(rowCount, "value")) as in the first column, found "
          + grouped(values.count))
    }
    self.init(
      path: fileName, header: columns.map(\.name), columns: columns.map { .numbers($0.values) },
      rowCount: rowCount, firstFileRow: 2, blankFileRows: [])
  }

  /// Whether every cell of a column is a number or missing; `false` for an unknown column.
  public func isNumeric(_ column: String) -> Bool { numbers(column) != nil }

  /// The numbers of a column, NaN where missing; `nil` for an unknown column or one with text.
  public func numbers(_ column: String) -> [Double]? {
    guard case .numbers(let numbers)? = self[column] else { return nil }
    return numbers
  }

  /// The row in the file of a row of the table; the header is row 1.
  public func fileRow(_ row: Int) -> Int {
    // A blank row pushes on by one what is at or after it. How many do is found by bisection:
    // `blankFileRows[k] - k` never falls.
    var low = 0
    var high = blankFileRows.count
    while low < high {
      let middle = (low + high) / 2
      if blankFileRows[middle] - middle <= firstFileRow + row {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return firstFileRow + row + low
  }

  subscript(name: String) -> TableColumn? {
    header.firstIndex(of: name).map { columns[$0] }
  }

  static func name(of path: String) -> String {
    path.split(separator: "/").last.map { String($0) } ?? path
  }

  /// An error at a cell, by the row of the table.
  func failure(row: Int, column: String, _ reason: String) -> TimeSeriesError {
    TimeSeriesError(file: path, row: fileRow(row), column: column, reason: reason)
  }
}
