import Testing

@testable import TimeSeries

@Suite struct NumberParserTests {
  private func parse(_ text: String) -> Double? {
    var text = text
    return text.withUTF8 { NumberParser.parse($0) }
  }

  /// The standard library reads a number exactly, so the same number must come out bit by bit.
  @Test(arguments: [
    "0", "-0", "5", "5.", ".5", "0.1", "1e3", "1E-3", "1.5e+2", "18.324918539200002",
    "9007199254740993",
    "123456789012345678901234567890", "0.000000000000000000000000000001", "1e22", "1e23",
    "4.9e-324",
    "1.7976931348623157e308", "2.2250738585072014e-308", "8.41",
    "0.3333333333333333148296162562473909",
  ])
  func numbersAreExact(text: String) throws {
    #expect(parse(text)?.bitPattern == Double(text.hasSuffix(".") ? text + "0" : text)?.bitPattern)
    #expect(
      parse("-" + text)?.bitPattern
        == (text.hasPrefix("-") ? nil : (-(Double(text) ?? 5)).bitPattern))
  }

  @Test(arguments: zip(["+5", " 7 ", "\t8", "+1e2"], [5, 7, 8, 100.0]))
  func signsAndBlanks(text: String, number: Double) {
    #expect(parse(text) == number)
  }

  @Test(arguments: [
    "", "  ", "NaN", "nan", "NA", "N/A", "n/a", "null", "NULL", "None", "#N/A",
    "-", ".", "?", "n.a.", "unknown", "Unavailable", "missing", "#DIV/0!", "\u{2013}",
  ])
  func missing(text: String) {
    #expect(parse(text)?.isNaN == true)
  }

  @Test(arguments: ["inf", "-Infinity", "+INF", "1e999"])
  func infinities(text: String) {
    #expect(parse(text)?.isInfinite == true)
  }

  @Test(arguments: [
    "abc", "1,000", "1_000", "0x10", "1 000", "1e", "1e+", "--5", "+-5", "+", "5%", "$5",
    "1.2.3", "2012-01-01", "e5", "nano", "x",
  ])
  func text(text: String) {
    #expect(parse(text) == nil)
  }
}
