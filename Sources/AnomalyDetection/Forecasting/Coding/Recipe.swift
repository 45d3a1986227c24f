import TimeSeries

/// How a series becomes what a network sees and learns, beyond scaling: what was chosen on the rows
/// held out.
struct Recipe: Hashable, Sendable, Codable {
  /// What is done to the targets before anything else.
  var transform: TargetTransform
  /// What the network sees.
  var inputs: InputCoding
  /// The linear forecasts.
  var linear: LinearForecaster?
  /// What keeps outliers out of the forecasts after them.
  var filter: OutlierFilter?
  /// The number of rows after which the series repeats itself.
  var season: Int?
  /// By which forecasts rows are judged.
  var blend: Blend?

  /// What is looked back at of a series whose targets are transformed: without outliers.
  func clean(_ coded: Series, horizon: Int) -> Series {
    guard let linear, let filter else { return coded }
    return filter.clean(coded, by: linear, horizon: horizon)
  }

  /// Whether forecasts depend on the time of a row.
  var looksAtCalendar: Bool {
    inputs.calendar != nil || linear?.regressors.calendar != nil
  }
}

extension Series {
  /// The series with its targets transformed.
  func transformed(by transform: TargetTransform?) -> Series {
    guard let transform, !transform.shifts.isEmpty else { return self }
    return mapping { name, values in transform.apply(name, values) }
  }
}
