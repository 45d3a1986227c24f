import Foundation
import LSTMCompute
import TestSupport
import Testing

/// Training that starts from a model.
@Suite struct FineTuningTests {
  /// A folder with data and a model fitted to it.
  private func fitted(_ options: [String] = []) throws -> Folder {
    let folder = try Folder()
    _ = try folder.file("sales.csv", Sales.csv())
    let outcome = try fit(folder, "m", options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  private func fit(
    _ folder: Folder, _ model: String, _ options: [String], target: String = "units"
  ) throws -> Command.Outcome {
    try Command.run(
      ["fit", folder.path("sales.csv"), "--target", target, "--model", folder.path(model)]
        + Sales.quick + ["--epochs", "2"] + options)
  }

  private func tensors(_ folder: Folder, _ model: String) throws -> [String: [Float]] {
    try SafetensorsFile(path: folder.path(model)).tensors.mapValues(\.floats)
  }

  @Test(arguments: [[], ["--peepholes", "--projection", "4"], ["--decoder", "--horizon", "2"]])
  func whatIsFrozenStaysBitByBit(network: [String]) throws {
    let folder = try fitted(network)
    let outcome = try fit(
      folder, "n",
      network + ["--initial", folder.path("m"), "--freeze", "lstm.l0", "--freeze", "head.bias"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("the weights of m, head.bias and lstm.l0 frozen"))
    let (before, after) = (try tensors(folder, "m"), try tensors(folder, "n"))
    #expect(before.keys == after.keys)
    for (name, values) in before {
      let isFrozen = name.hasPrefix("lstm.") || name == "head.bias"
      #expect((after[name] == values) == isFrozen, "\(name)")
    }
    let inspected = try Command.run(["inspect", folder.path("n")]).output
    #expect(inspected.contains("from m, head.bias and lstm.l0 frozen"))
    let document = try Command.run(["inspect", folder.path("n"), "--json"]).document()
    #expect(document.at("options", "initial") as? String == "m")
    #expect(document.at("options", "freeze") as? [String] == ["head.bias", "lstm.l0"])
    #expect(document.at("options", "initialiser") == nil)
  }

  /// Steps too small to change anything show what the training started from.
  @Test func theTrainingStartsFromTheModel() throws {
    let folder = try fitted()
    let small = ["--learning-rate", "1e-30", "--optimizer", "sgd", "--epochs", "1"]
    try #require(try fit(folder, "n", ["--initial", folder.path("m")] + small).status == 0)
    #expect(try tensors(folder, "n") == tensors(folder, "m"))
  }

  /// What is random in training may be another: it does not change what the weights mean.
  @Test func dropoutMayBeAnother() throws {
    let folder = try fitted(["--units", "6,4"])
    let outcome = try fit(
      folder, "n",
      ["--units", "6,4", "--dropout", "0.2", "--window", "9", "--initial", folder.path("m")])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test(arguments: [
    (["--units", "7"], "its units: 6, not 7"),
    (["--horizon", "2"], "its horizon: 1, not 2"),
    (["--learn", "value"], "what it learns: change, not value"),
    (["--peepholes"], "its options: none, not peepholes"),
    (["--loss", "gaussian"], "its number of outputs: 1, not 2"),
    (["--exclude", "price"], "its features: units, stock, price, not units, stock"),
  ])
  func anotherNetworkIsRefused(options: [String], message: String) throws {
    let folder = try fitted()
    let outcome = try fit(folder, "n", ["--initial", folder.path("m"), "--quiet"] + options)
    #expect(outcome.status == 1)
    #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
    #expect(
      outcome.errors.contains(
        "\(folder.path("m")): the initial model differs in \(message) as here"))
    #expect(!folder.exists("n"))
  }

  @Test func otherTargetsAndNoModelAreRefused() throws {
    let folder = try fitted()
    let outcome = try fit(folder, "n", ["--initial", folder.path("m")], target: "stock")
    #expect(outcome.errors.contains("its targets: units, not stock"))
    let none = try fit(folder, "n", ["--initial", folder.path("sales.csv")])
    #expect(none.status == 1)
    #expect(none.errors.contains("sales.csv"))
  }

  @Test func theModelIsNotOverwrittenByACheckpoint() throws {
    let folder = try fitted()
    let model = folder.path("m")
    let outcome = try fit(folder, "n", ["--initial", model, "--checkpoint", model])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("are the same file"))
    #expect(try Command.run(["inspect", model]).status == 0)
  }

  /// A training with options goes on from its checkpoint only with the same ones.
  @Test func aCheckpointKnowsTheOptions() throws {
    let folder = try fitted()
    let options = [
      "--units", "6,4", "--dropout", "0.3", "--peepholes", "--zoneout", "0.1", "--head", "every",
    ]
    let path = folder.path("c")
    try #require(try fit(folder, "whole", options + ["--epochs", "4"]).status == 0)
    try #require(try fit(folder, "half", options + ["--checkpoint", path]).status == 0)
    let outcome = try fit(folder, "resumed", options + ["--epochs", "4", "--resume", path])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try tensors(folder, "resumed") == tensors(folder, "whole"))

    let without = try fit(folder, "n", options.filter { $0 != "--peepholes" } + ["--resume", path])
    #expect(without.errors.contains("no --peepholes contradicts"), "\(without.errors)")
    let other = try fit(folder, "n", options + ["--normalize", "--resume", path])
    #expect(other.errors.contains("--normalize contradicts"), "\(other.errors)")
    #expect(other.errors.contains("it was made without"))
  }
}
