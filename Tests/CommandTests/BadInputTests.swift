import Foundation
import TestSupport
import Testing

/// What is wrong with the data or the surroundings ends in one line, status 1, and no file.
@Suite struct BadInputTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var csv: String
    var options: [String] = []
    /// What the line must contain.
    var message: [String]

    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "empty", csv: "", message: ["data.csv", "empty"]),
    Case(name: "header only", csv: "day,units\n", message: ["data.csv"]),
    Case(
      name: "unknown column", csv: Sales.csv(), options: ["--target", "sold"],
      message: ["'sold'", "units", "stock"]),
    Case(
      name: "unknown feature", csv: Sales.csv(), options: ["--features", "units,weather"],
      message: ["'weather'"]),
    Case(
      name: "unknown time", csv: Sales.csv(), options: ["--time", "when"],
      message: ["'when'"]),
    Case(
      name: "target not numeric", csv: Sales.csv { if $0 == 41 { $1[1] = "many" } },
      message: ["data.csv, row 43, column 'units'", "'many'"]),
    Case(
      name: "fewer rows than the window", csv: Sales.csv(rows: 12), options: ["--window", "30"],
      message: ["12 rows", "30"]),
    Case(
      name: "ragged row", csv: Sales.csv { if $0 == 7 { $1.removeLast() } },
      message: ["data.csv, row 9", "4", "3"]),
    Case(
      name: "duplicate times", csv: Sales.csv { if $0 == 9 { $1[0] = Sales.day(8) } },
      message: ["row 10", "11", "--duplicates last or mean"]),
    Case(
      name: "infinity", csv: Sales.csv { if $0 == 3 { $1[2] = "inf" } },
      message: ["row 5, column 'stock'"]),
    Case(
      name: "missing, forbidden", csv: Sales.csv { if $0 == 3 { $1[2] = "NaN" } },
      options: ["--missing", "error"], message: ["row 5, column 'stock'"]),
    Case(
      name: "one bad cell in a feature", csv: Sales.csv { if $0 == 41 { $1[2] = "abc" } },
      message: ["data.csv, row 43, column 'stock'", "'abc'", "--exclude"]),
    Case(
      name: "a first cell that is bad", csv: Sales.csv { if $0 == 0 { $1[2] = "abc" } },
      message: ["data.csv, row 2, column 'stock'", "'abc'", "--exclude"]),
    Case(
      name: "no rows left to judge", csv: Sales.csv(),
      options: ["--train-until", "2030-01-01"],
      message: ["judge", "--train-until 2030-01-01 is after the last row, that of 2024-06-08"]),
    Case(
      name: "a share that leaves no row", csv: Sales.csv(),
      options: ["--train-until", "0.99999"], message: ["judge", "0.99999", "160 rows"]),
    Case(
      name: "too few rows held out", csv: Sales.csv(), options: ["--validation", "0.001"],
      message: ["'units' has 1 held-out residual, too few", "absolute:"]),
    Case(
      name: "a spread that is no number",
      csv: Sales.csv { if $0 % 20 == 1 { $1[2] = "\($0)e300" } },
      message: ["data.csv, column 'stock'", "spread"]),
    Case(
      name: "a value that cannot be scaled", csv: Sales.csv { if $0 == 140 { $1[2] = "1e60" } },
      message: ["data.csv, row 142, column 'stock'", "too far"]),
    Case(
      name: "a change that cannot be scaled",
      csv: Sales.csv(rows: 160) { if $0 == 140 { $1[1] = "-1e300" } },
      message: ["data.csv, row 142, column 'units'", "too far"]),
    Case(
      name: "times with and without an offset",
      csv: Sales.csv { $1[0] += "T00:00:00" + ($0 == 9 ? "" : "Z") },
      message: ["data.csv, row 11, column 'day'", "offset"]),
    Case(
      name: "not a time", csv: Sales.csv(), options: ["--train-until", "soon"],
      message: ["soon"]),
    Case(
      name: "no such device", csv: Sales.csv(), options: ["--device", "opencl:99"],
      message: ["opencl:99"]),
    Case(
      name: "a precision of another device", csv: Sales.csv(),
      options: ["--device", "cpu", "--precision", "bf16"],
      message: ["bf16 is for OpenCL devices", "use --device opencl"]),
    Case(
      name: "a plan of another device", csv: Sales.csv(),
      options: ["--device", "cpu", "--plan", "resident"], message: ["'resident'", "cpu"]),
    Case(
      name: "a plan that cannot run the network", csv: Sales.csv(),
      options: ["--device", "opencl", "--plan", "resident", "--units", "129"],
      message: ["resident", "128 units", "129"]),
    Case(
      name: "a learning rate without a model",
      csv: Sales.csv(),
      options: [
        "--learning-rate", "1e30", "--optimizer", "sgd", "--clip-norm", "0", "--batch", "4",
      ],
      message: ["loss", "epoch 1", "learning rate"]),
  ]

  @Test(arguments: cases) func isOneLine(bad: Case) throws {
    let folder = try Folder()
    let data = try folder.file("data.csv", bad.csv)
    let outcome = try Command.run(
      ["run", data, "--target", "units", "--output", folder.path("out"), "--quiet"] + Sales.quick
        + bad.options)
    #expect(outcome.status == 1)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("lstm-detect: "))
    if bad.message.contains(where: { $0.hasPrefix("data.csv") }) {
      #expect(outcome.errors.contains(data), "the path as it was typed")
    }
    #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
    for part in bad.message { #expect(outcome.errors.contains(part), "\(outcome.errors)") }
    #expect(try folder.names() == ["data.csv"])
  }

  @Test func aMissingFile() throws {
    let folder = try Folder()
    let outcome = try Command.run(
      ["run", folder.path("no.csv"), "--target", "a", "--output", folder.path("out")])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("no.csv"))
    #expect(try folder.names().isEmpty)
  }

  @Test func unsortedRowsAreSortedAndSaid() throws {
    let folder = try Folder()
    var lines = Sales.csv().split(separator: "\n")
    lines.swapAt(20, 90)
    let data = try folder.file("data.csv", lines.joined(separator: "\n"))
    let outcome = try Command.run(
      ["run", data, "--target", "units", "--output", folder.path("out")] + Sales.quick)
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("note: "))
    #expect(outcome.errors.contains("sorted"))
  }

  @Test(arguments: ["file", "file/out", "/proc/nowhere/out"])
  func anOutputFolderThatCannotBe(name: String) throws {
    let folder = try Folder()
    let data = try folder.file("data.csv", Sales.csv())
    _ = try folder.file("file", "")
    let outcome = try Command.run(
      [
        "run", data, "--target", "units", "--output",
        name.hasPrefix("/") ? name : folder.path(name),
      ]
        + Sales.quick)
    #expect(outcome.status == 1)
    #expect(outcome.errors.filter { $0 == "\n" }.count == 1, "found before the training starts")
    #expect(outcome.errors.contains("output folder"))
    #expect(try folder.names() == ["data.csv", "file"])
  }

  /// Trains until the loss overflows, with a model already there.
  private func overflow(
    _ command: String, in folder: Folder, data: String
  ) throws -> Command.Outcome {
    let data = try folder.file(data, Sales.csv())
    let model = try folder.file("m.safetensors", "precious")
    let output = command == "run" ? ["--output", folder.path("out")] : []
    let outcome = try Command.run(
      [command, data, "--target", "units", "--model", model] + output + Sales.quick
        + Self.overflowing)
    #expect(outcome.status == 1)
    return outcome
  }

  /// The old model is worth more than one whose training failed.
  @Test(arguments: ["run", "fit"]) func aLossThatOverflowsLeavesAnOlderModelAlone(
    command: String
  ) throws {
    let folder = try Folder()
    let outcome = try overflow(command, in: folder, data: "data.csv")
    let kept = folder.path("m.diverged.safetensors")
    #expect(outcome.errors.contains("was kept in \(kept)"))
    #expect(try folder.text("m.safetensors") == "precious")
    #expect(try Command.run(["inspect", kept]).status == 0)
    #expect(try folder.names() == ["data.csv", "m.diverged.safetensors", "m.safetensors"])
  }

  /// Neither the model of an earlier failure nor the run's own data have a name that is free.
  @Test(arguments: ["run", "fit"]) func aLossThatOverflowsTakesAFreeName(command: String) throws {
    let folder = try Folder()
    let outcome = try overflow(command, in: folder, data: "m.diverged.safetensors")
    #expect(outcome.errors.contains("was kept in \(folder.path("m.diverged-2.safetensors"))"))
    #expect(try folder.text("m.diverged.safetensors") == Sales.csv())
    #expect(try folder.text("m.safetensors") == "precious")
  }

  static let emptyPaths: [(option: String, arguments: [String])] = [
    ("--model", ["fit", "DATA", "--target", "units", "--model", ""]),
    ("--checkpoint", ["fit", "DATA", "--target", "units", "--model", "m", "--checkpoint", ""]),
    ("--resume", ["fit", "DATA", "--target", "units", "--model", "m", "--resume", ""]),
    ("--initial", ["fit", "DATA", "--target", "units", "--model", "m", "--initial", ""]),
    ("The data", ["fit", "", "--target", "units", "--model", "m"]),
    ("--output", ["run", "DATA", "--target", "units", "--output", ""]),
    ("--model", ["run", "DATA", "--target", "units", "--model", ""]),
    ("--output", ["predict", "DATA", "--model", "m", "--output", ""]),
    ("--model", ["predict", "DATA", "--model", ""]),
    ("--output", ["detect", "DATA", "--model", "m", "--output", ""]),
    ("--model", ["detect", "DATA", "--model", ""]),
    ("--labels", ["detect", "DATA", "--model", "m", "--labels", ""]),
    ("The model", ["inspect", ""]),
    ("--output", ["export", "--model", "m", "--format", "keras", "--output", ""]),
    ("--input", ["apply", "--weights", "w", "--input", "", "--output", "o"]),
  ]

  @Test(arguments: emptyPaths) func anEmptyPathIsRefusedAtOnce(
    option: String, arguments: [String]
  ) throws {
    let folder = try Folder()
    let data = try folder.file("data.csv", Sales.csv())
    let outcome = try Command.run(arguments.map { $0 == "DATA" ? data : $0 })
    #expect(outcome.status == 64)
    #expect(outcome.errors.hasPrefix("Error: \(option): the path is empty."), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(try folder.names() == ["data.csv"])
  }

  /// Notes on the data are no second line of a run that fails.
  @Test func aFailedRunLeavesOneLine() throws {
    let folder = try Folder()
    let gap = Sales.csv { if $0 == 30 { $1[2] = "" } }
    let data = try folder.file("data.csv", gap)
    let model = folder.path("m.safetensors")
    let fitted = try Command.run(
      ["fit", data, "--target", "units", "--model", model, "--validation", "0"] + Sales.quick)
    try #require(fitted.status == 0, "\(fitted.errors)")
    #expect(
      fitted.errors.contains("note: 1 missing value in 'stock' was filled with the value before\n"))
    let broken = try folder.file("c.safetensors", "no checkpoint")
    for arguments in [
      ["fit", data, "--target", "units", "--model", folder.path("n"), "--resume", broken]
        + Sales.quick,
      ["run", data, "--target", "units", "--output", folder.path("out"), "--resume", broken]
        + Sales.quick,
      ["detect", data, "--model", model, "--output", folder.path("out")],
      ["predict", data, "--model", model, "--output", folder.path("none/p.csv")],
      ["predict", data, "--model", model, "--device", "opencl:99"],
    ] {
      let outcome = try Command.run(arguments)
      #expect(outcome.status == 1)
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      #expect(outcome.errors.hasPrefix("lstm-detect: "), "\(outcome.errors)")
    }
    let lost = try Command.run(
      ["predict", data, "--model", model], shell: "exec \"$@\" > /dev/full")
    #expect(lost.errors.split(separator: "\n").count == 1, "\(lost.errors)")
  }

  static let numbers: [(option: String, message: String)] = [
    ("--dropout", "--dropout: "), ("--recurrent-dropout", "--recurrent-dropout: "),
    ("--zoneout", "--zoneout: "), ("--zoneout-hidden", "--zoneout-hidden: "),
    ("--zoneout-cell", "--zoneout-cell: "), ("--gate-clip", "--gate-clip: "),
    ("--cell-clip", "--cell-clip: "), ("--projection-clip", "--projection-clip: "),
    ("--projection", "--projection: "), ("--units", "'-1' is invalid for '--units"),
    ("--window", "--window must be 1 to"), ("--horizon", "--horizon must be 1 to"),
    ("--epochs", "--epochs must be 1 or more"), ("--batch", "--batch must be 1 or more"),
    ("--accumulate", "--accumulate must be 1 or more"),
    ("--learning-rate", "--learning-rate must be a number above 0"),
    ("--weight-decay", "--weight-decay must be 0 or more"),
    ("--clip-norm", "--clip-norm must be 0 or more"),
    ("--clip-value", "--clip-value must be 0 or more"),
    ("--patience", "--patience must be 0 or more"),
    ("--validation", "--validation must be 0 or more"),
    ("--checkpoint-every", "--checkpoint-every must be 0 or more"),
  ]

  @Test(arguments: numbers) func negativeNumbersReachTheCheck(
    option: String, message: String
  ) throws {
    let outcome = try Command.run(["fit", "x.csv", "--target", "y", "--model", "m", option, "-1"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  private static let overflowing = [
    "--optimizer", "sgd", "--clip-norm", "0", "--batch", "1000", "--learning-rate", "100",
    "--epochs", "1000", "--patience", "0",
  ]

  /// One batch per epoch and too long steps: the loss grows from epoch to epoch until it overflows.
  @Test(arguments: ["run", "fit"]) func aLossThatOverflowsKeepsTheLastGoodModel(
    command: String
  ) throws {
    let folder = try Folder()
    let data = try folder.file("data.csv", Sales.csv())
    let output = command == "run" ? ["--output", folder.path("out")] : []
    let outcome = try Command.run(
      [command, data, "--target", "units", "--model", folder.path("m.safetensors")] + output
        + Sales.quick + Self.overflowing)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("lstm-detect: the loss became infinite or not a number"))
    #expect(outcome.errors.contains("was kept in \(folder.path("m.safetensors"))"))
    #expect(try folder.names() == ["data.csv", "m.safetensors"])
    #expect(try Command.run(["inspect", folder.path("m.safetensors")]).status == 0)
  }
}
