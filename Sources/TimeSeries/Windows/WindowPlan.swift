public import LSTMCompute

/// The windows of a series, scaled: what a network is trained on and forecasts from.
///
/// A window of target row `r` shows the rows `r - steps ..< r` and forecasts
/// `r ..< r + horizon`. The network's inputs are the series' features and its outputs
/// `[horizon, targets]`, both in the order of the series and scaled.
public struct WindowPlan: Sendable {
  /// `T`, the number of rows in a window.
  public let steps: Int
  /// The number of rows that a window forecasts.
  public let horizon: Int
  /// The scaling of each feature.
  public let featureScales: [Scaler.Column]
  /// The scaling of each target.
  public let targetScales: [Scaler.Column]
  /// The number of rows of the series.
  public let rowCount: Int

  /// The windows of a series.
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - scaler: A scaler that knows every column of the series.
  ///   - steps: `T`, the number of rows in a window.
  ///   - horizon: The number of rows that a window forecasts.
  /// - Throws: `TimeSeriesError` where the series has fewer rows than a window, or the scaler
  ///   lacks a column.
  public init(
    series: Series, scaler: Scaler, steps: Int, horizon: Int = 1
  ) throws(TimeSeriesError) {
    preconditionFailure("to be written")
  }

  /// The windows to train on, or to validate with, within some rows.
  ///
  /// All rows that a window forecasts lie in the range and none of their targets is missing. The
  /// rows that it is shown may lie before the range.
  ///
  /// - Parameter rows: The range of target rows.
  /// - Returns: The windows, in order of time.
  /// - Throws: `TimeSeriesError` where there is no such window.
  public func trainingWindows(in rows: Range<Int>) throws(TimeSeriesError) -> WindowedSeries {
    preconditionFailure("to be written")
  }

  /// The windows to forecast from: one for each target row of a range that has `steps` rows before.
  ///
  /// The target row may be `rowCount`, the first one of the future, and the rows that a window
  /// forecasts may reach beyond the end; the targets there are zeros.
  ///
  /// - Parameter rows: The range of target rows, up to `0 ..< rowCount + 1`.
  /// - Returns: The windows, in order of time; none where no row has `steps` rows before it.
  /// - Throws: `TimeSeriesError` where the series has too many rows for a device.
  public func forecastWindows(in rows: Range<Int>) throws(TimeSeriesError) -> WindowedSeries {
    preconditionFailure("to be written")
  }

  /// A network's outputs in original units.
  ///
  /// - Parameter outputs: `[windows, horizon, targets]`, scaled.
  /// - Returns: `[windows, horizon, targets]`.
  public func inverse(_ outputs: [Float]) -> [Double] {
    outputs.indices.map { targetScales[$0 % targetScales.count].inverse(Double(outputs[$0])) }
  }
}
