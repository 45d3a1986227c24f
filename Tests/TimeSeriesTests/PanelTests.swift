import Testing

@testable import TimeSeries

/// Several series in one table.
@Suite struct PanelTests {
  private func panel(
    _ text: String, by columns: [String] = ["store"], target: String = "y",
    _ change: (inout SeriesOptions) -> Void = { _ in }
  ) throws -> Panel {
    var options = SeriesOptions(targets: [target])
    options.series = columns
    change(&options)
    return try Panel(table: table(text), options: options)
  }

  /// Lines of `date,store,y,x`: the value is the number of the store and the day.
  private func lines(_ stores: [String], days: Int = 6, from first: Int = 1) -> [String] {
    stores.enumerated().flatMap { number, store in
      (first..<first + days).map { day in
        "2024-01-\(day < 10 ? "0" : "")\(day),\(store),\(100 * number + day),\(day * day)"
      }
    }
  }

  private func text(_ lines: [String]) -> String {
    (["date,store,y,x"] + lines).joined(separator: "\n") + "\n"
  }

  @Test func eachKeyIsASeriesInOrderOfTime() throws {
    let lines = lines(["west", "east"])
    let whole = try panel(text(lines))
    #expect(whole.members.map(\.key) == [["east"], ["west"]])
    #expect(whole.members.map(\.name) == ["east", "west"])
    #expect(whole.members[0].series["y"] == [101, 102, 103, 104, 105, 106])
    #expect(whole.members[1].series["y"] == [1, 2, 3, 4, 5, 6])
    #expect(whole.members[1].series.features == ["y", "x"])
    #expect(whole.members[0].series.fileRow(0) == 8)
    #expect(whole.rowCount == 12)
    #expect(whole.notes == [])
    // However the rows lie, the series are the same.
    for order in [Array(lines.reversed()), lines.sorted()] {
      let other = try panel(text(order))
      #expect(other.members.map(\.key) == whole.members.map(\.key))
      for (member, same) in zip(other.members, whole.members) {
        #expect(member.series.columns == same.series.columns)
        #expect(member.series.time == same.series.time)
      }
    }
    let sorted = try panel(text(lines.reversed())).notes
    #expect(
      sorted == [
        "series east: the rows were not in order of time and have been sorted; the like in 1 more"
      ])
  }

  @Test func keysAreTextsOrNumbers() throws {
    let quoted = try panel(text(lines(["\"Main St, 5\"", "\"5\"\" pipe\""])))
    #expect(quoted.members.map(\.key) == [["5\" pipe"], ["Main St, 5"]])
    // Numbers in the order of numbers.
    let numbered = try panel(text(lines(["10", "9", "1.5"])))
    #expect(numbered.members.map(\.key) == [["1.5"], ["9"], ["10"]])
    #expect(numbered.members[0].series.features == ["y", "x"])
    let two = try panel(
      "date,a,b,y\n"
        + (0..<12).map { "2024-01-0\(1 + $0 / 4),\($0 % 2),\(["n", "m"][$0 / 2 % 2]),\($0)\n" }
        .joined(), by: ["b", "a"])
    #expect(two.members.map(\.name) == ["m/0", "m/1", "n/0", "n/1"])
    #expect(two.members[0].series["y"] == [2, 6, 10])
  }

  @Test func badKeysAreErrorsWithTheirRow() throws {
    var lines = lines(["west", "east"])
    lines[8] = lines[8].replacing("east", with: " ")
    #expect(
      message { try panel(text(lines)) }
        == "a.csv, row 10, column 'store': expected the key of a series, found an empty cell")
    let large = text(self.lines(["12345678901234567", "12345678901234568"]))
    #expect(message { try panel(large) }?.contains("a.csv, row 2, column 'store'") == true)
    #expect(
      message { try panel(text(self.lines(["a"])), by: ["shop"]) }?.contains(
        "there is no column 'shop'") == true)
    #expect(
      message { try panel(text(self.lines(["a", "b"])), by: ["store"], target: "store") }
        != nil)
    #expect(
      message { try panel(text(self.lines(["a"])), by: ["date"]) }
        == "a.csv, column 'date': it is the time, and cannot tell series apart")
  }

  /// The same time in two series is no duplicate, in one it is.
  @Test func duplicatesAreWithinASeries() throws {
    let lines = lines(["west", "east"])
    let twice = lines + [lines[7]]
    #expect(
      message { try panel(text(twice)) }?.hasPrefix(
        "a.csv, row 14, column 'date': in the series east, 2024-01-02 is the time of row 9 too")
        == true)
    let merged = try panel(text(twice)) { $0.duplicates = .last }
    #expect(merged.members.map(\.series.rowCount) == [6, 6])
    let items = lines.flatMap { [$0 + ",1", $0 + ",2"] }
    #expect(
      message {
        try panel((["date,store,y,x,item"] + items).joined(separator: "\n"))
      }?.contains("told apart by 'item'; --series store,item takes each as one") == true)
  }

  @Test func gapsAndRowsToForecastAreThoseOfEachSeries() throws {
    var lines = lines(["west", "east"], days: 9)
    lines[8] = "2024-01-09,west,,81"
    lines.remove(at: 12)
    let panel = try panel(text(lines)) { $0.known = ["x"] }
    #expect(panel.members.map(\.series.pendingRows) == [0, 1])
    #expect(panel.members[1].series.upcoming["x"] == [81])
    #expect(panel.members[0].series.upcoming["x"] == [])
    #expect(
      panel.notes == [
        "series east: 1 step of 1 day is missing; windows run across such gaps",
        "series west: the last 1 row has no 'y' yet: it is to be forecast and not judged",
      ])
    // A gap of the file's first series must not be filled from the second one.
    var holes = self.lines(["west", "east"])
    holes[6] = "2024-01-01,east,,1"
    let filled = try self.panel(text(holes))
    #expect(filled.members[0].series["y"] == [102, 103, 104, 105, 106])
  }

  /// Signs and the order of day and month are those of the column, not of each series' part of it.
  @Test func formsAreDecidedOverAllRows() throws {
    func lines(_ store: String, _ dates: [String]) -> [String] {
      dates.enumerated().map { "\($1);\(store);1.\(100 + $0)" }
    }
    let early = (1...9).map { "0\($0)/01/2024" }
    let late = (20...28).map { "\($0)/01/2024" }
    let panel = try panel(
      (["date;store;y", "29/01/2024;b;7"] + lines("a", early) + lines("b", late))
        .joined(separator: "\n"))
    #expect(panel.members[0].series.time.label(at: 8) == "2024-01-09")
    #expect(panel.members[0].series["y"]?.first == 1100)
    #expect(panel.members[1].series["y"]?.last == 7)
  }

  @Test func emptySeriesAreLeftOut() throws {
    let lines = lines(["a", "b", "c"]).map { line in
      line.contains(",b,") ? String(line.prefix(13)) + ",1" : line
    }
    let panel = try panel(text(lines))
    #expect(panel.members.map(\.name) == ["a", "c"])
    #expect(panel.notes == ["1 series was left out (b): there is no value in 'y'"])
    #expect(
      message { try self.panel(text(lines.filter { $0.contains(",b,") })) } != nil)
    let fewer = try panel.leavingOut([0: "3 rows are too few"])
    #expect(fewer.members.map(\.name) == ["c"])
    #expect(fewer.notes.last == "1 series was left out (a): 3 rows are too few")
    #expect(
      message { try fewer.leavingOut([0: "4 rows are too few"]) }
        == "a.csv: no series can be used; of c: 4 rows are too few")
  }

  /// What differs between series tells something, though it never varies within one.
  @Test func columnsThatDifferBetweenSeriesStay() throws {
    let lines = lines(["a", "b"]).enumerated().map { "\($1),\($0 / 6),5,\(1 + $0 % 6)" }
    let panel = try panel((["date,store,y,x,size,same,day"] + lines).joined(separator: "\n"))
    let rows = [0..<6, 0..<6]
    let kept = try panel.droppingConstantFeatures(in: rows).droppingCounters(in: rows)
    #expect(kept.members[1].series.features == ["y", "x", "size"])
    #expect(
      kept.notes == [
        "left out, because they are constant in the rows to train on: 'same'",
        "left out, because they only count the rows: 'day'",
      ])
  }

  /// Numbers that grow within each series are its time.
  @Test func aTimeOfNumbersGrowsWithinEachSeries() throws {
    let lines = (0..<12).map { "\(1 + $0 % 6),\(["a", "b"][$0 / 6]),\($0)" }
    let panel = try panel((["t,store,y"] + lines).joined(separator: "\n"))
    #expect(panel.members[1].series.time.kind == .numbers)
    #expect(panel.members[1].series.time.values == [1, 2, 3, 4, 5, 6])
  }

  /// A day that ends with a midnight of its own date, in each series.
  @Test func midnightsAreMovedWithinEachSeries() throws {
    let hours = (1...72).map { hour in
      let day = (hour - 1) / 24 + 1
      let clock = hour % 24
      return "2024-01-0\(day) \(clock < 10 ? "0" : "")\(clock):00"
    }
    let lines = ["a", "b"].flatMap { store in
      hours.enumerated().map { "\($1),\(store),\($0 * $0 % 17)" }
    }
    let panel = try panel((["time,store,y"] + lines).joined(separator: "\n"))
    for member in panel.members {
      #expect(member.series.time.label(at: 23) == "2024-01-02T00:00:00")
      #expect(member.series["y"]?[23] == 2)
    }
    #expect(panel.notes.contains { $0.hasPrefix("6 midnights in 'time'") })
  }

  @Test func oneSeriesIsNoPanel() throws {
    var options = SeriesOptions(targets: ["y"])
    options.series = ["store"]
    #expect(
      message { try Series(table: table(text(lines(["a", "b"]))), options: options) }?
        .contains("read as a panel") == true)
  }

  /// A file of some of the stores has the keys of the file of all.
  @Test func keysDoNotDependOnOtherRows() throws {
    func keys(_ stores: [String]) throws -> [[String]] {
      let rows = stores.flatMap { store in
        (1...9).map { "2012-01-0\($0),\(store),\($0 * $0 % 7)\n" }
      }
      var options = SeriesOptions(targets: ["y"])
      options.series = ["store"]
      return try Panel(table: table("day,store,y\n" + rows.joined()), options: options).members
        .map(\.key)
    }
    #expect(try keys(["001", "002", "X3"]) == [["1"], ["2"], ["X3"]])
    #expect(try keys(["001", "002"]) == [["1"], ["2"]])
    #expect(
      try keys(["1.50", "1e2x", "12345678901234567890"])
        == [["1.5"], ["12345678901234567890"], ["1e2x"]])
  }
}
