public import LSTMCompute
public import TimeSeries

/// Whether the residuals of each target of a series have moved since a forecaster was fitted.
public struct DriftAnalysis: Sendable {
  /// One target.
  public struct Target: Sendable {
    /// The target's column.
    public let name: String
    /// What was found; `nil` where there is too little to test.
    public let drift: Drift?
    /// The rows whose residuals were tested, in order.
    public let rows: [Int]

    /// The first row that has moved; `nil` where none has.
    public var start: Int? { drift?.start.map { rows[$0] } }
  }

  /// The series.
  public let series: Series
  /// The rows after those that the forecaster was fitted to.
  public let rows: Range<Int>
  /// The targets.
  public let targets: [Target]

  /// Whether a target has moved.
  public var isDrift: Bool { targets.contains { $0.drift?.isDrift == true } }

  /// Forecasts a series and tests the residuals of its new rows.
  ///
  /// - Parameters:
  ///   - series: A series with the forecaster's columns.
  ///   - forecaster: The forecaster.
  ///   - limits: What is a drift.
  ///   - backend: What the network runs on.
  /// - Throws: `DetectionError` where the forecaster keeps no residuals, the columns are others, or no row
  ///   is new; an error of the data or the device.
  public init(
    of series: Series, with forecaster: Forecaster, limits: Drift.Limits = Drift.Limits(),
    on backend: any Backend
  ) throws {
    guard let calibrations = forecaster.calibrations else {
      throw DetectionError.invalidModel(
        "the model keeps no residuals of rows held out to compare with; fit it anew")
    }
    let first = max(
      forecaster.steps, series.ownRows.lowerBound, forecaster.firstNewRow(of: series))
    guard first < series.rowCount else {
      throw DetectionError.dataMismatch(
        "\(series.path): no row has a window of \(forecaster.steps) before it and is after "
          + "'\(forecaster.origin.lastTime)', the last one that the model was fitted to")
    }
    let rows = first..<series.rowCount
    let forecasts = try forecaster.forecast(series, rows: 0..<series.rowCount, on: backend)
    targets = series.targets.indices.map { target in
      let residuals = zip(
        series.actual(target: target, rows: rows),
        forecasts.expected(rows: rows, target: target)
      ).map { $0 - $1 }
      let finite = residuals.indices.filter { residuals[$0].isFinite }
      return Target(
        name: series.targets[target],
        drift: Drift(
          finite.map { residuals[$0] }, against: calibrations[target], limits: limits),
        rows: finite.map { rows.lowerBound + $0 })
    }
    self.series = series
    self.rows = rows
  }
}
