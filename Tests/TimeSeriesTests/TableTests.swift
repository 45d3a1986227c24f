import Foundation
import Testing

@testable import TimeSeries

@Suite struct TableTests {
  @Test func cellsBecomeNumbersAndText() throws {
    let table = try table("day,x,y\n2012-01-01,1,2.5\n2012-01-02,-3,1e3\n")
    #expect(table.header == ["day", "x", "y"])
    #expect(table.rowCount == 2)
    #expect(table.numbers("x") == [1, -3])
    #expect(table.numbers("y") == [2.5, 1000])
    #expect(!table.isNumeric("day"))
    #expect(table.numbers("z") == nil)
  }

  @Test(arguments: ["\n", "\r\n", "\r"])
  func anyLineEndWillDo(end: String) throws {
    let table = try table(["x,y", "1,2", "3,4"].joined(separator: end))
    #expect(table.numbers("x") == [1, 3])
    #expect(table.numbers("y") == [2, 4])
  }

  @Test(arguments: [",", ";", "\t"])
  func theDelimiterIsFoundFromTheHeader(delimiter: String) throws {
    let table = try table(
      "'x','y'\n1,2\n".replacing(",", with: delimiter).replacing("'", with: "\""))
    #expect(table.header == ["x", "y"])
    #expect(table.numbers("y") == [2])
  }

  @Test func aDelimiterInQuotesDoesNotCount() throws {
    #expect(try table("\"a;b;c\",y\n1,2\n").header == ["a;b;c", "y"])
  }

  @Test func byteOrderMarkAndBlanksAreNoPartOfNames() throws {
    #expect(try table("\u{FEFF}x, y \n1,2\n").header == ["x", "y"])
  }

  @Test func quotedCellsMayHoldAnything() throws {
    let table = try table("name,y\n\"a, \"\"b\"\"\n c\",\"7\"\n\"\",8\n")
    #expect(table.rowCount == 2)
    #expect(table.text("name") == ["a, \"b\"\n c", ""])
    #expect(table.numbers("y") == [7, 8])
  }

  @Test func theLastCellMayBeEmptyWithoutALineEnd() throws {
    let numbers = try #require(try table("x,y\n1,2\n3,").numbers("y"))
    #expect(numbers[0] == 2)
    #expect(numbers[1].isNaN)
  }

  @Test func blankLinesArePassedOverButCounted() throws {
    let table = try table("\nx,y\n1,2\n\n\n3,4\n5,6\n\n")
    #expect(table.rowCount == 3)
    #expect((0..<3).map(table.fileRow) == [3, 6, 7])
  }

  @Test func blankLinesOfOneColumnAreMissingValues() throws {
    let table = try table("y\n1\n\n3\n\n\n")
    #expect(table.rowCount == 3)
    #expect(try #require(table.numbers("y"))[1].isNaN)
    #expect(table.fileRow(2) == 4)
  }

  @Test func otherAlphabetsAreRead() throws {
    #expect(try table("größe,y\n1,2\n").header == ["größe", "y"])
    let latin = "größe,y\n1,2\n".unicodeScalars.map { UInt8($0.value) }
    #expect(try read(latin).header == ["größe", "y"])
  }

  /// One bad byte changes no letter but its own, in pieces of any size.
  @Test(arguments: [1, 7, 64, 1 << 18]) func oneByteThatIsNotUTF8(pieceSize: Int) throws {
    var bytes = Array("store,y\n".utf8)
    for row in 0..<60 {
      let word =
        row == 31 ? [0x5A, 0xFC, 0x72] : row == 32 ? [0xC3, 0xBC, 0xE9, 0x80] : Array("Zür".utf8)
      bytes += word + Array(",\(row)\n".utf8)
    }
    let table = try Table(fileName: "a.csv", bytes: bytes, pieceSize: pieceSize)
    let cells = try #require(table.text("store"))
    #expect(Set(cells) == ["Zür", "üé\u{20AC}"])
    #expect(cells[32] == "üé\u{20AC}")
    #expect(table.notes == ["what is not UTF-8 in the text was read as Windows-1252 (Latin-1)"])
  }

  /// Pieces end at the ends of rows, wherever the bytes happen to be cut.
  @Test(arguments: [1, 2, 3, 5, 7, 64])
  func theSizeOfPiecesMakesNoDifference(pieceSize: Int) throws {
    let text =
      "day,x,y\r\n"
      + (1...40).map {
        "\"d\n\($0)\",\($0),\($0 % 7 == 0 ? "" : "4")\r\n\($0 % 9 == 0 ? "\r\n" : "")"
      }.joined()
    let whole = try table(text)
    let pieces = try table(text, pieceSize: pieceSize)
    #expect(pieces.rowCount == 40)
    for row in 0..<40 {
      #expect(pieces.fileRow(row) == whole.fileRow(row))
      #expect(pieces.describe(row: row, column: "day") == "'d \(row + 1)'")
      #expect(pieces.describe(row: row, column: "y") == whole.describe(row: row, column: "y"))
    }
    #expect(pieces.numbers("x") == (1...40).map(Double.init))
  }

  @Test func textAfterManyNumbersIsReportedWithItsRow() throws {
    let text = "x,y\n" + (0..<50).map { "\($0 == 44 ? "abc" : "1"),\($0)\n" }.joined()
    for pieceSize in [16, 100_000] {
      let table = try table(text, pieceSize: pieceSize)
      #expect(table.firstText("x")?.row == 44)
      #expect(table.firstText("x")?.reason == "expected a number, found 'abc'")
    }
  }

  @Test func aColumnThatIsEmptyAtFirstMayBeText() throws {
    let text = "x,y\n" + (0..<50).map { "\($0 < 30 ? "" : "abc"),\($0)\n" }.joined()
    let table = try table(text, pieceSize: 16)
    #expect(table.firstText("x")?.row == 30)
    #expect(table.describe(row: 3, column: "x") == "an empty cell")
    #expect(table.describe(row: 49, column: "x") == "'abc'")
  }

  @Test func skippedRowsEndWithTheFile() throws {
    var options = TableOptions()
    options.skippedRows = .max
    #expect(
      message { try Table(fileName: "a.csv", text: "x,y\n1,2\n", options: options) }
        == "a.csv: the file is empty")
    options.skippedRows = 2
    #expect(
      try Table(fileName: "a.csv", text: "a\nb\nx,y\n1,2\n", options: options).header == ["x", "y"])
  }

  @Test func manyColumnsOfOneName() throws {
    #expect(try table("x,x.2,x,y,x\n1,2,3,4,5\n").header == ["x", "x.2", "x.3", "y", "x.4"])
    var names = Array(repeating: "x", count: 20_000)
    let start = ContinuousClock.now
    #expect(TableReader.makeDistinct(&names) == ["x"])
    #expect(names[1] == "x.2" && names.last == "x.20000")
    // The square of it takes minutes.
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  // MARK: - Bad input

  @Test func aMissingFile() {
    #expect(
      message { try Table.read(path: "/nowhere/sales.csv") }
        == "/nowhere/sales.csv: there is no such file")
  }

  @Test func aFolder() {
    #expect(message { try Table.read(path: "/tmp") } == "/tmp: expected a file, found a folder")
  }

  @Test(arguments: ["", "\n\n", "\u{FEFF}", "  \r\n"])
  func anEmptyFile(text: String) {
    #expect(message { try table(text) } == "a.csv: the file is empty")
  }

  @Test(arguments: ["x,y", "x,y\n", "x,y\r\n\r\n"])
  func aHeaderOnly(text: String) {
    #expect(message { try table(text) } == "a.csv: there are no rows below the header")
  }

  @Test(arguments: ["3", "3,4,5", "3,4,,5"])
  func aRaggedRow(row: String) {
    let count = row.split(separator: ",", omittingEmptySubsequences: false).count
    #expect(
      message { try table("x,y\n1,2\n\n\(row)\n5,6\n") }
        == "a.csv, row 4: expected 2 cells as in the header, found \(count)")
  }

  @Test(arguments: [4, 100_000])
  func aRaggedRowInALaterPiece(pieceSize: Int) {
    let text = "x,y\n" + String(repeating: "1,2\n", count: 20) + "1\n" + "1,2,3\n"
    #expect(
      message { try table(text, pieceSize: pieceSize) }
        == "a.csv, row 22: expected 2 cells as in the header, found 1")
  }

  @Test(arguments: [4, 100_000])
  func anUnclosedQuote(pieceSize: Int) {
    #expect(
      message { try table("x,y\n1,2\n3,\"4\n5,6\n", pieceSize: pieceSize) }
        == "a.csv, row 3: a quote (\") is opened and never closed")
    #expect(
      message { try table("x,\"y\n1,2\n", pieceSize: pieceSize) }
        == "a.csv, row 1: a quote (\") is opened and never closed")
  }

  @Test func aStrayQuote() {
    #expect(
      message { try table("x,y\n1,2\n3,4\"5\"\n\"6\",7\n") }
        == "a.csv, row 3: a quote (\") inside a cell must be doubled, and the cell be within quotes"
    )
  }

  @Test func namesOfNumbersMustBeThereAndDiffer() {
    #expect(
      message { try Table(fileName: "a.csv", columns: [("x", [1]), ("", [2])]) }
        == "a.csv: column 2 of 2 has no name")
    #expect(
      message { try Table(fileName: "a.csv", columns: [("x", [1]), ("x", [2])]) }
        == "a.csv, column 'x': columns 1 and 2 have the same name")
  }

  @Test func aBinaryFile() {
    #expect(
      message { try table("\u{1F}\u{8}\u{0}\u{0},y\n1,2\n") }
        == "a.csv, row 1: expected a CSV text, found binary data (a byte that is zero)")
    #expect(
      message { try table("x,y\n1,2\n3,\u{0}4\n") }
        == "a.csv, row 3: expected a CSV text, found binary data (a byte that is zero)")
  }

  @Test func columnsMadeOfNumbers() throws {
    let made = try Table(fileName: "made", columns: [("x", [1, .nan]), ("y", [3, 4])])
    #expect(made.numbers("y") == [3, 4])
    #expect(
      message { try Table(fileName: "made", columns: [("x", [1, 2]), ("y", [3])]) }
        == "made, column 'y': expected 2 values as in the first column, found 1")
  }

  /// Reads a file of some bytes, which is gone afterwards.
  private func read(_ bytes: [UInt8]) throws -> Table {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "time-series-\(UUID().uuidString).csv")
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try Table.read(path: url.path)
  }
}
