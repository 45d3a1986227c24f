import Foundation
import LSTMCompute
import TestSupport
import Testing

/// `export` of a model that fit has written.
@Suite struct ExportCommandTests {
  @Test(arguments: WeightFormat.allCases) func weightsComeBack(format: WeightFormat) throws {
    let folder = try Sales.fitted(["--units", "5,3"])
    let output = folder.path("w.safetensors")
    let outcome = try Command.run([
      "export", "--model", folder.path("m.safetensors"), "--format", format.rawValue, "--output",
      output,
    ])
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let file = try SafetensorsFile(path: output)
    for (name, tensor) in file.tensors {
      #expect(outcome.output.contains("tensor    \(name) \(tensor.shape)\n"))
    }
    #expect(file.metadata["swift_lstm"] == nil)
    let imported = try ImportedNetwork(
      file.tensors, metadata: file.metadata, head: .lastStep)
    #expect(imported.format == format)
    #expect(imported.network.specification.layers.map(\.hiddenSize) == [5, 3])
    let model = try SafetensorsFile(path: folder.path("m.safetensors"))
    #expect(
      imported.network.parameters[imported.network.parameters.layout.head.weight]
        == model.tensors["head.weight"]?.floats[...])
  }

  @Test func namesMayHaveAPrefix() throws {
    let folder = try Sales.fitted(["--units", "5,3"])
    let output = folder.path("w.safetensors")
    let outcome = try Command.run([
      "export", "--model", folder.path("m.safetensors"), "--format", "pytorch", "--output", output,
      "--prefix", "net.", "--quiet",
    ])
    #expect(outcome.status == 0 && outcome.output.isEmpty)
    let names = try SafetensorsFile(path: output).tensors.keys
    #expect(names.contains("net.lstm.0.weight_ih_l0") && names.contains("net.head.bias"))
  }

  @Test func whatIsNoModelIsRefused() throws {
    let folder = try Folder()
    let text = try folder.file("text", "no model")
    let output = try folder.file("w.safetensors", "precious")
    for (model, message) in [(text, "text: not a whole"), (output, "are the same file")] {
      let outcome = try Command.run([
        "export", "--model", model, "--format", "keras", "--output", output,
      ])
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
      #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
    }
    #expect(try folder.text("w.safetensors") == "precious")
  }
}
