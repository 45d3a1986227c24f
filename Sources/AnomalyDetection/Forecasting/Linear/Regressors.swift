import TimeSeries

/// What a linear forecast of a target is made of.
///
/// All numbers are differences from the last value known, or say nothing of the level at all, so that
/// a forecast is right on a level that was never seen: the response is the change from the last value.
struct Regressors: Hashable, Sendable, Codable {
  /// The number of last values.
  var lags: Int
  /// The numbers of rows after which the series repeats itself.
  var seasons: [Int]
  /// The other columns, of which the last value and its change are taken.
  var features: [String]
  /// The columns that are known of the row that is forecast.
  var known: [String]
  /// What the calendar says of the row that is forecast.
  var calendar: CalendarTerms?

  /// The number of rows, up to the last one known, that are looked at.
  var context: Int { max(lags, (seasons.max() ?? 0) * 2 + 2, 2) }

  /// The number of regressors of a target.
  ///
  /// That of `layout`, which is not made: a file may say any number of lags.
  func count(target: String) -> Int {
    max(1, lags - 1) + 1 + 5 * seasons.count
      + 2 * (features.count { $0 != target } + known.count) + (calendar?.count ?? 0)
  }

  /// One of the regressors of a target.
  enum Regressor: Hashable {
    /// A difference of the target's own values.
    case own
    /// A value of another column.
    case level(String)
    /// A difference of another column's values.
    case difference(String)
    /// A number that the calendar says.
    case calendar
  }

  /// What the columns of `matrix` are, in their order.
  func layout(target: String) -> [Regressor] {
    Array(repeating: .own, count: max(1, lags - 1) + 1 + 5 * seasons.count)
      + (features.filter { $0 != target } + known).flatMap { [.level($0), .difference($0)] }
      + Array(repeating: .calendar, count: calendar?.count ?? 0)
  }

  /// The regressors of some forecasts.
  ///
  /// - Parameters:
  ///   - target: The target's column.
  ///   - rows: The rows that are forecast first: all before them is known.
  ///   - lead: Which of the rows after that is forecast, from 1.
  ///   - history: The columns.
  /// - Returns: `[rows, regressors]`.
  func matrix(
    target: String, rows: some RandomAccessCollection<Int>, lead: Int, of history: History
  ) -> [Double] {
    let values = history[target]
    let features = features.filter { $0 != target }.map { history[$0] }
    let known = known.map { history.known($0) }
    var matrix: [Double] = []
    for first in rows {
      let origin = first - 1
      let row = origin + lead
      let last = values[origin]
      for lag in 1..<max(2, lags) { matrix.append(values[origin - lag] - last) }
      func mean(_ count: Int) -> Double { history.mean(target, count, before: origin + 1) }
      matrix.append(mean(max(2, lags)) - last)
      for season in seasons {
        // The same place in the seasons before, and its neighbors.
        let back = (lead + season - 1) / season * season
        for shift in -1...1 {
          matrix.append(values[min(row - back + shift, origin)] - last)
        }
        matrix.append(row - back - season >= 0 ? values[row - back - season] - last : 0)
        matrix.append(mean(season) - last)
      }
      for feature in features {
        matrix.append(feature[origin])
        matrix.append(feature[origin] - feature[origin - 1])
      }
      for column in known {
        matrix.append(column[row])
        matrix.append(column[row] - column[origin])
      }
      if let calendar { matrix += history.calendar(calendar, at: row) }
    }
    return matrix
  }
}
