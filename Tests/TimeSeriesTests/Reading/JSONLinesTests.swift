import Testing

@testable import TimeSeries

/// JSON lines that are more, or less, than a table.
@Suite struct JSONLinesTests {
  @Test func objectsWithinEachOther() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    }
    let names = Array(repeating: "a", count: 100).joined(separator: ".")
    #expect(try table(nested(100) + "\n").header == [names])
    #expect(
      message { try table("{\"a\":1}\n" + nested(100_000)) }
        == "a.csv, row 2: expected at most 100 JSON objects within each other, found more")
  }

  @Test func aNameForEachRowIsNoTable() throws {
    let rows = (0..<4000).map { "{\"k\($0)\":\($0)}\n" }.joined()
    #expect(
      message { try table(rows) }?.hasPrefix(
        "a.csv, row 1002: expected the names of the rows above, of which there are 1,001, found 'k1001'"
      )
        == true)
    // A wide table is one.
    let wide = "{" + (0..<3000).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}\n"
    #expect(try table(wide + wide).header.count == 3000)
  }

  @Test func lineEndsAndQuotesAreKept() throws {
    let text = #"{"n":"a\r\nb","y":1}"# + "\n" + #"{"n":"\"\u0301, c","y":2}"# + "\n"
    let table = try table(text)
    #expect(table.text("n") == ["a\r\nb", "\"\u{301}, c"])
    #expect(table.numbers("y") == [1, 2])
  }

  @Test func namesInBracketsAreNoArray() throws {
    #expect(try table("[date],[v]\n2022-01-01,1\n2022-01-02,2\n").header == ["[date]", "[v]"])
    #expect(message { try table(" [\n {\"a\":1}]\n") }?.contains("found an array") == true)
  }
}
