import AnomalyDetection
import ArgumentParser
import LSTMCompute
import ResultText

/// Forecasts a file with a model fitted before.
struct Predict: ParsableCommand, ModelCommand {
  static let configuration = CommandConfiguration(
    abstract: "Forecast a file with a model that was fitted before.",
    discussion: """
      Writes one line for each row and target, with the columns \
      time,target,actual,expected,residual,score,anomaly, and after them the rows that come next, \
      whose actual values are not known yet.

      EXAMPLES
        lstm-detect predict sales.csv --model sales.safetensors
        lstm-detect predict sales.csv --model sales.safetensors \\
          --output predictions.csv
      """
  )

  @OptionGroup(title: "Data") var reading: ReadingOptions
  @OptionGroup(title: "Data") var before: ContextOptions

  @Option(
    help: ArgumentHelp("The model, as fit has written it.", valueName: "file"), completion: .file())
  var model: String

  @OptionGroup(title: "Judgment") var judgment: JudgmentOptions
  @OptionGroup(title: "Device") var device: DeviceOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file for the forecasts; standard output where it is not given.", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var csv: CSVOptions
  @OptionGroup var consoleOptions: ConsoleOptions

  func validate() throws {
    try Check.path(model, "--model")
    try before.check(reading)
    try Check.path(output, "--output")
    guard judgment.season == nil || consoleOptions.json else {
      throw ValidationError(
        "--season is for the comparison with the seasonal forecast, which only --json prints.")
    }
    if consoleOptions.json, output == nil {
      throw ValidationError("--json and the forecasts both go to standard output; give --output.")
    }
  }

  func run() throws {
    let start = ContinuousClock().now
    let console = consoleOptions.console
    let others = (output.map { [Place("--output", $0)] } ?? []) + csv.places
    try Place.checkDistinct(
      [Place("the data", reading.path), Place("the model", model)] + before.places + others)
    if Processes.isFirst { for place in others { try StagedFile.check(place.path) } }
    let outcome = try naming(data: reading.path) {
      try judge(command: "predict", since: start, needsJudgments: false)
    }
    guard Processes.isFirst else { return }
    let metrics = try csv.prometheus.map { path in
      let file = try StagedFile(path)
      try file.write(PrometheusText(outcome, model: model).text)
      return file
    }
    if let output {
      let file = try StagedFile(output)
      try outcome.writePredictions(csv.files) { try file.write($0) }
      try StagedFile.commit([file] + (metrics.map { [$0] } ?? []))
      for verdict in outcome.verdicts { console.line(verdict + ".") }
      console.line("device    \(outcome.run.device.reason)")
      console.line("written   \(output)")
    } else {
      var text = ""
      // A program gets the exact bytes, a screen none that it would act on.
      let isScreen = Terminal.isTerminal(.output)
      func flush() {
        Terminal.write(
          isScreen ? VisibleText.escaped(text, keepingLineEnds: true) : text, to: .output)
        text = ""
      }
      func write(_ line: String) {
        text += line
        if text.utf8.count >= 1 << 16 { flush() }
      }
      outcome.writePredictions(csv.files, with: write)
      flush()
      try metrics?.commit()
    }
    console.document(outcome.document)
  }
}
