import AnomalyDetection
import ArgumentParser
import TimeSeries

/// Which rows are fitted to.
struct SplitOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Fit to the rows before this time, given as in the file, or to this share of the rows. "
        + "(default: 0.8 for run, 1 for fit)",
      valueName: "time|share"))
  var trainUntil: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The last share of the fitted rows, or those from this time on, which must lie before "
        + "--train-until, are held out: they decide when to stop, and how large a residual is normal.",
      valueName: "share|time", visibility: .hidden))
  var validation = SplitPlan.HeldOut.fraction(0.2)

  func validate() throws {
    if case .fraction(let share) = validation, !(0..<1).contains(share) {
      throw ValidationError("--validation must be 0 or more and below 1, or a time.")
    }
    if trainUntil == "" { throw ValidationError("--train-until must be a time or a number.") }
  }
}

/// What the network is made of.
struct NetworkOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The number of rows that the network looks back. (default: four weeks of days, two days of "
        + "hours, 64 rows of less than an hour, two years of months, else 32 rows; at most an "
        + "eighth of the rows that are fitted to)",
      valueName: "rows"))
  var window: Int?

  @Option(
    name: .customLong("horizon"), parsing: .unconditional,
    help: ArgumentHelp(
      "The number of rows that are forecast at once. (default: the rows at the end of the file that "
        + "have no target yet, where they are few; else 1)",
      valueName: "rows"))
  var horizonGiven: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The width of each LSTM layer, from the input on, separated by commas.",
      valueName: "widths", visibility: .hidden))
  var units = WidthList([64])

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Fit so many networks, one after the other, that begin with --seed and the seeds after it: the "
        + "forecast is the mean of theirs, and a column member_spread tells how far they are apart. "
        + "Takes so many times as long.",
      valueName: "number", visibility: .hidden))
  var members = 1

  @Option(
    help: ArgumentHelp(
      "How columns are scaled: standard (mean 0, deviation 1) or minmax (0 to 1).",
      valueName: "rule", visibility: .hidden))
  var scaler = Scaler.Kind.standard

  func validate() throws {
    if let window { try Check.size(window, "--window") }
    guard (1...1000).contains(members) else {
      throw ValidationError("--members must be 1 to 1,000.")
    }
    if let horizonGiven { try Check.size(horizonGiven, "--horizon") }
  }

  /// The number of rows that are forecast at once.
  func horizon(for series: Series) -> Int {
    let isShort = 12 * series.pendingRows <= series.rowCount
    return horizonGiven ?? (isShort ? max(1, series.pendingRows) : 1)
  }
}
