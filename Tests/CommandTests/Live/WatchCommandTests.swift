import Foundation
import TestSupport
import Testing

/// Rows on standard input are judged as those of a file.
@Suite struct WatchCommandTests {
  /// A folder with `sales.csv`, some values of which are missing, and a model of its first rows.
  private static func folder(_ options: [String] = []) throws -> Folder {
    let folder = try Folder()
    let data = try folder.file(
      "sales.csv",
      Sales.csv { row, cells in if [20, 21, 100].contains(row) { cells[1] = "NA" } })
    let outcome = try Command.run(
      [
        "fit", data, "--target", "units,stock", "--train-until", "0.8", "--units", "6", "--window",
        "7", "--epochs", "2", "--search", "none", "--device", "cpu", "--model",
        folder.path("m.safetensors"), "-q",
      ] + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  private static func watch(
    _ folder: Folder, _ input: String, _ options: [String] = []
  ) throws -> Command.Outcome {
    let path = try folder.file("input-\(UUID())", input)
    return try Command.run(
      ["watch", "--model", folder.path("m.safetensors"), "--device", "cpu"] + options,
      shell: "\"$@\" < '\(path)'")
  }

  private static func objects(_ output: String) throws -> [[String: Any]] {
    try output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// What is said of a target in a line, as `predictions.csv` has it.
  private static func cells(_ line: Substring) -> [[String]] {
    /// The text of a member, as it is written.
    func member(_ name: String, _ text: Substring) -> String {
      guard let start = text.range(of: "\"\(name)\":")?.upperBound else { return "?" }
      let value = text[start...].prefix { !",}".contains($0) }
      return value == "null" ? "" : String(value).replacing("\"", with: "")
    }
    let time = member("time", line)
    return line.split(separator: "{\"target\":").dropFirst().map { part in
      let text = "\"target\":" + part
      return [
        time, member("target", text[...]), member("value", text[...]),
        member("forecast", text[...]), member("score", text[...]),
        member("anomaly", text[...]) == "true" ? "1" : "0",
        member("alarm", text[...]) == "true" ? "1" : "0",
      ]
    }
  }

  @Test func saysWhatDetectSays() throws {
    let folder = try Self.folder()
    let data = folder.path("sales.csv")
    let detect = try Command.run([
      "detect", data, "--model", folder.path("m.safetensors"), "--device", "cpu", "--output",
      folder.path("out"), "-q",
    ])
    #expect(detect.status == 0)
    let watch = try Self.watch(folder, folder.text("sales.csv"))
    #expect(watch.status == 0 && watch.errors.isEmpty, "\(watch.errors)")
    let said = watch.output.split(separator: "\n").flatMap(Self.cells)
    #expect(said.count == 2 * Sales.count)
    let expected = try folder.lines("out/predictions.csv").dropFirst().map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return [0, 1, 2, 3, 5, 6, 7].map { cells[$0] }
    }
    #expect(expected.count == 2 * (Sales.count - 7))
    #expect(Array(said.suffix(expected.count)) == expected)
    #expect(said.prefix(14).allSatisfy { $0[3].isEmpty })
    #expect(expected.contains { $0[0] == Sales.wrongDay && $0[6] == "1" })
    let wrong = try #require(
      try Self.objects(watch.output).first { $0["time"] as? String == Sales.wrongDay })
    let target = try #require((wrong["targets"] as? [[String: Any]])?.first)
    #expect(target.at("event", "kind") as? String == "dip")
    #expect(target.at("event", "direction") as? String == "down")
    #expect(target.at("event", "start") as? String == Sales.wrongDay)
    #expect((target["severity"] as? Double ?? 0) > 50)
    #expect((target["value"] as? Double ?? 0) < (target["lower"] as? Double ?? 0))

    // The same in ten pieces, with the state in a file between them.
    let lines = try folder.lines("sales.csv")
    var output = ""
    for start in stride(from: 1, to: lines.count, by: 16) {
      let piece =
        ([lines[0]] + lines[start..<min(start + 16, lines.count)])
        .joined(separator: "\n") + "\n"
      let outcome = try Self.watch(folder, piece, ["--state", folder.path("state")])
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
      output += outcome.output
    }
    #expect(output == watch.output)
    // What the state knows is passed over.
    let again = try Self.watch(
      folder, folder.text("sales.csv"), ["--state", folder.path("state")])
    #expect(again.status == 0 && again.output.isEmpty)
    #expect(again.errors == "note: 160 rows that the state knew already were passed over\n")

    // Objects, and rows without a header.
    let objects = lines.dropFirst().map { line in
      let cells = line.split(separator: ",")
      return "{\"day\":\"\(cells[0])\",\"units\":\(cells[1] == "NA" ? "null" : cells[1]),"
        + "\"stock\":\(cells[2]),\"price\":\(cells[3])}"
    }.joined(separator: "\n")
    #expect(try Self.watch(folder, objects).output == watch.output)
    let bare = lines.dropFirst().joined(separator: "\n")
    let named = try Self.watch(folder, bare, ["--columns", "day,units,stock,price"])
    #expect(named.output == watch.output)
    let context = try folder.file("old.csv", lines[...140].joined(separator: "\n") + "\n")
    let late = ([lines[0]] + lines[141...]).joined(separator: "\n")
    let after = try Self.watch(folder, late, ["--context", context])
    // But for the end of an event among the rows before, which are not judged.
    #expect(after.output.split(separator: "\n").flatMap(Self.cells) == said.suffix(40))
  }

  @Test func linesThatCannotBeReadAreToldAndLeftOut() throws {
    let folder = try Self.folder()
    let lines = try folder.lines("sales.csv").map(String.init)
    var broken = lines
    broken.insert("what is this", at: 30)
    broken.insert("2024-01-01,1,2,3", at: 60)
    broken.insert(",,,", at: 70)
    let clean = try Self.watch(folder, lines.joined(separator: "\n"))
    let outcome = try Self.watch(folder, broken.joined(separator: "\n"))
    #expect(outcome.status == 0 && outcome.output == clean.output)
    let errors = outcome.errors.split(separator: "\n")
    #expect(errors.count == 3, "\(outcome.errors)")
    #expect(
      errors.first
        == "lstm-detect: standard input, row 31: expected 4 cells as in the header, found 1")
    #expect(errors.dropFirst().first?.contains("row 61: expected a time after '") == true)
    #expect(errors.last == "note: 2 lines could not be read")
    let garbage = try Self.watch(folder, "day,units,stock,price\nx\ny\n")
    #expect(garbage.status == 1 && garbage.output.isEmpty)
    #expect(garbage.errors.contains("none of 2 lines is a row"))
    let other = try Self.watch(folder, "a,b\n1,2\n")
    #expect(other.status == 1)
    #expect(other.errors.contains("there is no column 'day', which the model was fitted with"))
    #expect(try Self.watch(folder, "").status == 0)
  }

  @Test func whatDoesNotGoTogetherIsRefused() throws {
    let folder = try Self.folder()
    let state = folder.path("state")
    #expect(try Self.watch(folder, folder.text("sales.csv"), ["--state", state]).status == 0)
    let old = try folder.text("state")
    let rules = try Self.watch(folder, "", ["--state", state, "--threshold", "sigma:9"])
    #expect(rules.status == 1 && rules.errors.contains("not sigma:9"), "\(rules.errors)")
    let other = try Self.folder(["--seed", "7"])
    let model = try Self.watch(other, "", ["--state", state])
    #expect(model.status == 1)
    #expect(model.errors.contains("\(state): the state belongs to another model"))
    #expect(model.errors.split(separator: "\n").count == 1)
    #expect(try folder.text("state") == old)
    _ = try folder.file("state", old.replacing("\"count\":1", with: "\"count\":2"))
    let damaged = try Self.watch(folder, "", ["--state", state])
    #expect(damaged.status == 1 && damaged.errors.contains("the state is damaged"))
    for (options, reason) in [
      (["--no-header"], "--no-header needs --state"), (["--from", "2024"], "are for files"),
      (["--season", "7"], "watch does not make"),
      (["--no-header", "--state", folder.path("none")], "give their names by --columns"),
    ] {
      let outcome = try Self.watch(folder, "", options)
      #expect(outcome.status != 0 && outcome.errors.contains(reason), "\(outcome.errors)")
    }
  }

  @Test(arguments: [SIGTERM, SIGINT]) func aSignalKeepsTheState(signal: Int32) throws {
    let folder = try Self.folder()
    let lines = try folder.lines("sales.csv")
    let pipe = folder.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let running = try Command.start(
      [
        "-c", "exec \"$@\" < '\(pipe)'", "sh", Command.path.path, "watch", "--model",
        folder.path("m.safetensors"), "--device", "cpu", "--state", folder.path("state"),
      ], of: URL(filePath: "/bin/sh"))
    let writer = try FileHandle(forWritingTo: URL(filePath: pipe))
    try writer.write(contentsOf: Data((lines[..<40].joined(separator: "\n") + "\n").utf8))
    let deadline = ContinuousClock.now + .seconds(60)
    func count() -> Int {
      ((try? String(contentsOf: running.output, encoding: .utf8)) ?? "").count { $0 == "\n" }
    }
    // Each row is answered at once, while the input stays open.
    while count() < 39, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.01) }
    #expect(count() == 39)
    kill(running.process.processIdentifier, signal)
    let outcome = try running.finish()
    try writer.close()
    #expect(outcome.status == 128 + signal)
    #expect(outcome.errors.contains("what is known of the rows was kept in"), "\(outcome.errors)")
    let rest = try Self.watch(
      folder, folder.text("sales.csv"), ["--state", folder.path("state"), "-q"])
    let whole = try Self.watch(folder, folder.text("sales.csv"))
    #expect(outcome.output + rest.output == whole.output)
  }
}
