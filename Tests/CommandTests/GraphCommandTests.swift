import Foundation
import TestSupport
import Testing

@testable import LSTMCompute

/// `export --format onnx`, and files of ONNX and PyTorch in `inspect` and `apply`.
@Suite struct GraphCommandTests {
  private func recorded(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "LSTMComputeTests/Fixtures/\(name)").path
  }

  private func export(_ folder: Folder, _ options: [String] = []) throws -> Command.Outcome {
    try Command.run(
      [
        "export", "--model", folder.path("m.safetensors"), "--format", "onnx", "--output",
        folder.path("m.onnx"),
      ] + options)
  }

  private func model(_ path: String) throws -> ONNXModel {
    try ONNXModel(Data(contentsOf: URL(filePath: path)), path: path)
  }

  @Test func aForecasterIsWrittenAsAGraph() throws {
    let folder = try Sales.fitted()
    let outcome = try export(folder)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(outcome.output.contains("input     rows F64 [batch, rows, 3]: units, stock, price\n"))
    #expect(outcome.output.contains("output    forecast F64 [batch, 1, 1]"))
    let graph = try model(folder.path("m.onnx")).graph
    #expect(graph.inputs.first?.name == "rows")
    let inspected = try Command.run(["inspect", folder.path("m.onnx")])
    #expect(inspected.status == 1)
    #expect(inspected.errors.contains("m.onnx: is a whole forecaster"))
  }

  /// The network comes back from its graph with the same weights.
  @Test func aBareNetworkComesBack() throws {
    let folder = try Sales.fitted(["--units", "5,3"])
    let outcome = try export(folder, ["--bare", "--quiet"])
    #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.errors)")
    let inspected = try Command.run(["inspect", folder.path("m.onnx")]).output
    #expect(inspected.contains("network     LSTM 5,3 of"))
    #expect(inspected.contains("head        1 output of the last step\n"))
    #expect(inspected.contains("tensor      lstm.weight_hh_l1 [12, 3]\n"))
    let document = try Command.run(["inspect", folder.path("m.onnx"), "--json"]).document()
    #expect(document["head"] as? String == "lastStep")
    let network = try ImportedNetwork(model(folder.path("m.onnx"))).network
    for slice in network.parameters.layout.slices {
      let tensor = try SafetensorsFile(path: folder.path("m.safetensors")).tensors[slice.name]
      #expect(tensor?.floats == Array(network.parameters[slice]), "\(slice.name)")
    }
    // A model and its graph give the same.
    let input = SafetensorsFile(tensors: [
      "input": .init(
        (0..<2 * 4 * network.specification.inputSize).map { Float($0 % 7) / 7 },
        shape: [2, 4, network.specification.inputSize])
    ])
    try input.write(to: folder.path("x.safetensors"))
    var answers: [[String: SafetensorsFile.Tensor]] = []
    for weights in ["m.onnx", "m.safetensors"] {
      let outcome = try Command.run([
        "apply", "--weights", folder.path(weights), "--input", folder.path("x.safetensors"),
        "--output", folder.path("y.safetensors"), "--device", "reference",
      ])
      try #require(outcome.status == 0, "\(outcome.errors)")
      answers.append(try SafetensorsFile(path: folder.path("y.safetensors")).tensors)
    }
    #expect(answers[0] == answers[1])
    #expect(answers[0]["predictions"]?.shape == [2, 1])
  }

  @Test func whatDoesNotFitIsOneLine() throws {
    let folder = try Sales.fitted(["--units", "6", "--projection", "2"])
    let output = try folder.file("m.onnx", "precious")
    for (options, message, status) in [
      ([], "m.safetensors: layer 0 has a projection, which ONNX's LSTM operator does not have", 1),
      (["--bare"], "layer 0 has a projection", 1),
      (["--key", "S1"], "a model of one series, which has no --key", 1),
      (["--prefix", "a."], "--prefix is for --format pytorch and keras", 64),
      (["--bare", "--key", "S1"], "--key is for --format onnx without --bare", 64),
    ] as [([String], String, Int32)] {
      let outcome = try export(folder, options)
      #expect(outcome.status == status)
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
      if status == 1 { #expect(outcome.errors.filter { $0 == "\n" }.count == 1) }
    }
    #expect(try folder.text("m.onnx") == "precious")
    _ = output
  }

  // MARK: - What torch.save writes

  /// A state_dict and a checkpoint answer as the same tensors in a safetensors file do, with their head.
  @Test(arguments: ["pytorch-file.pt", "pytorch-checkpoint.pt"])
  func filesOfPyTorchAreRead(name: String) throws {
    let folder = try Folder()
    let input = SafetensorsFile(tensors: [
      "input": .init((0..<2 * 5 * 3).map { Float($0 % 11) / 11 - 0.5 }, shape: [2, 5, 3])
    ])
    try input.write(to: folder.path("x.safetensors"))
    var answers: [[String: SafetensorsFile.Tensor]] = []
    for weights in [recorded(name), recorded("pytorch-file.safetensors")] {
      let outcome = try Command.run([
        "apply", "--weights", weights, "--input", folder.path("x.safetensors"), "--output",
        folder.path("y.safetensors"), "--device", "reference", "--head", "head", "--head-steps",
        "every",
      ])
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("steps"))
      answers.append(try SafetensorsFile(path: folder.path("y.safetensors")).tensors)
    }
    #expect(answers[0] == answers[1])
    #expect(answers[0]["predictions"]?.shape == [2, 5, 2])
    let inspected = try Command.run(["inspect", recorded(name)])
    #expect(inspected.output.contains("network     LSTM 4,4 of 3 inputs\n"), "\(inspected.errors)")
  }

  @Test func damagedFilesOfPyTorchAreOneLine() throws {
    let folder = try Folder()
    let whole = try Data(contentsOf: URL(filePath: recorded("pytorch-file.pt")))
    var flipped = whole
    let place = try #require(whole.range(of: Data("data/0".utf8))).upperBound + 64
    flipped[place] ^= 1
    for bytes in [whole.prefix(300), whole.dropLast(30), flipped] {
      let path = folder.path("w.pt")
      try bytes.write(to: URL(filePath: path))
      let outcome = try Command.run(["inspect", path])
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("w.pt: "), "\(outcome.errors)")
      #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
    }
  }
}
