extension SplitPlan {
  /// The folds of a back-test: cut-offs that move on by the same number of rows, each with all rows
  /// before it to fit to, and those up to the next one to judge.
  ///
  /// The last half of the rows is cut into the folds, so that the first one has as many rows to fit to
  /// as all of them have to judge (a rolling origin; Tashman, "Out-of-sample tests of forecasting
  /// accuracy", International Journal of Forecasting 16, 2000).
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - count: The number of folds, 2 or more.
  ///   - validation: The part of the fitted rows of each, 0 or more and below 1, that is held out.
  ///   - steps: The number of rows in a window.
  ///   - horizon: The number of rows that a window forecasts.
  /// - Returns: The folds, in order of time.
  /// - Throws: `TimeSeriesError` where there are too few rows for so many.
  public static func folds(
    of series: Series, count: Int, validation: Double, steps: Int, horizon: Int = 1
  ) throws(TimeSeriesError) -> [SplitPlan] {
    func failure(_ reason: String) -> TimeSeriesError {
      TimeSeriesError(file: series.path, reason: reason)
    }
    guard count >= 2 else { throw failure("\(count) is no number of folds; it must be 2 or more") }
    let rows = series.rowCount
    let width = rows / 2 / count
    guard width >= max(1, horizon) else {
      throw failure(
        "\(grouped(count)) folds of the last half of \(counted(rows, "row")) are of "
          + "\(counted(width, "row")) each, but horizon \(horizon) needs at least \(horizon)")
    }
    var folds: [SplitPlan] = []
    for fold in 0..<count {
      let end = rows - (count - fold) * width
      do throws(TimeSeriesError) {
        let plan = try SplitPlan(
          series: series, fitting: end, heldOut: .fraction(validation), steps: steps,
          horizon: horizon)
        folds.append(
          SplitPlan(
            training: plan.training, validation: plan.validation, test: end..<end + width))
      } catch {
        throw failure(
          "fold \(fold + 1) of \(grouped(count)), fitted to \(counted(end, "row")): \(error.reason)"
        )
      }
    }
    return folds
  }
}
