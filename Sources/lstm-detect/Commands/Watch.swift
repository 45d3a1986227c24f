import AnomalyDetection
import ArgumentParser
import LSTMCompute
import TimeSeries

/// Judges rows as they come.
struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Judge rows as they come on standard input, a line of JSON for each.",
    discussion: """
      The first line has the names of the columns, or is a JSON object as all that follow it. Of each \
      row one line of JSON is written at once: its time, for each target the value, the forecast \
      made of it from the rows before, the limits beyond which it is an anomaly, the score (1 is the \
      threshold), its severity from 0 to 100, and whether it is an anomaly and an alarm; a row that is \
      an alarm has the event, one that ends an event has the event as it was. It is what detect says \
      of a file of the same rows, but that an event of --min-length N rows is told with the Nth of \
      them. As long as fewer rows than a window's have come, forecasts are null.

      A line that cannot be read, or is not later than the one before, is told on standard error and \
      left out. What rows are judged by adapts itself to them with --threshold adaptive:K and dynamic:P; \
      the network and the regression stay as they were fitted, and `lstm-detect update` trains further.

      With --state, what is known of the rows is kept in a file: at the end, after SIGTERM and Ctrl-C, \
      and every 1,000 rows or 10 seconds, so that kill -9 loses no more. The next watch goes on from it \
      as if it had been one; rows up to the last one it knows are passed over, so that a file may be \
      sent again from its start.

      EXAMPLES
        lstm-detect watch --model load.safetensors < load.csv
        lstm-detect watch --model load.safetensors --context until-today.csv \\
          --state load.state < today.csv
        lstm-detect watch --model load.safetensors --columns time,load < rows
      """
  )

  @Option(
    help: ArgumentHelp("The model, as fit has written it.", valueName: "file"), completion: .file())
  var model: String

  @Option(
    help: ArgumentHelp(
      "A file with the rows before the first one: they are looked back at, and not judged. It is not "
        + "read where --state has a file to go on from.",
      valueName: "file"), completion: .file())
  var context: String?

  @Option(
    help: ArgumentHelp(
      "The file that keeps what is known of the rows from one run to the next. It belongs to the model.",
      valueName: "file"), completion: .file())
  var state: String?

  @Option(
    help: ArgumentHelp(
      "The names of the columns, separated by commas, where the first line is a row. May be repeated.",
      valueName: "columns"))
  var columns: [ColumnList] = []

  @Flag(
    help:
      "The first line is a row; the columns are those of the rows before, which --state knows.")
  var noHeader = false

  @Option(
    help: ArgumentHelp(
      "The column that holds the time; several, such as date,hour, are put together. May be "
        + "repeated. (default: that of the model)",
      valueName: "columns", visibility: .hidden))
  var time: [ColumnList] = []

  @OptionGroup(title: "Data", visibility: .hidden) var form: FormOptions
  @OptionGroup(title: "Judgment") var judgment: JudgmentOptions
  @OptionGroup(title: "Device") var device: DeviceOptions

  @Flag(name: .shortAndLong, help: "Print no notes.")
  var quiet = false

  func validate() throws {
    try Check.path(model, "--model")
    try Check.path(context, "--context")
    try Check.path(state, "--state")
    try time.checkDistinct("--time")
    try columns.checkDistinct("--columns")
    guard context != "-" else {
      throw ValidationError("--context cannot be standard input, which has the rows.")
    }
    guard form.from == nil, form.until == nil else {
      throw ValidationError("--from and --until are for files; rows that come are all judged.")
    }
    if form.rowOrder, !time.isEmpty {
      throw ValidationError("--time and --row-order cannot be given together.")
    }
    guard columns.isEmpty || !noHeader else {
      throw ValidationError("--columns says that there is no header; leave --no-header out.")
    }
    guard !noHeader || state != nil else {
      throw ValidationError("--no-header needs --state, which knows the columns, or use --columns.")
    }
    guard judgment.season == nil else {
      throw ValidationError(
        "--season is for the comparison with the seasonal forecast, which watch does not make.")
    }
  }

  func run() throws {
    try Place.checkDistinct(
      [Place("the model", model)] + (context.map { [Place("--context", $0)] } ?? [])
        + (state.map { [Place("--state", $0)] } ?? []))
    let session = try WatchSession(self)
    try Interrupt.whileWatching { try session.run() }
    try session.finish()
  }
}
