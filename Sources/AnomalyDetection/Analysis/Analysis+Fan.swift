import TimeSeries

extension Analysis {
  /// The fan of each target: the network's own limits where it tells some, otherwise what forecasts so
  /// many rows ahead were off by on rows that were not fitted to.
  ///
  /// - Parameters:
  ///   - forecasts: The forecasts of all rows.
  ///   - series: What was measured.
  ///   - rows: The rows that were not fitted to.
  ///   - limits: Values that a target cannot have.
  /// - Returns: For each target its fan, `nil` where too little is known.
  static func fans(
    _ forecasts: Forecasts, of series: Series, unfitted rows: Range<Int>, limits: ForecastLimits
  ) -> [ForecastFan?] {
    let count = series.rowCount
    let leads = 1...forecasts.horizon
    return series.targets.indices.map { target in
      let expected = leads.map {
        forecasts.expected(row: count + $0 - 1, target: target, lead: $0)
      }
      func said(_ number: Int) -> [Double] {
        leads.map { forecasts.uncertainty(number, row: count + $0 - 1, target: target, lead: $0) }
      }
      let quantiles = forecasts.uncertainties.enumerated().compactMap { number, uncertainty in
        if case .quantile(let quantile) = uncertainty { (number, quantile) } else { nil }
      }
      let fan: ForecastFan?
      if !quantiles.isEmpty {
        let columns = quantiles.map { said($0.0) }
        fan = ForecastFan(
          quantiles: quantiles.map(\.1),
          values: expected.indices.map { lead in columns.map { $0[lead] } })
      } else if let number = forecasts.uncertainties.firstIndex(of: .standardDeviation) {
        fan = ForecastFan(expected: expected, deviations: said(number))
      } else {
        let actual = series.actual(target: target, rows: rows)
        fan = ForecastFan(
          expected: expected,
          residuals: leads.map { lead in
            zip(actual, forecasts.expected(rows: rows, target: target, lead: lead)).map(-)
          })
      }
      return fan?.mapped { limits.clip(series.targets[target], $0) }
    }
  }
}
