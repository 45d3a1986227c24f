/// By which forecasts the rows of each target are judged, and how good each was on the rows held out.
///
/// Where there are several, each counts by how small its errors were lately: by their mean, weighted
/// by `decay` for each row that has passed, to the power of -10. So a forecast that was good
/// while the model was fitted, and is not any more, fades within a few hundred rows. Forecasts that
/// are combined like this are hardly ever worse than the best of them (Cesa-Bianchi and Lugosi,
/// "Prediction, Learning, and Games", 2006, chapter 2, for weights of this kind).
struct Blend: Hashable, Sendable, Codable {
  /// For each target the forecasts that count.
  var sources: [[ForecastSource]]
  /// For each target and lead the mean absolute error of each source on the rows held out.
  var errors: [[[Double]]]

  static let decay = 0.98
  /// What counts less than this, beside the best, does not count at all.
  static let leastWeight = 0.01
  /// The errors on the rows held out count as so many rows.
  static let priorRows = 25.0

  /// The forecast of one target and lead, row by row.
  struct State: Hashable, Sendable, Codable {
    private var sums: [Double]

    init(_ errors: [Double]) {
      sums = errors.map { $0 * Blend.priorRows }
    }

    /// Whether it is one of so many sources.
    func isUsable(sources: Int) -> Bool {
      sums.count == sources && sums.allSatisfy { $0 >= 0 && $0.isFinite }
    }

    /// The weighted mean of the forecasts that are finite.
    func combine(_ forecasts: [Double]) -> Double {
      guard forecasts.count > 1 else { return forecasts.first ?? .nan }
      let least = zip(sums, forecasts).filter { $1.isFinite }.map(\.0).min() ?? 0
      var sum = 0.0
      var total = 0.0
      for (error, forecast) in zip(sums, forecasts) where forecast.isFinite {
        let ratio = error == least ? 1 : least / error
        let square = ratio * ratio
        let weight = square * square * square * square * square
        guard weight >= Blend.leastWeight else { continue }
        sum += weight * forecast
        total += weight
      }
      return total > 0 ? sum / total : .nan
    }

    /// Takes the errors of a row into account, where all forecasts have one.
    mutating func observe(_ actual: Double, _ forecasts: [Double]) {
      guard forecasts.count > 1, actual.isFinite, forecasts.allSatisfy(\.isFinite) else { return }
      for index in sums.indices {
        sums[index] = Blend.decay * sums[index] + (actual - forecasts[index]).magnitude
      }
    }
  }

  /// The blended forecasts of a run of rows.
  ///
  /// - Parameters:
  ///   - target: The target's number.
  ///   - lead: The lead, from 1.
  ///   - count: The number of rows that are forecast first.
  ///   - forecast: What a source says of a row.
  ///   - actual: What was measured `lead - 1` rows after a row; NaN where that is not known.
  /// - Returns: One forecast for each row.
  func forecasts(
    target: Int, lead: Int, count: Int, _ forecast: (ForecastSource, Int) -> Double,
    actual: (Int) -> Double
  ) -> [Double] {
    let sources = sources[target]
    var state = State(errors[target][lead - 1])
    var recent: [[Double]] = []
    return (0..<count).map { row in
      let all = sources.map { forecast($0, row) }
      // What was said `lead` rows ago was of the row before this one.
      recent.append(all)
      if recent.count > lead {
        let past = recent.removeFirst()
        state.observe(actual(row - lead), past)
      }
      return state.combine(all)
    }
  }
}
