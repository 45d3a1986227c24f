import TimeSeries

/// What makes quantiles and standard deviations right that a network says beside its forecasts.
///
/// A quantile is moved by the same quantile of what it was off by on the rows held out (conformalized
/// quantile regression, Romano and others 2019, for each side by itself); a standard deviation is
/// multiplied so that as many rows lie within it as of normal residuals.
struct Bands: Hashable, Sendable, Codable {
  /// Fewer rows say too little of a quantile.
  static let leastRows = 20
  /// The share of normal residuals within one standard deviation.
  private static let withinOne = 0.6827

  /// `[targets][leads][uncertainties]`: what is added to a quantile, in the target's unit, or what a
  /// standard deviation is multiplied by.
  var corrections: [[[Double]]]

  /// Finds the corrections on rows held out; there are none where nothing is said beside the forecasts, or a
  /// lead has too few rows.
  ///
  /// - Parameters:
  ///   - forecasts: The forecasts that rows are judged by, and what the network says beside them.
  ///   - series: What was measured.
  ///   - rows: The rows held out.
  init?(_ forecasts: Forecasts, of series: Series, rows: Range<Int>) {
    let said = forecasts.uncertainties.filter { $0 != .memberSpread }
    guard !said.isEmpty else { return nil }
    corrections = []
    for target in 0..<forecasts.targetCount {
      let actual = series.actual(target: target, rows: rows)
      var leads: [[Double]] = []
      for lead in 1...forecasts.horizon {
        let expected = forecasts.expected(rows: rows, target: target, lead: lead)
        var lacksRows = false
        leads.append(
          said.enumerated().map { number, uncertainty in
            let beside = rows.map {
              forecasts.uncertainty(number, row: $0, target: target, lead: lead)
            }
            let errors = zip(actual, zip(expected, beside)).map {
              uncertainty.isValue ? $0 - $1.1 : ($0 - $1.0).magnitude / $1.1
            }.filter(\.isFinite).sorted()
            guard errors.count >= Self.leastRows else {
              lacksRows = true
              return 0
            }
            guard case .quantile(let share) = uncertainty else {
              return Self.conformal(Self.withinOne, errors)
            }
            // As it was typed: 0.8 as a Float is above 0.8.
            return Self.conformal(Double("\(share)") ?? Double(share), errors)
          })
        if lacksRows { return nil }
      }
      corrections.append(leads)
    }
    guard isUsable(said) else { return nil }
  }

  /// The value that one more of them does not pass with a probability, erring to the outside.
  private static func conformal(_ share: Double, _ sorted: [Double]) -> Double {
    let rank = Double(sorted.count + 1) * share
    let place = share < 0.5 ? rank.rounded(.down) : rank.rounded(.up)
    return sorted[min(max(Int(place), 1), sorted.count) - 1]
  }

  /// Corrects what is said beside forecasts; the quantiles then lie in their order about the forecast.
  func apply(to forecasts: inout Forecasts, limits: ForecastLimits, targets: [String]) {
    for target in 0..<forecasts.targetCount {
      for lead in 0..<forecasts.horizon {
        for row in 0..<forecasts.rows.count {
          let cell = (row * forecasts.horizon + lead) * forecasts.targetCount + target
          correct(
            &forecasts, cell, corrections[target][lead],
            clip: { limits.clip(targets[target], $0) })
        }
      }
    }
  }

  private func correct(
    _ forecasts: inout Forecasts, _ cell: Int, _ corrections: [Double], clip: (Double) -> Double
  ) {
    var above: [(share: Float, number: Int)] = []
    var below: [(share: Float, number: Int)] = []
    for (number, correction) in corrections.enumerated() {
      switch forecasts.uncertainties[number] {
      case .quantile(let share):
        forecasts.values.uncertainties[number][cell] += correction
        if share < 0.5 { below.append((share, number)) } else { above.append((share, number)) }
      case .standardDeviation: forecasts.values.uncertainties[number][cell] *= correction
      case .memberSpread: break
      }
    }
    // From the forecast outward none is nearer than the one before.
    var last = forecasts.values.forecasts[cell]
    for (_, number) in above.sorted(by: { $0.share < $1.share }) {
      last = max(last, clip(forecasts.values.uncertainties[number][cell]))
      forecasts.values.uncertainties[number][cell] = last
    }
    last = forecasts.values.forecasts[cell]
    for (_, number) in below.sorted(by: { $0.share > $1.share }) {
      last = min(last, clip(forecasts.values.uncertainties[number][cell]))
      forecasts.values.uncertainties[number][cell] = last
    }
  }

  /// Whether there is a usable correction for each of what is said beside a forecast.
  func isUsable(_ said: [Uncertainty]) -> Bool {
    corrections.allSatisfy { leads in
      leads.allSatisfy { corrections in
        corrections.count == said.count
          && zip(corrections, said).allSatisfy { $0.isFinite && ($1.isValue || $0 > 0) }
      }
    }
  }
}
