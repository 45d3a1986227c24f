import TestSupport
import Testing

@testable import TimeSeries
@testable import lstm_detect

@Suite struct ReadingDisplayTests {
  private static func state(_ bytes: Int, isAgain: Bool = false) -> ReadingProgress {
    ReadingProgress(bytes: bytes, expectedBytes: 1000, isAgain: isAgain)
  }

  @Test func timeLeftFollowsFromWhatIsRead() {
    let display = ReadingDisplay(path: "/data/big.csv", columns: 80)
    // Files that are read at once show nothing.
    #expect(display.line(Self.state(100), seconds: 0.3) == nil)
    #expect(display.line(Self.state(250), seconds: 2) == "reading big.csv: 25 %, 6.0 s left")
    #expect(display.line(Self.state(260), seconds: 2.05) == nil)
    #expect(display.line(Self.state(500), seconds: 4) == "reading big.csv: 50 %, 4.0 s left")
    // The second reading begins when the first one ended.
    #expect(display.line(Self.state(1000), seconds: 8)?.hasPrefix("reading big.csv: 100 %") == true)
    #expect(
      display.line(Self.state(500, isAgain: true), seconds: 11)
        == "reading big.csv again, for text: 50 %, 3.0 s left")
  }

  @Test func theLineFitsTheScreen() {
    let display = ReadingDisplay(path: "a-very-long-name.csv", columns: 20)
    #expect(display.line(Self.state(250), seconds: 2)?.count == 19)
  }

  /// Whoever reads a pipe of it gets no progress.
  @Test func nothingIsShownWithoutAScreen() throws {
    let folder = try Folder()
    var rows = "a,b\n"
    for row in 0..<300_000 { rows += "\(row % 97),\(row % 89)\n" }
    let data = try folder.file("big.csv", rows)
    let read = try Command.run(["fit", data, "--target", "c", "--model", folder.path("m")])
    #expect(read.status == 1 && !read.errors.contains("reading"))
  }
}
