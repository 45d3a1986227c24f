import Foundation
import TestSupport
import Testing

/// `--folds` and `--members`.
@Suite struct BackTestCommandTests {
  private func run(_ options: [String]) throws -> (Folder, Command.Outcome) {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let outcome = try Command.run(
      ["run", data, "--target", "units,stock", "--output", folder.path("out")] + Sales.quick
        + options)
    return (folder, outcome)
  }

  @Test func foldsAreTestedBesideTheModel() throws {
    let (folder, outcome) = try run(["--folds", "4", "--horizon", "2"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("fold      4 of 4: "))
    #expect(outcome.output.contains("Over 4 cut-offs, forecasts of units are typically off by "))
    let document = try folder.document("out/metrics.json")
    #expect(document.at("options", "folds") as? Int == 4)
    let folds = try #require(document.at("back_test", "folds") as? [[String: Any]])
    #expect(folds.compactMap { $0["rows"] as? Int } == [20, 20, 20, 20])
    #expect(folds.compactMap { $0["training_rows"] as? Int } == [64, 80, 96, 112])
    #expect(folds.compactMap { $0["first"] as? String } == [80, 100, 120, 140].map(Sales.day))
    #expect(folds.last?["last"] as? String == Sales.day(159))
    for target in ["units", "stock"] {
      for forecast in ["model", "persistence", "seasonal_naive"] {
        let errors = folds.compactMap {
          $0.at("metrics_all_leads", target, forecast, "mae") as? Double
        }
        try #require(errors.count == 4)
        let mean = errors.reduce(0, +) / 4
        let variance = errors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3
        let mae = try #require(document.at("back_test", "mean", target, forecast, "mae"))
        let found = try #require(mae as? [String: Double])
        #expect(!(abs((found["mean"] ?? .nan) - mean) > 1e-9 * mean))
        #expect(!(abs((found["standard_deviation"] ?? .nan) - variance.squareRoot()) > 1e-9 * mean))
      }
    }
    let report = try folder.text("out/report.html")
    #expect(report.contains("<h2>Back-test: 4 cut-offs</h2>"))
    #expect(report.contains("<td>\(Sales.day(140)) to \(Sales.day(159))</td>"))
    // The model is the ordinary one.
    let (plain, other) = try run(["--horizon", "2"])
    #expect(other.status == 0)
    #expect(
      try Data(contentsOf: plain.url.appending(path: "out/model.safetensors"))
        == Data(contentsOf: folder.url.appending(path: "out/model.safetensors")))
    #expect(try plain.text("out/predictions.csv") == folder.text("out/predictions.csv"))
    #expect(try plain.document("out/metrics.json").at("back_test") == nil)
  }

  @Test func aBackTestThatIsStoppedLeavesTheRun() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let running = try Command.start(
      ["run", data, "--target", "units", "--output", folder.path("out")] + Sales.quick
        + ["--folds", "40", "--epochs", "100", "--patience", "0"])
    let deadline = ContinuousClock.now + .seconds(60)
    while !((try? String(contentsOf: running.output, encoding: .utf8))?.contains("fold      1 of")
      ?? false), ContinuousClock.now < deadline
    { Thread.sleep(forTimeInterval: 0.01) }
    kill(running.process.processIdentifier, SIGINT)
    let outcome = try running.finish()
    #expect(outcome.status == 130)
    #expect(outcome.errors.contains("stopped by Ctrl-C before the back-test was complete"))
    let document = try folder.document("out/metrics.json")
    #expect(document.at("back_test") == nil)
    #expect((document["notes"] as? [String])?.contains { $0.contains("no back-test") } == true)
    #expect(folder.exists("out/model.safetensors") && folder.exists("out/report.html"))
  }

  @Test(arguments: [
    (["--folds", "1"], 64, "--folds must be 2 to 1,000"),
    (["--folds", "3", "--validation", "2024-05-01"], 64, "--folds needs --validation as a share"),
    (["--folds", "3", "--initial", "m"], 64, "--folds and --initial cannot be given together"),
    (["--folds", "50", "--horizon", "2"], 1, "50 folds of the last half of 160 rows are of 1 row"),
    (["--members", "0"], 64, "--members must be 1 to 1,000"),
    (
      ["--members", "2", "--initial", "m"], 64, "--initial and --members 2 cannot be given together"
    ),
    (["--members", "2", "--checkpoint", "c"], 64, "a checkpoint is of one network"),
    (["--members", "2", "--resume", "c"], 64, "a checkpoint is of one network"),
  ])
  func whatCannotBeIsRefused(options: [String], status: Int32, reason: String) throws {
    let (folder, outcome) = try run(options)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(reason), "\(outcome.errors)")
    #expect(!folder.exists("out/metrics.json"))
  }

  @Test func membersAreFittedShownAndKept() throws {
    let (folder, outcome) = try run(["--members", "3", "--horizon", "2"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("network   3 networks of LSTM 6"))
    #expect(outcome.output.contains("member    3 of 3: 8 epochs"))
    #expect(outcome.errors.contains("member 3 of 3, epoch 8/8"))
    let document = try folder.document("out/metrics.json")
    #expect(document.at("model", "members") as? Int == 3)
    #expect((document.at("training", "members") as? [Any])?.count == 3)
    let predictions = try folder.lines("out/predictions.csv")
    #expect(predictions.first?.hasSuffix(",member_spread") == true)
    let spreads = predictions.dropFirst().map {
      Double($0.split(separator: ",").last ?? "") ?? .nan
    }
    #expect(spreads.allSatisfy { $0 > 0 })
    #expect(try folder.lines("out/forecast.csv").first == "time,target,lead,expected,member_spread")

    let model = folder.path("out/model.safetensors")
    let detected = try Command.run([
      "detect", folder.path("sales.csv"), "--model", model, "--output", folder.path("d"), "-q",
      "--device", "cpu",
    ])
    #expect(detected.status == 0, "\(detected.errors)")
    #expect(
      try folder.lines("d/predictions.csv").suffix(predictions.count - 1) == predictions.dropFirst()
    )
    let inspected = try Command.run(["inspect", model]).output
    for part in ["3 networks of LSTM 6", "seeds 0 to 2", "member.3.head.bias [4]"] {
      #expect(inspected.contains(part), "\(part)")
    }
    let exported = try Command.run([
      "export", "--model", model, "--format", "pytorch", "--output", folder.path("e"),
    ])
    #expect(exported.status == 1)
    #expect(exported.errors.contains("an ensemble of 3 networks"))
    let applied = try Command.run([
      "apply", "--weights", model, "--input", model, "--output", folder.path("e"),
    ])
    #expect(applied.status == 1 && !folder.exists("e"))
    let initial = try Command.run(
      ["fit", folder.path("sales.csv"), "--target", "units,stock", "--model", folder.path("n")]
        + Sales.quick + ["--horizon", "2", "--initial", model])
    #expect(initial.status == 1)
    #expect(initial.errors.contains("networks of an ensemble"))
  }
}
