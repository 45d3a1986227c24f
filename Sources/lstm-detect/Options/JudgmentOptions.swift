import AnomalyDetection
import ArgumentParser
import ResultText
import TimeSeries

/// How forecasts are turned into anomalies.
struct JudgmentOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How unusual a row must be: adaptive:K is K deviations of what is usual by now, and less "
        + "where the value itself is unusual; dynamic:P finds what stands out of the smoothed errors of the last "
        + "2,100 rows by a share P, such as 0.13; K alone or sigma:K is K standard deviations of the "
        + "residuals on the rows held out, mad:K K robust ones, quantile:Q or conformal:ALPHA a share of "
        + "them, pot:RATE what a share RATE of rows passes by chance; absolute:V is V in the "
        + "target's own unit. (default: adaptive:4 of days, adaptive:4.5 of hours, adaptive:5 of less)",
      valueName: "rule"))
  var threshold: Threshold?

  @Option(
    help: ArgumentHelp(
      "What counts with adaptive:K, separated by commas: surprise, a value far from its forecast; "
        + "sustained, forecasts worse than usual for about 50 rows; level, values far from "
        + "where they usually are for as long; stuck, the very same value for more than three times as long as "
        + "ever; novel, a value far outside all that was seen. "
        + "(default: surprise,sustained,stuck)",
      valueName: "kinds", visibility: .hidden))
  var scores: ScoreKinds?

  @Option(
    help: ArgumentHelp(
      "Which way a value must be off: up, down or both.", valueName: "way"))
  var direction = EventRules.Direction.both

  @Option(
    name: .customLong("min-size"),
    help: ArgumentHelp(
      "The smallest residual of an anomaly, in the target's own unit.", valueName: "V",
      visibility: .hidden))
  var leastSize = 0.0

  @Option(
    name: .customLong("min-length"),
    help: ArgumentHelp(
      "The smallest number of anomalous rows of an event.", valueName: "rows", visibility: .hidden))
  var leastLength = 1

  @Option(
    help: ArgumentHelp(
      "Anomalous rows with at most so many normal ones between them are one event.",
      valueName: "rows", visibility: .hidden))
  var gap = 3

  @Option(
    help: ArgumentHelp(
      "After an alarm, so many rows raise another one only with a higher score. (default: 0, each "
        + "event is an alarm)",
      valueName: "rows", visibility: .hidden))
  var mute = 0

  @Option(
    help: ArgumentHelp(
      "A text file of known dates, one in a line, or a first and a last one with a comma between "
        + "them: nothing is an anomaly then.",
      valueName: "file", visibility: .hidden), completion: .file())
  var ignore: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The number of rows after which the series repeats itself, for the seasonal forecast that "
        + "the network is compared with. (default: 24 of hours, 7 of days, 12 of months)",
      valueName: "rows"))
  var season: Int?

  func validate() throws {
    if let season { try Check.size(season, "--season") }
    guard leastSize.isFinite, leastSize >= 0 else {
      throw ValidationError("--min-size \(leastSize) must be a number of at least 0.")
    }
    try Check.size(leastLength, "--min-length")
    guard (0...Int(Int32.max)).contains(gap), (0...Int(Int32.max)).contains(mute) else {
      throw ValidationError("--gap and --mute must be at least 0 rows.")
    }
    try Check.path(ignore, "--ignore")
    if let scores, let threshold {
      guard case .adaptive = threshold else {
        throw ValidationError(
          "--scores \(scores.defaultValueDescription) is for --threshold adaptive:K, not \(threshold)."
        )
      }
    }
  }

  /// What needs the least to be kept of the rows held out.
  static let leastThreshold = Threshold.sigma(3)

  /// The threshold for a model: the standard one, or three deviations where too little is kept for it: by
  /// an earlier version, or of a series that was not fitted to.
  func threshold(for forecaster: Forecaster) -> Threshold {
    threshold ?? forecaster.standardThreshold ?? Self.leastThreshold
  }

  /// What counts in an adaptive score.
  var kinds: Set<ScoreKind> { scores?.kinds ?? ScoreKind.standard }

  /// Which rows make an event.
  ///
  /// - Throws: `TimeSeriesError` where the file of known dates cannot be read.
  func rules(for axis: TimeAxis) throws -> EventRules {
    var rules = EventRules()
    rules.direction = direction
    rules.leastSize = leastSize
    rules.leastLength = leastLength
    rules.gap = gap
    rules.mute = mute
    if let ignore { rules.ignored = try KnownDates(path: ignore, axis: axis).spans }
    return rules
  }

  /// What counted; `null` with a threshold that is not adaptive.
  private func scoresRecord(_ used: Threshold) -> JSONValue {
    guard case .adaptive = used else { return .null }
    return .string(ScoreKinds(kinds: kinds).defaultValueDescription)
  }

  func record(_ used: Threshold) -> [(name: String, value: JSONValue)] {
    [
      ("threshold", .string(used.description)),
      ("scores", scoresRecord(used)),
      ("direction", .string(direction.rawValue)), ("min-size", .number(leastSize)),
      ("min-length", .integer(leastLength)), ("gap", .integer(gap)), ("mute", .integer(mute)),
      ("ignore", .optional(ignore)), ("season", .optional(season)),
    ]
  }
}

/// Kinds of scores, separated by commas.
struct ScoreKinds: ExpressibleByArgument {
  var kinds: Set<ScoreKind>

  init(kinds: Set<ScoreKind>) { self.kinds = kinds }

  init?(argument: String) {
    let names = argument.split(separator: ",", omittingEmptySubsequences: false)
    let found = names.compactMap { ScoreKind(rawValue: String($0)) }
    guard found.count == names.count, !found.isEmpty else { return nil }
    kinds = Set(found)
  }

  var defaultValueDescription: String {
    ScoreKind.allCases.filter(kinds.contains).map(\.rawValue).joined(separator: ",")
  }
}
