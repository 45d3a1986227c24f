import FoundationEssentials
@testable import LSTMCompute
import Testing

/// The Swift of the README and of docs is this folder's, which compiles and runs.
@Suite struct LibraryExampleTests {
  @Test func forecasts() throws {
    let sales = (0..<400).map { Float($0 % 7) / 7 }
    let forecast = try libraryExample(sales: sales)
    // Every fifth window, rounded as `split` does it.
    #expect(forecast.count == 75)
    #expect(forecast.allSatisfy { $0.isFinite })
  }

  @Test func movesAModel() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let target = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString)")
      .path()
    defer { try? FileManager.default.removeItem(atPath: target) }
    try fromPyTorchToKeras(
      folder.appending(path: "../Fixtures/pytorch-module.safetensors").path(), target)
    #expect(try SafetensorsFile(path: target).tensors.count == 8)
  }

  @Test(arguments: [
    ("LibraryExample", "README.md"), ("MovingExample", "docs/moving-models.md"),
  ])
  func isThePages(name: String, page: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let example = try String(
      contentsOf: folder.appending(path: "\(name).swift"), encoding: .utf8)
    let text = try String(
      contentsOf: folder.appending(path: "../../../\(page)"), encoding: .utf8)
    #expect(text.contains("```swift\n\(example)```"))
  }
}
