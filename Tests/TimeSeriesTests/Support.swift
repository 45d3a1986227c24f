import Testing
@testable import TimeSeries

/// The one line of the error that a body throws.
///
/// - Returns: `nil` where it throws none, which no expectation of a message equals.
func message(_ body: () throws -> some Any) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    let message = String(describing: error)
    #expect(error is TimeSeriesError)
    #expect(!message.contains("\n"))
    return message
  }
}

/// A table from the text of a file.
func table(_ text: String) throws -> Table {
  try Table(fileName: "a.csv", text: text)
}

/// The same, read in pieces of some size.
func table(_ text: String, pieceSize: Int) throws -> Table {
  try Table(fileName: "a.csv", bytes: Array(text.utf8), pieceSize: pieceSize)
}

extension Table {
  /// The cells of a column of text.
  func text(_ name: String) -> [String]? {
    guard case .text(let column)? = self[name] else { return nil }
    return (0..<column.cells.count).map { column.cells[$0] }
  }

  /// The first cell of a column that is no number.
  func firstText(_ name: String) -> (row: Int, reason: String)? {
    guard case .text(let column)? = self[name] else { return nil }
    return column.firstText
  }
}

/// A series from the text of a file.
func series(
  _ text: String, target: String = "y", _ change: (inout SeriesOptions) -> Void = { _ in }
) throws -> Series {
  var options = SeriesOptions(targets: [target])
  change(&options)
  return try Series(table: table(text), options: options)
}

/// A series of whole numbers from 0 on as target `y`, one for each day.
func dailySeries(rows: Int, others: [String] = []) throws -> Series {
  let values = (0..<rows).map(Double.init)
  let columns = [("y", values)] + others.map { ($0, values.map { $0 * 10 }) }
  return try Series(
    table: Table(fileName: "a.csv", columns: columns.map { (name: $0.0, values: $0.1) }),
    options: SeriesOptions(targets: ["y"], time: []))
}
