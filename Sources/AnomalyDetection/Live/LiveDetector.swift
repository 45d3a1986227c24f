public import LSTMCompute
public import TimeSeries

/// A detector that is fed one row at a time and says of each what `Analysis` says of it in a file.
///
/// A row is forecast when it has come, from the rows before it, its time and what is known ahead of it;
/// then it is judged, and only then do the scorers learn of it. On one device, forecasts, scores and alarms
/// are the same to the last bit as those of `Analysis`, in one piece or in many: `state` holds all that
/// a detector knows.
///
/// ```swift
/// let detector = try LiveDetector(forecaster, on: CPUBackend())
/// for row in rows {
///   let answer = try detector.append(row)
///   if answer.targets.contains(where: { $0.row.alarm != nil }) { print(row.time.label) }
/// }
/// ```
public final class LiveDetector {
  /// How rows are judged.
  public struct Rules: Hashable, Sendable, Codable {
    /// How unusual a row may be, as a user states it.
    public var threshold: String
    /// What counts in an adaptive score.
    public var kinds: [ScoreKind]
    /// Which rows make an event.
    public var events: EventRules

    /// Rules from their parts.
    public init(
      threshold: Threshold, kinds: Set<ScoreKind> = ScoreKind.standard,
      events: EventRules = EventRules()
    ) {
      self.threshold = threshold.description
      self.kinds = ScoreKind.allCases.filter(kinds.contains)
      self.events = events
    }
  }

  /// What is said of one target in a row.
  public struct Finding: Hashable, Sendable {
    /// The target's column.
    public let target: String
    /// What was found.
    public let row: JudgedRow
    /// When the event was that `row` is an alarm of or has ended; `nil` where there is none.
    public let times: EventTimes?
  }

  /// When an event was.
  public struct EventTimes: Hashable, Sendable, Codable {
    /// Its first anomalous row.
    public var start: RowTime
    /// Its last anomalous row by now.
    public var end: RowTime
    /// The row with the highest score by now.
    public var peak: RowTime
  }

  /// What is said of a row.
  public struct Answer: Hashable, Sendable {
    /// What is said of each target, in the forecaster's order.
    public let targets: [Finding]
    /// How unusual the row is over all targets; `nil` where none was judged.
    public let joint: JointScore?
    /// Whether the row is among those that are looked back at: not as long as a column has no value yet.
    public let isTaken: Bool
  }

  /// The forecaster.
  public let forecaster: Forecaster
  /// How rows are judged.
  public let rules: Rules
  private let predictors: [Predictor]
  var window: ForecastWindow
  var blend: StreamBlend
  var judges: [RowJudge]
  var joint: JointScorer
  /// For each target when the event in progress was; `nil` where there is none.
  var eventTimes: [EventTimes?]
  /// What was measured in the last row; NaN where it was missing.
  var lastActual: [Double]

  /// The number of rows that were taken, those of a context among them.
  public var count: Int { window.count }
  /// The time of the last row that was taken; `nil` where there is none.
  public var lastTime: Double? { window.lastTime }

  /// Makes a detector that has seen no rows.
  ///
  /// - Parameters:
  ///   - forecaster: The forecaster, of one series.
  ///   - backend: What its network runs on.
  ///   - threshold: How unusual a row may be; `nil` is `Forecaster.standardThreshold`, or three
  ///     deviations for a model of an earlier version.
  ///   - kinds: What counts in an adaptive score.
  ///   - events: Which rows make an event.
  /// - Throws: `DetectionError.dataMismatch` where the forecaster is of several series, or sees columns
  ///   known more than one row ahead; `DetectionError.invalidThreshold` where the held-out residuals give
  ///   no threshold; what the device refuses.
  public convenience init(
    _ forecaster: Forecaster, on backend: any Backend, threshold: Threshold? = nil,
    kinds: Set<ScoreKind> = ScoreKind.standard, events: EventRules = EventRules()
  ) throws {
    try self.init(
      forecaster, by: forecaster.livePredictors(on: backend), threshold: threshold, kinds: kinds,
      events: events)
  }

  /// The same by networks that are ready to run, which many detectors may share.
  ///
  /// - Parameters:
  ///   - forecaster: The forecaster, of one series.
  ///   - predictors: As `Forecaster.livePredictors` makes them of this forecaster, or of the one of several
  ///     series that it is one of.
  ///   - threshold: How unusual a row may be.
  ///   - kinds: What counts in an adaptive score.
  ///   - events: Which rows make an event.
  /// - Throws: As the other, but what the device refuses.
  package init(
    _ forecaster: Forecaster, by predictors: [Predictor], threshold: Threshold? = nil,
    kinds: Set<ScoreKind> = ScoreKind.standard, events: EventRules = EventRules()
  ) throws(DetectionError) {
    try forecaster.checkUnits()
    if forecaster.horizon > 1, forecaster.recipe?.inputs.known.isEmpty == false {
      throw DetectionError.dataMismatch(
        "the network sees \(forecaster.recipe?.inputs.known.joined(separator: ", ") ?? "") of "
          + "\(forecaster.horizon) rows ahead, which are not known while rows come one at a time; fit "
          + "a model with --horizon 1 for it")
    }
    let threshold = threshold ?? forecaster.standardThreshold ?? .sigma(3)
    self.forecaster = forecaster
    rules = Rules(threshold: threshold, kinds: kinds, events: events)
    judges = try forecaster.targets.indices.map { target throws(DetectionError) in
      RowJudge(
        try forecaster.scorer(threshold, target: target, kinds: kinds), rules: events)
    }
    eventTimes = forecaster.targets.map { _ in nil }
    joint = JointScorer(targetCount: forecaster.targets.count)
    window = ForecastWindow(forecaster)
    blend = StreamBlend(forecaster, leads: 1)
    lastActual = forecaster.targets.map { _ in .nan }
    self.predictors = predictors
  }

  /// Takes the rows before the first one that is judged: they are looked back at, and the scorers learn of
  /// those that the forecaster was not fitted to.
  ///
  /// - Parameters:
  ///   - series: A series with this forecaster's features and targets.
  ///   - rows: Its rows that come before.
  ///   - first: The time of the first row that is judged, from which rows without times are counted back.
  /// - Throws: `DetectionError.dataMismatch` where its columns are others or rows were taken already; what
  ///   the device refuses.
  public func take(_ series: Series, rows: Range<Int>, before first: RowTime) throws {
    guard series.features == forecaster.features, series.targets == forecaster.targets else {
      throw DetectionError.dataMismatch("the rows before have other columns than the model")
    }
    guard window.count == 0 else {
      throw DetectionError.dataMismatch("rows before others come before all others")
    }
    for row in rows {
      var values = Dictionary(
        uniqueKeysWithValues: series.columns.map { ($0.name, $0.values[row]) })
      let filled = window.names.map { values[$0] ?? .nan }
      for target in series.targets.indices where series.isMissing(target: target, row: row) {
        values[series.targets[target]] = .nan
      }
      let time = RowTime(
        kind: series.time.kind,
        value: series.time.kind == .rowNumbers
          ? first.value - Double(rows.upperBound - row) : series.time.values[row],
        isUTC: series.time.isUTC)
      _ = try append(values, filled: filled, at: time, isJudged: false)
    }
  }

  /// Judges a row.
  ///
  /// - Parameter row: The row. Of a missing value the last known one is looked back at.
  /// - Returns: What is said of it.
  /// - Throws: `DetectionError.dataMismatch` where a value is missing and the model was not fitted to fill
  ///   such, a value is infinite or too far off, or the row is not later than the one before; then nothing
  ///   has changed. What the device refuses.
  public func append(_ row: LiveRow) throws -> Answer {
    var filled: [Double] = []
    var isComplete = true
    for (index, name) in window.names.enumerated() {
      let value = row.values[name] ?? .nan
      guard !value.isInfinite else {
        throw DetectionError.dataMismatch("the value of '\(name)' is infinite")
      }
      if value.isNaN, forecaster.columns.missing != .forward {
        throw DetectionError.dataMismatch("expected a value of '\(name)', found a missing one")
      }
      filled.append(value.isNaN ? window.last(index) ?? .nan : value)
      if filled[index].isNaN { isComplete = false }
    }
    if let last = window.lastTime, !(row.time.value > last) {
      throw DetectionError.dataMismatch(
        "expected a time after '\(RowTime(kind: row.time.kind, value: last, isUTC: row.time.isUTC).label)', "
          + "found '\(row.time.label)'")
    }
    guard isComplete else {
      let nothing = forecaster.targets.map { target in
        Finding(
          target: target,
          row: JudgedRow(
            judgment: .unforecast(row.values[target] ?? .nan), lowest: .nan, highest: .nan),
          times: nil)
      }
      return Answer(targets: nothing, joint: nil, isTaken: false)
    }
    return try append(row.values, filled: filled, at: row.time, isJudged: true)
  }

  private func append(
    _ values: [String: Double], filled: [Double], at time: RowTime, isJudged: Bool
  ) throws -> Answer {
    let (targets, number) = (forecaster.targets, window.count)
    let now = ForecastWindow.Ahead(
      time: time.value, known: Dictionary(uniqueKeysWithValues: zip(window.names, filled)))
    let actual = targets.map { values[$0] ?? .nan }
    // All that can throw comes before anything changes.
    let forecasts = try window.forecasts([now], leads: 1, by: predictors)
    var next = window
    try next.append(filled, missing: actual.map(\.isNaN), at: now, moment: time.moment)
    let expected = targets.indices.map { target in
      forecasts.map {
        blend.judged($0, target: target, lead: 1, actual: lastActual[target], of: window)
      } ?? .nan
    }
    window = next
    lastActual = actual
    let isKnown = time.value <= forecaster.lastKnownTime(time.kind)
    var learned = [Double?](repeating: nil, count: targets.count)
    let findings = targets.indices.map { target in
      guard isJudged else {
        if !isKnown {
          learned[target] = judges[target].learn(
            actual: actual[target], expected: expected[target], time: time.moment)
        }
        return Finding(
          target: targets[target],
          row: JudgedRow(judgment: .unforecast(actual[target]), lowest: .nan, highest: .nan),
          times: nil)
      }
      let found = judges[target].judge(
        row: number, actual: actual[target], expected: expected[target], time: time.moment,
        isKnown: isKnown)
      let times = note(time, number, target)
      return Finding(
        target: targets[target], row: found,
        times: found.alarm == nil && found.ended == nil ? nil : times)
    }
    let found = joint.score(isJudged ? findings.map(\.row.judgment.score) : learned)
    return Answer(targets: findings, joint: isJudged ? found : nil, isTaken: true)
  }
}

extension Forecaster {
  /// The networks made ready for one row at a time.
  ///
  /// - Throws: What the device refuses.
  package func livePredictors(on backend: any Backend) throws -> [Predictor] {
    try members.map { try $0.predictor(on: backend, steps: steps, batchSize: 1) }
  }
}

extension LiveDetector {
  /// Notes down when the event in progress is.
  ///
  /// - Returns: The times of the event that this row belongs to or has ended.
  private func note(_ time: RowTime, _ row: Int, _ target: Int) -> EventTimes? {
    guard let event = judges[target].merger.open else {
      defer { eventTimes[target] = nil }
      return eventTimes[target]
    }
    var times =
      event.rows.lowerBound == row
      ? EventTimes(start: time, end: time, peak: time)
      : eventTimes[target] ?? EventTimes(start: time, end: time, peak: time)
    if event.rows.upperBound == row { times.end = time }
    if event.peakRow == row { times.peak = time }
    eventTimes[target] = times
    return times
  }
}

extension Judgment {
  /// What is said of a value without a forecast.
  fileprivate static func unforecast(_ actual: Double) -> Judgment {
    Judgment(
      actual: actual.isNaN ? nil : actual, expected: nil, score: nil, kind: nil, usual: nil,
      verdict: actual.isNaN ? .noActual : .noForecast)
  }
}
