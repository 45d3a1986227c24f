public import LSTMCompute
public import TimeSeries

extension Forecaster {
  /// Forecasts the rows of a series, each from the rows before it.
  ///
  /// - Parameters:
  ///   - series: A series with this forecaster's features and targets.
  ///   - rows: The rows wanted, up to one after the last; the first `steps` rows of the series
  ///     have no forecast.
  ///   - backend: What the network runs on.
  /// - Returns: The forecasts, for those rows that have one.
  /// - Throws: `DetectionError.dataMismatch` where the columns are others, or an error of the data
  ///   or the device.
  public func forecast(
    _ series: Series, rows: Range<Int>, on backend: any Backend
  ) throws -> Forecasts {
    guard series.features == features, series.targets == targets else {
      throw DetectionError.dataMismatch(
        "the model forecasts \(targets.joined(separator: ", ")) from "
          + "\(features.joined(separator: ", ")), but the data has "
          + "\(series.targets.joined(separator: ", ")) and "
          + "\(series.features.joined(separator: ", "))")
    }
    let plan = try WindowPlan(series: series, scaler: scaler, steps: steps, horizon: horizon)
    let windows = try plan.forecastWindows(in: rows)
    let first = windows.windows.first.map { Int($0.targetRow) } ?? rows.upperBound
    let outputs = try network.predict(windows, on: backend)
    return Forecasts(
      rows: first..<first + windows.windows.count, horizon: horizon, targetCount: targets.count,
      uncertainties: loss.uncertainties.map(\.uncertainty),
      values: coding.decode(outputs, by: loss, of: windows, series),
      areNumbers: outputs.allSatisfy(\.isFinite))
  }
}
