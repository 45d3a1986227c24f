import Testing

@testable import TimeSeries

/// Which rows and values make a series, and which are something else.
@Suite struct RowTests {
  private typealias Written = WrittenTable

  private func text(_ change: (Int, inout [String]) -> Void) -> String {
    var text = "date,sales,temp\n"
    for (row, day) in Written.days.enumerated() {
      var cells = [Written.iso(day), Written.plain(day.sales), "\(day.temperature)"]
      change(row, &cells)
      text += cells.joined(separator: ",") + "\n"
    }
    return text
  }

  private func missingRows(_ series: Series) -> [Int] {
    (0..<series.rowCount).filter { series.isMissing(target: 0, row: $0) }
  }

  // MARK: - Missing values

  @Test(arguments: ["-", ".", "?", "n.a.", "missing", "unavailable", "unknown", "#DIV/0!", "NULL"])
  func wordsForMissingValues(word: String) throws {
    let series = try Written.series(text { if $0 % 20 == 7 { $1[1] = word } })
    #expect(missingRows(series) == [7, 27, 47, 67, 87])
    #expect(series["temp"] == Written.days.map(\.temperature))
  }

  @Test func wordsThatTheUserNames() throws {
    let text = text { if $0 % 20 == 7 { $1[1] = $0 < 40 ? "defekt" : "1" } }
    var options = SeriesOptions(targets: ["sales"])
    options.table = TableOptions()
    options.table?.missingValues = ["defekt", "1"]
    let table = try Table(
      fileName: "a.csv", text: text, options: options.table ?? TableOptions())
    let series = try Series(table: table, options: options)
    #expect(missingRows(series) == [7, 27, 47, 67, 87])
    #expect(message { try Written.series(text) }?.contains("found 'defekt'") == true)
  }

  @Test(arguments: [-999.0, -9999, 9999.9, 65535, 99999, -200, 32767])
  func numbersThatAreCodes(code: Double) throws {
    let text = text { if $0 % 20 == 7 { $1[1] = "\(code)" } }
    let series = try Written.series(text)
    #expect(missingRows(series) == [7, 27, 47, 67, 87])
    let shown = code == code.rounded() ? "\(Int(code))" : "\(code)"
    #expect(
      series.notes.first
        == "\(shown), which stands 5 times far outside of all other values of 'sales', was taken for "
        + "a missing value; --keep-values \(shown) keeps it")
    #expect(series.reading.missingCodes == ["sales": [code]])
    var options = SeriesOptions(targets: ["sales"])
    options.keptValues = [code]
    let kept = try Series(table: table(text), options: options)
    #expect(kept["sales"]?[7] == code && kept.notes.isEmpty)
    // A model knows the codes of its file, though another file may have one of them only.
    var known = SeriesOptions(targets: ["sales"])
    known.missingCodes = ["sales": [code]]
    let once = try Series(
      table: table(self.text { if $0 == 7 { $1[1] = "\(code)" } }), options: known)
    #expect(once.isMissing(target: 0, row: 7))
  }

  /// What is a code in one column is one in others, where it is less far outside.
  @Test func codesOfOtherColumns() throws {
    let text = text { row, cells in
      if row % 20 == 7 { cells[1] = "-200" }
      if row % 15 == 2 { cells[2] = "-200" }
    }
    let series = try Written.series(text)
    #expect(series.notes.first?.contains("stands 11 times") == true)
    #expect(series["temp"]?.min() ?? 0 > -20)
  }

  @Test func valuesThatAreNoCodes() throws {
    // An outage of zeros, a sensor at its limit, one reading that is off.
    for value in ["0", "2599.5", "640", "5000"] {
      let series = try Written.series(text { if $0 % 20 == 7 { $1[1] = value } })
      #expect(series["sales"]?[7] == Double(value), "\(value)")
    }
    #expect(try Written.series(text { if $0 == 7 { $1[1] = "-999" } })["sales"]?[7] == -999)
    let prices = try Written.series(text { $1[2] = ["9.99", "10.49", "10.99"][$0 / 10 % 3] })
    #expect(prices["temp"]?[0] == 9.99 && prices.notes.isEmpty)
    // What repeats far outside and looks like no code is named and kept.
    let far = try Written.series(text { if $0 % 20 == 7 { $1[1] = "54321" } })
    #expect(far["sales"]?[7] == 54321)
    #expect(far.notes.first?.contains("--missing-values 54321") == true)
  }

  @Test func oneAbsurdReading() throws {
    let series = try Written.series(text { if $0 == 30 { $1[1] = "1e9" } })
    let kept = series.droppingAbsurdValues(in: 0..<70)
    #expect(kept.isMissing(target: 0, row: 30))
    #expect(kept["sales"]?[30] == series["sales"]?[29])
    #expect(
      kept.notes == [
        "taken for missing in 'sales', because all other values are far from it: 1000000000 in row 32"
      ])
    // In rows that are judged it is what is looked for.
    #expect(!series.droppingAbsurdValues(in: 0..<30).isMissing(target: 0, row: 30))
    #expect(series.droppingAbsurdValues(in: 0..<30).notes.isEmpty)
  }

  /// No value stands for one before it.
  @Test func anAbsurdReadingAtTheStart() throws {
    for columns in [[1], [2], [1, 2]] {
      let text = text { row, cells in
        for column in columns where row == 0 { cells[column] = "1e9" }
      }
      let series = try Series(
        table: table(text), options: SeriesOptions(targets: ["sales"]), judgedFrom: .fraction(0.8))
      #expect(series.rowCount == Written.rowCount - 1)
      #expect(series.fileRow(0) == 3)
      #expect(series["sales"]?[0] == Written.days[1].sales)
      #expect(series.notes.first?.hasSuffix("far from it: 1000000000 in row 2") == true)
      // What is judged tells nothing, and without rows to fit to nothing is told.
      let all = try Written.series(text)
      #expect(all.rowCount == Written.rowCount)
      let kept = all.droppingAbsurdValues(in: 0..<70)
      #expect(kept.columns.map { $0.values[0] } == all.columns.map { $0.values[0] })
    }
  }

  /// What fills the blanks behind an absurd value is not counted, and goes with it.
  @Test func blanksBehindAnAbsurdReading() throws {
    let series = try Written.series(
      text { row, cells in
        if row == 30 { (cells[1], cells[2]) = ("1e9", "1e9") }
        if (31..<38).contains(row) { (cells[1], cells[2]) = ("", "") }
      })
    let kept = series.droppingAbsurdValues(in: 0..<70)
    for name in ["sales", "temp"] {
      #expect(kept[name]?[29...37].allSatisfy { $0 == series[name]?[29] } == true)
      #expect(kept[name]?[38] == series[name]?[38])
    }
    #expect((30..<38).allSatisfy { kept.isMissing(target: 0, row: $0) })
    #expect(kept.notes.suffix(2).allSatisfy { $0.hasSuffix("from it: 1000000000 in row 32") })
  }

  // MARK: - Rows to come, rows of other series

  @Test func rowsWithoutATargetAtTheEndAreToBeForecast() throws {
    let series = try Written.series(text { if $0 >= 80 { $1[1] = "" } })
    #expect(series.rowCount == 80)
    #expect(series.pendingRows == 10)
    #expect(series["sales"] == Written.days.prefix(80).map(\.sales))
    #expect(series.time.extended(by: 1).label(at: 80) == Written.iso(Written.days[80]))
    #expect(
      series.notes == [
        "the last 10 rows have no 'sales' yet: they are to be forecast and not judged"
      ])
  }

  private func stores(_ header: String, _ write: (String, Int, WrittenTable.Day) -> String)
    -> String
  {
    header + "\n"
      + ["north", "south", "west"].enumerated().map { number, store in
        Written.days.map { write(store, number, $0) + "\n" }.joined()
      }.joined()
  }

  @Test func severalSeriesAreRefused() throws {
    let named = stores("date,store,sales") { "\(Written.iso($2)),\($0),\($2.sales + Double($1))" }
    #expect(
      message { try Written.series(named) }
        == "a.csv: the rows are 3 series, told apart by 'store': north, south, west; --series "
        + "store takes each as a series of its own, --where store=north the first of them alone")
    let numbered = stores("date,sales,place") {
      "\(Written.iso($2)),\($2.sales + Double($1)),\($1 + 1)"
    }
    #expect(
      message { try Written.series(numbered) }?.contains(
        "3 series, told apart by 'place': 1, 2, 3;") == true)
    let two = stores("date,sales,a,b") {
      "\(Written.iso($2)),\($2.sales + Double($1)),\($1 / 2),\($1 % 2)"
    }
    #expect(
      message { try Written.series(two) }?.contains(
        "told apart by 'a' and 'b': 0 0, 0 1, 1 0; --series a,b takes") == true)
    // Their times need not meet.
    let apart = stores("sensor,time,value") { _, number, day in
      let date = Written.iso(day).dropFirst(4)
      return "s\(number),\(day.year + 3 * number)\(date),\(day.sales)"
    }
    #expect(
      message { try Written.series(apart, target: "value") }?.contains(
        "--exclude sensor all as one") == true)
  }

  /// A property of each row is a column of words, and a quantity no name.
  @Test func propertiesTellNoSeriesApart() throws {
    let text = text { $1[2] = ["de", "fr"][$0 % 2] }.replacing("temp", with: "country")
    #expect(try Written.series(text).features == ["sales", "country=de", "country=fr"])
    let counted = self.text { $1[2] = "\($0 % 4)" }.replacing("temp", with: "items")
    #expect(try Written.series(counted).features == ["sales", "items"])
  }

  @Test func oneOfSeveralSeriesMayBeTaken() throws {
    let text = stores("date,store,sales") { "\(Written.iso($2)),\($0),\($2.sales + Double($1))" }
    var options = SeriesOptions(targets: ["sales"])
    options.rowFilter = [SeriesOptions.RowFilter(column: "store", value: "south")]
    let series = try Series(table: table(text), options: options)
    #expect(series["sales"] == Written.days.map { $0.sales + 1 })
    #expect(series.features == ["sales"])
    #expect(series.fileRow(0) == 2 + Written.rowCount)
    options.rowFilter = [SeriesOptions.RowFilter(column: "store", value: "east")]
    #expect(
      message { try Series(table: table(text), options: options) }
        == "a.csv, column 'store': no row has 'east' in it")
  }

  @Test func fromAndUntil() throws {
    var options = SeriesOptions(targets: ["sales"])
    options.from = "2021-11-01"
    options.until = "2021-12-01"
    let series = try Series(table: table(Written.plainText), options: options)
    #expect(series.time.label(at: 0) == "2021-11-01")
    #expect(series.rowCount == 30)
    options.from = "soon"
    #expect(
      message { try Series(table: table(Written.plainText), options: options) }
        == "a.csv: --from 'soon' is no time such as '2021-10-25'")
  }

  // MARK: - Words

  @Test func wordsBecomeColumns() throws {
    let text = text { $1[2] = ["work", "rest", "feast"][$0 % 7 < 5 ? 0 : $0 % 3] }
    let series = try Written.series(text)
    #expect(series.features == ["sales", "temp=feast", "temp=rest", "temp=work"])
    #expect(series["temp=work"]?.prefix(5).allSatisfy { $0 == 1 } == true)
    #expect(series.notes == ["words became a column of 1 and 0 each: 'temp' (feast, rest, work)"])
    // Another file has the same columns, whatever its words.
    var options = series.reading
    options.features = series.features
    #expect(options.sourceColumns == ["sales", "temp"])
    let other = try Series(
      table: table(self.text { $1[2] = $0 == 3 ? "storm" : "rest" }), options: options)
    #expect(other.features == series.features)
    #expect(other["temp=rest"]?[3] == 0 && other["temp=rest"]?[4] == 1)
    #expect(other.notes == ["1 cell of 'temp' has a word that the model does not know"])
  }

  @Test func manyWordsFallIntoGroups() throws {
    let series = try Written.series(text { $1[2] = "w\($0 % 20)x" })
    #expect(series.features.count == 1 + Categories.usualGroups)
    for row in 0..<Written.rowCount {
      let groups = series.features.dropFirst().filter { series[$0]?[row] == 1 }
      #expect(groups.count == 1)
    }
    // Free text is left out.
    let free = try Written.series(text { $1[2] = "said \($0) things" })
    #expect(free.features == ["sales"])
    #expect(free.notes.first?.hasPrefix("left out, because they hold text: 'temp'") == true)
  }

  @Test func namesOfWordsThatAreTaken() throws {
    let rows = (0..<40).map { "\(["red", "blue"][$0 % 2]),\($0 % 5),\($0)\n" }.joined()
    func series(
      _ header: String, _ change: (inout SeriesOptions) -> Void = { _ in }
    ) throws -> Series {
      try TimeSeriesTests.series(header + "\n" + rows, target: "y") {
        $0.time = []
        change(&$0)
      }
    }
    #expect(
      message { try series("color,color=red,y") }
        == "a.csv, column 'color=red': the words of 'color' make a column of this name, which is that "
        + "of another column of the file; rename one of them, or leave 'color' out by --exclude")
    #expect(
      try series("color,color=red,y") { $0.excluded = ["color"] }.features == ["color=red", "y"])
    let known = try series("color,x,y") { $0.known = ["color", "color=red"] }
    #expect(known.known == ["color=blue", "color=red"])
    let (first, second) = ("a,a=b,y\n", "b=c,c,1\nd,e,2\n")
    let twice = first + String(repeating: second, count: 20)
    #expect(
      message { try TimeSeriesTests.series(twice, target: "y") { $0.time = [] } }?.contains(
        "column 'a=b=c': the words of 'a=b' make a column of this name, which is that of a column made "
          + "of the words of 'a'") == true)
  }

  // MARK: - Calendars

  private func axis(_ isKept: (_ weekday: Int, _ hour: Int) -> Bool, hours: Bool) -> TimeAxis {
    let hour = 3_600_000
    // A Monday.
    let start = 18_925 * 24 * hour
    let values = (0..<(hours ? 24 * 70 : 70)).compactMap { row -> Double? in
      let (day, part) = hours ? (row / 24, row % 24) : (row, 0)
      return isKept(day % 7, part) ? Double(start + (day * 24 + part) * hour) : nil
    }
    return TimeAxis(kind: hours ? .times : .dates, columns: ["t"], values: values)
  }

  @Test func daysWithoutRowsAreNotForecast() {
    let working = axis({ day, _ in day < 5 }, hours: false)
    #expect(working.season == 5)
    // 1970-01-01 was a Thursday, so a Monday is 4.
    let weekdays = working.extended(by: 6).values.suffix(6).map { Int($0 / 86_400_000) % 7 }
    #expect(weekdays == [4, 5, 6, 0, 1, 4])
    #expect(axis({ day, _ in day < 6 }, hours: false).season == 6)
    #expect(axis({ _, _ in true }, hours: false).season == 7)
    let office = axis({ day, hour in day < 5 && (9..<17).contains(hour) }, hours: true)
    #expect(office.seasons == [8, 40])
    let next = office.extended(by: 9)
    #expect(next.label(at: office.count) == "2022-01-03T09:00:00")
    #expect(next.label(at: office.count + 8) == "2022-01-04T09:00:00")
    #expect(axis({ _, _ in true }, hours: true).seasons == [24, 168])
  }

  @Test func aWeekendIsNoGap() throws {
    let rows = Written.days.enumerated().filter { $0.offset % 7 < 5 && $0.offset != 9 }
      .map { "\(Written.iso($0.element)),\($0.element.sales)\n" }
    let series = try Written.series("date,sales\n" + rows.joined())
    #expect(series.notes == ["1 step of 1 day is missing; windows run across such gaps"])
  }

  @Test func theSeasonIsTheOneThatRepeats() throws {
    func series(_ value: (_ day: Int, _ hour: Int) -> Int) throws -> Series {
      let rows = (0..<24 * 60).map { row in
        let day = CivilDate(daysSince1970: 18_925 + row / 24).text
        return "\(day) \(Written.two(row % 24)):00,\(value(row / 24, row % 24) + row * row % 3)\n"
      }
      return try Written.series("time,sales\n" + rows.joined())
    }
    #expect(try series { $1 * 10 }.season(in: 0..<1000) == 24)
    #expect(try series { $0 % 7 < 5 ? $1 * 10 : 0 }.season(in: 0..<1000) == 168)
  }
}
