public import LSTMCompute
import TimeSeries

/// A forecaster that is fed one row at a time: each row is judged by what was forecast for it, and
/// the next ones are forecast.
///
/// It scales and codes rows as the forecaster does, and shows the network the same window, so that
/// it says what `Forecaster.forecast` says of the whole series.
///
/// ```swift
/// let stream = try ForecasterStream(forecaster, on: CPUBackend())
/// for row in rows {
///   let answer = try stream.append(row)
///   if answer.judgments.contains(where: \.isAnomaly) { print(row) }
/// }
/// ```
public final class ForecasterStream {
  /// What is said of a row and of those after it.
  public struct Answer: Hashable, Sendable {
    /// For each target what was expected of the row and how far off it is, in the forecaster's order.
    public let judgments: [Judgment]
    /// `[horizon][targets]`, what is expected of the rows to come; empty as long as fewer rows than a
    /// window's have been seen.
    public let forecast: [[Double]]
  }

  /// What is said of one target in a row.
  public struct Judgment: Hashable, Sendable {
    /// The target's name.
    public let target: String
    /// The value; NaN where it is missing.
    public let actual: Double
    /// What was forecast for the row one row before; NaN where nothing was.
    public let expected: Double
    /// How unusual the row is, in units of the threshold; NaN where value or forecast is missing.
    public let score: Double

    /// Whether the score is above 1.
    public var isAnomaly: Bool { score > 1 }
  }

  /// The forecaster.
  public let forecaster: Forecaster
  private let predictors: [Predictor]
  private var scorers: [any Scorer]
  private var window: ForecastWindow
  private var blend: StreamBlend
  /// What was forecast for the next row, by target.
  private var expected: [Double]
  private var times: [Double] = []

  /// Makes a stream that has seen no rows.
  ///
  /// - Parameters:
  ///   - forecaster: The forecaster.
  ///   - backend: What its network runs on.
  ///   - threshold: How unusual a row may be; `nil` is `Forecaster.standardThreshold`, or three
  ///     deviations for a model of an earlier version.
  /// - Throws: `DetectionError.invalidThreshold` where the held-out residuals give no threshold; what
  ///   the device refuses.
  public init(
    _ forecaster: Forecaster, on backend: any Backend, threshold: Threshold? = nil
  ) throws {
    try forecaster.checkUnits()
    self.forecaster = forecaster
    scorers = try forecaster.targets.indices.map {
      try forecaster.scorer(
        threshold ?? forecaster.standardThreshold ?? .sigma(3), target: $0)
    }
    window = ForecastWindow(forecaster)
    blend = StreamBlend(forecaster, leads: forecaster.horizon)
    expected = forecaster.targets.map { _ in .nan }
    predictors = try forecaster.members.map {
      try $0.predictor(on: backend, steps: forecaster.steps, batchSize: 1)
    }
  }

  /// Judges a row, and forecasts the rows after it.
  ///
  /// - Parameters:
  ///   - row: The values by the names of the columns; a missing one is not there or NaN, and the last
  ///     known value stands for it.
  ///   - time: The row's time in milliseconds since 1970-01-01T00:00:00, which a forecaster that looks
  ///     at the calendar needs.
  ///   - upcoming: The values of the columns that are known ahead in the rows to come.
  /// - Returns: What is said of it.
  /// - Throws: `DetectionError.dataMismatch` where a value is infinite, a feature or target has no
  ///   value yet, or the time is needed and not later than that of the row before; then the stream is
  ///   as it was. What the device refuses.
  public func append(
    _ row: [String: Double], at time: Double? = nil, upcoming: [String: [Double]] = [:]
  ) throws -> Answer {
    let values = try known(row)
    try check(time)
    let (targets, horizon) = (forecaster.targets, forecaster.horizon)
    let actual = targets.map { row[$0] ?? .nan }
    var (scorers, window, blend) = (scorers, window, blend)
    // What the model was fitted to is known to it already.
    let isKnown = time.map { $0 <= forecaster.lastKnownTime(.times) } ?? false
    let judgments = targets.indices.map { target in
      let judgment = scorers[target].judge(
        actual: actual[target], expected: expected[target], time: time, isKnown: isKnown)
      return Judgment(
        target: targets[target], actual: actual[target], expected: expected[target],
        score: judgment.score ?? .nan)
    }
    let now = Dictionary(uniqueKeysWithValues: zip(window.names, values))
    try window.append(
      values, missing: actual.map(\.isNaN),
      at: .init(time: time ?? Double(window.count), known: now), moment: time)
    let nextTimes = time.map { Array((times + [$0]).suffix(window.reach)) } ?? []
    let stamps =
      time == nil
      ? (0..<horizon).map { Double(window.count + $0) }
      : TimeAxis.times(after: nextTimes, count: horizon)
    let ahead = stamps.enumerated().map { index, stamp in
      ForecastWindow.Ahead(
        time: stamp,
        known: upcoming.compactMapValues { index < $0.count ? $0[index] : nil })
    }
    var forecast: [[Double]] = []
    if let all = try window.forecasts(ahead, leads: horizon, by: predictors) {
      forecast = (1...horizon).map { lead in
        targets.indices.map {
          blend.judged(all, target: $0, lead: lead, actual: actual[$0], of: window)
        }
      }
    }
    (self.scorers, self.window, self.blend, times) = (scorers, window, blend, nextTimes)
    expected = forecast.first ?? targets.map { _ in .nan }
    return Answer(judgments: judgments, forecast: forecast)
  }

  private func check(_ time: Double?) throws {
    let needsTime = forecaster.recipe?.looksAtCalendar ?? false
    guard let time else {
      guard !needsTime, times.isEmpty else {
        throw DetectionError.dataMismatch(
          "the forecaster looks at the calendar: append(_:at:) takes the time of each row")
      }
      return
    }
    // Dates beyond these no calendar has.
    guard time.magnitude <= 8.64e15, time > times.last ?? -.infinity,
      times.isEmpty == (window.count == 0)
    else {
      throw DetectionError.dataMismatch(
        "the time of a row must be later than that of the row before")
    }
  }

  /// The row's values, with the last known ones for what is missing.
  private func known(_ row: [String: Double]) throws -> [Double] {
    try window.names.enumerated().map { index, name in
      if let value = row[name], !value.isNaN {
        guard value.isFinite else {
          throw DetectionError.dataMismatch("the value of '\(name)' is infinite")
        }
        return value
      }
      guard let last = window.last(index) else {
        throw DetectionError.dataMismatch(
          "'\(name)' has no value, and none before it; the first row needs all of "
            + window.names.joined(separator: ", "))
      }
      return last
    }
  }
}
