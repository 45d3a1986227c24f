import Foundation
import LSTMCompute
import TestSupport
import Testing

@Suite struct DeviceCommandTests {
  private func run(_ arguments: [String], cache: String) throws -> Command.Outcome {
    try Command.run(arguments, shell: "SWIFT_LSTM_CACHE='\(cache)' exec \"$@\"")
  }

  /// Where auto takes the processor, there is nothing that a plan is for.
  @Test func aPlanOfNoOpenCLDeviceIsRefused() throws {
    let listed = try Command.run(["devices", "--json"]).document()
    let automatic = try #require(listed["automatic"] as? String)
    guard automatic.hasPrefix("cpu") else { return }
    let outcome = try Command.run(
      ["devices", "--verify", "--device", "auto", "--plan", "resident"])
    #expect(outcome.status == 1)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("--plan is for OpenCL devices"), "\(outcome.errors)")
  }

  /// In a few seconds a few choices are made; they are kept, and read again.
  @Test func tunesAndKeepsTheTable() throws {
    let folder = try Folder()
    let cache = folder.path("cache")
    let before = try run(["devices", "--json"], cache: cache).document()
    let untuned = try #require((before["devices"] as? [[String: Any]])?.last)
    let name = try #require(untuned["name"] as? String)
    #expect(untuned["tuned"] as? Bool == false)

    let tuning = try run(
      ["devices", "--tune", "--seconds", "3", "--device", name, "--json"], cache: cache)
    #expect(tuning.status == 0, "\(tuning.errors)")
    let device = try #require((try tuning.document()["devices"] as? [[String: Any]])?.first)
    let path = try #require(device.at("tuning", "path") as? String)
    #expect(path.hasPrefix(cache + "/tuning/") && FileManager.default.fileExists(atPath: path))
    let findings = try #require(device.at("tuning", "findings") as? [[String: Any]])
    #expect(!findings.isEmpty)
    for finding in findings { #expect(finding["choice"] is String) }

    let after = try run(["devices"], cache: cache)
    #expect(after.output.contains(", tuned"))
    #expect(after.errors.isEmpty)

    // A table of another version is passed over, and that is said.
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try text.replacing("\"version\" : 2", with: "\"version\" : 1").write(
      toFile: path, atomically: true, encoding: .utf8)
    let old = try run(["devices"], cache: cache)
    #expect(old.status == 0)
    #expect(!old.output.contains(", tuned"))
    #expect(old.errors.contains("is a tuning table of version 1"), "\(old.errors)")
  }

  @Test func saysWhatItChoseAndWhere() throws {
    let folder = try Folder()
    let outcome = try run(["devices", "--tune", "--seconds", "1"], cache: folder.path("cache"))
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("product, transposedB, few_rows: "))
    #expect(outcome.output.contains("written to \(folder.path("cache"))/tuning/"))
  }

  @Test func refusesWhatCannotBeKept() throws {
    let outcome = try run(["devices", "--tune", "--seconds", "1"], cache: "off")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("SWIFT_LSTM_CACHE"))
    let processor = try run(["devices", "--tune", "--device", "cpu"], cache: "off")
    #expect(processor.status == 1)
    #expect(processor.errors.contains("no OpenCL device to tune"))
  }

  @Test(arguments: [
    ["devices", "--tune", "--verify"], ["devices", "--tune", "--seconds", "0"],
    ["devices", "--tune", "--plan", "resident"],
  ])
  func refusesWhatDoesNotGoTogether(arguments: [String]) throws {
    #expect(try Command.run(arguments).status == 64)
  }
}
