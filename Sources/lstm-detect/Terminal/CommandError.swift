import AnomalyDetection
import TimeSeries

/// A run that could not be finished, for a reason that no library knows.
struct CommandError: Error, CustomStringConvertible {
  var description: String
}

extension CommandError {
  /// A time to fit until that comes after all rows.
  static func noRows(after until: String, _ series: Series, _ reason: String) -> CommandError {
    CommandError(
      description: "\(series.path): --train-until \(until) is after the last row, that of "
        + "\(series.time.label(at: series.rowCount - 1)); \(reason)")
  }

  /// A loss that is no number any more, after there had been a model to keep.
  static func diverged(
    _ epoch: Int, _ result: FittingResult, keptIn path: String
  ) -> CommandError {
    CommandError(
      description: "the loss became infinite or not a number in epoch \(epoch); the model of epoch "
        + "\(result.fitted.forecaster.origin.bestEpoch ?? 0) was kept in \(path)")
  }
}
