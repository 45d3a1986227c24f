import Foundation
import TestSupport
import Testing

/// `--labels` and `--fail-on` of run and detect.
@Suite struct LabelOptionTests {
  /// A run over made-up sales, whose wrong day is far beyond the threshold.
  private func run(
    _ folder: Folder, labels: String? = nil, target: String = "units", _ options: [String] = []
  ) throws -> Command.Outcome {
    let data = try folder.file("sales.csv", Sales.csv())
    let file = try labels.map { ["--labels", try folder.file("labels.csv", $0)] } ?? []
    return try Command.run(
      [
        "run", data, "--target", target, "--output", folder.path("out"), "--threshold",
        "absolute:100",
      ] + Sales.quick + file + options)
  }

  @Test func eventsAndScoresAreMeasured() throws {
    let folder = try Folder()
    let outcome = try run(
      folder, labels: "start,end\n\(Sales.wrongDay)\n2024-06-06,2024-06-07\n2023-01-01\n")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.errors.contains("note: 1 of 3 labels overlaps no judged row, and is left out\n"))
    #expect(outcome.output.contains("1 of 2 labeled anomalies was found, beside 0 false events: "))
    #expect(outcome.output.contains("precision 1.000, recall 0.500, F1 0.667."))
    let metrics = try folder.document("out/metrics.json")
    #expect(metrics.at("labels", "count") as? Int == 3)
    #expect(metrics.at("labels", "unmatched") as? Int == 1)
    #expect(metrics.at("labels", "joint") == nil)
    func value(_ keys: String...) -> Double? {
      var value = metrics.at("labels", "targets", "units")
      for key in keys { value = (value as? [String: Any])?[key] }
      return value as? Double
    }
    #expect(value("labels") == 2)
    #expect(value("judged_rows") == 32)
    #expect(value("events", "found") == 1)
    #expect(value("events", "false_alarms") == 0)
    #expect(value("events", "missed") == 1)
    #expect(value("points", "missed") == 2)
    #expect(value("mean_delay") == 0)
    #expect(value("alarms_per_1000_rows") == 31.25)
    for key in ["auc_pr", "vus_pr"] {
      let area = try #require(value(key))
      #expect(area > 0.15 && area <= 1, "\(key)")
    }
    #expect(try folder.text("out/report.html").contains("<h2>Against the labels</h2>"))
    #expect(metrics.at("options", "labels") as? String == folder.path("labels.csv"))
  }

  @Test func severalTargetsAreMeasuredTogetherToo() throws {
    let folder = try Folder()
    let outcome = try run(
      folder, labels: "\(Sales.wrongDay),,units\n", target: "units,stock")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("1 of 1 labeled anomaly was found in all targets together"))
    let metrics = try folder.document("out/metrics.json")
    #expect(metrics.at("labels", "targets", "units", "labels") as? Int == 1)
    #expect(metrics.at("labels", "targets", "stock", "labels") as? Int == 0)
    #expect(metrics.at("labels", "targets", "stock", "auc_pr") == nil)
    #expect(metrics.at("labels", "joint", "events", "recall") as? Double == 1)
    #expect(try folder.text("out/report.html").contains("all together"))
  }

  @Test func rowsWithoutTimesAreToldByTheirNumbers() throws {
    let folder = try Folder()
    let outcome = try run(
      folder, labels: "\(Sales.wrongRow + 2)\n", ["--row-order", "--exclude", "day"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let metrics = try folder.document("out/metrics.json")
    #expect(metrics.at("labels", "targets", "units", "points", "recall") as? Double == 1)
  }

  @Test func withoutLabelsNothingIsSaidOfThem() throws {
    let folder = try Folder()
    let outcome = try run(folder)
    #expect(!outcome.output.contains("label"))
    #expect(try folder.document("out/metrics.json")["labels"] is NSNull)
    #expect(try !folder.text("out/report.html").contains("Against the labels"))
  }

  @Test(arguments: [
    ("2024-05-30\nsoon\n", "labels.csv, row 2: expected a date"),
    ("2024-05-30,,sold\n", "labels.csv, row 1: 'sold' is no target; there are units"),
    ("", "labels.csv: there are no labels in it"),
  ])
  func badLabelsEndTheRunBeforeTheTraining(text: String, message: String) throws {
    let folder = try Folder()
    let outcome = try run(folder, labels: text)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(!outcome.errors.contains("epoch"))
    #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
    #expect(try folder.names() == ["labels.csv", "sales.csv"])
  }

  @Test func labelsAreNoResult() throws {
    let folder = try Folder()
    let outcome = try run(folder, ["--labels", folder.path("out/anomalies.csv")])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("are the same file"))
    let missing = try run(folder, ["--labels", folder.path("no.csv")])
    #expect(missing.status == 1)
    #expect(missing.errors.contains("no.csv: the file of labels cannot be read"))
  }

  @Test func aRunWithSoManyEventsEndsWithItsOwnStatus() throws {
    let folder = try Folder()
    let fails = try run(folder, ["--fail-on", "1", "--json", "--quiet"])
    #expect(fails.status == 3)
    #expect(
      fails.errors
        == "lstm-detect: 1 anomaly was found, and --fail-on 1 ends with exit status 3 then\n")
    #expect(try fails.document().at("anomalies") as? Int == 1)
    #expect(folder.exists("out/manifest.json") && folder.exists("out/model.safetensors"))
    let passes = try run(folder, ["--fail-on", "2", "--quiet"])
    #expect(passes.status == 0)
    #expect(passes.errors.isEmpty)
  }

  @Test func detectMeasuresAndFailsToo() throws {
    let folder = try Folder()
    _ = try run(folder)
    let labels = try folder.file("labels.csv", "\(Sales.wrongDay)\n")
    func detect(_ options: [String]) throws -> Command.Outcome {
      try Command.run(
        [
          "detect", folder.path("sales.csv"), "--model", folder.path("out/model.safetensors"),
          "--output", folder.path("found"), "--threshold", "absolute:100", "--device", "cpu", "-q",
        ] + options)
    }
    let fails = try detect(["--labels", labels, "--fail-on", "1"])
    #expect(fails.status == 3)
    #expect(fails.errors.split(separator: "\n").count == 1, "\(fails.errors)")
    let metrics = try folder.document("found/metrics.json")
    #expect(metrics.at("labels", "targets", "units", "events", "f1") as? Double == 1)
    #expect(metrics.at("options", "fail-on") as? Int == 1)
    #expect(try detect(["--fail-on", "2"]).status == 0)
    let bad = try detect(["--labels", try folder.file("bad.csv", "1\n"), "--fail-on", "1"])
    #expect(bad.status == 1)
    #expect(bad.errors.contains("bad.csv, row 1: expected a date"))
    #expect(try folder.document("found/metrics.json").at("labels") == nil, "the run before is kept")
  }
}
