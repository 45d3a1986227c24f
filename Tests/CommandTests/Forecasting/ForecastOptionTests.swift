import Foundation
import TestSupport
import Testing

/// What forecasts are made of, through the command.
@Suite struct ForecastOptionTests {
  /// Sales that a promotion doubles, with a promotion known in the rows to come.
  private static func csv(comingRows: Int = 2) -> String {
    var text = "day,sales,promo,kind\n"
    for row in 0..<200 + comingRows {
      let promo = (row * 7919) % 5 < 2 ? 1 : 0
      let noise = Double((row * 104_729) % 97) / 97
      let sales = "\(100 + [0.0, 5, 9, 4, 12, 30, 25][row % 7] + 80 * Double(promo) + noise)"
      text += "\(Sales.day(row)),\(row < 200 ? sales : ""),\(promo),\(promo == 1 ? "on" : "off")\n"
    }
    return text
  }

  /// Without `--plain`.
  private static let quick = Array(Sales.quick.dropFirst())

  private func run(_ options: [String], csv: String = Self.csv()) throws -> (
    Folder, Command.Outcome
  ) {
    let folder = try Folder()
    let data = try folder.file("sales.csv", csv)
    let outcome = try Command.run(
      ["run", data, "--output", folder.path("out")] + Self.quick + options)
    return (folder, outcome)
  }

  @Test(arguments: ["promo", "kind"])
  func whatIsKnownAheadIsUsed(column: String) throws {
    let (folder, outcome) = try run(["--target", "sales", "--known", column])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let metrics = try folder.document("out/metrics.json")
    let error = try #require(metrics.at("metrics", "test", "sales", "model", "mae") as? Double)
    #expect(error < 3)
    let last = try #require(metrics.at("metrics", "test", "sales", "persistence", "mae") as? Double)
    #expect(last > 30)
    // Both rows to come are forecast, from what is known of them.
    let forecast = try folder.lines("out/forecast.csv").dropFirst().map {
      Double($0.split(separator: ",").last ?? "") ?? .nan
    }
    for (index, value) in forecast.enumerated() {
      let row = 200 + index
      let promo = (row * 7919) % 5 < 2 ? 80.0 : 0
      let expected = 100.5 + [0.0, 5, 9, 4, 12, 30, 25][row % 7] + promo
      #expect(!((value - expected).magnitude > 8), "row \(row): \(value), not \(expected)")
    }
    #expect(forecast.count == 2)
    let said = outcome.output.contains("sales is judged by")
    #expect(said)
    let model = try Command.run([
      "predict", folder.path("sales.csv"), "--model", folder.path("out/model.safetensors"),
    ])
    #expect(model.status == 0, "\(model.errors)")
  }

  @Test func aFloorAndACeilingAreKept() throws {
    let (folder, outcome) = try run(
      ["--target", "units,stock", "--floor", "units=240,stock=-5", "--ceiling", "510", "--json"],
      csv: Sales.csv())
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("of 'units' are below --floor, where no forecast is"))
    #expect(outcome.errors.contains("of 'stock' are above --ceiling, where no forecast is"))
    let document = try folder.document("out/metrics.json")
    #expect(document.at("model", "limits", "units", "floor") as? Double == 240)
    #expect(document.at("model", "limits", "stock", "ceiling") as? Double == 510)
    #expect(document.at("options", "floor", "stock") as? Double == -5)
    #expect(document.at("options", "ceiling") as? Double == 510)
    let expected = try folder.lines("out/predictions.csv").dropFirst().map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      return (target: cells[1], value: Double(cells[3]) ?? .nan)
    }
    let units = expected.filter { $0.target == "units" }.map(\.value)
    let stock = expected.filter { $0.target == "stock" }.map(\.value)
    #expect(units.contains(240) && units.allSatisfy { $0 >= 240 })
    #expect(stock.contains(510) && stock.allSatisfy { $0 <= 510 })
    // The model keeps them.
    let model = folder.path("out/model.safetensors")
    let detected = try Command.run([
      "detect", folder.path("sales.csv"), "--model", model, "--output", folder.path("d"), "-q",
      "--device", "cpu",
    ])
    #expect(detected.status == 0)
    let rows = try folder.lines("out/predictions.csv").dropFirst()
    #expect(try folder.lines("d/predictions.csv").suffix(rows.count) == rows)
    let inspected = try Command.run(["inspect", model])
    #expect(inspected.output.contains("units 240 to 510, stock -5 to 510"))
  }

  @Test func withoutATargetTheColumnsAreListed() throws {
    let (_, outcome) = try run([])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("--target sales, or --target all; there are sales"))
  }

  @Test func allTargetsAreTaken() throws {
    let (folder, outcome) = try run(["--target", "all"], csv: Sales.csv())
    #expect(outcome.status == 0, "\(outcome.errors)")
    let targets = try folder.document("out/metrics.json")["targets"] as? [[String: Any]]
    #expect(targets?.compactMap { $0["name"] as? String } == ["units", "stock", "price"])
  }

  @Test(arguments: [
    (["--floor", "price=0"], "--floor names 'price', which is no target; there are sales"),
    (["--floor", "sales=5", "--ceiling", "4"], "must be below its --ceiling"),
    (["--floor", "5", "--ceiling", "5"], "must be below --ceiling"),
    (["--floor", "low"], "'low' is invalid for '--floor"),
    (["--floor", "sales=0,sales=1"], "is invalid for '--floor"),
    (["--ceiling", "inf"], "is invalid for '--ceiling"),
    (["--known", "sales"], "a target is not known before its row has come"),
    (["--known", "weather"], "weather"),
    (["--calendar", "holiday"], "give --holidays"),
    (["--holidays", "nowhere.txt"], "nowhere.txt"),
    (["--transform", "log", "--loss", "gaussian"], "a loss other than gaussian"),
    (["--row-order", "--exclude", "day", "--calendar", "weekday"], "no dates"),
  ])
  func whatCannotBeIsRefused(options: [String], message: String) throws {
    let (_, outcome) = try run(["--target", "sales"] + options)
    #expect(outcome.status != 0)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test func holidaysAreReadAndSeen() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Self.csv())
    let holidays = try folder.file("holidays.csv", "date,name\n2024-05-01,May\n2024-06-17,x\n")
    let outcome = try Command.run(
      [
        "run", data, "--target", "sales", "--output", folder.path("out"), "--holidays", holidays,
        "--calendar", "holiday",
      ] + Self.quick)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let document = try folder.document("out/metrics.json")
    #expect(document.at("model", "calendar") as? [String] == ["holiday"])
    let bad = try folder.file("bad.csv", "2024-05-01\nMay\n")
    let refused = try Command.run(
      ["run", data, "--target", "sales", "--output", folder.path("o"), "--holidays", bad]
        + Self.quick)
    #expect(refused.status == 1)
    #expect(refused.errors.contains("row 2"))
  }

  @Test func aNumberIsAThresholdAndAGraphicsProcessorADevice() throws {
    let (folder, outcome) = try run(["--target", "sales", "--threshold", "4"])
    #expect(outcome.status == 0)
    let options = try folder.document("out/metrics.json")["options"] as? [String: Any]
    #expect(options?["threshold"] as? String == "sigma:4")
    #expect(options?["search"] as? String == "quick")
  }

  /// What is tried for a few epochs has no room for a schedule over all of them.
  @Test func schedulesAndSearchesGoTogether() throws {
    let (_, outcome) = try run(["--target", "sales", "--schedule", "cosine:7"])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func theManualOfRunIsShort() throws {
    let short = try Command.run(["run", "--help"]).output
    let long = try Command.run(["run", "--help-all"]).output
    #expect(short.contains("--target") && !short.contains("--peepholes"))
    #expect(long.contains("--target") && long.contains("--peepholes"))
    #expect(short.split(separator: "\n").count < 130)
  }
}
