import Foundation
import LSTMCompute
import TestSupport
import Testing

/// `apply` on weights and inputs that PyTorch made, and on those that nobody should make.
@Suite struct ApplyTests {
  typealias Tensor = SafetensorsFile.Tensor

  /// The path of a file that `record_interchange.py` recorded.
  private func recorded(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "LSTMComputeTests/Fixtures/\(name).safetensors").path
  }

  private func apply(_ weights: String, _ input: String, _ output: String) -> [String] {
    ["apply", "--weights", weights, "--input", input, "--output", output, "--device", "cpu"]
  }

  @Test(arguments: ["reference", "cpu", "opencl"])
  func answersAsPyTorchDoes(device: String) throws {
    let folder = try Folder()
    let output = folder.path("output.safetensors")
    let outcome = try Command.run([
      "apply", "--weights", recorded("pytorch-apply"), "--input", recorded("pytorch-apply.input"),
      "--output", output, "--device", device,
    ])
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("LSTM 4,4 of 2 inputs, both directions, projected to 3\n"))
    let answer = try SafetensorsFile(path: output).tensors
    let expected = try SafetensorsFile(path: recorded("pytorch-apply.output")).tensors
    #expect(answer.keys.sorted() == expected.keys.sorted())
    var worst = WorstError()
    for (name, tensor) in expected {
      let ours = try #require(answer[name])
      #expect(ours.shape == tensor.shape, "\(name)")
      worst.expect(ours.floats, tensor.doubles, within: 2e-6, name)
    }
    print("apply on \(device): worst error \(worst)")
  }

  struct Mistake: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var message: [String]
    /// Changes the weights and the input.
    var change: @Sendable (inout [String: Tensor], inout [String: Tensor]) -> Void
  }

  static let mistakes = [
    Mistake(testDescription: "no LSTM", message: ["w.safetensors: there is no LSTM"]) {
      weights, _ in
      weights = ["a": .init([1], shape: [1])]
    },
    Mistake(
      testDescription: "missing weights",
      message: ["w.safetensors", "'rnn.weight_hh_l1' is missing"]
    ) { weights, _ in weights["rnn.weight_hh_l1"] = nil },
    Mistake(
      testDescription: "weights of another shape",
      message: ["w.safetensors", "'rnn.bias_hh_l0'", "[3]", "expected [16]"]
    ) { weights, _ in weights["rnn.bias_hh_l0"] = .init([1, 2, 3], shape: [3]) },
    Mistake(
      testDescription: "unknown tensors", message: ["in.safetensors", "'mask', 'x'"]
    ) { _, input in
      input["x"] = .init([1], shape: [1])
      input["mask"] = .init([1], shape: [1])
    },
    Mistake(
      testDescription: "input of another width",
      message: ["in.safetensors", "'input'", "[1, 1, 3]", "expected [B, T, 2]"]
    ) { _, input in input["input"] = .init([1, 2, 3], shape: [1, 1, 3]) },
    Mistake(
      testDescription: "a length beyond the input",
      message: ["in.safetensors", "'lengths' has 6 at 1; expected 0 to 5"]
    ) { _, input in input["lengths"] = .init(integers: [5, 6, 0], shape: [3]) },
  ]

  @Test(arguments: mistakes) func aMistakeIsOneLine(mistake: Mistake) throws {
    let folder = try Folder()
    var weights = try SafetensorsFile(path: recorded("pytorch-apply"))
    var input = try SafetensorsFile(path: recorded("pytorch-apply.input"))
    mistake.change(&weights.tensors, &input.tensors)
    try weights.write(to: folder.path("w.safetensors"))
    try input.write(to: folder.path("in.safetensors"))
    let output = try folder.file("out.safetensors", "precious")
    try expectFailure(
      apply(folder.path("w.safetensors"), folder.path("in.safetensors"), output) + ["-q"],
      mistake.message)
    #expect(try folder.text("out.safetensors") == "precious")
    #expect(try folder.names() == ["in.safetensors", "out.safetensors", "w.safetensors"])
  }

  @Test func filesThatAreNone() throws {
    let folder = try Folder()
    let text = try folder.file("text", "no tensors")
    let (weights, input) = (recorded("pytorch-apply"), recorded("pytorch-apply.input"))
    let output = folder.path("out.safetensors")
    try expectFailure(apply(text, input, output), ["text: is not a safetensors file"])
    try expectFailure(apply(weights, text, output), ["text: is not a safetensors file"])
    try expectFailure(apply(folder.path("no"), input, output), ["no: cannot be read: No such file"])
    try expectFailure(apply(weights, input, input), ["are the same file"])
    try expectFailure(apply(weights, input, folder.path("no/out")), ["No such file or directory"])
    #expect(try folder.names() == ["text"])
  }

  @Test func severalLSTMsMustBeNamed() throws {
    let folder = try Folder()
    let one = try SafetensorsFile(path: recorded("pytorch-apply")).tensors
    var both = one
    for (name, tensor) in one { both["other" + name.dropFirst(3)] = tensor }
    let weights = folder.path("w.safetensors")
    try SafetensorsFile(tensors: both).write(to: weights)
    let input = recorded("pytorch-apply.input")
    let output = folder.path("out.safetensors")
    try expectFailure(
      apply(weights, input, output), ["w.safetensors: there are several LSTMs ('other', 'rnn')"])
    try expectFailure(
      apply(weights, input, output) + ["--layers", "third"], ["there is no LSTM 'third'"])
  }

  private func expectFailure(
    _ arguments: [String], _ message: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try Command.run(arguments)
    #expect(outcome.status == 1, sourceLocation: sourceLocation)
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(lines.first?.hasPrefix("lstm-detect: ") == true, sourceLocation: sourceLocation)
    for part in message {
      #expect(
        outcome.errors.contains(part), "\(part) in \(outcome.errors)",
        sourceLocation: sourceLocation)
    }
  }
}
