import Foundation
import TestSupport
import Testing

/// Results as JSON lines, and for Prometheus.
@Suite struct ResultFormatTests {
  private static func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func jsonLinesSayWhatTheCSVFilesSay() throws {
    let folder = try Folder()
    let data = try folder.file(
      "sales.csv", Sales.csv { row, cells in if row == 140 { cells[1] = "" } })
    let run = try Command.run(
      [
        "run", data, "--target", "units", "--output", folder.path("out"), "--format", "jsonl",
        "--prometheus", folder.path("sales.prom"), "-q",
      ] + Sales.quick)
    #expect(run.status == 0, "\(run.errors)")
    let lines = try folder.lines("out/predictions.csv").dropFirst()
    let objects = try Self.objects(folder.text("out/predictions.jsonl"))
    #expect(objects.count == lines.count && lines.count == 32)
    for (line, object) in zip(lines, objects) {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      #expect(object.at("time") as? String == cells[0])
      #expect(object.at("target") as? String == cells[1])
      for (place, name) in [(2, "actual"), (3, "expected"), (4, "residual"), (5, "score")] {
        // JSONSerialization reads the last digit of some numbers otherwise.
        let (said, written) = (object.at(name) as? Double, Double(cells[place]))
        #expect((said == nil) == (written == nil), "\(line)")
        #expect(!(((said ?? 0) - (written ?? 0)).magnitude > 1e-12 * (written ?? 0).magnitude))
      }
      #expect(object.at("anomaly") as? Bool == (cells[6] == "1"))
      #expect(object.at("alarm") as? Bool == (cells[7] == "1"))
    }
    let events = try Self.objects(folder.text("out/anomalies.jsonl"))
    let anomalies = try folder.lines("out/anomalies.csv").dropFirst()
    #expect(events.count == anomalies.count && !events.isEmpty)
    #expect(events.contains { ($0.at("alarms") as? [String])?.contains(Sales.wrongDay) == true })
    #expect(events.allSatisfy { $0.at("direction") as? String != nil })
    let manifest = try folder.text("out/manifest.json")
    #expect(manifest.contains("predictions.jsonl") && manifest.contains("sales.prom"))

    let metrics = try folder.lines("sales.prom")
    let checksum = try #require(
      metrics.first { $0.hasPrefix("lstm_detect_info{") }?.split(separator: "checksum=\"").last?
        .prefix(16))
    func value(_ name: String) -> Double? {
      metrics.first { $0.hasPrefix("lstm_detect_\(name){model=\"model.safetensors\"") }?
        .split(separator: " ").last.flatMap { Double($0) }
    }
    #expect(value("rows") == 32)
    #expect(value("alarms") == Double(events.count))
    let last = try #require(objects.last)
    #expect(
      !((try #require(value("value")) - (try #require(last.at("actual") as? Double))).magnitude
        > 1e-9))
    #expect(
      !((try #require(value("score")) - (try #require(last.at("score") as? Double))).magnitude
        > 1e-8))
    #expect(
      value("last_row_timestamp_seconds") == 1_704_067_200 + 86_400 * Double(Sales.count - 1))

    // Of the model in the file, by detect and predict too.
    let model = folder.path("out/model.safetensors")
    let predict = try Command.run([
      "predict", data, "--model", model, "--device", "cpu", "--format", "jsonl", "--prometheus",
      folder.path("predict.prom"), "-q",
    ])
    #expect(predict.status == 0, "\(predict.errors)")
    let predicted = try Self.objects(predict.output)
    #expect(predicted.count == Sales.count - 7 + 1)
    #expect(predicted.last?["actual"] is NSNull && predicted.last?["expected"] is Double)
    #expect(try folder.text("predict.prom").contains("checksum=\"\(checksum)\""))
    let same = try Command.run([
      "detect", data, "--model", model, "--device", "cpu", "--output", folder.path("out"),
      "--prometheus", folder.path("out/metrics.json"), "-q",
    ])
    #expect(same.status == 1 && same.errors.contains("are the same file"))
  }

  @Test func labelsAreEscaped() throws {
    let folder = try Folder()
    let text = Sales.csv().replacing("units", with: "\"a\"\"\\b\"")
    let data = try folder.file("sales.csv", text)
    let run = try Command.run(
      [
        "run", data, "--target", "\"a\"\"\\b\"", "--output", folder.path("out"), "--prometheus",
        folder.path("x.prom"), "-q",
      ] + Sales.quick)
    #expect(run.status == 0, "\(run.errors)")
    #expect(try folder.text("x.prom").contains("target=\"a\\\"\\\\b\"} "))
  }
}
