import Foundation
import Testing

@testable import LSTMCompute

/// The files of the fuzz corpus: those in `refused` are refused, by a message and in no time; the others
/// are read.
@Suite struct HostileFileTests {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fuzz/corpus")

  private static func names(_ place: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: place).path)
    return (names ?? []).filter { $0.contains(".") }.map { "\(place)/\($0)" }.sorted()
  }

  private func read(_ name: String) throws {
    let data = try Data(contentsOf: Self.folder.appending(path: name))
    if name.hasPrefix("onnx") {
      _ = try ImportedNetwork(ONNXModel(data, path: name))
    } else {
      _ = try ImportedNetwork(PyTorchFile(data, path: name).tensors)
    }
  }

  @Test(arguments: names("onnx/refused") + names("pytorch/refused"))
  func isRefused(name: String) throws {
    let start = ContinuousClock.now
    #expect(throws: LSTMError.self) { try read(name) }
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  @Test(arguments: names("onnx") + names("pytorch")) func isRead(name: String) throws {
    try read(name)
  }

  @Test func theFilesAreThere() {
    #expect(Self.names("onnx/refused").count > 20 && Self.names("pytorch/refused").count > 2)
    #expect(Self.names("onnx").count > 5 && Self.names("pytorch").count > 2)
  }

  /// A head on the final state reads each sequence's own last step; one on the last place of the outputs
  /// reads padding.
  @Test func headsAndLengths() throws {
    func imported(_ name: String) throws -> ImportedNetwork {
      let data = try Data(contentsOf: Self.folder.appending(path: "onnx/heads/\(name).onnx"))
      return try ImportedNetwork(ONNXModel(data, path: name))
    }
    #expect(try imported("last-place").headReadsLastPlace)
    #expect(try !imported("final-state").headReadsLastPlace)
  }
}
