import Foundation
import LSTMCompute
import TestSupport
import Testing

/// What `--precision` does in the command, and that it tells what it costs.
@Suite struct PrecisionCommandTests {
  private static let hasOpenCL = (try? OpenCLDevice.all().isEmpty) == false

  /// Everything but what is asked for by each test.
  private func arguments(_ command: String, _ folder: Folder, _ device: String) throws -> [String] {
    let data = try folder.file("sales.csv", Sales.csv())
    let place =
      command == "fit" ? ["--model", folder.path("m")] : ["--output", folder.path("out")]
    return [command, data, "--target", "units", "--device", device]
      + ["--units", "6", "--window", "7", "--epochs", "2"] + place
  }

  @Test(.enabled(if: hasOpenCL), arguments: ["fit", "run"], ["bf16", "float16"])
  func tellsWhatItCosts(command: String, precision: String) throws {
    let folder = try Folder()
    let outcome = try Command.run(
      try arguments(command, folder, "opencl") + ["--precision", precision])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n").filter { $0.hasPrefix("precision ") }
    try #require(lines.count == 1, "\(outcome.output)")
    #expect(
      lines[0].wholeMatch(
        of: #/precision (bf16|float16): the output differs by .* % from float32, by .* at most/#
      )?.1 == precision[...])

    let json = try Command.run(
      try arguments(command, folder, "opencl") + ["--precision", precision, "--json"])
    try #require(json.status == 0, "\(json.errors)")
    let document = try json.document()
    #expect(document.at("training", "rounding", "precision") as? String == precision)
    let error = try #require(document.at("training", "rounding", "relative_error") as? Double)
    // Something is rounded, and not more than the format does.
    let unit = try #require(Precision(rawValue: precision)).unitRoundoff
    #expect(error > unit / 100 && error < 20 * unit, "\(error)")
    let largest = document.at("training", "rounding", "largest_difference") as? Double
    #expect(try #require(largest) > 0)
  }

  @Test(.enabled(if: hasOpenCL)) func float32CostsNothing() throws {
    let folder = try Folder()
    let outcome = try Command.run(try arguments("fit", folder, "opencl"))
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.output.contains("precision"))
    let document = try Command.run(try arguments("fit", folder, "cpu") + ["--json"]).document()
    #expect(document.at("training", "plan") != nil)
    #expect(document.at("training", "rounding") == nil)
  }

  @Test(arguments: ["fit", "run"], ["cpu", "reference"])
  func isForOpenCLDevices(command: String, device: String) throws {
    for precision in ["bf16", "float16", "tf32"] {
      let folder = try Folder()
      let outcome = try Command.run(
        try arguments(command, folder, device) + ["--precision", precision])
      #expect(outcome.status == 1)
      #expect(outcome.errors.hasPrefix("lstm-detect: \(precision) is for OpenCL devices"))
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    }
  }

  /// On a processor, where OpenCL has no tensor cores.
  @Test(.enabled(if: hasOpenCL)) func tf32NeedsTensorCores() throws {
    let device = try #require(try OpenCLDevice.all().first)
    guard device.isProcessor else { return }
    let folder = try Folder()
    let outcome = try Command.run(
      try arguments("fit", folder, "opencl:0") + ["--precision", "tf32"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("lstm-detect: tf32 needs tensor cores"))
    #expect(outcome.errors.contains("use the precision float32, or bf16 or float16"))
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")

    let list = try Command.run(["devices", "--device", "opencl:0"])
    #expect(list.output.contains("tensor cores: none"))
    let document = try Command.run(["devices", "--device", "opencl:0", "--json"]).document()
    let entry = try #require((document["devices"] as? [[String: Any]])?.first)
    #expect((entry["tensor_cores"] as? [String])?.isEmpty == true)
    let refusals = try #require(entry["tensor_core_refusals"] as? [String: String])
    #expect(Set(refusals.keys) == ["tf32", "bf16", "float16"])
  }
}
