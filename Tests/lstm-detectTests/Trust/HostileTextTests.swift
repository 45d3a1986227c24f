import Foundation
import LSTMCompute
import ResultText
import TestSupport
import Testing

@testable import lstm_detect

/// Names and metadata that want to be more than text.
@Suite struct HostileTextTests {
  private static let evil = "\u{1B}]0;PWNED\u{7}\u{1B}[2J\u{9B}31m\u{202E}x\r"

  @Test func controlCharactersAreWrittenOut() {
    #expect(
      VisibleText.escaped(Self.evil)
        == "\\u{1B}]0;PWNED\\u{7}\\u{1B}[2J\\u{9B}31m\\u{202E}x\\u{D}")
    #expect(VisibleText.escaped("a\nb\t") == "a\\u{A}b\\u{9}")
    #expect(VisibleText.escaped("a\nb", keepingLineEnds: true) == "a\nb")
    #expect(VisibleText.escaped("größer ±  漢字 🙂") == "größer ±  漢字 🙂")
    #expect(JSONValue.string("\u{9B}\u{7F}\u{202E}").compact == "\"\\u009b\\u007f\\u202e\"")
  }

  /// No byte that a terminal acts on, in whatever a command shows.
  private func expectNothingHidden(_ outcome: Command.Outcome, _ what: String) {
    for text in [outcome.output, outcome.errors] {
      let hidden = text.unicodeScalars.first { VisibleText.isHidden($0) && $0 != "\n" }
      #expect(hidden == nil, "\(what): \(String(describing: hidden))")
    }
  }

  @Test func nothingReachesATerminalRaw() throws {
    let folder = try Folder()
    // The reader takes blanks and line ends off the ends of names.
    let name = "u\(Self.evil)end"
    let csv = Sales.csv().replacing("units", with: "\"\(name)\"")
    let data = try folder.file("sales\u{1B}[2J.csv", csv)
    let model = folder.path("m\u{1B}[31m.safetensors")
    let fitted = try Command.run(["fit", data, "--target", name, "--model", model] + Sales.quick)
    try #require(fitted.status == 0, "\(fitted.errors)")
    expectNothingHidden(fitted, "fit")
    for arguments in [
      ["inspect", model], ["inspect", model, "--json"],
      ["detect", data, "--model", model, "--output", folder.path("o\u{1B}[2J"), "--charts", "svg"],
      ["run", data, "--target", name, "--output", folder.path("out"), "--json"] + Sales.quick,
      ["run", data, "--target", "\(name)2", "--output", folder.path("out")] + Sales.quick,
      ["run", folder.path("no\u{1B}[2J"), "--target", "x"],
      ["fit", "x", "--target", "y", "--model", "m", "--\u{1B}[2J"],
      ["\u{1B}[2J"],
    ] {
      expectNothingHidden(try Command.run(arguments), arguments.joined(separator: " "))
    }
    let report = try folder.text("o\u{1B}[2J/report.html")
    #expect(report.contains("PWNED"), "the name is shown")
  }

  /// A program reads the exact name, a terminal a harmless one.
  @Test func onlyProgramsGetTheExactName() throws {
    let folder = try Folder()
    let name = "u\u{1B}[2J"
    let data = try folder.file("sales.csv", Sales.csv().replacing("units", with: name))
    let model = folder.path("m")
    try #require(
      try Command.run(["fit", data, "--target", name, "-q", "--model", model] + Sales.quick).status
        == 0
    )
    let piped = try Command.run(["predict", data, "--model", model, "-q"])
    #expect(piped.output.contains(",\(name),"))
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/script") else { return }
    let screen = try Command.run(
      ["predict", data, "--model", model, "-q"],
      shell: "script -qec \"'$1' predict '$3' --model '$5' -q\" /dev/null")
    #expect(screen.output.contains(",u\\u{1B}[2J,"), "\(screen.output.prefix(300))")
    #expect(!screen.output.contains("\u{1B}"))
  }

  @Test(arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "＝1"])
  func formulasAreText(name: String) throws {
    #expect(CSVText.name(name, isKept: false).contains("'\(name)"))
    #expect(!CSVText.name(name, isKept: true).contains("'\(name)"))
  }

  @Test func namesThatAreFormulasAreNeutralInEveryFile() throws {
    #expect(CSVText.name("units", isKept: false) == "units")
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv().replacing("units", with: "=1+1"))
    for (flags, cell) in [([], "'=1+1"), (["--keep-names"], "=1+1")] {
      let outcome = try Command.run(
        ["run", data, "--target", "=1+1", "-q", "--output", folder.path("out")] + Sales.quick
          + flags)
      try #require(outcome.status == 0, "\(outcome.errors)")
      for (name, column) in [("predictions.csv", 1), ("forecast.csv", 1), ("anomalies.csv", 0)] {
        let rows = try folder.lines("out/\(name)").dropFirst()
        #expect(!rows.isEmpty, "\(name)")
        #expect(
          rows.allSatisfy { $0.split(separator: ",")[column] == cell[...] }, "\(name) \(flags)")
      }
      let predicted = try Command.run(
        ["predict", data, "--model", folder.path("out/model.safetensors"), "-q"] + flags)
      #expect(predicted.output.contains(",\(cell),"))
    }
  }
}

/// Numbers beyond all use.
@Suite struct ExtremeNumberTests {
  @Test func checkedArithmeticEndsAtTheRange() {
    #expect(Checked.sum(1, .max, 5) == .max)
    #expect(Checked.sum(2, 3) == 5)
    #expect(Checked.product(1 << 40, 1 << 40) == .max)
    #expect(Checked.product(.max, .max, 0) == 0)
    #expect(Checked.product(6, 7) == 42)
    #expect(Checked.integer(1e308) == .max)
    #expect(Checked.integer(-.infinity) == .min)
    #expect(Checked.integer(.nan) == 0)
    #expect(Checked.integer(2.6) == 3)
  }

  @Test(arguments: [1e308, -1e308, Double.leastNonzeroMagnitude, .greatestFiniteMagnitude])
  func aChartOfAnything(
    value: Double
  ) {
    for values in [[1, value, 2], [value, -value, .nan], [value]] {
      let svg = SVGChart(
        label: "x", x: values.indices.map(Double.init), hasDates: false,
        lines: [.init(values: values, style: "s")],
        areas: [
          .init(
            lowest: values.map { $0 - 1e308 }, highest: values.map { $0 + 1e308 }, style: "band")
        ]
      ).render()
      #expect(svg.hasSuffix("</svg>\n"))
    }
    _ = Ticks.dates(value...value.nextUp, about: 5)
    _ = Ticks.dates(0...max(1, value), about: 5)
    _ = Ticks.numbers(-value.magnitude...value.magnitude, about: 5)
  }

  @Test func aThresholdBeyondTheChart() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    for charts in ["svg", "auto"] {
      let outcome = try Command.run(
        [
          "run", data, "--target", "units", "-q", "--output", folder.path("out"), "--threshold",
          "absolute:1e308", "--charts", charts,
        ] + Sales.quick)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
  }

  @Test func aBarOfManyEpochs() throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/script") else { return }
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let outcome = try Command.run(
      [data, folder.path("m")],
      shell: """
        script -qec "'$1' fit '$2' --target units --model '$3' --units 2 --window 4 --patience 3 \
        --learning-rate 0.1 --epochs 1000000000000000000" /dev/null
        """)
    #expect(outcome.status == 0, "\(outcome.output.suffix(500))")
    #expect(folder.exists("m"))
  }

  /// A model file whose numbers are those of no model.
  @Test(arguments: [
    (#""steps":7"#, #""steps":9223372036854775807"#),
    (#""horizon":1"#, #""horizon":9223372036854775807"#),
    (#""scale":"#, #""scale":1.7976931348623157e+308,"x":"#),
    (#""offset":"#, #""offset":1.7976931348623157e+308,"x":"#),
    (#""sum_of_squares":"#, #""sum_of_squares":-1,"x":"#),
    (#""hidden_sizes":[6]"#, #""hidden_sizes":[9223372036854775807]"#),
    (#""output_size":1"#, #""output_size":9223372036854775807"#),
  ])
  func aForgedModelIsRefused(old: String, new: String) throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let path = folder.path("m.safetensors")
    try #require(
      try Command.run(["fit", data, "--target", "units", "-q", "--model", path] + Sales.quick)
        .status
        == 0)
    var file = try SafetensorsFile(path: path)
    let text = try #require(file.metadata["swift_lstm"])
    #expect(text.contains(old), "\(text)")
    file.metadata["swift_lstm"] = text.replacing(old, with: new)
    // Without a checksum, as by an earlier version.
    file.metadata["swift_lstm_checksum"] = nil
    try file.write(to: path)
    for command in ["inspect", "detect", "predict"] {
      let outcome = try Command.run(
        command == "inspect" ? ["inspect", path] : [command, data, "--model", path, "-q"],
        shell: "cd '\(folder.url.path)' && exec \"$@\"")
      #expect(outcome.status == 1, "\(command) \(new)")
      #expect(outcome.errors.hasPrefix("lstm-detect: \(path): "), "\(outcome.errors)")
    }
  }

  @Test func valuesWhoseSquaresAreInfinite() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv { if $0 % 2 == 0 { $1[1] = "1e200" } })
    let outcome = try Command.run(
      [
        "run", data, "--target", "units", "-q", "--output", folder.path("out"), "--learn", "value",
        "--scaler", "minmax", "--threshold", "absolute:1", "--keep-values", "1e200",
      ] + Sales.quick)
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("lstm-detect: \(data)"), "\(outcome.errors)")
    #expect(!outcome.errors.contains("EncodingError"))
  }
}

/// How many threads the CPU computes with.
@Suite struct ThreadOptionTests {
  @Test func aNumberIsTaken() throws {
    let folder = try Folder()
    let data = try folder.file("sales.csv", Sales.csv())
    let fit = ["fit", data, "--target", "units", "--model", folder.path("m")] + Sales.quick
    let three = try Command.run(fit + ["--threads", "3"])
    #expect(three.output.contains(", 3 threads)"), "\(three.output)")
    #expect(try Command.run(fit + ["--threads", "0"]).status == 64)
    #expect(try Command.run(fit + ["--threads", "9223372036854775807"]).status == 64)
    let other = try Command.run(fit + ["--device", "reference", "--threads", "2"])
    #expect(other.status == 1)
    #expect(other.errors.contains("--threads is for --device cpu"))
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/taskset") else { return }
    let pinned = try Command.run(fit, shell: "exec taskset -c 0 \"$@\"")
    #expect(pinned.output.contains(", 1 thread)"), "\(pinned.output)")
  }
}
