import Foundation
import LSTMCompute
import TestSupport
import Testing

/// Trainings that are ended by force, and go on.
@Suite(.serialized) struct CheckpointCommandTests {
  /// A training that takes a few tenths of a second, with a bit of everything that must be kept.
  private struct Training {
    let folder: Folder
    let data: String
    let options: [String]

    init(_ options: [String] = [], epochs: Int = 60) throws {
      folder = try Folder()
      data = try folder.file("sales.csv", Sales.csv(rows: 400))
      self.options =
        [
          "--plain", "--target", "units,stock", "--device", "cpu", "--units", "24,12", "--window",
          "10",
        ]
        + ["--epochs", "\(epochs)", "--patience", "0", "--batch", "16"]
        + ["--schedule", "plateau:2:0.7", "--learning-rate", "0.02"] + options
    }

    func arguments(model: String, _ more: [String]) -> [String] {
      ["fit", data, "--model", folder.path(model)] + options + more
    }

    /// The model's tensors, bit by bit, and its best epoch.
    func contents(_ model: String) throws -> [String: [UInt32]] {
      let file = try SafetensorsFile(path: folder.path(model))
      var bits = file.tensors.mapValues { $0.floats.map(\.bitPattern) }
      let text = try #require(file.metadata["swift_lstm"])
      let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      bits["best epoch"] = [UInt32(try #require(document?.at("origin", "best_epoch") as? Int))]
      return bits
    }
  }

  /// Fifty times SIGKILL at random moments, from before the first checkpoint to the last epoch.
  ///
  /// After each the checkpoint, if there is one, is whole, and is what the training goes on from.
  @Test(arguments: [
    [], ["--checkpoint-every", "0"], ["--accumulate", "3", "--checkpoint-every", "0.01"],
  ])
  func killsAtRandomMomentsDoNoHarm(every: [String]) throws {
    let training = try Training(every.contains("--accumulate") ? ["--accumulate", "3"] : [])
    let every = every.filter { $0 != "--accumulate" && $0 != "3" }
    let path = training.folder.path("checkpoint")
    let clock = ContinuousClock()
    let begin = clock.now
    let whole = try Command.run(training.arguments(model: "whole", ["-q"]))
    #expect(whole.status == 0, "\(whole.errors)")
    // Other tests run at the same time, so that moments are shares of what a whole run takes.
    let duration = clock.now - begin
    let expected = try training.contents("whole")

    var generator = PhiloxGenerator(seed: UInt64(every.count), stream: .data)
    var (kills, ends, resumed, lastBatch) = (0, 0, 0, UInt32(0))
    var temporaries: Set<String> = []
    while true {
      let isThere = FileManager.default.fileExists(atPath: path)
      let running = try Command.start(
        training.arguments(
          model: "killed", ["-q", isThere ? "--resume" : "--checkpoint", path] + every))
      resumed += isThere ? 1 : 0
      if kills < 17 {
        let end = clock.now + duration * (5 + Int(generator.nextBits() % 90)) / 100
        while running.process.isRunning, clock.now < end { usleep(500) }
        kill(running.process.processIdentifier, SIGKILL)
      }
      let outcome = try running.finish()
      if running.process.terminationReason == .uncaughtSignal {
        kills += 1
        temporaries.insert(".swift-lstm-\(running.process.processIdentifier)-0.tmp")
        guard FileManager.default.fileExists(atPath: path) else { continue }
        let checkpoint = try Checkpoint(path: path)
        #expect(checkpoint.batchNumber >= lastBatch, "the checkpoint went back")
        lastBatch = checkpoint.batchNumber
        continue
      }
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try training.contents("killed") == expected)
      #expect(try Checkpoint(path: path).end == .completed)
      // Who was killed while it tried or wrote the model's file has left that under its temporary name.
      let names = try training.folder.names().filter { !temporaries.contains($0) }
      #expect(names == ["checkpoint", "killed", "sales.csv", "whole"])
      ends += 1
      if kills >= 17 { break }
      // All over again.
      for name in ["checkpoint", "killed"] {
        try FileManager.default.removeItem(atPath: training.folder.path(name))
      }
      lastBatch = 0
    }
    print("\(kills) kills, \(resumed) starts from a checkpoint, \(ends) ends \(every)")
    #expect(resumed > 3, "the test hardly resumed")
  }

  @Test func ctrlCLeavesACheckpointOfTheEpochInWork() throws {
    let training = try Training(epochs: 40)
    let whole = try Command.run(training.arguments(model: "whole", ["-q"]))
    #expect(whole.status == 0)
    let path = training.folder.path("checkpoint")
    // An interval that never comes: what is there is what Ctrl-C has left.
    let running = try Command.start(
      training.arguments(model: "m", ["--checkpoint", path, "--checkpoint-every", "1000"]))
    let deadline = ContinuousClock.now + .seconds(60)
    while !running.errorsSoFar.contains("epoch 2/"), ContinuousClock.now < deadline { usleep(500) }
    kill(running.process.processIdentifier, SIGINT)
    let outcome = try running.finish()
    #expect(outcome.status == 130)
    #expect(outcome.output.contains("go on with the same options and --resume \(path)"))
    let checkpoint = try Checkpoint(path: path)
    #expect(checkpoint.end == nil && checkpoint.epoch > 2)

    // What has not ended is not overwritten by a new start.
    let again = try Command.run(training.arguments(model: "m", ["--checkpoint", path]))
    #expect(again.status == 1)
    #expect(again.errors.contains("has not ended; go on with it by --resume"))
    #expect(try Checkpoint(path: path) == checkpoint)

    let resumed = try Command.run(training.arguments(model: "m", ["--resume", path]))
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.output.contains("resumed   \(path): after "))
    #expect(try training.contents("m") == training.contents("whole"))
  }

  @Test func runWritesAndResumesThemToo() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    func run(_ output: String, _ more: [String]) throws -> [String: Any] {
      let outcome = try Command.run(
        ["run", data, "--target", "units", "-q", "--output", folder.path(output)] + Sales.quick
          + more)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try folder.document("\(output)/metrics.json")
    }
    let checkpoint = folder.path("c")
    _ = try run("short", ["--epochs", "3", "--checkpoint", checkpoint])
    #expect(try Checkpoint(path: checkpoint).epoch == 4)
    let other = folder.path("other")
    let resumed = try run(
      "resumed", ["--resume", checkpoint, "--checkpoint", other, "--checkpoint-every", "100"])
    let whole = try run("whole", [])
    #expect(resumed.at("options", "resume") as? String == checkpoint)
    #expect(resumed.at("options", "checkpoint-every") as? Double == 100)
    for key in ["training_loss", "validation_loss", "learning_rate"] {
      func losses(_ document: [String: Any]) -> [Double?]? {
        (document.at("training", "epochs") as? [[String: Any]])?.map { $0[key] as? Double }
      }
      #expect(losses(resumed) == losses(whole))
      #expect(losses(whole)?.count == 8)
    }
    #expect(try folder.text("resumed/predictions.csv") == folder.text("whole/predictions.csv"))
    #expect(try Checkpoint(path: checkpoint).epoch == 4)
    #expect(try Checkpoint(path: other).epoch == 9)
  }

  /// Fits to the same data with more options, to the model `m` in a folder.
  private func fitting(in folder: Folder) throws -> ([String]) throws -> Command.Outcome {
    let data = try folder.file("sales.csv", Sales.csv())
    return { more in
      try Command.run(
        ["fit", data, "--target", "units", "-q", "--model", folder.path("m")] + Sales.quick + more)
    }
  }

  @Test func contradictionsNameTheOption() throws {
    let folder = try Folder()
    let path = folder.path("c")
    let fit = try fitting(in: folder)
    #expect(try fit(["--checkpoint", path]).status == 0)
    for (options, message) in [
      (["--batch", "16"], "--batch 16 contradicts the checkpoint \(path): it was made with 32"),
      (["--window", "8"], "--window 8 contradicts"),
      (["--units", "6,6"], "--units 6,6 contradicts"),
      (
        ["--features", "units"],
        "--features units contradicts the checkpoint \(path): it was made without"
      ),
      (["--target", "stock"], "--target units,stock contradicts"),
      (["--optimizer", "adamw"], "--optimizer adamw contradicts"),
      (["--train-until", "0.9"], "--train-until 0.9 contradicts"),
      (
        ["--epochs", "7"], "--epochs 7 contradicts the checkpoint \(path): it is in epoch 8 already"
      ),
      (["--patience", "9"], "--patience 9 contradicts"),
      (["--learn", "value"], "--learn value contradicts"),
    ] {
      let outcome = try fit(options + ["--resume", path])
      #expect(outcome.status == 1)
      #expect(outcome.errors.hasPrefix("lstm-detect: " + message), "\(outcome.errors)")
      #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
    }
    #expect(try fit(["--epochs", "9", "--patience", "11", "--resume", path]).status == 0)
    #expect(try Checkpoint(path: path).epoch == 10)

    _ = try folder.file("sales.csv", Sales.csv { row, cells in if row == 3 { cells[1] = "201" } })
    let outcome = try fit(["--epochs", "9", "--patience", "0", "--resume", path])
    #expect(outcome.status == 1)
    #expect(
      outcome.errors
        == "lstm-detect: \(path): the checkpoint is of other data: of the same shape, but other "
        + "values\n")
    #expect(try folder.names() == ["c", "m", "sales.csv"])
  }

  /// What was not typed is not said to have been.
  @Test func contradictionsOfOptionsLeftOut() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let path = folder.path("c")
    func fit(_ more: [String]) throws -> Command.Outcome {
      try Command.run(
        ["fit", data, "--target", "units", "-q", "--model", folder.path("m"), "--units", "6"]
          + ["--epochs", "2", "--device", "cpu"] + more)
    }
    #expect(try fit([]).status == 0)
    try FileManager.default.copyItem(atPath: folder.path("m"), toPath: folder.path("initial"))
    let initial = folder.path("initial")
    for (made, resumed, message) in [
      (
        ["--initial", initial], [],
        "no --initial contradicts the checkpoint \(path): it was made with"
      ),
      (
        [], ["--initial", initial],
        "--initial \(initial) contradicts the checkpoint \(path): it was"
      ),
      (
        ["--batch", "16"], [],
        "no --batch, which is 32 then, contradicts the checkpoint \(path): it"
      ),
      (["--initializer", "glorot"], [], "no --initializer, which is pytorch then, contradicts"),
      (["--window", "9"], [], "no --window, of which 20 suits these data, contradicts"),
      (["--epochs", "3"], ["--epochs", "2"], "--epochs 2 contradicts the checkpoint"),
    ] {
      try? FileManager.default.removeItem(atPath: path)
      #expect(try fit(made + ["--checkpoint", path]).status == 0)
      let outcome = try fit(resumed + ["--resume", path])
      #expect(outcome.status == 1)
      #expect(outcome.errors.hasPrefix("lstm-detect: " + message), "\(outcome.errors)")
    }
  }

  /// The same weights are the same model, wherever they lie and however that is spelt.
  @Test func anInitialModelIsKnownByItsWeights() throws {
    let folder = try Folder()
    let path = folder.path("c")
    let fit = try fitting(in: folder)
    #expect(try fit(["--seed", "4"]).status == 0)
    let files = FileManager.default
    try files.copyItem(atPath: folder.path("m"), toPath: folder.path("a"))
    #expect(try fit(["--seed", "5"]).status == 0)
    try files.copyItem(atPath: folder.path("m"), toPath: folder.path("b"))
    #expect(try fit(["--initial", folder.path("a"), "--checkpoint", path]).status == 0)
    try files.moveItem(atPath: folder.path("a"), toPath: folder.path("moved"))
    let moved = try fit(["--initial", folder.path("./moved"), "--resume", path])
    #expect(moved.status == 0, "\(moved.errors)")
    try files.copyItem(atPath: folder.path("b"), toPath: folder.path("a"))
    let other = try fit(["--initial", folder.path("a"), "--resume", path])
    #expect(
      other.errors
        == "lstm-detect: --initial contradicts the checkpoint \(path): it was made with a "
        + "model of other weights\n")
  }

  /// The folder of the results is made in time for a checkpoint in it.
  @Test func aCheckpointMayLieAmongTheResults() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let out = folder.path("out")
    let arguments =
      ["run", data, "--target", "units", "-q", "--output", out, "--checkpoint", out + "/c"]
      + Sales.quick
    let refused = try Command.run(arguments + ["--exclude", "nothing"])
    #expect(refused.status == 1)
    #expect(try folder.names() == ["sales.csv"], "nothing is left of a run that failed")
    let outcome = try Command.run(arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try Checkpoint(path: out + "/c").end == .completed)
    #expect(folder.exists("out/report.html"))
  }

  @Test func otherFilesAreNoCheckpoints() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let usual =
      ["fit", data, "--target", "units", "-q", "--model", folder.path("m")] + Sales.quick
    #expect(try Command.run(usual + ["--checkpoint", folder.path("c")]).status == 0)
    for (options, message) in [
      (["--resume", folder.path("none")], "No such file"),
      (["--resume", data], "the data"), (["--checkpoint", folder.path("m")], "are the same file"),
      (["--checkpoint", folder.path("no/c")], "cannot be written: No such file"),
      (["--checkpoint", "/dev/null"], "not a regular file"),
    ] {
      let outcome = try Command.run(usual + options)
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }
    try FileManager.default.copyItem(atPath: folder.path("m"), toPath: folder.path("m2"))
    let model = try Command.run(usual + ["--resume", folder.path("m2")])
    #expect(model.errors.contains("m2: has tensors, but is no checkpoint of a training"))
    let inspected = try Command.run(["inspect", folder.path("c")])
    #expect(inspected.status == 1)
    #expect(inspected.errors.contains("is the checkpoint of a training, not a model"))
    for arguments in [
      ["--checkpoint-every", "1"], ["--checkpoint", "c", "--checkpoint-every", "-1"],
    ] {
      #expect(try Command.run(usual + arguments).status == 64)
    }
  }
}
