import Foundation
import Testing

/// Ctrl-C during a training.
@Suite struct InterruptTests {
  /// Starts a training that would take very long, and waits for its second epoch.
  private func start(_ command: String, _ folder: Folder) throws -> Command.Running {
    let data = try folder.file("sales.csv", Sales.csv())
    let output = command == "run" ? ["--output", folder.path("out")] : []
    let running = try Command.start(
      [command, data, "--target", "units", "--model", folder.path("m.safetensors")] + output
        + Sales.quick + ["--epochs", "1000000", "--patience", "0"])
    let deadline = ContinuousClock.now + .seconds(60)
    while !running.errorsSoFar.contains("epoch 2/"), ContinuousClock.now < deadline {
      Thread.sleep(forTimeInterval: 0.02)
    }
    return running
  }

  @Test(arguments: ["fit", "run"]) func theBestModelSoFarIsKept(command: String) throws {
    let folder = try Folder()
    let running = try start(command, folder)
    kill(running.process.processIdentifier, SIGINT)
    let outcome = try running.finish()
    #expect(outcome.status == 130)
    #expect(outcome.errors.contains("lstm-detect: stopped by Ctrl-C; the model of epoch "))
    #expect(outcome.errors.contains("was kept in \(folder.path("m.safetensors"))"))
    #expect(try Command.run(["inspect", folder.path("m.safetensors")]).status == 0)
    if command == "run" {
      #expect(folder.exists("out/report.html"))
      #expect(
        try folder.document("out/metrics.json").at("training", "end") as? String
          == "cancelled")
    }
  }

  @Test func aModelThatWasThereIsNotLostWhenNoEpochEnded() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv(rows: 3000))
    let model = try folder.file("m.safetensors", "precious")
    let running = try Command.start([
      "fit", data, "--target", "units", "--model", model, "--units", "512", "--device", "cpu",
      "--batch", "1", "--window", "100",
    ])
    let deadline = ContinuousClock.now + .seconds(60)
    while !((try? String(contentsOf: running.output, encoding: .utf8))?.contains("network") ?? false),
      ContinuousClock.now < deadline
    { Thread.sleep(forTimeInterval: 0.02) }
    Thread.sleep(forTimeInterval: 0.5)
    kill(running.process.processIdentifier, SIGINT)
    let outcome = try running.finish()
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("before the first epoch"))
    #expect(try folder.text("m.safetensors") == "precious")
    #expect(try folder.names() == ["m.safetensors", "sales.csv"])
  }
}
