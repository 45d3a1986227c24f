import Foundation
import Testing

@testable import TimeSeries

/// Files of gzip, and of JSON lines.
@Suite struct PackedFileTests {
  /// The bytes that the gzip command makes.
  private func packed(_ bytes: [UInt8], level: String) throws -> [UInt8] {
    let url = FileManager.default.temporaryDirectory.appending(path: "packed-\(UUID())")
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let process = Process()
    process.executableURL = URL(filePath: "/bin/gzip")
    process.arguments = [level, "--no-name", "--stdout", url.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Array(data)
  }

  /// Blocks of codes made for them, of fixed codes, and of bytes that cannot be packed.
  @Test(arguments: ["-1", "-6", "-9"]) func anythingComesBack(level: String) throws {
    var state: UInt64 = 7
    func random() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 40)
    }
    let texts: [[UInt8]] = [
      [], [65], Array(WrittenTable.plainText.utf8), (0..<200_000).map { _ in random() },
      (0..<300_000).map { _ in 48 + random() % 10 }, Array(repeating: 66, count: 100_000),
    ]
    for text in texts {
      #expect(try Gunzip.inflate(packed(text, level: level)) == text)
    }
    // Members one after the other are one file.
    let both = try packed(texts[2], level: level) + packed(texts[1], level: level)
    #expect(try Gunzip.inflate(both) == texts[2] + texts[1])
  }

  @Test func damageIsNamed() throws {
    let whole = try packed(Array(WrittenTable.plainText.utf8), level: "-6")
    func reason(_ bytes: [UInt8]) -> String? {
      message { try Table(fileName: "a.csv.gz", bytes: bytes, pieceSize: 100) }
    }
    for cut in [3, 17, 40, whole.count / 2, whole.count - 1] {
      #expect(
        reason(Array(whole.prefix(cut)))?.hasPrefix("a.csv.gz: the gzip file is damaged: ") == true)
    }
    // Any byte that is another one is found, by its checksum at last.
    let places = stride(from: 10, to: whole.count, by: 7)
    var unharmed = Array(places).count
    for place in places {
      var broken = whole
      broken[place] ^= 0x10
      // Bits behind the end of the last block mean nothing.
      guard (try? Gunzip.inflate(broken)) != Array(WrittenTable.plainText.utf8) else { continue }
      unharmed -= 1
      let reason = reason(broken)
      #expect(reason?.hasPrefix("a.csv.gz: the gzip file is damaged: ") == true, "\(place)")
    }
    #expect(unharmed <= 1)
  }

  @Test func aPackedFileIsRead() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "t-\(UUID()).csv.gz")
    try Data(packed(Array(WrittenTable.plainText.utf8), level: "-6")).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let table = try Table.read(path: url.path)
    #expect(table.numbers("sales") == WrittenTable.days.map(\.sales))
  }

  // MARK: - JSON lines

  @Test func jsonLines() throws {
    let text = WrittenTable.days.map { day in
      "{\"date\": \"\(WrittenTable.iso(day))\", \"sales\": \(day.sales), \"at\": "
        + "{\"temp\": \(day.temperature), \"shop\": \"A \\\"1\\\", \\u00e9\\ud83d\\ude00\"}, "
        + "\"open\": true, \"none\": null, \"list\": [1, [2]]}\n"
    }.joined()
    let table = try table(text)
    #expect(table.header == ["date", "sales", "at.temp", "at.shop", "open", "none", "list"])
    #expect(table.numbers("sales") == WrittenTable.days.map(\.sales))
    #expect(table.numbers("at.temp") == WrittenTable.days.map(\.temperature))
    #expect(table.numbers("open") == WrittenTable.days.map { _ in 1 })
    #expect(table.text("at.shop")?.first == "A \"1\", \u{E9}\u{1F600}")
    #expect(table.fileRow(0) == 1)
    #expect(try WrittenTable.series(text).time.kind == .dates)
  }

  @Test func keysMayComeLateAndMissing() throws {
    let table = try table("{\"y\": 1}\n\n{\"x\": 2, \"y\": 3}\n{\"x\": 4}\n")
    #expect(table.header == ["y", "x"])
    let (x, y) = (try #require(table.numbers("x")), try #require(table.numbers("y")))
    #expect(x[0].isNaN && x[1] == 2 && y[0] == 1 && y[2].isNaN)
  }

  @Test func brokenJSON() {
    #expect(
      message { try table("{\"y\": 1}\n{\"y\": }\n") }
        == "a.csv, row 2: expected a JSON value, found nothing")
    #expect(message { try table("{\"y\" 1}\n") }?.hasPrefix("a.csv, row 1: expected ':'") == true)
    #expect(message { try table("[{\"y\": 1}]\n") }?.contains("jq -c '.[]' a.csv |") == true)
  }
}
