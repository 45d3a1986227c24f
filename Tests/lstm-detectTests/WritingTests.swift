import Foundation
import ResultText
import TestSupport
import Testing

@testable import LSTMCompute
@testable import lstm_detect

@Suite struct NumbersTests {
  @Test(arguments: [
    (5210.0, "5,210"), (4921.6, "4,922"), (12.345, "12.35"), (0.001234, "0.001234"),
    (-3.0, "-3"), (0.0, "0"), (1_234_567.8, "1,234,568"), (999.96, "1,000.0"), (1e-7, "1.000e-7"),
    (2.5e20, "2.500e20"), (-0.00001, "-1.000e-5"),
  ])
  func readable(value: Double, text: String) {
    #expect(Numbers.readable(value) == text)
  }

  @Test(arguments: [nil, Double.nan, .infinity]) func nothingToRead(value: Double?) {
    #expect(Numbers.readable(value) == "n/a")
  }

  @Test(arguments: [
    (0.1, "0.1"), (1.0 / 3, "0.333333333"), (12_345.678_901_2, "12345.6789"), (3.0, "3"),
    (-2.5e-9, "-2.5e-09"), (16_777_217.0, "16777217"), (1e16, "1e+16"),
  ])
  func rounded(value: Double, text: String) {
    #expect(Numbers.rounded(value) == text)
    #expect(CSVText.rounded(value) == text)
  }

  @Test func spans() {
    #expect(Numbers.duration(0.04) == "0.0 s")
    #expect(Numbers.duration(12.4) == "12 s")
    #expect(Numbers.duration(200) == "3 min 20 s")
    #expect(Numbers.duration(7500) == "2 h 5 min")
    #expect(Numbers.duration(.infinity) == "?")
    #expect(Numbers.percent(0.094) == "9.4 %")
    #expect(Numbers.percent(0.214) == "21 %")
  }
}

@Suite struct TextTests {
  @Test func cellsAreQuotedWhereTheyMustBe() {
    #expect(CSVText.cell("units") == "units")
    #expect(CSVText.cell("a,b") == "\"a,b\"")
    #expect(CSVText.cell("say \"x\"") == "\"say \"\"x\"\"\"")
    #expect(CSVText.exact(nil).isEmpty)
    #expect(CSVText.rounded(.nan).isEmpty)
  }

  @Test func documentsAreValidAndKeepTheirOrder() throws {
    let document = JSONValue.object([
      ("z", .number(.nan)), ("a", .array([.integer(1), .float(0.1), .null, .bool(true)])),
      ("text", .string("\"\\\n\t</script>\u{1}é")), ("seed", .unsigned(.max)), ("none", .array([])),
    ])
    for text in [document.compact, document.pretty] {
      let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      #expect(parsed?["z"] is NSNull)
      #expect(parsed?["text"] as? String == "\"\\\n\t</script>\u{1}é")
      #expect(parsed?["seed"] as? UInt64 == .max)
      #expect(!text.contains("</script>"))
    }
    #expect(document.compact.hasPrefix("{\"z\":null,\"a\":[1,0.1,null,true]"))
  }

  @Test func columnsAreSplitAtCommasOutsideQuotes() {
    #expect(ColumnList(argument: "a, b ,c")?.names == ["a", "b", "c"])
    #expect(ColumnList(argument: "\"a,b\",c")?.names == ["a,b", "c"])
    #expect(ColumnList(argument: "\"a")?.names == nil)
    #expect(ColumnList(argument: "\"a \"\"b\"\", c\",d")?.names == ["a \"b\", c", "d"])
  }

  @Test func outcomesCountEpochs() {
    var history = TrainingHistory()
    history.epochs = (1...23).map {
      .init(number: $0, trainingLoss: 1, validationLoss: 1, learningRate: 0.1, seconds: 1)
    }
    history.bestEpoch = 13
    history.end = .stoppedEarly
    #expect(
      TrainingSection.outcome(history)
        == "Stopped after 23 epochs, the last 10 without gain; the weights of epoch 13 were kept")
    history.epochs = [history.epochs[0]]
    history.bestEpoch = 1
    history.end = .completed
    #expect(TrainingSection.outcome(history).hasPrefix("1 epoch, all"))
  }

  @Test func ticksAreRoundAndWithinTheRange() {
    #expect(Ticks.numbers(0...10, about: 5).map(\.label) == ["0", "2", "4", "6", "8", "10"])
    #expect(
      Ticks.numbers(-0.03...0.05, about: 4).map(\.label) == ["-0.02", "0.00", "0.02", "0.04"])
    #expect(Ticks.numbers(1...1, about: 4).isEmpty)
    let day = 86_400_000.0
    let year = Ticks.dates(15_340 * day...15_705 * day, about: 8).map(\.label)
    #expect(year.first == "2012")
    #expect(year.contains("Nov"))
    let hours = Ticks.dates(15_642 * day...15_643 * day, about: 8).map(\.label)
    #expect(hours.first == "29 Oct")
    #expect(hours.contains("12:00"))
  }
}

@Suite struct StagedFileTests {
  @Test func appearsWhenItIsCommitted() throws {
    let folder = try Folder()
    let file = try StagedFile(folder.path("a.txt"))
    try file.write("one")
    #expect(!folder.exists("a.txt"))
    try file.commit()
    #expect(try folder.text("a.txt") == "one")
    #expect(try folder.names() == ["a.txt"])
  }

  @Test func leavesNothingWhenItIsNot() throws {
    let folder = try Folder()
    _ = try folder.file("a.txt", "old")
    do {
      let file = try StagedFile(folder.path("a.txt"))
      try file.write(String(repeating: "new", count: 100_000))
    }
    #expect(try folder.text("a.txt") == "old")
    #expect(try folder.names() == ["a.txt"])
  }

  @Test func aFileThatVanishedIsAnError() throws {
    let file = try StagedFile("/tmp/lstm-vanished-\(UUID())")
    // Somebody else has removed it.
    unlink(try #require(file.temporaryPath))
    #expect(throws: LSTMError.self) { try file.commit() }
  }
}
