import Testing
import TimeSeries

/// Rows that come one at a time are read as those of a whole file.
@Suite struct LiveReaderTests {
  /// The options that a model of a file's rows keeps, and the label of its last row.
  private static func model(
    _ text: String, _ change: (inout SeriesOptions) -> Void = { _ in }
  ) throws -> (series: Series, options: SeriesOptions) {
    var options = SeriesOptions(targets: ["units"])
    change(&options)
    let table = try Table(
      fileName: "whole.csv", text: text, options: options.table ?? TableOptions())
    let series = try Series(table: table, options: options)
    var reading = series.reading
    reading.time = series.time.columns
    reading.features = series.features
    return (series, reading)
  }

  private static func reader(
    _ options: SeriesOptions, _ label: String, _ known: LiveReader.Form? = nil
  ) throws -> LiveReader {
    try LiveReader(options: options, label: label, path: "standard input", known: known)
  }

  private static func bytes(_ text: some StringProtocol) -> [UInt8] { Array(text.utf8) }

  static let texts: [String] = [
    "day,units,price\n2024-01-01,5,1.5\n2024-01-02,NA,2\n2024-01-03,7,-1e3\n",
    "day;units;price\n01.02.2024;1.234,5;2\n02.02.2024;0,5;3\n03.02.2024;1.000;4\n",
    "day,units\n13/01/2024,5\n14/01/2024,6\n15/01/2024,8\n",
    "at,units\n1704067200,5\n1704070800,6\n1704074400,9\n",
    "date,hr,units\n2024-01-01,0,5\n2024-01-01,1,6\n2024-01-01,23,7\n",
    "year,month,day,hour,units\n2024,1,1,0,5\n2024,1,1,1,6\n2024,1,2,0,7\n",
    "time,units\n2024-01-01T00:00:00+02:00,5\n2024-01-01T01:00:00+02:00,6\n"
      + "2024-01-02T00:00:00+02:00,7\n",
    "day,units\n2024-01-01T00:00:00+02:00,5\n2024-01-02T00:00:00+02:00,6\n",
    "day,kind,units\n"
      + (0..<12).map { "2024-01-\(10 + $0),\(["a", "b"][$0 % 2]),\($0)" }
      .joined(separator: "\n") + "\n",
    "day,open,units\n2024-01-01,true,5\n2024-01-02,false,6\n2024-01-03,true,7\n",
    "n,units\n1.5,5\n2.5,6\n4,7\n",
    "units,other\n5,1\n6,2\n7,3\n",
    "day\tunits\n2024-01\t5 €\n2024-02\t6 €\n2024-03\t7 €\n",
    "day,units\n\"2024-01-01\",\"5\"\n\n2024-01-02,\"1,234.5\"\n2024-01-03,7,\n",
    "{\"day\":\"2024-01-01\",\"units\":5,\"of\":{\"x\":1}}\n{\"day\":\"2024-01-02\",\"units\":null,\"of\":{\"x\":2.125}}\n"
      + "{\"units\":7,\"day\":\"2024-01-03\",\"of\":{\"x\":3}}\n",
    "﻿day,units\r\n2024-01-01,5\r\n2024-01-02,6\r\n",
  ]

  @Test(arguments: texts) func readsWhatAFileSays(text: String) throws {
    let (series, options) = try Self.model(text)
    let label = series.time.label(at: series.rowCount - 1)
    // In one piece, and begun anew before each row, as after a restart.
    for restarts in [false, true] {
      var reader = try Self.reader(options, label)
      let lines = text.utf8.split(separator: 10, omittingEmptySubsequences: false).dropLast()
        .map(Array.init)
      var rows: [LiveRow] = []
      for (number, line) in lines.enumerated() {
        if restarts, number > 1, let form = reader.form {
          reader = try Self.reader(options, label, form)
          if !form.isJSON { #expect(try reader.read(lines[0]) == nil) }
        }
        if let row = try reader.read(line) { rows.append(row) }
      }
      try #require(rows.count == series.rowCount)
      for (number, row) in rows.enumerated() {
        #expect(row.time.label == series.time.label(at: number))
        #expect(row.time.value == series.time.values[number])
        for column in series.columns {
          let value = try #require(row.values[column.name])
          let target = series.targets.firstIndex(of: column.name)
          let isMissing = target.map { series.isMissing(target: $0, row: number) } ?? false
          #expect(isMissing ? value.isNaN : value == column.values[number], "\(column.name)")
        }
      }
    }
  }

  static let bad: [(line: String, message: String)] = [
    ("2024-01-04,abc,2", "standard input, row 3, column 'units': expected a number, found 'abc'"),
    ("2024-01-04,5", "standard input, row 3: expected 3 cells as in the header, found 2"),
    (
      "soon,5,2",
      "standard input, row 3, column 'day': expected a time such as '2012-10-29', found 'soon'"
    ),
    ("2024-01-04,inf,2", "row 3, column 'units': expected a finite number, found an infinity"),
    ("2024-01-04,\"5,2", "row 3: a quote (\") is opened and not closed in the line"),
    ("2024-01-04,5,true", "row 3, column 'price': expected a number, found 'true'"),
    ("2024-01-04,5\u{0},2", "row 3: expected a text, found binary data"),
    ("2024-01-04T10:00:00Z,5,2", ""),
  ]

  @Test(arguments: bad) func aBadLineIsToldAndChangesNothing(line: String, message: String) throws {
    let (_, options) = try Self.model(Self.texts[0])
    var reader = try Self.reader(options, "2024-01-03")
    #expect(try reader.read(Self.bytes("day,units,price")) == nil)
    #expect(!reader.isReady)
    #expect(try reader.read(Self.bytes("2024-01-03,1,1"))?.values["units"] == 1)
    #expect(reader.isReady)
    if message.isEmpty {
      #expect(try reader.read(Self.bytes(line))?.time.label == "2024-01-04T10:00:00Z")
    } else {
      let error = #expect(throws: TimeSeriesError.self) { try reader.read(Self.bytes(line)) }
      let text = try #require(error).description
      #expect(text.contains(message), "\(text)")
    }
    #expect(try reader.read(Self.bytes("2024-01-05,2,1"))?.values["units"] == 2)
  }

  @Test func aHeaderWithoutTheColumnsOfTheModelIsRefused() throws {
    let (_, options) = try Self.model(Self.texts[0])
    var reader = try Self.reader(options, "2024-01-03")
    #expect(try reader.read(Self.bytes("day,sales,price")) == nil)
    let error = #expect(throws: TimeSeriesError.self) {
      try reader.read(Self.bytes("2024-01-03,1,1"))
    }
    #expect(error?.reason.contains("there is no column 'units'") == true)
    #expect(!reader.isReady)
    var objects = try Self.reader(options, "2024-01-03")
    #expect(throws: TimeSeriesError.self) {
      try objects.read(Self.bytes("{\"day\":\"2024-01-03\",\"unit\":1,\"price\":1}"))
    }
  }

  @Test func whatMayBeTwoNumbersIsRefused() throws {
    let (_, options) = try Self.model("day;units\n2024-01-01;5\n2024-01-02;6\n")
    var reader = try Self.reader(options, "2024-01-02")
    _ = try reader.read(Self.bytes("day;units"))
    let error = #expect(throws: TimeSeriesError.self) {
      try reader.read(Self.bytes("2024-01-03;1,234"))
    }
    #expect(error?.reason.contains("--decimal") == true)
  }
}
