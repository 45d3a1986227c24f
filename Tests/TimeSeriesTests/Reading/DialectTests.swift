import Foundation
import Testing

@testable import TimeSeries

/// What stands around a table changes nothing of it.
@Suite struct DialectTests {
  private typealias Written = WrittenTable

  private static func line(_ day: WrittenTable.Day, _ delimiter: String = ",") -> String {
    [
      WrittenTable.iso(day), WrittenTable.plain(day.sales),
      WrittenTable.plain(day.temperature, decimals: 1),
    ].joined(separator: delimiter)
  }

  static let plain = WrittenTable.plainText
  static let rows = plain.split(separator: "\n").dropFirst().map { $0 + "\n" }.joined()

  static let texts: [(name: String, text: String, note: String?)] = [
    ("pipes", plain.replacing(",", with: "|"), nil),
    ("blanks", plain.replacing(",", with: "  "), nil),
    ("tabs", plain.replacing(",", with: "\t"), nil),
    ("the line of Excel", "sep=;\n" + plain.replacing(",", with: ";"), nil),
    ("comments", "# station 12\n#\n# EUR, daily\n" + plain, nil),
    ("names in a comment", "# exported\n# date,sales,temp\n" + rows, nil),
    ("titles", "Report;May\nShop;12\n\n" + plain.replacing(",", with: ";"), "row 4"),
    ("titles in a row of cells", "Report,,\nShop,12,\n" + plain, "row 3"),
    ("one title", "Daily sales of all shops\n" + plain, "row 2"),
    ("units", "date,sales,temp\n,EUR,degC\n" + rows, "'EUR', 'degC'"),
    ("units in brackets", "date,sales,temp\n[yyyy-mm-dd],[EUR],[C]\n" + rows, "units"),
    (
      "delimiters at the ends of rows", "date,sales,temp\n" + rows.replacing("\n", with: ",\n"), nil
    ),
    ("delimiters at all ends", plain.replacing("\n", with: ",\n"), nil),
    ("more delimiters at all ends", plain.replacing("\n", with: ",,\n"), nil),
    ("rows of delimiters", plain + ",,\n,,\n", nil),
    ("a row of delimiters within", plain.replacing("2021-11-05", with: ",,\n2021-11-05"), nil),
    ("a sum", plain + "Total,123456.7,\n", "footer: 'Total'"),
    ("a remark", plain + "\nSource: our own till\n", "footer: 'Source: our own till'"),
    ("a sum without a word", plain + ",123456.7,\n", "footer: an empty cell"),
    ("comments within", plain.replacing("2021-11-05", with: "# closed\n2021-11-05"), "1 comment"),
    ("a mark of bytes", "\u{FEFF}" + plain, nil),
  ]

  @Test(arguments: texts) func isRead(name: String, text: String, note: String?) throws {
    let series = try Written.series(text)
    #expect(series["sales"] == Written.days.map(\.sales))
    #expect(series["temp"] == Written.days.map(\.temperature))
    #expect(series.features == ["sales", "temp"])
    #expect(series.time.label(at: 0) == "2021-10-25")
    #expect(series.notes.count == (note == nil ? 0 : 1), "\(series.notes)")
    if let note { #expect(series.notes.first?.contains(note) == true, "\(series.notes)") }
  }

  @Test func theDelimiterIsToldFromAllRows() throws {
    let text = "Day;Sales, net, EUR;Temp, at 2 m, mean\n" + Self.rows.replacing(",", with: ";")
    let series = try Written.series(text, target: "Sales, net, EUR")
    #expect(series.columns.map(\.name) == ["Sales, net, EUR", "Temp, at 2 m, mean"])
    #expect(series["Sales, net, EUR"] == Written.days.map(\.sales))
    // Decimal commas are no delimiters.
    #expect(try table("load\n1,5\n2,25\n").numbers("load") == [1.5, 2.25])
  }

  @Test func theFirstColumnNeedsNoName() throws {
    let unnamed = try Written.series(",sales,temp\n" + Self.rows)
    #expect(unnamed["sales"] == Written.days.map(\.sales))
    #expect(unnamed.time.columns == ["column 1"])
    #expect(unnamed.time.kind == .dates)
    // As R writes it, and as pandas does.
    let counted = Written.days.enumerated().map { "\($0),\(Self.line($1))\n" }.joined()
    for header in ["date,sales,temp\n", ",date,sales,temp\n"] {
      let series = try Written.series(header + counted)
      #expect(series["sales"] == Written.days.map(\.sales))
      #expect(series.time.columns == ["date"])
      #expect(series.droppingCounters(in: 0..<60).features == ["sales", "temp"])
    }
  }

  @Test func namesMayRepeatWhereTheyAreNotAskedFor() throws {
    let text = "date,x,y,x\n2021-01-01,1,2,3\n2021-01-02,4,5,6\n"
    let series = try series(text)
    #expect(series.features == ["x", "y", "x.2"])
    #expect(series["x.2"] == [3, 6])
    #expect(
      message { try WrittenTable.series(text, target: "x") }
        == "a.csv, column 'x': several columns have this name; give the one that is meant another")
  }

  @Test func valuesWithoutNamesAreRefused() {
    #expect(
      message { try table(Self.rows) }
        == "a.csv, row 1: expected the names of the columns, found values; put a row of names above "
        + "them")
    // Names may be numbers, as long as one stands above a number and is none.
    #expect(throws: Never.self) { try table("id,1,2\n7,0.5,0.25\n8,0.75,0.5\n") }
  }

  @Test func linesAboveMayBeSkipped() throws {
    var options = TableOptions()
    options.skippedRows = 2
    let table = try Table(fileName: "a.csv", text: "a,b\n1,2\nx,y\n3,4\n", options: options)
    #expect(table.numbers("y") == [4])
    #expect(table.fileRow(0) == 4)
  }

  @Test(arguments: [String.Encoding.utf16LittleEndian, .utf16BigEndian]) func utf16(
    encoding: String.Encoding
  ) throws {
    for mark in ["\u{FEFF}", ""] {
      let text = mark + Self.plain.replacing(",", with: "\t").replacing("temp", with: "größe")
      let bytes = try #require(text.data(using: encoding))
      let table = try Table(fileName: "a.csv", bytes: Array(bytes), pieceSize: 1 << 18)
      #expect(table.numbers("sales") == Written.days.map(\.sales))
      #expect(table.header == ["date", "sales", "größe"])
    }
  }

  @Test func otherKindsOfFilesAreNamed() {
    let kinds: [([UInt8], String)] = [
      (
        Array("PK\u{3}\u{4}....[Content_Types].xml".utf8),
        "an Excel workbook; make one of it by: soffice"
      ),
      (Array("PK\u{3}\u{4}....sales.csv".utf8), "a zip file; make one of it by: unzip -p a.csv |"),
      (Array("PAR1....".utf8), "a Parquet file; make one of it by: python3 -c"),
      ([0x89, 0x48, 0x44, 0x46, 0x0D], "an HDF5 file; make one of it by: python3 -c"),
      ([0x80, 4, 0x95], "a Python pickle; make one of it by: python3 -c"),
    ]
    for (bytes, expected) in kinds {
      #expect(
        message { try Table(fileName: "in/a.csv", bytes: bytes, pieceSize: 100) }?
          .hasPrefix("in/a.csv: expected a CSV text, found \(expected)") == true)
    }
  }

  @Test func namesWithCommasAreShownAsTheyAreGiven() {
    #expect(
      message { try WrittenTable.series("day,\"Sales, net\"\n2021-01-01,5\n", target: "Sales") }
        == "a.csv: there is no column 'Sales'; the columns are day, \"Sales, net\"; a name with a "
        + "comma is given in double quotes within single ones, as '\"Sales, net\"'")
  }
}
