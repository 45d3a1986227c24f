import Foundation
import TestSupport
import Testing

/// Residuals that have moved since the fit are told.
@Suite struct DriftCommandTests {
  /// Rows of a level, a weekly pattern and noise, which is so many times as strong from a row on.
  private static func csv(_ rows: Range<Int>, noise: Double = 1, from start: Int = 0) -> String {
    "day,units\n"
      + rows.map { row in
        let part = Double((row * 7919) % 101) / 101 - 0.5
        let units =
          200 + [30.0, 10, 0, 5, 20, 60, 55][row % 7] + 16 * part * (row >= start ? noise : 1)
        return "\(Sales.day(row)),\(units)\n"
      }.joined()
  }

  private static func folder() throws -> Folder {
    let folder = try Folder()
    let data = try folder.file("old.csv", csv(0..<400))
    let outcome = try Command.run(
      ["fit", data, "--target", "units", "--validation", "0.3", "--model"]
        + [folder.path("m.safetensors"), "-q"] + Sales.quick)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  private static func drift(
    _ folder: Folder, _ text: String, _ options: [String] = []
  ) throws -> Command.Outcome {
    try Command.run(
      [
        "drift", folder.file("new.csv", text), "--model", folder.path("m.safetensors"), "--device",
        "cpu", "--context", folder.path("old.csv"),
      ] + options)
  }

  @Test func noDriftIsNone() throws {
    let folder = try Self.folder()
    let outcome = try Self.drift(folder, Self.csv(400..<600), ["--fail-on-drift"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("units: no drift; 200 residuals against 120 held out"))
  }

  @Test func aDriftIsToldAndWritten() throws {
    let folder = try Self.folder()
    let text = Self.csv(400..<600, noise: 4, from: 500)
    let outcome = try Self.drift(
      folder, text, ["--fail-on-drift", "--output", folder.path("out")])
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("--fail-on-drift ends with exit status 3"))
    #expect(outcome.output.contains("units: drift since 2025-05-"), "\(outcome.output)")
    let document = try folder.document("out/drift.json")
    #expect(document.at("drift") as? Bool == true && document.at("rows") as? Int == 200)
    let target = try #require((document.at("targets") as? [[String: Any]])?.first)
    #expect(target.at("kinds") as? [String] == ["spread"])
    #expect((target.at("since") as? String)?.hasPrefix("2025-05-") == true)
    #expect((target.at("tests") as? [Any])?.count == 3)
    #expect(try folder.names(in: "out") == ["drift.json"])
    let json = try Self.drift(folder, text, ["--json", "-q"])
    #expect(json.status == 0)
    #expect(try json.document().at("drift") as? Bool == true)
  }

  @Test func whatCannotBeTestedIsRefused() throws {
    let folder = try Self.folder()
    let few = try Self.drift(folder, Self.csv(400..<420))
    #expect(few.status == 0 && few.output.contains("units: not told: 20 residuals"))
    let known = try Command.run([
      "drift", folder.path("old.csv"), "--model", folder.path("m.safetensors"), "--device", "cpu",
    ])
    #expect(known.status == 1 && known.output.isEmpty)
    #expect(known.errors.contains("the last one that the model was fitted to"))
    #expect(try Self.drift(folder, Self.csv(400..<420), ["--false-alarms", "2"]).status == 64)
  }
}
