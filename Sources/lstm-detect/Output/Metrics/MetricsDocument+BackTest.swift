import AnomalyDetection
import LSTMCompute
import ResultText
import TimeSeries

extension MetricsDocument {
  /// Each fold, and the mean and the spread over all of them.
  static func backTest(_ backTest: BackTest, _ analysis: Analysis) -> JSONValue {
    .object([
      ("folds", .array(backTest.folds.map { fold($0, analysis) })),
      (
        "mean",
        .object(
          analysis.targets.map { target in
            (
              target.name,
              .object(
                BackTest.Forecast.allCases.map { forecast in
                  (forecast.rawValue, spreads(backTest, of: forecast, target: target.name))
                })
            )
          })
      ),
    ])
  }

  private static func fold(_ fold: BackTest.Fold, _ analysis: Analysis) -> JSONValue {
    let time = analysis.time
    func metrics(_ leads: Comparison.Leads) -> JSONValue {
      .object(
        fold.comparisons.filter { $0.leads == leads }.map { ($0.target, comparison($0)) })
    }
    let horizon = analysis.future.count
    return .object([
      ("training_rows", .integer(fold.split.training.count)),
      ("validation_rows", .integer(fold.split.validation.count)),
      ("rows", .integer(fold.split.test.count)),
      ("first", .string(time.label(at: fold.split.test.lowerBound))),
      ("last", .string(time.label(at: fold.split.test.upperBound - 1))),
      ("best_epoch", .optional(fold.history.bestEpoch)),
      ("metrics", metrics(.first)),
      ("metrics_all_leads", horizon > 1 ? metrics(.all(horizon: horizon)) : .null),
    ])
  }

  /// The mean of both errors with their standard deviation over the folds; `null` where there is no such
  /// forecast in each.
  private static func spreads(
    _ backTest: BackTest, of forecast: BackTest.Forecast, target: String
  ) -> JSONValue {
    func document(_ spread: BackTest.Spread) -> JSONValue {
      .object([
        ("mean", .number(spread.mean)), ("standard_deviation", .number(spread.standardDeviation)),
      ])
    }
    guard let mae = backTest.spread(of: \.mae, by: forecast, target: target),
      let rmse = backTest.spread(of: \.rmse, by: forecast, target: target)
    else { return .null }
    return .object([("mae", document(mae)), ("rmse", document(rmse))])
  }
}
