import AnomalyDetection
import ArgumentParser
import LSTMCompute

/// Judges a file with a model fitted before.
struct Detect: ParsableCommand, ModelCommand {
  static let configuration = CommandConfiguration(
    abstract: "Judge a file with a model that was fitted before.",
    discussion: """
      Every row that has a window of rows before it is forecast from them and judged. The file \
      needs the columns that the model was fitted with, by name, in any order. With --context the \
      first row has a window too.

      EXAMPLES
        lstm-detect detect today.csv --model sales.safetensors --output out
        lstm-detect detect today.csv --model sales.safetensors \\
          --threshold absolute:120
        lstm-detect detect today.csv --model sales.safetensors \\
          --context until-yesterday.csv
        lstm-detect detect today.csv --model sales.safetensors --fail-on 1
      """
  )

  @OptionGroup(title: "Data") var reading: ReadingOptions
  @OptionGroup(title: "Data") var before: ContextOptions

  @Option(
    help: ArgumentHelp("The model, as fit has written it.", valueName: "file"), completion: .file())
  var model: String

  @OptionGroup(title: "Judgment") var judgment: JudgmentOptions
  @OptionGroup(title: "Judgment") var labeling: LabelOptions
  @OptionGroup(title: "Device") var device: DeviceOptions
  @OptionGroup(title: "Output") var folder: FolderOptions
  @OptionGroup var consoleOptions: ConsoleOptions

  func validate() throws {
    try Check.path(model, "--model")
    try before.check(reading)
  }

  func run() throws {
    let start = ContinuousClock().now
    let console = consoleOptions.console
    try Place.checkDistinct(
      [Place("the data", reading.path), Place("the model", model)] + before.places
        + labeling.places + folder.places)
    let charts = ReportWriter(style: folder.charts)
    let output = Processes.isFirst ? try folder.results(console) : nil
    try Processes.checkInputs([labeling.labels])
    var outcome = try naming(data: reading.path) { try judge(command: "detect", since: start) }
    guard let output else { return }
    try labeling.evaluate(&outcome, console)
    console.line("device    \(outcome.run.device.reason)")
    let document = outcome.document
    try outcome.write(folder.csv.files, document: document, charts: charts, to: output)
    if let file = folder.csv.prometheus {
      try output.file(at: file).write(PrometheusText(outcome, model: model).text)
    }
    try output.commit(command: "detect")
    outcome.show(on: console, folder: output.path, model: nil)
    console.document(document)
    try labeling.check(events: outcome.eventCount)
  }
}
