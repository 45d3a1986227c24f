public import LSTMCompute
public import TimeSeries

extension Forecaster {
  /// How far the network's outputs on a backend are from those on another, such as in 16 bits from
  /// those in float32.
  ///
  /// - Parameters:
  ///   - series: What the network was fitted to.
  ///   - split: Its rows; compared are the forecasts of those held out, or of those fitted to where
  ///     none are.
  ///   - backend: The backend that rounds.
  ///   - exact: The other one.
  /// - Returns: The difference, of outputs as the network has them; of an ensemble those of all.
  /// - Throws: An error of the data or of a device.
  public func precisionError(
    of series: Series, split: SplitPlan, on backend: any Backend, against exact: any Backend
  ) throws -> PrecisionError {
    let prepared = try prepare(series)
    let rows = split.validation.isEmpty ? split.training : split.validation
    let windows = try prepared.windows(
      rows.clamped(to: steps..<max(steps, series.rowCount + 1)),
      outputs: targets.count * (prepared.hasDecoder ? 1 : horizon))
    return PrecisionError(
      try members.flatMap { try $0.predict(windows, on: backend) },
      try members.flatMap { try $0.predict(windows, on: exact) })
  }
}
