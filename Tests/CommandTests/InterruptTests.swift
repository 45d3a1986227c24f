import Foundation
import TestSupport
import Testing

/// Ctrl-C during a training.
@Suite struct InterruptTests {
  /// Starts a training that would take very long, and waits for its second epoch.
  private func start(
    _ command: String, _ folder: Folder, ignoring: Bool = false, blocking: Int32? = nil,
    epochs: Int = 1_000_000
  ) throws -> Command.Running {
    let data = try folder.file("sales.csv", Sales.csv())
    let output = command == "run" ? ["--output", folder.path("out")] : []
    let arguments =
      [command, data, "--target", "units", "--model", folder.path("m.safetensors")] + output
      + Sales.quick + ["--epochs", "\(epochs)", "--patience", "0"]
    let running =
      ignoring
      ? try Command.start(
        ["-c", "trap '' INT; exec \"$@\"", "sh", Command.path.path] + arguments,
        of: URL(filePath: "/bin/sh"))
      : try Command.start(arguments, blocking: blocking)
    let deadline = ContinuousClock.now + .seconds(60)
    while !running.errorsSoFar.contains("epoch 2/"), ContinuousClock.now < deadline {
      Thread.sleep(forTimeInterval: 0.02)
    }
    return running
  }

  /// Starts a training whose first epoch takes very long, and waits until it has begun.
  private func startSlowly(_ folder: Folder) throws -> Command.Running {
    let data = try folder.file("sales.csv", Sales.csv(rows: 3000))
    let running = try Command.start([
      "fit", data, "--target", "units", "--model", folder.path("m.safetensors"), "--units", "512",
      "--device", "cpu",
      "--batch", "64", "--window", "100",
    ])
    let deadline = ContinuousClock.now + .seconds(60)
    while !((try? String(contentsOf: running.output, encoding: .utf8))?.contains("network") ?? false),
      ContinuousClock.now < deadline
    { Thread.sleep(forTimeInterval: 0.02) }
    Thread.sleep(forTimeInterval: 0.5)
    return running
  }

  static let signals = [(SIGINT, "Ctrl-C"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP")]

  @Test(arguments: ["fit", "run"], signals) func theBestModelSoFarIsKept(
    command: String, signal: (Int32, String)
  ) throws {
    let folder = try Folder()
    let running = try start(command, folder)
    kill(running.process.processIdentifier, signal.0)
    let outcome = try running.finish()
    #expect(outcome.status == 128 + signal.0)
    #expect(outcome.errors.contains("lstm-detect: stopped by \(signal.1); the model of epoch "))
    #expect(outcome.errors.contains("was kept in \(folder.path("m.safetensors"))"))
    #expect(try Command.run(["inspect", folder.path("m.safetensors")]).status == 0)
    if command == "run" {
      #expect(folder.exists("out/report.html"))
      #expect(
        try folder.document("out/metrics.json").at("training", "end") as? String
          == "cancelled")
    }
  }

  @Test func oneThatTheParentBlockedArrives() throws {
    let folder = try Folder()
    let running = try start("fit", folder, blocking: SIGINT)
    kill(running.process.processIdentifier, SIGINT)
    #expect(try running.finish().status == 130)
  }

  @Test func oneThatTheParentIgnoresIsIgnored() throws {
    let folder = try Folder()
    let running = try start("fit", folder, ignoring: true, epochs: 2000)
    kill(running.process.processIdentifier, SIGINT)
    let outcome = try running.finish()
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("epoch 2000/"))
  }

  @Test func anEndByForceLeavesNothingButAnEmptyFolder() throws {
    let folder = try Folder()
    let running = try start("run", folder)
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.finish()
    #expect(running.process.terminationReason == .uncaughtSignal)
    #expect(try folder.names() == ["out", "sales.csv"])
    #expect(try folder.names(in: "out").isEmpty)
  }

  @Test func theSecondOneEndsTheProcess() throws {
    let folder = try Folder()
    let running = try startSlowly(folder)
    // Again and again: two that come before the process has taken the first one count as one.
    while running.process.isRunning {
      kill(running.process.processIdentifier, SIGINT)
      Thread.sleep(forTimeInterval: 0.005)
    }
    _ = try running.finish()
    #expect(running.process.terminationReason == .uncaughtSignal)
    #expect(try folder.names() == ["sales.csv"])
  }

  @Test func aModelThatWasThereIsNotLostWhenNoEpochEnded() throws {
    let folder = try Folder()
    _ = try folder.file("m.safetensors", "precious")
    let running = try startSlowly(folder)
    kill(running.process.processIdentifier, SIGINT)
    let outcome = try running.finish()
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("before the first epoch"))
    #expect(try folder.text("m.safetensors") == "precious")
    #expect(try folder.names() == ["m.safetensors", "sales.csv"])
  }
}
