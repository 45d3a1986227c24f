import Foundation
import TestSupport
import Testing

/// fit, predict, detect and inspect.
@Suite struct ModelCommandTests {
  @Test func fitWritesAModelAndNothingElse() throws {
    let folder = try Sales.fitted()
    #expect(try folder.names() == ["m.safetensors", "sales.csv"])
  }

  @Test func inspectShowsWhatIsInside() throws {
    let folder = try Sales.fitted(["--horizon", "2", "--units", "5,3"])
    let text = try Command.run(["inspect", folder.path("m.safetensors")])
    #expect(text.status == 0)
    for part in ["units, stock, price", "LSTM 5,3", "7 rows", "lstm.weight_ih_l1 [12, 5]"] {
      #expect(text.output.contains(part), "\(part)")
    }
    let document = try Command.run(["inspect", folder.path("m.safetensors"), "--json"]).document()
    #expect(document.at("model", "units") as? [Int] == [5, 3])
    #expect(document.at("tensors", "head.weight") as? [Int] == [2, 3])
    #expect(document.at("fitted_to", "file") as? String == "sales.csv")
  }

  @Test func detectJudgesAllRowsWithAWindow() throws {
    let folder = try Sales.fitted(["--train-until", "0.8"])
    let outcome = try Command.run([
      "detect", folder.path("sales.csv"), "--model", folder.path("m.safetensors"),
      "--output", folder.path("out"), "--threshold", "absolute:50", "--device", "cpu",
    ])
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("from the time that the model was fitted"))
    #expect(try folder.lines("out/predictions.csv").count == 1 + Sales.count - 7)
    #expect(
      try folder.lines("out/anomalies.csv").contains { $0.hasPrefix("units,\(Sales.wrongDay),") })
    #expect(!folder.exists("out/model.safetensors"))
    #expect(try folder.document("out/metrics.json").at("training") == nil)
  }

  /// The forecasts of a model that was kept are those of the run that made it.
  @Test func detectForecastsAsTheRunDid() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    _ = try Command.run(
      ["run", data, "--target", "units", "--output", folder.path("a"), "-q"] + Sales.quick)
    _ = try Command.run([
      "detect", data, "--model", folder.path("a/model.safetensors"), "-q",
      "--output", folder.path("b"), "--device", "cpu",
    ])
    let run = try folder.lines("a/predictions.csv").dropFirst()
    let detect = try folder.lines("b/predictions.csv").suffix(run.count)
    #expect(Array(run) == Array(detect))
  }

  @Test func predictEndsWithTheRowsToCome() throws {
    let folder = try Sales.fitted(["--horizon", "3"])
    let arguments = [
      "predict", folder.path("sales.csv"), "--model", folder.path("m.safetensors"),
      "--device", "cpu",
    ]
    let printed = try Command.run(arguments + ["--quiet"])
    #expect(printed.status == 0)
    let lines = printed.output.split(separator: "\n")
    #expect(lines.first == "time,target,actual,expected,residual,score,anomaly,alarm")
    #expect(lines.count == 1 + Sales.count - 7 + 3)
    #expect(lines[lines.count - 4].hasPrefix(Sales.day(Sales.count - 1)))
    for (lead, line) in lines.suffix(3).enumerated() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      #expect(cells[0] == Sales.day(Sales.count + lead))
      #expect(cells[2].isEmpty && cells[4].isEmpty && cells[5].isEmpty && cells[6] == "0")
      #expect(Double(cells[3]) != nil)
    }
    let written = try Command.run(arguments + ["--output", folder.path("p.csv"), "--json"])
    #expect(written.status == 0)
    #expect(try folder.text("p.csv") == printed.output)
    #expect(try written.document()["command"] as? String == "predict")
  }

  @Test func aModelWithoutHeldOutRowsNeedsAnAbsoluteThreshold() throws {
    let folder = try Sales.fitted(["--validation", "0"])
    let arguments = [
      "detect", folder.path("sales.csv"), "--model", folder.path("m.safetensors"),
      "--output", folder.path("out"),
    ]
    let refused = try Command.run(arguments)
    #expect(refused.status == 1)
    #expect(refused.errors.contains("absolute:VALUE"))
    #expect(!folder.exists("out"))
    #expect(try Command.run(arguments + ["--threshold", "absolute:9"]).status == 0)
  }

  @Test func predictNeedsNoThreshold() throws {
    let folder = try Sales.fitted(["--validation", "0"])
    let outcome = try Command.run([
      "predict", folder.path("sales.csv"), "--model", folder.path("m.safetensors"), "--json",
      "--output", folder.path("p.csv"),
    ])
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("note: rows of 'units' are not scored"))
    let lines = try folder.lines("p.csv")
    #expect(lines.count == 1 + Sales.count - 7 + 1)
    for line in lines.dropFirst().dropLast() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      #expect(!cells[3].isEmpty && !cells[4].isEmpty && cells[5].isEmpty && cells[6] == "0")
    }
    let targets = try outcome.document()["targets"] as? [[String: Any]]
    #expect(targets?.first?["threshold"] is NSNull)
  }

  @Test func predictNeedsNoMoreRowsThanTheWindow() throws {
    let folder = try Sales.fitted(["--horizon", "2"])
    let data = try folder.file("short.csv", Sales.csv(rows: 7))
    let model = folder.path("m.safetensors")
    let outcome = try Command.run(["predict", data, "--model", model])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.split(separator: "\n").count == 1 + 2)
    let written = try Command.run([
      "predict", data, "--model", model, "--json", "--output", folder.path("p.csv"),
    ])
    #expect(written.status == 0)
    #expect(try Command.run(["detect", data, "--model", model]).status == 1)
  }

  @Test func columnsThatWereExcludedNeedNotBeThere() throws {
    let folder = try Sales.fitted(["--exclude", "price"])
    let text = Sales.csv().split(separator: "\n").map { line in
      line.split(separator: ",").prefix(3).joined(separator: ",")
    }.joined(separator: "\n")
    let data = try folder.file("without.csv", text)
    let outcome = try Command.run(["predict", data, "--model", folder.path("m.safetensors")])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  /// A loaded model may have been fitted to the rows, which are no test then.
  @Test func judgedRowsAreNotCalledTestRows() throws {
    let folder = try Sales.fitted()
    let model = folder.path("m.safetensors")
    let predicted = try Command.run([
      "predict", folder.path("sales.csv"), "--model", model, "--output", folder.path("p.csv"),
    ])
    #expect(predicted.output.contains("Forecasts of units on the judged rows are typically off by"))
    let detected = try Command.run([
      "detect", folder.path("sales.csv"), "--model", model, "--output", folder.path("out"),
    ])
    #expect(detected.output.contains("Forecasts of units on the judged rows are typically off by"))
    let document = try folder.document("out/metrics.json")
    #expect(document.at("metrics", "judged", "units", "model", "rmse") is Double)
    #expect(document.at("metrics", "test") == nil)
    #expect(document.at("data", "parts", "judged", "rows") as? Int == Sales.count - 7)
    let report = try folder.text("out/report.html")
    #expect(!report.contains("test rows") && report.contains("judged (153)"))
  }

  @Test func standardInputIsRead() throws {
    let folder = try Sales.fitted()
    let model = folder.path("m.safetensors")
    let outcome = try Command.run(
      ["predict", "-", "--model", model, "-q"],
      shell: "cat '\(folder.path("sales.csv"))' | \"$@\"")
    let usual = try Command.run(["predict", folder.path("sales.csv"), "--model", model, "-q"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == usual.output)
  }

  @Test func fitUntilATimeAfterAllRowsIsRefused() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let arguments =
      ["fit", data, "--target", "units", "--model", folder.path("m")] + Sales.quick
    let outcome = try Command.run(arguments + ["--train-until", "2024-06-09"])
    #expect(outcome.status == 1)
    #expect(
      outcome.errors
        == "lstm-detect: \(data): --train-until 2024-06-09 is after the last row, that "
        + "of 2024-06-08; leave the option out to fit to all rows\n")
    #expect(try folder.names() == ["sales.csv"])
    for until in ["2024-06-08", "1"] {
      #expect(try Command.run(arguments + ["--train-until", until]).status == 0)
    }
  }

  @Test func predictSaysWhatItRanOn() throws {
    let folder = try Sales.fitted()
    let arguments = [
      "predict", folder.path("sales.csv"), "--model", folder.path("m.safetensors"), "--device",
      "cpu", "--output", folder.path("p.csv"),
    ]
    #expect(try Command.run(arguments).output.contains("\ndevice    cpu ("))
    let document = try Command.run(arguments + ["--json", "--season", "7"]).document()
    #expect(document.at("data", "season") as? Int == 7)
  }

  @Test func aTableIsNoModel() throws {
    let folder = try Sales.fitted()
    let data = folder.path("sales.csv")
    for arguments in [
      ["inspect", data], ["export", "--model", data, "--format", "keras", "--output", data + "2"],
      ["predict", data, "--model", try folder.file("other.csv", Sales.csv())],
      [
        "apply", "--weights", data, "--input", folder.path("m.safetensors"), "--output", data + "2",
      ],
    ] {
      let outcome = try Command.run(arguments)
      #expect(outcome.status == 1)
      #expect(outcome.errors.hasSuffix(".csv: is not a safetensors file\n"), "\(outcome.errors)")
    }
  }

  @Test func textInAnotherEncodingIsSaid() throws {
    let folder = try Folder()
    var bytes = Data(Sales.csv().utf8)
    bytes.replace(Data("price".utf8), with: Data([0x70, 0x72, 0xE9]))
    try bytes.write(to: URL(filePath: folder.path("latin.csv")))
    let outcome = try Command.run(
      ["fit", folder.path("latin.csv"), "--target", "units", "--model", folder.path("m")]
        + Sales.quick)
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("note: what is not UTF-8 in the text was read as Windows-1252"))
    #expect(
      try Command.run(["inspect", folder.path("m")]).output.contains("units, stock, pr\u{E9}"))
  }

  @Test func aFolderIsNoModel() throws {
    let folder = try Sales.fitted()
    let outcome = try Command.run(["inspect", folder.path("")])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("Is a directory"))
  }

  @Test func dataWithOtherColumnsIsRefused() throws {
    let folder = try Sales.fitted()
    let data = try folder.file("other.csv", Sales.csv().replacing("stock", with: "stores"))
    let outcome = try Command.run([
      "detect", data, "--model", folder.path("m.safetensors"), "--output", folder.path("out"),
    ])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("other.csv: there is no column 'stock'"))
    #expect(!folder.exists("out"))
  }

  @Test func dataWithTooFewRowsIsRefused() throws {
    let folder = try Sales.fitted()
    let data = try folder.file("short.csv", Sales.csv(rows: 5))
    let outcome = try Command.run([
      "detect", data, "--model", folder.path("m.safetensors"), "--output", folder.path("out"),
    ])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("5 rows"))
  }

  @Test(arguments: [0, 7, 100, -8]) func aTruncatedModelIsRefused(count: Int) throws {
    let folder = try Sales.fitted()
    let path = folder.path("m.safetensors")
    let bytes = try Data(contentsOf: URL(filePath: path))
    try bytes.prefix(count < 0 ? bytes.count + count : count).write(to: URL(filePath: path))
    for command in [
      ["inspect", path],
      ["predict", folder.path("sales.csv"), "--model", path],
      ["detect", folder.path("sales.csv"), "--model", path, "--output", folder.path("out")],
    ] {
      let outcome = try Command.run(command)
      #expect(outcome.status == 1)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains("m.safetensors"))
      #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
    }
    #expect(!folder.exists("out"))
  }

  @Test func aModelOfAnotherVersionIsRefused() throws {
    let folder = try Sales.fitted()
    let path = folder.path("m.safetensors")
    var bytes = try Data(contentsOf: URL(filePath: path))
    let key = Data("\"swift_lstm_format\":\"1\"".utf8)
    let range = try #require(bytes.range(of: key))
    bytes.replaceSubrange(range, with: Data("\"swift_lstm_format\":\"9\"".utf8))
    try bytes.write(to: URL(filePath: path))
    let outcome = try Command.run(["inspect", path])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("version 9"))
  }
}
