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
  /// Where the first column of a name is.
  private let places: [String: Int]
  /// The row below the header.
  private let firstFileRow: Int
  /// The rows of the file that are blank and were passed over, in ascending order.
  private let blankFileRows: [Int]

  /// Rows without anything in them.
  let emptyRows: [Int]
  /// The rows of the file that its rows are, where some were picked.
  private let pickedRows: [Int32]?

  /// One-liners for the user about how the file was read.
  let notes: [String]
  /// Names that several columns of the file have.
  private let repeatedNames: Set<String>
  /// The sign before decimals, where the file shows it.
  public let decimal: TableOptions.DecimalSign?

  /// What reads the columns of text anew where some of the rows are picked.
  private let numberReader: NumberReader

  /// The file's name without its folder.
  public var fileName: String { Self.name(of: path) }

  init(
    path: String, header: [String], columns: [TableColumn], rowCount: Int, firstFileRow: Int,
    blankFileRows: [Int], notes: [String] = [], repeatedNames: Set<String> = [],
    emptyRows: [Int] = [], decimal: TableOptions.DecimalSign? = nil, pickedRows: [Int32]? = nil,
    numberReader: NumberReader = NumberReader(options: TableOptions(), delimiter: Delimiter(","))
  ) {
    self.path = path
    self.header = header
    places = Dictionary(zip(header, header.indices)) { first, _ in first }
    self.columns = columns
    self.rowCount = rowCount
    self.firstFileRow = firstFileRow
    self.blankFileRows = blankFileRows
    self.notes = notes
    self.repeatedNames = repeatedNames
    self.decimal = decimal
    self.pickedRows = pickedRows
    self.emptyRows = emptyRows
    self.numberReader = numberReader
  }

  /// Some of the rows: a column that has no text in them is one of numbers, and a note says how they
  /// were read.
  func picking(_ rows: [Int]) -> Table {
    var cells: [Int: TextCells] = [:]
    var ambiguous: Set<Int> = []
    var picked = columns.enumerated().map { index, column -> TableColumn in
      switch column {
      case .numbers(let numbers): return .numbers(rows.map { numbers[$0] })
      case .text(let text):
        cells[index] = text.cells.picking(rows)
        if text.isAmbiguous { ambiguous.insert(index) }
        return column
      }
    }
    var reader = numberReader
    _ = reader.read(
      names: header, columns: &picked, cells: cells, hasDecimalPoint: false, ambiguous: ambiguous)
    return Table(
      path: path, header: header, columns: picked, rowCount: rows.count,
      firstFileRow: firstFileRow, blankFileRows: blankFileRows,
      notes: notes + reader.notes.dropFirst(numberReader.notes.count),
      repeatedNames: repeatedNames, decimal: decimal,
      pickedRows: rows.map { Int32(fileRow($0)) }, numberReader: reader)
  }

  /// The table with further columns of numbers.
  func adding(_ added: [(String, [Double])]) -> Table {
    Table(
      path: path, header: header + added.map(\.0), columns: columns + added.map { .numbers($0.1) },
      rowCount: rowCount, firstFileRow: firstFileRow, blankFileRows: blankFileRows, notes: notes,
      repeatedNames: repeatedNames, decimal: decimal, pickedRows: pickedRows,
      numberReader: numberReader)
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
    try Self.check(columns.map(\.name), of: fileName)
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
    if let pickedRows { return Int(pickedRows[row]) }
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

  /// Throws where a column has no name or the name of another.
  private static func check(_ names: [String], of path: String) throws(TimeSeriesError) {
    var positions: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      guard !name.isEmpty else {
        throw TimeSeriesError(
          file: path, reason: "column \(index + 1) of \(names.count) has no name")
      }
      if let other = positions.updateValue(index, forKey: name) {
        throw TimeSeriesError(
          file: path, column: name,
          reason: "columns \(other + 1) and \(index + 1) have the same name")
      }
    }
  }

  /// Throws where a name that a user gives is that of no column, or of several.
  func checkName(_ name: String) throws(TimeSeriesError) {
    guard self[name] != nil else { throw unknownColumn(name) }
    guard !repeatedNames.contains(name) else {
      throw TimeSeriesError(
        file: path, column: name,
        reason: "several columns have this name; give the one that is meant another")
    }
  }

  subscript(name: String) -> TableColumn? {
    places[name].map { columns[$0] }
  }

  static func name(of path: String) -> String {
    path.split(separator: "/").last.map { String($0) } ?? path
  }

  /// Whether a cell has nothing in it.
  func isEmpty(row: Int, column: String) -> Bool {
    switch self[column] {
    case .numbers(let numbers)?: numbers[row].isNaN
    case .text(let text)?: text.cells.withBytes(of: row) { NumberParser.trimmed($0).isEmpty }
    case nil: false
    }
  }

  /// What a cell holds, for a message.
  func describe(row: Int, column: String) -> String {
    switch self[column] {
    case .numbers(let numbers)?:
      let number = numbers[row]
      if number.isNaN { return "a missing value" }
      return number.isInfinite ? "an infinity" : Int(exactly: number).map { "\($0)" } ?? "\(number)"
    case .text(let column)?:
      let cell = trimmed(column.cells[row])
      return cell.isEmpty ? "an empty cell" : "'\(excerpt(cell))'"
    case nil:
      return "another"
    }
  }

  /// An error that lists the columns there are, with quotes around those that need them in options.
  func unknownColumn(_ name: String) -> TimeSeriesError {
    let shown = header.prefix(40).map { name in
      name.contains(",") ? "\"\(excerpt(name))\"" : excerpt(name)
    }.joined(separator: ", ")
    let more = header.count > 40 ? " and \(header.count - 40) more" : ""
    let hint =
      header.contains { $0.contains(",") }
      ? "; a name with a comma is given in double quotes within single ones, as "
        + "'\"\(excerpt(header.first { $0.contains(",") } ?? ""))\"'" : ""
    return TimeSeriesError(
      file: path,
      reason: "there is no column '\(excerpt(name))'; the columns are \(shown)\(more)\(hint)")
  }

  /// An error at a cell, by the row of the table.
  func failure(row: Int, column: String, _ reason: String) -> TimeSeriesError {
    TimeSeriesError(file: path, row: fileRow(row), column: column, reason: reason)
  }
}
