import Foundation
import LSTMCompute
import TestSupport
import Testing

/// The options of the layers: each changes what it is said to change, and what cannot be is refused.
@Suite struct LayerOptionTests {
  /// What the networks with options run on.
  static let device = "cpu"

  private static func quick(_ options: [String]) -> [String] {
    Sales.quick + ["--epochs", "2", "--device", device] + options
  }

  /// A folder with data and a model fitted to it.
  private func fitted(
    _ options: [String], data: String = Sales.csv(), target: String = "units"
  ) throws -> Folder {
    let folder = try Folder()
    let path = try folder.file("sales.csv", data)
    let outcome = try Command.run(
      ["fit", path, "--target", target, "--model", folder.path("m.safetensors"), "-q"]
        + Self.quick(options))
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  private func losses(_ options: [String]) throws -> [Double] {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let outcome = try Command.run(
      ["fit", data, "--target", "units", "--model", folder.path("m"), "--json"]
        + Self.quick(options))
    try #require(outcome.status == 0, "\(outcome.errors)")
    let epochs = try outcome.document().at("training", "epochs") as? [[String: Any]] ?? []
    return epochs.compactMap { $0["training_loss"] as? Double }
  }

  /// Options, and the members of `model.network` that say so.
  static let options: [([String], [String: String])] = [
    (["--bidirectional", "concat"], ["bidirectional": "concat"]),
    (["--bidirectional", "sum"], ["bidirectional": "sum"]),
    (["--projection", "3"], ["projection": "3"]),
    (["--peepholes"], ["peepholes": "1"]),
    (["--couple-gates"], ["couple-gates": "1"]),
    (["--normalize"], ["normalize": "1"]),
    (["--bias", "one"], ["bias": "one"]),
    (["--bias", "none"], ["bias": "none"]),
    (["--gate-clip", "0.25"], ["gate-clip": "0.25"]),
    (["--cell-clip", "0.125"], ["cell-clip": "0.125"]),
    (["--projection", "3", "--projection-clip", "0.0625"], ["projection-clip": "0.0625"]),
    (["--units", "6,4", "--dropout", "0.5"], ["dropout": "0.5"]),
    (["--recurrent-dropout", "0.5"], ["recurrent-dropout": "0.5"]),
    (["--zoneout", "0.25"], ["zoneout-hidden": "0.25", "zoneout-cell": "0.25"]),
    (["--zoneout-hidden", "0.25"], ["zoneout-hidden": "0.25"]),
    (["--zoneout-cell", "0.25"], ["zoneout-cell": "0.25"]),
    (["--decoder"], ["decoder": "1"]),
    (["--head", "every"], ["head": "every"]),
  ]

  @Test(arguments: options)
  func changesTheTraining(options: [String], shown: [String: String]) throws {
    let usual = try losses(options.first == "--units" ? ["--units", "6,4"] : [])
    let other = try losses(options)
    #expect(other.count == 2 && other.allSatisfy(\.isFinite))
    #expect(usual != other)
    #expect(try losses(options) == other, "the same seed, the same masks")
  }

  /// Everything that tells of a network tells the options that are on, and no others.
  @Test(arguments: options) func isShown(options: [String], shown: [String: String]) throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let outcome = try Command.run(
      ["run", data, "--target", "units", "--output", folder.path("out")] + Self.quick(options))
    try #require(outcome.status == 0, "\(outcome.errors)")
    let document = try folder.document("out/metrics.json")
    let network = try #require(document.at("model", "network") as? [String: Any])
    for (name, value) in shown { #expect("\(network[name] ?? "")" == value, "\(name)") }
    let more = options.contains("--projection-clip") ? ["projection"] : []
    #expect(Set(network.keys) == Set(shown.keys).union(more))
    let used = try #require(document["options"] as? [String: Any])
    for option in options where option.hasPrefix("--") {
      #expect(used[String(option.dropFirst(2))] != nil)
    }
    #expect(used["gate-clip"] == nil || options.contains("--gate-clip"))

    let report = try folder.text("out/report.html")
    let inspected = try Command.run(["inspect", folder.path("out/model.safetensors")]).output
    for name in shown.keys {
      for text in [outcome.output, report, inspected] { #expect(text.contains(name), "\(name)") }
    }
  }

  @Test func aPlainNetworkShowsNone() throws {
    let folder = try fitted([])
    let document = try Command.run(["inspect", folder.path("m.safetensors"), "--json"]).document()
    #expect((document.at("model", "network") as? [String: Any])?.isEmpty == true)
    let file = try SafetensorsFile(path: folder.path("m.safetensors"))
    #expect(file.metadata["swift_lstm_format"] == "1")
    #expect(file.metadata["swift_lstm"]?.contains("layers") == false)
  }

  static let many: [[String]] = [
    [
      "--units", "6,5", "--bidirectional", "sum", "--projection", "4", "--peepholes",
      "--couple-gates", "--bias", "one", "--gate-clip", "3", "--cell-clip", "2",
      "--projection-clip", "0.9", "--dropout", "0.3", "--recurrent-dropout", "0.2", "--zoneout",
      "0.1", "--loss", "gaussian", "--horizon", "2",
    ],
    [
      "--units", "6,5", "--projection", "4", "--normalize", "--decoder", "--dropout", "0.2",
      "--zoneout-cell", "0.1", "--loss", "quantile:0.1,0.5,0.9", "--horizon", "3",
    ],
    ["--units", "6,5", "--head", "every", "--bias", "none", "--horizon", "2"],
    ["--head", "every", "--horizon", "2", "--learn", "value"],
  ]

  /// The forecasts of a model that was kept are those of the run that made it.
  @Test(arguments: many) func forecastsAreThoseOfTheSavedModel(options: [String]) throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let run = try Command.run(
      ["run", data, "--target", "units,stock", "--output", folder.path("a"), "-q"]
        + Self.quick(options))
    try #require(run.status == 0, "\(run.errors)")
    let arguments = [
      data, "--model", folder.path("a/model.safetensors"), "-q", "--device", Self.device,
    ]
    let detect = try Command.run(["detect"] + arguments + ["--output", folder.path("b")])
    try #require(detect.status == 0, "\(detect.errors)")
    let judged = try folder.lines("a/predictions.csv").dropFirst()
    #expect(judged.count == 2 * 32)
    #expect(Array(try folder.lines("b/predictions.csv").suffix(judged.count)) == Array(judged))
    #expect(try folder.lines("a/forecast.csv") == folder.lines("b/forecast.csv"))
    let predict = try Command.run(["predict"] + arguments)
    #expect(predict.output.split(separator: "\n").last?.contains(",stock,") == true)
  }

  /// A decoder gives its rows in the order of time: of a series that only rises, each is higher.
  @Test func aDecoderForecastsRowByRow() throws {
    let data = Sales.csv { row, cells in cells[1] = "\(100 + 10 * row + row % 3)" }
    let folder = try fitted(["--decoder", "--horizon", "3", "--epochs", "30"], data: data)
    let outcome = try Command.run([
      "predict", folder.path("sales.csv"), "--model", folder.path("m.safetensors"), "-q",
      "--device", Self.device,
    ])
    let expected = outcome.output.split(separator: "\n").suffix(3).compactMap {
      Double($0.split(separator: ",", omittingEmptySubsequences: false)[3])
    }
    #expect(expected.count == 3)
    for (lead, value) in expected.enumerated() {
      let actual = 100 + 10 * Double(Sales.count + lead)
      #expect(abs(value - actual) < 6, "\(expected)")
    }
  }

  /// A wrong option or combination, and what the line says.
  static let wrong: [([String], [String])] = [
    (["--dropout", "0.2"], ["--dropout: dropout is between layers", "use recurrent dropout"]),
    (["--units", "6,4", "--dropout", "1"], ["--dropout: the dropout is 1.0"]),
    (["--recurrent-dropout", "-0.5"], ["--recurrent-dropout"]),
    (["--recurrent-dropout", "nan"], ["--recurrent-dropout: the recurrent dropout is nan"]),
    (["--zoneout", "1"], ["--zoneout: the zoneout of h is 1.0"]),
    (["--zoneout-cell", "2"], ["--zoneout-cell: the zoneout of c is 2.0"]),
    (["--zoneout", "0.1", "--zoneout-cell", "0.2"], ["--zoneout cannot be given together"]),
    (["--projection", "6"], ["--projection: the projection is 6", "6 hidden units"]),
    (["--projection", "0"], ["--projection: the projection is 0"]),
    (["--projection-clip", "1"], ["--projection-clip", "there is no projection"]),
    (["--gate-clip", "0"], ["--gate-clip: the gate clip is 0.0"]),
    (["--cell-clip", "inf"], ["--cell-clip: the cell clip is inf"]),
    (["--couple-gates", "--normalize"], ["--normalize: normalized gates cannot be coupled"]),
    (["--bidirectional", "mean"], ["'mean' is invalid for '--bidirectional"]),
    (["--bias", "three"], ["'three' is invalid for '--bias"]),
    (["--head", "first"], ["'first' is invalid for '--head"]),
    (["--decoder", "--bidirectional", "sum"], ["--decoder", "must read forward"]),
    (["--decoder", "--head", "every"], ["--head and --decoder"]),
    (["--decoder", "--head", "last"], ["--head and --decoder"]),
    (["--head", "every", "--bidirectional", "concat"], ["--head: a layer that reads in reverse"]),
    (["--units", "9999999"], ["--units: the number of hidden units of a layer is 9999999"]),
    (["--bias", "none", "--forget-bias", "1"], ["--forget-bias", "--bias none"]),
    (["--couple-gates", "--forget-bias", "1"], ["--forget-bias", "--couple-gates"]),
    (["--freeze", "lstm"], ["--freeze needs --initial"]),
    (["--initial", "m", "--freeze", "lstm.l1"], ["--freeze: there is no parameter 'lstm.l1'"]),
    (["--initial", "m", "--freeze", "lstm", "--freeze", "head"], ["--freeze leaves nothing"]),
    (["--initial", "m", "--initializer", "glorot"], ["--initializer and --initial"]),
    (["--initial", "m", "--forget-bias", "1"], ["--forget-bias and --initial"]),
  ]

  /// No file is read for it: there is none.
  @Test(arguments: wrong, ["run", "fit"])
  func isAUsageError(wrong: ([String], [String]), command: String) throws {
    let model = command == "fit" ? ["--model", "none.safetensors"] : []
    let outcome = try Command.run(
      [command, "none.csv", "--target", "a"] + model + Sales.quick + wrong.0)
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    let line = outcome.errors.split(separator: "\n").first ?? ""
    #expect(line.hasPrefix("Error: "))
    for part in wrong.1 { #expect(line.contains(part), "\(outcome.errors)") }
  }
}
