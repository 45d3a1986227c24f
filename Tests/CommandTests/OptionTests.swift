import Foundation
import TestSupport
import Testing

/// Every option of `run` changes what it is said to change.
@Suite struct OptionTests {
  /// A quick run over made-up sales with some more options.
  private struct Run {
    let folder: Folder
    let document: [String: Any]
    let outcome: Command.Outcome

    init(
      _ options: [String], data: String = Sales.csv(), target: String = "units", status: Int32 = 0,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      folder = try Folder()
      let path = try folder.file("sales.csv", data)
      // The last of two equal options counts, so those given here come after the quick ones.
      outcome = try Command.run(
        ["run", path, "--target", target, "--output", folder.path("out"), "--json"]
          + Sales.quick + options)
      try #require(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
      document = status == 0 ? try outcome.document(sourceLocation: sourceLocation) : [:]
    }

    var epochs: [[String: Any]] { document.at("training", "epochs") as? [[String: Any]] ?? [] }
    var losses: [Double] { epochs.compactMap { $0["training_loss"] as? Double } }
    func option(_ name: String) -> Any? { document.at("options", name) }
  }

  @Test func time() throws {
    let data = Sales.csv().split(separator: "\n").enumerated().map { row, line in
      row == 0 ? "other,\(line)" : "2000-01-01,\(line)"
    }.joined(separator: "\n")
    let run = try Run(["--time", "day"], data: data)
    #expect(run.document.at("data", "first") as? String == "2024-01-01")
  }

  @Test func features() throws {
    let run = try Run(["--features", "units,price"])
    #expect(run.document.at("model", "features") as? [String] == ["units", "price"])
  }

  @Test func exclude() throws {
    let run = try Run(["--exclude", "price"])
    #expect(run.document.at("model", "features") as? [String] == ["units", "stock"])
  }

  /// Columns may be named in one list or in several.
  @Test func listsAddUp() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    func fit(_ options: [String]) throws -> [String: Any] {
      let outcome = try Command.run(
        ["fit", data, "--model", folder.path("m"), "--json"] + Sales.quick + options)
      try #require(outcome.status == 0, "\(outcome.errors)")
      return try outcome.document()
    }
    let two = try fit(["--target", "units", "--target", "stock", "--features", "price,units"])
    #expect(two.at("model", "targets") as? [String] == ["units", "stock"])
    let features = try fit(["--target", "units", "--features", "price", "--features", "units"])
    #expect(features.at("model", "features") as? [String] == ["price", "units"])
    let rest = try fit(["--target", "units", "--exclude", "price", "--exclude", "stock"])
    #expect(rest.at("model", "features") as? [String] == ["units"])
  }

  @Test func aRowCounterIsLeftOutUnlessNamed() throws {
    let data = Sales.csv { row, cells in cells[3] = "\(row + 7)" }
    let run = try Run([], data: data)
    #expect(run.document.at("model", "features") as? [String] == ["units", "stock"])
    #expect(
      run.outcome.errors.contains("note: left out, because they only count the rows: 'price'"))
    let named = try Run(["--features", "units,price"], data: data)
    #expect(named.document.at("model", "features") as? [String] == ["units", "price"])
  }

  @Test func target() throws {
    let run = try Run([], target: "units,stock")
    #expect(run.document.at("model", "targets") as? [String] == ["units", "stock"])
    #expect(try run.folder.lines("out/forecast.csv").count == 3)
  }

  @Test func window() throws {
    #expect(try Run(["--window", "9"]).document.at("model", "window") as? Int == 9)
  }

  @Test func horizon() throws {
    let run = try Run(["--horizon", "5"])
    #expect(run.document.at("model", "horizon") as? Int == 5)
    #expect(run.document.at("metrics_all_leads", "test", "units", "model", "rmse") is Double)
    let forecast = try run.folder.lines("out/forecast.csv")
    #expect(forecast.first == "time,target,lead,expected")
    #expect(forecast.count == 6)
    #expect(forecast[1].hasPrefix("\(Sales.day(Sales.count)),units,1,"))
    #expect(forecast[5].hasPrefix("\(Sales.day(Sales.count + 4)),units,5,"))
    #expect(try run.folder.lines("out/predictions.csv").count == 1 + 32, "all rows are judged")
  }

  @Test func units() throws {
    let run = try Run(["--units", "7,3"])
    #expect(run.document.at("model", "units") as? [Int] == [7, 3])
  }

  @Test func epochs() throws { #expect(try Run(["--epochs", "3"]).epochs.count == 3) }

  @Test(arguments: [
    ["--batch", "5"], ["--accumulate", "2"], ["--learning-rate", "0.002"], ["--optimizer", "sgd"],
    ["--optimizer", "sgd:0.9"],
    ["--optimizer", "nesterov:0.9"], ["--optimizer", "rmsprop"], ["--optimizer", "adamw"],
    ["--schedule", "step:1:0.5"], ["--schedule", "cosine:1"], ["--initializer", "glorot"],
    ["--initialiser", "orthogonal"], ["--forget-bias", "2"], ["--weight-decay", "0.3"],
    ["--clip-value", "0.001"], ["--loss", "mae"], ["--loss", "huber"],
    ["--loss", "quantile:0.1,0.5,0.9"], ["--loss", "gaussian"], ["--scaler", "minmax"],
    ["--learn", "value"], ["--clip-norm", "0.01"], ["--seed", "5"],
  ])
  func trainingGoesOtherwise(options: [String]) throws {
    let usual = try Run(["--epochs", "2"])
    let other = try Run(["--epochs", "2"] + options)
    #expect(usual.losses.count == 2)
    #expect(usual.losses != other.losses)
    #expect("\(usual.option(String(options[0].dropFirst(2))) ?? "")" != options[1])
  }

  /// What the loss says beside the forecast is in every file, by the name of its column.
  @Test(arguments: [
    ("quantile:0.1,0.5,0.9", ["quantile_0.1", "quantile_0.9"], "quantile 0.1 and quantile 0.9"),
    ("gaussian", ["standard_deviation"], "expected ± 2 standard deviations"),
  ])
  func lossesSayHowSureTheyAre(loss: String, columns: [String], legend: String) throws {
    let run = try Run(["--loss", loss, "--horizon", "2", "--charts", "svg"], target: "units,stock")
    #expect(run.option("loss") as? String == loss)
    #expect(run.document.at("model", "loss") as? String == loss)
    let ends = columns.joined(separator: ",")
    let forecast = try run.folder.lines("out/forecast.csv")
    #expect(forecast.first == "time,target,lead,expected,\(ends)")
    #expect(forecast.count == 5)
    let predictions = try run.folder.lines("out/predictions.csv")
    #expect(predictions.first == "time,target,actual,expected,residual,score,anomaly,alarm,\(ends)")
    for line in forecast.dropFirst() + predictions.dropFirst() {
      let numbers = line.split(separator: ",").suffix(columns.count).compactMap { Double($0) }
      #expect(numbers.count == columns.count)
      if loss == "gaussian" { #expect(numbers[0] > 0) } else { #expect(numbers[0] < numbers[1]) }
    }
    let report = try run.folder.text("out/report.html")
    #expect(report.contains(legend))
    #expect(report.components(separatedBy: "<path class=\"line-bound").count == 1 + 2 * 2)

    let model = run.folder.path("out/model.safetensors")
    let data = run.folder.path("sales.csv")
    let predicted = try Command.run(["predict", data, "--model", model, "--device", "cpu", "-q"])
    let lines = predicted.output.split(separator: "\n").map(String.init)
    #expect(lines.first == predictions.first.map { String($0) })
    // The rows to come, without the columns that they have not.
    for (line, row) in zip(lines.suffix(4), forecast.dropFirst()) {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      #expect(
        Array(row.split(separator: ",").suffix(1 + columns.count))
          == [cells[3]] + Array(cells.suffix(columns.count)))
      #expect(cells.count == 8 + columns.count)
    }
    let inspected = try Command.run(["inspect", model])
    #expect(inspected.output.contains("loss \(loss),"))
  }

  @Test func validationByTime() throws {
    let run = try Run(["--validation", "2024-04-10", "--train-until", "2024-05-01"])
    #expect(run.document.at("data", "parts", "validation", "first") as? String == "2024-04-10")
    #expect(run.document.at("data", "parts", "validation", "last") as? String == "2024-04-30")
    #expect(run.option("validation") as? String == "2024-04-10")
    let late = try Run(
      ["--validation", "2024-05-01", "--train-until", "2024-05-01"], status: 1)
    #expect(late.outcome.errors.contains("must lie before --train-until"))
  }

  @Test func validation() throws {
    let run = try Run(["--validation", "0.5"])
    #expect(run.document.at("data", "parts", "training", "rows") as? Int == 64)
    #expect(run.document.at("data", "parts", "validation", "rows") as? Int == 64)
  }

  @Test func withoutValidationAnAbsoluteThresholdIsNeeded() throws {
    let run = try Run(["--validation", "0", "--threshold", "absolute:100"])
    #expect(run.document.at("metrics", "validation") == nil)
    #expect(run.epochs.first?["validation_loss"] is NSNull)
  }

  @Test(arguments: ["0.75", "2024-04-30"]) func trainUntil(text: String) throws {
    let run = try Run(["--train-until", text])
    #expect(run.document.at("data", "parts", "test", "first") as? String == "2024-04-30")
    #expect(run.document.at("data", "parts", "validation", "last") as? String == "2024-04-29")
    #expect(try run.folder.lines("out/predictions.csv")[1].hasPrefix("2024-04-30,"))
  }

  @Test func patience() throws {
    let options = ["--epochs", "200", "--learning-rate", "0.2", "--clip-norm", "0"]
    let run = try Run(options + ["--patience", "1"])
    let best = try #require(run.document.at("training", "best_epoch") as? Int)
    #expect(run.epochs.count == best + 1)
    #expect(run.document.at("training", "end") as? String == "stopped_early")
    let patient = try Run(["--epochs", "30", "--learning-rate", "0.2", "--patience", "0"])
    #expect(patient.epochs.count == 30)
  }

  /// At such a rate the loss soon rises, so that the plateau's patience ends.
  @Test(arguments: ["step:2:0.5", "cosine:2", "plateau:0:0.5"])
  func scheduleChangesTheLearningRate(rule: String) throws {
    let options = ["--epochs", "12", "--learning-rate", "0.3", "--clip-norm", "0"]
    let run = try Run(options + ["--schedule", rule, "--patience", "0"])
    let rates = run.epochs.compactMap { $0["learning_rate"] as? Double }
    #expect(rates.count == 12)
    #expect(Set(rates).count > 2)
    let constant = try Run(options + ["--patience", "0"])
    #expect(constant.epochs.compactMap { $0["learning_rate"] as? Double }.allSatisfy { $0 == 0.3 })
    #expect(run.losses != constant.losses)
  }

  @Test func threshold() throws {
    let run = try Run(["--threshold", "absolute:50"])
    let targets = run.document["targets"] as? [[String: Any]]
    #expect(targets?.first?["threshold"] as? Int == 50)
    let anomalies = try run.folder.lines("out/anomalies.csv")
    #expect(anomalies.contains { $0.hasPrefix("units,\(Sales.wrongDay),") })

    let wide = try Run(["--threshold", "sigma:6"])
    let narrow = try Run(["--threshold", "sigma:2"])
    let thresholds = [wide, narrow].compactMap {
      ($0.document["targets"] as? [[String: Any]])?.first?["threshold"] as? Double
    }
    #expect(thresholds.count == 2)
    #expect(abs(thresholds[0] - 3 * thresholds[1]) < 1e-6 * thresholds[0])
  }

  @Test(arguments: ["cpu", "reference", "opencl", "opencl:0"]) func device(name: String) throws {
    let run = try Run(["--epochs", "1", "--device", name])
    let used = try #require(run.document.at("device", "name") as? String)
    #expect(used.hasPrefix(name))
    #expect(run.losses.allSatisfy { $0.isFinite })
  }

  @Test(arguments: ["resident", "stepwise"]) func plan(name: String) throws {
    let run = try Run(["--epochs", "1", "--device", "opencl", "--plan", name])
    let used = try #require(run.document.at("training", "plan") as? String)
    #expect(used.hasPrefix("\(name), float32: ") && used.contains("(as asked)"))
    #expect(run.document.at("options", "plan") as? String == name)
  }

  /// Where work-groups take turns it goes on step by step, and says so.
  @Test func cooperativePlan() throws {
    let run = try Run(["--epochs", "1", "--device", "opencl", "--plan", "cooperative"])
    let used = try #require(run.document.at("training", "plan") as? String)
    #expect(used.hasPrefix("cooperative, float32: ") || used.contains("(cooperative gave up: "))
    #expect(run.losses.allSatisfy { $0.isFinite })
  }

  @Test func deviceAutoSaysWhatAndWhy() throws {
    let run = try Run(["--epochs", "1", "--device", "auto"])
    let reason = try #require(run.document.at("device", "reason") as? String)
    let name = try #require(run.document.at("device", "name") as? String)
    #expect(reason.hasPrefix(name))
    #expect(reason.count > name.count + 4)
  }

  @Test func season() throws {
    let run = try Run(["--season", "10"])
    #expect(run.document.at("data", "season") as? Int == 10)
    #expect(try Run([]).document.at("data", "season") as? Int == 7)
  }

  @Test func missing() throws {
    let data = Sales.csv { if $0 == 20 { $1[2] = "" } }
    let dropped = try Run(["--missing", "drop"], data: data)
    #expect(dropped.document.at("data", "rows") as? Int == Sales.count - 1)
    let forward = try Run(["--missing", "forward"], data: data)
    #expect(forward.document.at("data", "rows") as? Int == Sales.count)
    let refused = try Run(["--missing", "error"], data: data, status: 1)
    #expect(refused.outcome.errors.contains("row 22, column 'stock'"))
  }

  @Test func duplicates() throws {
    let data = Sales.csv { if $0 == 20 { $1[0] = Sales.day(19) } }
    let refused = try Run([], data: data, status: 1)
    #expect(refused.outcome.errors.contains("sales.csv, row 22"))
    for rule in ["last", "mean"] {
      let run = try Run(["--duplicates", rule], data: data)
      #expect(run.document.at("data", "rows") as? Int == Sales.count - 1)
    }
  }

  @Test func charts() throws {
    let plain = try Run(["--charts", "svg"])
    #expect(try !plain.folder.text("out/report.html").contains("<script"))
    // The first is an old name.
    for style in [["--charts", "dygraphs"], ["--charts", "live"], []] {
      let live = try Run(style)
      let page = try live.folder.text("out/report.html")
      // The script is part of the program; charts that are still need none.
      #expect(page.contains("id=\"data\"") && page.contains("function makeChart"))
      #expect(page.contains("<svg"))
    }
  }

  @Test func model() throws {
    let folder = try Folder()
    let run = try Run(["--model", folder.path("kept.safetensors")])
    #expect(try folder.names() == ["kept.safetensors"])
    #expect(!run.folder.exists("out/model.safetensors"))
  }

  @Test func output() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    _ = try Command.run(
      ["run", data, "--target", "units", "-o", folder.path("a/b/c/"), "-q"] + Sales.quick)
    #expect(folder.exists("a/b/c/report.html"))
  }
}
