import AnomalyDetection
import RealModule
import TimeSeries

/// What a run of the command did and found in several series.
struct PanelRecord {
  /// What was found in one of them.
  struct Member {
    var key: [String]
    var analysis: Analysis
    /// The forecaster in the units of the series.
    var forecaster: Forecaster

    var name: String { Panel.name(of: key) }
    /// The highest score of an event; 0 where there is none.
    var peakScore: Double {
      analysis.targets.compactMap { $0.largestEvent?.peak.score }.max() ?? 0
    }
    /// The mean absolute error over that of the best simple forecast, of the target where it is the
    /// largest; `nil` where nothing can be compared.
    var worstShare: Double? {
      analysis.targets.compactMap { share(of: $0.name) }.max()
    }

    /// The mean absolute error of a target over that of the best simple forecast.
    func share(of target: String) -> Double? {
      guard let comparison = analysis.judgedComparison(target: target) else { return nil }
      let best = comparison.bestSimple.metrics.mae
      guard best > 0 || comparison.model.mae > 0 else { return 1 }
      return best > 0 ? comparison.model.mae / best : .infinity
    }
  }

  /// What was run, with the forecaster of all series and the first of the analyses.
  var run: RunRecord
  var path: String
  var keyColumns: [String]
  /// The series, in the order of their keys.
  var members: [Member]

  /// The series with the most anomalies first; then those with the highest score, and of those without
  /// any the one whose forecasts are the worst beside the best simple ones.
  var worstFirst: [Member] {
    members.enumerated().sorted { left, right in
      let (first, second) = (left.element, right.element)
      let counts = (first.analysis.eventCount, second.analysis.eventCount)
      if counts.0 != counts.1 { return counts.0 > counts.1 }
      if first.peakScore != second.peakScore { return first.peakScore > second.peakScore }
      let shares = (first.worstShare ?? 0, second.worstShare ?? 0)
      return shares.0 != shares.1 ? shares.0 > shares.1 : left.offset < right.offset
    }.map(\.element)
  }

  var eventCount: Int { members.reduce(0) { $0 + $1.analysis.eventCount } }
  var rowCount: Int { members.reduce(0) { $0 + $1.analysis.series.rowCount } }

  /// The record of one series.
  func run(of member: Member) -> RunRecord {
    var record = run
    record.analysis = member.analysis
    record.forecaster = member.forecaster
    return record
  }
}

/// How the forecasts of a target are in all series together.
struct PanelComparison {
  var target: String
  /// The number of series that can be compared.
  var count = 0
  /// The number of them in which the best simple forecast is better.
  var worse = 0
  /// The geometric mean of the mean absolute errors over those of the best simple forecasts.
  var meanShare = 1.0

  /// - Returns: `nil` where nothing can be compared.
  init?(_ members: [PanelRecord.Member], target: String) {
    self.target = target
    let shares = members.compactMap { $0.share(of: target) }
    guard !shares.isEmpty else { return nil }
    count = shares.count
    worse = shares.count { $0 > 1 }
    // A forecast that is never off, or a simple one that is not, has no logarithm.
    let product = shares.reduce(into: 0.0) { $0 += Double.log(min(max($1, 1e-3), 1e3)) }
    meanShare = Double.exp(product / Double(shares.count))
  }
}
