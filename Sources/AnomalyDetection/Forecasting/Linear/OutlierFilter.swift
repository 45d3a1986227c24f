import TimeSeries

/// Keeps a value that is too far from what the regression expects out of the forecasts after it.
///
/// So does a value that is missing: the last value, which stands for it elsewhere, is a worse guess. One
/// wrong day would otherwise come back in the forecasts of the next days and of the same day a week
/// later. The value stays what it is where rows are judged; only what is looked back at has the
/// regression's forecast in its place. After a few in a row the series is taken to have changed, and
/// values count as they are until one is as expected again.
struct OutlierFilter: Hashable, Sendable, Codable {
  /// For each target the largest distance from the regression's forecast that is no outlier.
  var limits: [Double]
  /// For each target how much more the regression is off at some places of the season; `nil` where that
  /// is not known.
  var spreads: [SeasonalSpread?]?

  static let mostInARow = 3
  private static let deviations = 6.0
  private static let share = 0.995

  /// A filter by how far off the regression is in some rows.
  ///
  /// - Parameters:
  ///   - linear: The regression.
  ///   - parts: The series, at least one, and their rows that were fitted to.
  init(_ linear: LinearForecaster, parts: [LinearForecaster.Part]) {
    let clock = linear.regressors.seasons.first.flatMap {
      SeasonClock(parts[0].series.time, season: $0)
    }
    let residuals = linear.targets.indices.map { target in
      parts.flatMap { part in
        let values = part.history[linear.targets[target]]
        let forecasts = linear.forecast(
          target: target, lead: 1, rows: part.training, of: part.history)
        return zip(part.training, forecasts)
          .filter { $1.isFinite && !part.series.isMissing(target: target, row: $0) }
          .map { (time: part.series.time.values[$0], residual: values[$0] - $1) }
      }
    }
    let spreads = residuals.map { rows in
      clock.flatMap { SeasonalSpread($0, of: rows) }
    }
    if spreads.contains(where: { $0 != nil }) { self.spreads = spreads }
    limits = zip(residuals, spreads).map { rows, spread in
      let errors = rows.map { $0.residual.magnitude / (spread?.factor(at: $0.time) ?? 1) }.sorted()
      guard !errors.isEmpty else { return .greatestFiniteMagnitude }
      let spread = 1.4826 * errors[errors.count / 2]
      let large = errors[min(errors.count - 1, Int(Self.share * Double(errors.count)))]
      // Of a series that mostly stands still nothing is expected.
      guard spread > 0 else { return .greatestFiniteMagnitude }
      return max(Self.deviations * spread, 1.5 * large)
    }
  }

  /// The largest distance from the regression's forecast that is no outlier.
  ///
  /// - Parameters:
  ///   - target: The target's number.
  ///   - time: The row's time in milliseconds since 1970; `nil` where rows have none.
  /// - Returns: The distance, in units of the transformed target.
  func limit(target: Int, at time: Double?) -> Double {
    limits[target] * (time.flatMap { spreads?[target]?.factor(at: $0) } ?? 1)
  }

  /// The run of outliers of one target.
  struct Run: Hashable, Sendable, Codable {
    private var count = 0

    /// Whether a value is one to be kept out.
    mutating func isOutlier(_ value: Double, expected: Double, limit: Double) -> Bool {
      guard expected.isFinite, (value - expected).magnitude > limit else {
        count = 0
        return false
      }
      count += 1
      return count <= OutlierFilter.mostInARow
    }
  }

  /// Whether the regression's forecast takes the place of a value in what is looked back at.
  ///
  /// - Parameters:
  ///   - value: The value, transformed; `nil` where it is missing.
  ///   - target: The target's number.
  ///   - expected: The regression's forecast.
  ///   - time: The row's time in milliseconds since 1970; `nil` where rows have none.
  ///   - run: The outliers of this target before it.
  /// - Returns: Whether the value is missing or an outlier.
  func replaces(
    _ value: Double?, target: Int, expected: Double, at time: Double?, _ run: inout Run
  ) -> Bool {
    guard let value else { return expected.isFinite }
    return run.isOutlier(value, expected: expected, limit: limit(target: target, at: time))
  }

  /// The series with the regression's forecasts in the place of outliers.
  ///
  /// - Parameters:
  ///   - series: The series, with its targets transformed.
  ///   - linear: The regression.
  ///   - horizon: The number of leads.
  /// - Returns: The series that is looked back at.
  func clean(_ series: Series, by linear: LinearForecaster, horizon: Int) -> Series {
    let history = History(series, horizon: horizon)
    let count = series.rowCount
    let first = min(linear.firstRow, count)
    let targets = series.targets
    var runs = targets.map { _ in Run() }
    let expected = targets.indices.map {
      linear.forecast(target: $0, lead: 1, rows: first..<count, of: history)
    }
    /// Before these rows, forecasts look at values that were replaced since.
    var changed = targets.map { _ in 0 }
    for row in first..<count {
      for (target, name) in targets.enumerated() {
        var forecast = expected[target][row - first]
        if row < changed[target] {
          forecast = linear.forecast(target: target, lead: 1, rows: row..<row + 1, of: history)[0]
        }
        guard
          replaces(
            series.isMissing(target: target, row: row) ? nil : history[name][row],
            target: target, expected: forecast, at: series.time.moment(of: row), &runs[target])
        else { continue }
        history.replace(name, row: row, by: forecast)
        // Other targets look at its last value and the change before it.
        for other in targets.indices {
          let reach = other == target ? linear.regressors.context : 2
          changed[other] = max(changed[other], row + 1 + reach)
        }
      }
    }
    return series.mapping { name, values in
      series.targets.contains(name) ? history[name] : values
    }
  }
}
