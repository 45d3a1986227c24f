import FoundationEssentials
import Testing

/// The README's library example is this folder's, which compiles and runs.
@Suite struct LibraryExampleTests {
  @Test func forecasts() throws {
    let sales = (0..<400).map { Float($0 % 7) / 7 }
    let forecast = try libraryExample(sales: sales)
    // Every fifth window, rounded as `split` does it.
    #expect(forecast.count == 75)
    #expect(forecast.allSatisfy { $0.isFinite })
  }

  @Test func isTheReadmes() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let example = try String(
      contentsOf: folder.appending(path: "LibraryExample.swift"), encoding: .utf8)
    let readme = try String(
      contentsOf: folder.appending(path: "../../../README.md"), encoding: .utf8)
    #expect(readme.contains("```swift\n\(example)```"))
  }
}
