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
  /// The features, and the targets that are not among them.
  private let names: [String]
  /// So many rows are looked back at.
  private let reach: Int
  /// The last rows, missing values filled.
  private var columns: [[Double]]
  private var times: [Double] = []
  /// For each target the last values that are looked back at: transformed, and without outliers.
  private var seen: [[Double]]
  private var runs: [OutlierFilter.Run]
  /// The number of rows that were seen.
  private var count = 0
  /// What was forecast for the next row, by target.
  private var expected: [Double]
  /// For each target and lead who counts how much.
  private var states: [[Blend.State]]
  /// For each target and lead what each source said in the last rows.
  private var said: [[[[Double]]]]

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
    names =
      forecaster.features + forecaster.targets.filter { !forecaster.features.contains($0) }
    columns = names.map { _ in [] }
    seen = forecaster.targets.map { _ in [] }
    runs = forecaster.targets.map { _ in OutlierFilter.Run() }
    let recipe = forecaster.recipe
    let looksBack = max(recipe?.linear?.firstRow ?? 0, recipe?.season ?? 0)
    // Each row of a window looks back as far, and calendars are told from some weeks.
    reach = forecaster.steps + looksBack + forecaster.horizon + 1
    expected = forecaster.targets.map { _ in .nan }
    states = recipe?.blend?.errors.map { $0.map(Blend.State.init) } ?? []
    said = states.map { $0.map { _ in [] } }
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
    let next = zip(columns, values).map { Array($0.suffix(reach - 1)) + [$1] }
    let nextTimes = time.map { times.suffix(reach - 1) + [$0] } ?? []
    let series = Series(
      columns: zip(names, next).map { Series.Column(name: $0, values: $1) },
      features: forecaster.features, targets: forecaster.targets,
      times: nextTimes.isEmpty ? nil : Array(nextTimes), known: forecaster.columns.known ?? [],
      upcoming: upcoming)
    var scorers = scorers
    // What the model was fitted to is known to it already.
    let isKnown = forecaster.firstNewRow(of: series) >= series.rowCount
    let judgments = zip(forecaster.targets.indices, forecaster.targets).map { index, name in
      let actual = row[name] ?? .nan
      let judgment = scorers[index].judge(
        actual: actual, expected: expected[index], time: time, isKnown: isKnown)
      return Judgment(
        target: name, actual: actual, expected: expected[index], score: judgment.score ?? .nan)
    }
    let looked = look(at: series, row)
    var forecast: [[Double]] = []
    if count + 1 >= forecaster.steps {
      let last = series.rowCount
      let prepared = try forecaster.prepare(series, seen: looked.series)
      let inputs = Array(prepared.inputs.suffix(forecaster.steps * prepared.inputSize))
      let forecasts = forecaster.decode(
        try predictors.map { try $0.predict(inputs, rows: 1) }, of: prepared, rows: last..<last + 1)
      let actual = forecaster.targets.map { row[$0] ?? .nan }
      forecast = (1...forecaster.horizon).map { lead in
        forecaster.targets.indices.map { target in
          judged(
            forecasts, row: last, target: target, lead: lead, actual: actual[target], of: series)
        }
      }
    }
    self.scorers = scorers
    columns = next
    (seen, runs) = (looked.seen, looked.runs)
    times = Array(nextTimes)
    count += 1
    expected = forecast.first ?? forecaster.targets.map { _ in .nan }
    return Answer(judgments: judgments, forecast: forecast)
  }

  /// What is looked back at from the row after the last one.
  private func look(
    at series: Series, _ row: [String: Double]
  ) -> (series: Series, seen: [[Double]], runs: [OutlierFilter.Run]) {
    let coded = series.transformed(by: forecaster.recipe?.transform)
    let last = series.rowCount - 1
    let (targets, past) = (forecaster.targets, seen)
    func looked(_ values: [[Double]]) -> Series {
      coded.mapping { name, own in targets.firstIndex(of: name).map { values[$0] } ?? own }
    }
    var next = targets.indices.map { target in
      Array(past[target].suffix(last)) + [coded[targets[target]]?[last] ?? .nan]
    }
    var runs = runs
    if let linear = forecaster.recipe?.linear, let filter = forecaster.recipe?.filter,
      count >= linear.firstRow
    {
      for target in targets.indices {
        let isMissing = row[targets[target]]?.isNaN ?? true
        let history = History(looked(next), horizon: forecaster.horizon)
        let expected = linear.forecast(
          target: target, lead: 1, rows: last..<last + 1, of: history)[0]
        let isReplaced =
          isMissing
          ? expected.isFinite
          : runs[target].isOutlier(
            next[target][last], expected: expected,
            limit: filter.limit(target: target, at: series.time.moment(of: last)))
        if isReplaced { next[target][last] = expected }
      }
    }
    return (looked(next), next, runs)
  }

  /// The forecast that the row is judged by: where several count, each by how good it was lately.
  private func judged(
    _ forecasts: Forecasts, row: Int, target: Int, lead: Int, actual: Double, of series: Series
  ) -> Double {
    let place = row + lead - 1
    guard let blend = forecaster.recipe?.blend, blend.sources[target] != [.network] else {
      return forecasts.expected(row: place, target: target, lead: lead)
    }
    let isHidden = forecasts.expected(row: place, target: target, lead: lead).isNaN
    let plain = forecaster.plainForecasts(
      of: series, target: target, lead: lead, rows: row..<row + 1)
    let all = blend.sources[target].map {
      plain?[$0]?[0] ?? forecasts.expected(row: place, target: target, lead: lead, by: $0)
    }
    said[target][lead - 1].append(all)
    if said[target][lead - 1].count > lead {
      let past = said[target][lead - 1].removeFirst()
      states[target][lead - 1].observe(actual, past)
    }
    let combined = states[target][lead - 1].combine(all)
    return isHidden
      ? .nan : forecaster.limits.clip(forecaster.targets[target], combined)
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
    guard time.magnitude <= 8.64e15, time > times.last ?? -.infinity, times.isEmpty == (count == 0)
    else {
      throw DetectionError.dataMismatch(
        "the time of a row must be later than that of the row before")
    }
  }

  /// The row's values, with the last known ones for what is missing.
  private func known(_ row: [String: Double]) throws -> [Double] {
    try names.enumerated().map { index, name in
      if let value = row[name], !value.isNaN {
        guard value.isFinite else {
          throw DetectionError.dataMismatch("the value of '\(name)' is infinite")
        }
        return value
      }
      guard let last = columns[index].last else {
        throw DetectionError.dataMismatch(
          "'\(name)' has no value, and none before it; the first row needs all of "
            + names.joined(separator: ", "))
      }
      return last
    }
  }
}
