import Foundation
import TestSupport
import Testing

@Suite struct RunTests {
  private func example() -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Examples/bike-sharing-daily.csv").path
  }

  @Test func theExampleFindsTheHurricane() throws {
    let folder = try Folder()
    let outcome = try Command.run([
      "run", example(), "--target", "cnt", "--output", folder.path("out"), "--device", "cpu",
    ])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("device    cpu"))
    #expect(outcome.output.contains("2012-10-29"))
    #expect(outcome.errors.contains("epoch 1/100  loss"))
    #expect(!outcome.errors.contains("\u{1B}"), "no bar where there is no terminal")

    #expect(
      try folder.names(in: "out") == [
        "anomalies.csv", "forecast.csv", "joint.csv", "manifest.json", "metrics.json",
        "model.safetensors",
        "predictions.csv", "report.html",
      ])
    let anomalies = try folder.lines("out/anomalies.csv")
    #expect(
      anomalies.first
        == "target,start,end,peak,actual,expected,residual,score,severity,kind,rows,usual")
    #expect(anomalies.contains { $0.hasPrefix("cnt,2012-10-29,2012-10-29,2012-10-29,22,") })

    let predictions = try folder.lines("out/predictions.csv")
    #expect(predictions.first == "time,target,actual,expected,residual,score,anomaly,alarm")
    #expect(predictions.count == 1 + 146)
    #expect(predictions.filter { $0.hasSuffix(",1") }.count == anomalies.count - 1)

    let metrics = try folder.document("out/metrics.json")
    let model = try #require(metrics.at("metrics", "test", "cnt", "model", "rmse") as? Double)
    let persistence = metrics.at("metrics", "test", "cnt", "persistence", "rmse") as? Double
    #expect(try model < #require(persistence), "the network beats persistence")

    let report = try folder.text("out/report.html")
    let saysSo = report.contains("<span class=\"word\">2012-10-29:</span> 22 instead of ")
    #expect(saysSo)
  }

  @Test func aTargetThatStandsStillIsJudged() throws {
    let folder = try Folder()
    let moved = Sales.count - 5
    let csv = Sales.csv { $1[1] = $0 == moved ? "6" : "5" }
    let data = try folder.file("sales.csv", csv)
    let outcome = try Command.run(
      ["run", data, "--target", "units", "--output", folder.path("out")] + Sales.quick)
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("constant in the rows to train on"))
    let anomalies = try folder.lines("out/anomalies.csv").dropFirst()
    #expect(anomalies.count == 1)
    #expect(anomalies.first?.hasPrefix("units,\(Sales.day(moved)),") == true)
  }

  @Test func everyForecastIsAnArithmeticStepFromItsResidual() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    _ = try Command.run(
      [
        "run", data, "--target", "units,stock", "--output", folder.path("out"), "-q",
        "--threshold", "sigma:3",
      ] + Sales.quick)
    let metrics = try folder.document("out/metrics.json")
    let targets = try #require(metrics["targets"] as? [[String: Any]])
    let thresholds = targets.reduce(into: [String: Double]()) {
      $0[$1["name"] as? String ?? ""] = $1["threshold"] as? Double
    }
    for line in try folder.lines("out/predictions.csv").dropFirst() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let actual = try #require(Double(cells[2]))
      let expected = try #require(Double(cells[3]))
      let residual = try #require(Double(cells[4]))
      let score = try #require(Double(cells[5]))
      let threshold = try #require(thresholds[cells[1]])
      #expect(abs(actual - expected - residual) < 1e-5)
      #expect(abs(abs(residual) / threshold - score) < 1e-6)
      #expect(cells[6] == (score > 1 ? "1" : "0"))
    }
  }

  @Test func theDocumentIsTheFile() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let outcome = try Command.run(
      ["run", data, "--target", "units", "--output", folder.path("out"), "--json", "--quiet"]
        + Sales.quick)
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    #expect(outcome.output == (try folder.text("out/metrics.json")))
    let document = try outcome.document()
    for key in ["version", "device", "seed", "seconds", "targets", "metrics", "options"] {
      #expect(document[key] != nil, "\(key)")
    }
    for part in ["training", "validation", "test"] {
      for forecast in ["model", "persistence", "seasonal_naive"] {
        for metric in ["mse", "mae", "rmse", "r2"] {
          let value = document.at("metrics", part, "units", forecast, metric)
          #expect(value is Double, "\(part) \(forecast) \(metric)")
        }
      }
    }
    #expect((document.at("training", "epochs") as? [Any])?.count == 8)
  }

  @Test func quietSaysNothing() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let outcome = try Command.run(
      ["run", data, "--target", "units", "--output", folder.path("out"), "--quiet"] + Sales.quick)
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.isEmpty)
  }

  @Test func theSameSeedGivesTheSameFiles() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    for (name, seed) in [("a", "1"), ("b", "1"), ("c", "2")] {
      _ = try Command.run(
        ["run", data, "--target", "units", "--output", folder.path(name), "-q", "--seed", seed]
          + Sales.quick)
    }
    let first = try Data(contentsOf: URL(filePath: folder.path("a/model.safetensors")))
    let second = try Data(contentsOf: URL(filePath: folder.path("b/model.safetensors")))
    #expect(first == second)
    #expect(try folder.text("a/predictions.csv") == folder.text("b/predictions.csv"))
    #expect(try folder.text("a/report.html").contains("<svg"))
    #expect(try folder.text("a/predictions.csv") != folder.text("c/predictions.csv"))
  }

  @Test func aFailedRunLeavesAnEarlierOneUntouched() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let out = folder.path("out")
    _ = try Command.run(["run", data, "--target", "units", "--output", out, "-q"] + Sales.quick)
    let before = try folder.text("out/metrics.json")
    let outcome = try Command.run(
      ["run", data, "--target", "nothing", "--output", out, "-q"] + Sales.quick)
    #expect(outcome.status == 1)
    #expect(try folder.text("out/metrics.json") == before)
    #expect(try folder.names(in: "out").count == 8)
  }

  @Test func missingValuesAreNeitherNormalNorAnomalous() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv { if $0 == 155 { $1[1] = "NA" } })
    let outcome = try Command.run(
      ["run", data, "--target", "units", "--output", folder.path("out")] + Sales.quick)
    #expect(outcome.errors.contains("note: "))
    let line = try folder.lines("out/predictions.csv").first { $0.hasPrefix(Sales.day(155)) }
    let cells = try #require(line).split(separator: ",", omittingEmptySubsequences: false)
    #expect(cells[2].isEmpty && cells[4].isEmpty && cells[5].isEmpty)
    #expect(!cells[3].isEmpty)
    #expect(cells[6] == "0")
    let targets = try folder.document("out/metrics.json")["targets"] as? [[String: Any]]
    #expect(targets?.first?["unjudged_rows"] as? Int == 1)
  }
}
