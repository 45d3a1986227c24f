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
    try precisionError(of: [(self, series, split)], on: backend, against: exact)
  }

  /// The same for several series; see `forecaster(of:)`.
  ///
  /// - Parameters:
  ///   - parts: For each series the forecaster in its units, and its rows.
  ///   - backend: The backend that rounds.
  ///   - exact: The other one.
  /// - Returns: The difference, of outputs as the network has them.
  /// - Throws: An error of the data or of a device.
  package func precisionError(
    of parts: [(forecaster: Forecaster, series: Series, split: SplitPlan)],
    on backend: any Backend, against exact: any Backend
  ) throws -> PrecisionError {
    let prepared = try parts.map { try $0.forecaster.prepare($0.series) }
    let rows = parts.map { part in
      let rows = part.split.validation.isEmpty ? part.split.training : part.split.validation
      return rows.clamped(to: steps..<max(steps, part.series.rowCount + 1))
    }
    let windows = try PreparedSeries.windows(
      of: prepared, rows, outputs: targets.count * (prepared[0].hasDecoder ? 1 : horizon))
    return PrecisionError(
      try members.flatMap { try $0.predict(windows, on: backend) },
      try members.flatMap { try $0.predict(windows, on: exact) })
  }
}
