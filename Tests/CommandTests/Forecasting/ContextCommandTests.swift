import Foundation
import TestSupport
import Testing

/// Files of their own for what is fitted to and what is judged.
@Suite struct ContextCommandTests {
  /// A folder with rows until a row, rows from it on, all of them, and a model of the first.
  private func folder() throws -> Folder {
    let folder = try Folder()
    let lines = Sales.csv().split(separator: "\n")
    _ = try folder.file("all.csv", Sales.csv())
    let old = try folder.file("old.csv", lines[...140].joined(separator: "\n") + "\n")
    _ = try folder.file("new.csv", ([lines[0]] + lines[141...]).joined(separator: "\n") + "\n")
    let outcome = try Command.run(
      ["fit", old, "--target", "units", "--model", folder.path("m.safetensors")]
        + Sales.quick.dropFirst())
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  private func detect(_ folder: Folder, _ data: String, _ options: [String], to output: String)
    throws -> Command.Outcome
  {
    try Command.run(
      [
        "detect", folder.path(data), "--model", folder.path("m.safetensors"), "--device", "cpu",
        "--output", folder.path(output), "-q",
      ] + options)
  }

  @Test func rowsAreJudgedAsInOneFile() throws {
    let folder = try folder()
    let context = ["--context", folder.path("old.csv")]
    #expect(try detect(folder, "all.csv", [], to: "whole").status == 0)
    #expect(try detect(folder, "new.csv", context, to: "parts").status == 0)
    let whole = try folder.lines("whole/predictions.csv")
    let parts = try folder.lines("parts/predictions.csv")
    #expect(parts.count == 1 + Sales.count - 140)
    #expect(parts.dropFirst() == whole.suffix(Sales.count - 140))
    #expect(try folder.text("parts/forecast.csv") == folder.text("whole/forecast.csv"))
    let document = try folder.document("parts/metrics.json")
    #expect(document.at("data", "rows") as? Int == 20)
    #expect(document.at("data", "first") as? String == Sales.day(140))
    #expect(document.at("data", "context", "file") as? String == "old.csv")
    #expect(document.at("data", "context", "rows") as? Int == 140)
    #expect(document.at("data", "parts", "judged", "rows") as? Int == 20)
    #expect(document.at("options", "context") as? String == folder.path("old.csv"))
    let report = try folder.text("parts/report.html")
    #expect(report.contains("new.csv, 20 rows from \(Sales.day(140))"))
    #expect(report.contains("after 140 rows of old.csv"))
    // Alone, the first rows have no window before them.
    #expect(try detect(folder, "new.csv", [], to: "alone").status == 0)
    #expect(try folder.lines("alone/predictions.csv").count == 1 + Sales.count - 147)
  }

  @Test func predictTakesItToo() throws {
    let folder = try folder()
    let predicted = try Command.run([
      "predict", folder.path("new.csv"), "--model", folder.path("m.safetensors"), "--device", "cpu",
      "--context", folder.path("all.csv"), "-q",
    ])
    #expect(predicted.status == 0, "\(predicted.errors)")
    let lines = predicted.output.split(separator: "\n")
    #expect(lines.count == 1 + 20 + 1)
    #expect(lines[1].hasPrefix(Sales.day(140)))
  }

  @Test func aContextThatDoesNotFitIsRefused() throws {
    let folder = try folder()
    let cases: [(context: String, reason: String)] = [
      ("new.csv", "are the same file"), ("nowhere.csv", "there is no such file"),
      ("wrong.csv", "wrong.csv, row 142: '\(Sales.day(140))' is not before '\(Sales.day(140))'"),
      ("short.csv", "there is no column 'stock'"), ("late.csv", "no row of it comes before"),
    ]
    let lines = Sales.csv { row, cells in if row == 140 { cells[1] = "1" } }.split(separator: "\n")
    _ = try folder.file("wrong.csv", lines[...141].joined(separator: "\n") + "\n")
    _ = try folder.file("late.csv", ([lines[0]] + lines[150...]).joined(separator: "\n") + "\n")
    _ = try folder.file("short.csv", "day,units\n2024-01-01,1\n")
    for (context, reason) in cases {
      let outcome = try detect(folder, "new.csv", ["--context", folder.path(context)], to: "out")
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains(reason), "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1)
      #expect(!folder.exists("out/metrics.json"))
    }
    let both = try Command.run(["detect", "-", "--context", "-", "--model", "m"])
    #expect(both.status == 64)
  }
}
