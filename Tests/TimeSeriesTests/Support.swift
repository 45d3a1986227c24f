import Testing
import TimeSeries

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
