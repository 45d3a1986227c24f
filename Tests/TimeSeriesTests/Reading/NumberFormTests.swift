import Testing

@testable import TimeSeries

/// Numbers as people write them are the same numbers.
@Suite struct NumberFormTests {
  private typealias Written = WrittenTable

  struct Form: Sendable, CustomTestStringConvertible {
    var name: String
    var delimiter = ";"
    var decimal = ","
    var thousands = ""
    var before = ""
    var after = ""
    var testDescription: String { name }
  }

  static let forms = [
    Form(name: "decimal comma"), Form(name: "decimal comma, tab", delimiter: "\t"),
    Form(name: "German", thousands: "."), Form(name: "French", thousands: "\u{202F}"),
    Form(name: "French of old", thousands: "\u{A0}"), Form(name: "blanks", thousands: " "),
    Form(name: "Swiss", decimal: ".", thousands: "'"),
    Form(name: "Swiss, typographic", decimal: ".", thousands: "\u{2019}"),
    Form(name: "American, quoted", delimiter: ",", decimal: ".", thousands: ","),
    Form(name: "American", delimiter: "|", decimal: ".", thousands: ","),
    Form(name: "dollars", delimiter: ",", decimal: ".", thousands: ",", before: "$"),
    Form(name: "euros", thousands: ".", after: " \u{20AC}"),
    Form(name: "francs", decimal: ".", thousands: "'", before: "CHF "),
    Form(name: "percent", delimiter: ",", decimal: ".", after: "%"),
    Form(name: "percent apart", after: " %"),
  ]

  @Test(arguments: forms) func formsAreTold(form: Form) throws {
    let text = Written.text(["date", "sales"].joined(separator: form.delimiter)) { day in
      let number =
        form.before
        + Written.written(day.sales, decimal: form.decimal, thousands: form.thousands) + form.after
      let cell = number.contains(form.delimiter) ? "\"\(number)\"" : number
      return Written.iso(day) + form.delimiter + cell
    }
    let series = try Written.series(text)
    #expect(series["sales"] == Written.days.map(\.sales))
    #expect(series.time.kind == .dates)
  }

  @Test func negativeNumbers() throws {
    for (before, after) in [("(", ")"), ("\u{2212}", ""), ("-$", ""), ("($", ")"), ("", "-")] {
      let text = Written.text("date,net") { day in
        let number = Written.written(abs(day.temperature), decimal: ".", thousands: ",")
        return "\(Written.iso(day)),\"\(day.temperature < 0 ? before + number + after : number)\""
      }
      #expect(try Written.series(text, target: "net")["net"] == Written.days.map(\.temperature))
    }
  }

  /// 2.155 beside 920 is 2155.
  @Test(arguments: [";", ",", "\t"]) func pointsBetweenThousandsOfWholeNumbers(
    delimiter: String
  ) throws {
    let text = Written.text("Datum\(delimiter)Umsatz") { day in
      let number = Written.written(day.sales.rounded(), decimal: "#", thousands: ".")
      return "\(Written.dotted(day))\(delimiter)\(number.prefix { $0 != "#" })"
    }
    let series = try Written.series(text, target: "Umsatz")
    #expect(series["Umsatz"] == Written.days.map { $0.sales.rounded() })
    #expect(series.notes == ["1.234,5 is how numbers were read in 'Umsatz'"])
  }

  @Test func groupsOfTwoInIndia() throws {
    let table = try table("x;y\n12,34,567.5;1\n9,876;2\n1,00,000;3\n")
    #expect(table.numbers("x") == [1_234_567.5, 9876, 100_000])
  }

  /// Three digits behind each sign may be decimals or thousands: the file must show it.
  @Test func threeDigitsBehindASign() throws {
    let rows = (1...40).map { "\(1 + $0 % 7).\(100 + $0 * 13)" }
    func text(_ other: String, _ delimiter: String) -> String {
      "x\(delimiter)y\n" + rows.map { "\($0)\(delimiter)\(other)\n" }.joined()
    }
    // Other numbers of the file have a decimal point, or a decimal comma.
    let decimals = rows.map { Double($0) ?? .nan }
    let whole = decimals.map { ($0 * 1000).rounded() }
    #expect(try table(text("0.5", ";")).numbers("x") == decimals)
    #expect(try table(text("0,5", ";")).numbers("x") == whole)
    // Nothing shows it: a decimal point in a file with commas between cells, with a note.
    let plain = try table(text("7", ","))
    #expect(plain.numbers("x") == decimals)
    #expect(plain.notes.first?.contains("--thousands point") == true)
    // With semicolons it can be either.
    #expect(
      message { try series(text("7", ";"), target: "x") { $0.time = [] } }
        == "a.csv, row 2, column 'x': '2.113' may be 2113 or have three decimals, and the file does "
        + "not show which; --decimal point or --decimal comma says it")
    for (sign, expected) in [(TableOptions.DecimalSign.point, decimals), (.comma, whole)] {
      var options = TableOptions()
      options.decimal = sign
      let table = try Table(fileName: "a.csv", text: text("7", ";"), options: options)
      #expect(table.numbers("x") == expected)
      options = TableOptions()
      options.usualDecimal = sign
      let usual = try Table(fileName: "a.csv", text: text("7", ";"), options: options)
      #expect(usual.numbers("x") == expected, "as in the file that a model was fitted to")
    }
    // A number above 999 without a sign, or a zero before it, is no part of thousands.
    #expect(try table("x;y\n0.512;1\n1.250;2\n").numbers("x") == [0.512, 1.25])
  }

  /// A column is read in one form or not at all.
  @Test func twoFormsInAColumn() throws {
    #expect(
      message { try series("x;y\n1,25;1\n2.5;2\n3,75;3\n", target: "x") { $0.time = [] } }
        == "a.csv, row 3, column 'x': expected a number written as those above it, found '2.5'; "
        + "--decimal and --thousands say how numbers are written")
    for cells in [["5 %", "7"], ["$5", "\u{20AC}7"]] {
      let text = "x;y\n" + cells.map { "\($0);1\n" }.joined()
      #expect(
        message { try series(text, target: "x") { $0.time = [] } }?
          .hasPrefix("a.csv, row 3, column 'x': expected a number with the same unit") == true)
    }
    #expect(try table("x;y\n$5;1\n7;1\n").numbers("x") == [5, 7])
  }

  @Test func wordsAndDatesAreNoNumbers() throws {
    for cell in ["S12", "12A", "1-2", "1.2.3", "04.01.2021", "13:00", "1,2,3", "12,34", "1 2"] {
      let text = "x\n" + String(repeating: "\"\(cell)\"\n", count: 3)
      let isNumber = try table(text).isNumeric("x")
      #expect(isNumber == (cell == "12,34"), "\(cell)")
    }
  }

  @Test func trueAndFalseAreOneAndZero() throws {
    for (no, yes) in [("False", "True"), ("no", "YES"), ("off", "on")] {
      let table = try table("promo,y\n\(yes),1\n\(no),2\n,3\n\(yes),4\n")
      let values = try #require(table.numbers("promo"))
      #expect(values[0] == 1 && values[1] == 0 && values[2].isNaN && values[3] == 1)
      let note = "\(yes.lowercased()) and \(no.lowercased()) were read as 1 and 0 in 'promo'"
      #expect(table.notes == [note])
    }
    #expect(try !table("x,y\nyes,1\nmaybe,2\n").isNumeric("x"))
  }

  /// A column whose text shows late is read again, and both readings are told.
  @Test func progressIsToldToTheEnd() throws {
    let rows = (0..<2000).map { $0 < 1900 ? "\($0)" : "1.\(100 + $0 % 800)" }
    let bytes = Array(("x;y\n" + rows.map { "\($0);0,5\n" }.joined()).utf8)
    var states: [ReadingProgress] = []
    var reader = TableReader(
      try ByteSource(path: "a.csv", bytes: bytes, pieceSize: 512), options: TableOptions(),
      piecesAtOnce: 2, sampleSize: 1024, progress: { states.append($0) })
    _ = try reader.read()
    for isAgain in [false, true] {
      let pass = states.filter { $0.isAgain == isAgain }
      #expect(pass.count > 4)
      #expect(zip(pass, pass.dropFirst()).allSatisfy { $0.bytes <= $1.bytes })
      let last = try #require(pass.last)
      #expect(last.expectedBytes == bytes.count)
      // But for the header.
      #expect((bytes.count - 10...bytes.count).contains(last.bytes))
    }
  }

  /// The first pieces look plain, and a later one shows what the numbers are.
  @Test(arguments: [16, 64, 1 << 18]) func theFormMayShowLate(pieceSize: Int) throws {
    let rows = (0..<200).map { $0 < 150 ? "\($0)" : "1.\(100 + $0)" }
    let text = "x;y\n" + rows.map { "\($0);0,5\n" }.joined()
    let table = try table(text, pieceSize: pieceSize)
    let expected: [Double] = (0..<200).map { row in Double(row < 150 ? row : 1100 + row) }
    #expect(table.numbers("x") == expected)
    #expect(table.numbers("y") == [Double](repeating: 0.5, count: 200))
  }
}
