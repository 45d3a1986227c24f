import Foundation
import TestSupport
import Testing

@Suite struct HelpTests {
  static let commands = [
    "run", "fit", "predict", "detect", "watch", "drift", "update", "inspect", "apply", "export",
    "devices",
  ]

  @Test func theManualNamesEveryCommand() throws {
    let outcome = try Command.run(["--help"])
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    for command in Self.commands { #expect(outcome.output.contains("  \(command) ")) }
    #expect(outcome.output.contains("EXAMPLES"))
    #expect(outcome.output.contains("EXIT STATUS"))
  }

  @Test(arguments: commands) func everyCommandHasAManual(command: String) throws {
    let outcome = try Command.run([command, "--help"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("USAGE: lstm-detect \(command)"))
  }

  /// Examples are lines that a shell takes as they are shown, on a screen of 80 columns.
  @Test(arguments: commands) func examplesCanBePasted(command: String) throws {
    let lines = try Command.run([command, "--help"]).output
      .split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(of: "EXAMPLES") else { return }
    let examples = lines[(start + 1)...].prefix { !$0.isEmpty }
    #expect(!examples.isEmpty)
    var isContinued = false
    for line in examples {
      let isCommand = line.hasPrefix("  lstm-detect ")
      #expect(isCommand != isContinued, "\(line)")
      #expect(isCommand || line.hasPrefix("    --"), "\(line)")
      isContinued = line.hasSuffix(" \\")
    }
    #expect(!isContinued)
  }

  /// A shell that has the completions offers files where one is typed.
  @Test func namesOfFilesAreCompleted() throws {
    let help = try Command.run(["--experimental-dump-help"]).document()
    let root = try #require(help["command"] as? [String: Any])
    let subcommands = try #require(root["subcommands"] as? [[String: Any]])
    let arguments = subcommands.flatMap { $0["arguments"] as? [[String: Any]] ?? [] }
      .filter { $0["kind"] as? String != "flag" }
    for argument in arguments {
      let completion = argument["completionKind"] as? [String: Any] ?? [:]
      switch argument["valueName"] as? String {
      case "data.csv", "file", "model": #expect(completion["file"] != nil, "\(argument)")
      case "folder": #expect(completion["directory"] != nil, "\(argument)")
      default: continue
      }
    }
    #expect(arguments.count > 100)
  }

  @Test func theManualOfRunNamesEveryOption() throws {
    let text = try Command.run(["run", "--help-all"]).output
    for option in [
      "time", "features", "exclude", "window", "horizon", "units", "epochs", "batch",
      "learning-rate", "optimizer", "loss", "scaler", "validation", "train-until", "patience",
      "seed", "threshold", "device", "plan", "quiet", "json", "target", "output", "missing",
      "duplicates", "season", "clip-norm", "clip-value", "weight-decay", "accumulate", "schedule",
      "initializer", "forget-bias", "model", "charts", "learn", "inputs", "transform", "known",
      "calendar", "holidays", "floor", "ceiling", "folds", "members", "judge", "search", "plain",
      "checkpoint",
      "checkpoint-every",
      "resume", "bidirectional", "projection", "peepholes", "couple-gates", "normalize", "bias",
      "gate-clip", "cell-clip", "projection-clip", "dropout", "recurrent-dropout", "zoneout",
      "zoneout-hidden", "zoneout-cell", "decoder", "head", "initial", "freeze", "series", "labels",
      "fail-on",
    ] {
      #expect(text.contains("--\(option) ") || text.contains("--\(option)\n"), "--\(option)")
    }
    #expect(!text.contains("--initialiser"), "the old name is accepted, not shown")
  }

  /// The best of some starts, because other tests run at the same time.
  @Test func startingTakesLessThanATenthOfASecond() throws {
    let clock = ContinuousClock()
    let times = try (0..<8).map { _ in
      let start = clock.now
      _ = try Command.run(["--help"])
      return clock.now - start
    }
    #expect(try #require(times.min()) < .milliseconds(100))
  }
}

@Suite struct UsageErrorTests {
  @Test func aNegativeSeedIsAWrongNumber() throws {
    let outcome = try Command.run(["data.csv", "--target", "a", "--seed", "-1"])
    #expect(outcome.errors.contains("'-1' is invalid for '--seed"))
  }

  @Test(arguments: [
    ["data.csv", "--target", ""],
    ["data.csv", "--target", "a,,b"],
    ["data.csv", "--target", "a,a"],
    ["data.csv", "--target", "a", "--features", "b", "--exclude", "c"],
    ["data.csv", "--target", "a", "--nonsense"],
    ["data.csv", "--target", "a", "--window", "0"],
    ["data.csv", "--target", "a", "--horizon", "0"],
    ["data.csv", "--target", "a", "--units", "64,0"],
    ["data.csv", "--target", "a", "--units", ""],
    ["data.csv", "--target", "a", "--epochs", "0"],
    ["data.csv", "--target", "a", "--batch", "-1"],
    ["data.csv", "--target", "a", "--learning-rate", "0"],
    ["data.csv", "--target", "a", "--learning-rate", "nan"],
    ["data.csv", "--target", "a", "--optimizer", "lbfgs"],
    ["data.csv", "--target", "a", "--optimizer", "sgd:1"],
    ["data.csv", "--target", "a", "--optimizer", "nesterov:0"],
    ["data.csv", "--target", "a", "--optimizer", "adam:0.9"],
    ["data.csv", "--target", "a", "--weight-decay", "-0.1"],
    ["data.csv", "--target", "a", "--clip-value", "nan"],
    ["data.csv", "--target", "a", "--schedule", "linear"],
    ["data.csv", "--target", "a", "--schedule", "step:0:0.5"],
    ["data.csv", "--target", "a", "--schedule", "step:3"],
    ["data.csv", "--target", "a", "--schedule", "plateau:3:1"],
    ["data.csv", "--target", "a", "--schedule", "cosine:100"],
    [
      "data.csv", "--target", "a", "--schedule", "plateau:3:0.5", "--validation", "0",
      "--threshold", "absolute:1",
    ],
    ["data.csv", "--target", "a", "--initializer", "zeros"],
    ["data.csv", "--target", "a", "--initialiser", "zeros"],
    ["data.csv", "--target", "a", "--initializer", "glorot", "--initialiser", "glorot"],
    ["data.csv", "--target", "a", "--forget-bias", "nan"],
    ["data.csv", "--target", "a", "--accumulate", "0"],
    ["data.csv", "--target", "a", "--loss", "rmse"],
    ["data.csv", "--target", "a", "--loss", "quantile"],
    ["data.csv", "--target", "a", "--loss", "quantile:"],
    ["data.csv", "--target", "a", "--loss", "quantile:0.5,high"],
    ["data.csv", "--target", "a", "--loss", "quantile:0.9,0.5"],
    ["data.csv", "--target", "a", "--loss", "quantile:0.5,1"],
    ["data.csv", "--target", "a", "--loss", "quantile:0.1,0.9"],
    ["data.csv", "--target", "a", "--loss", "gaussian:2"],
    ["data.csv", "--target", "a", "--scaler", "robust"],
    ["data.csv", "--target", "a", "--validation", "1"],
    ["data.csv", "--target", "a", "--validation", "0"],
    ["data.csv", "--target", "a", "--train-until", "1"],
    ["data.csv", "--target", "a", "--patience", "-1"],
    ["data.csv", "--target", "a", "--seed", "-1"],
    ["data.csv", "--target", "a", "--threshold", "sigma:0"],
    ["data.csv", "--target", "a", "--device", "gpu:x"],
    ["data.csv", "--target", "a", "--season", "0"],
    ["data.csv", "--target", "a", "--fail-on", "0"],
    ["detect", "data.csv", "--model", "m", "--fail-on", "-1"],
    ["predict", "data.csv", "--model", "m", "--labels", "l"],
    ["fit", "data.csv", "--target", "a", "--model", "m", "--fail-on", "1"],
    ["data.csv", "--target", "a", "--clip-norm", "-1"],
    ["data.csv", "--target", "a", "--missing", "zero"],
    ["data.csv", "--target", "a", "--missing", "linear"],
    ["data.csv", "--target", "a", "--window", "9223372036854775807"],
    ["data.csv", "--target", "a", "--horizon", "9223372036854775807"],
    ["data.csv", "--target", "a", "--duplicates", "first"],
    ["data.csv", "--target", "a", "--charts", "png"],
    ["data.csv", "--target", "a", "--learn", "both"],
    ["data.csv", "--target", "a", "--target", "b,a"],
    ["data.csv", "--target", "a", "--exclude", "b", "--exclude", "b"],
    ["fit", "data.csv", "--target", "a"],
    ["fit", "data.csv", "--target", "a", "--model", "m", "--validation", "0", "--patience", "3"],
    ["predict", "data.csv", "--model", "m", "--season", "7"],
    ["devices", "--plan", "resident"],
    ["devices", "--verify", "--device", "cpu", "--plan", "resident"],
    ["devices", "--verify", "--device", "reference", "--plan", "resident"],
    ["devices", "--seconds", "5"],
    ["devices", "--tune", "--seconds", "-5"],
    ["predictt", "data.csv"],
    ["help", "foo"],
    ["predict", "data.csv"],
    ["predict", "data.csv", "--model", "m", "--json"],
    ["detect", "data.csv", "--target", "a", "--model", "m"],
    ["inspect"],
    ["apply", "--weights", "w", "--input", "i"],
    ["apply", "--weights", "w", "--input", "i", "--output", "o", "--layers", ""],
    ["export", "--model", "m", "--output", "o"],
    ["export", "--model", "m", "--output", "o", "--format", "hdf5"],
  ])
  func areToldApartFromFailures(arguments: [String]) throws {
    let outcome = try Command.run(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("Error: "))
  }

  @Test(arguments: [
    ("predictt", "predict"), ("ft", "fit"), ("rum", "run"), ("device", "devices"),
  ]) func aSubcommandSpeltWrongIsNoFile(word: String, meant: String) throws {
    for arguments in [[word, "good.csv"], ["help", word]] {
      let outcome = try Command.run(arguments)
      #expect(outcome.status == 64)
      #expect(
        outcome.errors.hasPrefix(
          "Error: unknown subcommand '\(word)'; did you mean '\(meant)'?\n"),
        "\(outcome.errors)")
    }
  }

  /// What is there is a file, whatever it is called.
  @Test func aFileMayBeCalledLikeASubcommand() throws {
    let folder = try Folder()
    _ = try folder.file("rum", Sales.csv())
    let outcome = try Command.run(
      ["rum", "--target", "units", "--output", "out", "-q"] + Sales.quick,
      shell: "cd '\(folder.url.path)' && exec \"$@\"")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let path = try Command.run(["./predictt", "--target", "units"])
    #expect(path.errors == "lstm-detect: ./predictt: there is no such file\n")
  }

  @Test func helpOnASubcommandIsNoError() throws {
    #expect(try Command.run(["help", "fit"]).status == 0)
    #expect(try Command.run(["help"]).status == 0)
  }
}
