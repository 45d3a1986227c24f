import AnomalyDetection
import Foundation
import LSTMCompute
import TestSupport
import Testing

/// A model is trained further on new rows.
@Suite struct UpdateCommandTests {
  /// Rows of a level, a weekly pattern and noise; from a row on the pattern is another one.
  private static func csv(_ rows: Range<Int>, changed start: Int = .max) -> String {
    "day,units\n"
      + rows.map { row in
        let noise = Double((row * 7919) % 101) / 101
        let week = (row >= start ? [0.0, 60, 0, 60, 0, 60, 30] : [30, 10, 0, 5, 20, 60, 55])[
          row % 7]
        return "\(Sales.day(row)),\(200 + 2 * week + 8 * noise)\n"
      }.joined()
  }

  private static func folder() throws -> Folder {
    let folder = try Folder()
    let data = try folder.file("old.csv", csv(0..<210))
    let outcome = try Command.run(
      ["fit", data, "--target", "units", "--model", folder.path("m.safetensors"), "-q"]
        + Sales.quick + ["--epochs", "30"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  private static func update(
    _ folder: Folder, _ text: String, _ options: [String] = []
  ) throws -> Command.Outcome {
    try Command.run(
      [
        "update", folder.file("new.csv", text), "--model", folder.path("m.safetensors"),
        "--replay", folder.path("old.csv"), "--output", folder.path("n.safetensors"), "--device",
        "cpu",
      ] + options)
  }

  @Test func aModelThatForecastsBetterIsWritten() throws {
    let folder = try Self.folder()
    let text = Self.csv(210..<360, changed: 200)
    let outcome = try Self.update(
      folder, text, ["--epochs", "20", "--learning-rate", "0.01", "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let document = try outcome.document()
    #expect((document.at("ratio") as? Double ?? 2) < 0.8, "\(document)")
    let target = try #require((document.at("targets") as? [[String: Any]])?.first)
    let (before, after) = (
      try #require(target.at("before", "mae") as? Double),
      try #require(target.at("after", "mae") as? Double)
    )
    #expect(after < before)
    // 105 of 150 rows are trained on, and as many windows of old ones.
    #expect(document.at("new_windows") as? Int == 105 && document.at("old_windows") as? Int == 105)
    #expect(document.at("rows") as? Int == 23)
    let (old, new) = (
      try Forecaster(path: folder.path("m.safetensors")),
      try Forecaster(path: folder.path("n.safetensors"))
    )
    #expect(old.scaler == new.scaler && old.subject == new.subject && old.steps == new.steps)
    #expect(old.network.parameters.values != new.network.parameters.values)
    #expect(new.origin.initial == "m.safetensors" && new.origin.file == "new.csv")
    #expect(new.origin.lastTime == Sales.day(359) && new.residuals[0].count == 45)
  }

  @Test func aModelThatForecastsWorseIsNot() throws {
    let folder = try Self.folder()
    // A step size that spoils it.
    let bad = ["--epochs", "1", "--learning-rate", "3"]
    let text = Self.csv(210..<360)
    let outcome = try Self.update(folder, text, bad)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("forecasts worse than"), "\(outcome.errors)")
    #expect(outcome.errors.contains("--even-if-worse writes it"))
    #expect(!folder.exists("n.safetensors"))
    let forced = try Self.update(folder, text, bad + ["--even-if-worse"])
    #expect(forced.status == 0 && folder.exists("n.safetensors"))
    #expect(forced.output.contains("held out  units: off by"))
  }

  @Test func whatCannotBeTrainedOnIsRefused() throws {
    let folder = try Self.folder()
    let few = try Self.update(folder, Self.csv(210..<212))
    #expect(few.status == 1 && few.errors.contains("2 new rows are too few"), "\(few.errors)")
    let early = try Self.update(folder, Self.csv(0..<30))
    #expect(early.status == 1 && !folder.exists("n.safetensors"))
    for options in [["--held-out", "1"], ["--epochs", "0"], ["--learning-rate", "-1"]] {
      #expect(try Self.update(folder, Self.csv(210..<300), options).status == 64)
    }
  }
}
