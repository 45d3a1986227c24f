import Foundation
import TestSupport
import Testing

@testable import LSTMCompute

/// Files as exporters write them, held against what other libraries make of them; see
/// `Fixtures/record_onnx.py`.
@Suite struct ONNXCaseTests {
  typealias Tensor = SafetensorsFile.Tensor

  /// What was recorded of one case.
  struct Case: Sendable {
    var file: Data
    var inputs: [String: Tensor] = [:]
    var results: [String: Tensor] = [:]
  }

  static let cases: [String: Case] = {
    var cases: [String: Case] = [:]
    for (name, tensor) in (try? onnxFile("onnx-cases").tensors) ?? [:] {
      let parts = name.split(separator: "/").map(String.init)
      var found = cases[parts[0]] ?? Case(file: Data())
      switch parts[1] {
      case "file": found.file = Data(tensor.bytes)
      case "in": found.inputs[parts[2]] = tensor
      default: found.results[parts[2]] = tensor
      }
      cases[parts[0]] = found
    }
    return cases
  }()

  static func onnxFile(_ name: String) throws -> SafetensorsFile { try interchangeFile(name) }

  @Test func theCasesAreThere() { #expect(Self.cases.count == 23) }

  @Test(arguments: cases.keys.sorted()) func answersAsOthersDo(name: String) throws {
    let recorded = try #require(Self.cases[name])
    let imported = try ImportedNetwork(ONNXModel(recorded.file, path: name))
    let request = try SequenceRequest(
      recorded.inputs, for: imported.network.specification)
    let answer = try imported.apply(to: request, on: ReferenceBackend())
    var worst = WorstError()
    for (key, expected) in recorded.results {
      let ours = try #require(answer[key], "\(key)")
      #expect(ours.shape == expected.shape, "\(key)")
      worst.expect(ours.floats, expected.doubles, within: 2e-6, "\(name) \(key)")
    }
    #expect((answer["predictions"] != nil) == (recorded.results["predictions"] != nil))
    print("ONNX \(name): worst error \(worst)")
  }

  /// Half a file is none, and no byte changed ends the process.
  @Test func damagedFilesAreRefused() throws {
    let whole = try #require(Self.cases["two-ways"]?.file)
    for count in stride(from: 0, to: whole.count - 1, by: 7) {
      #expect(throws: LSTMError.self, "\(count) bytes") {
        try ImportedNetwork(ONNXModel(whole.prefix(count), path: "cut"))
      }
    }
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      var bytes = whole
      for _ in 0..<3 {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255)
      }
      _ = try? ImportedNetwork(ONNXModel(bytes, path: "changed"))
    }
  }
}
