import AnomalyDetection
import TimeSeries

extension FittingCommand {
  /// The series without what a fit to some rows cannot use.
  func suited(_ series: Series, to plan: SplitPlan) throws -> Series {
    let series = try series.droppingAbsurdValues(in: plan.fit)
      .droppingConstantFeatures(in: plan.training)
    return columns.features.isEmpty ? series.droppingCounters(in: plan.training) : series
  }

  /// The folds of a back-test, each with the series as it is fitted to.
  ///
  /// - Throws: An error of a fold that could not be fitted, before anything is.
  func foldSeries(
    _ series: Series, steps: Int, horizon: Int
  ) throws -> [(series: Series, split: SplitPlan)] {
    guard let folds, case .fraction(let share) = split.validation else { return [] }
    return try SplitPlan.folds(
      of: series, count: folds, validation: share, steps: steps, horizon: horizon
    ).map { (try suited(series, to: $0), $0) }
  }
}
