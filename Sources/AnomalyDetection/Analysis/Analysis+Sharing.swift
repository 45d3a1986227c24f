#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
package import LSTMCompute
package import TimeSeries

extension Analysis {
  /// Analyzes several series, each in one of the processes that share a backend.
  ///
  /// - Parameters:
  ///   - all: The series, each with the forecaster in its units; the same in all processes.
  ///   - backend: What the networks run on.
  ///   - analyze: Analyzes some of them, by their places, on this process's own backend.
  /// - Returns: The analyses of all series, in their order, in every process.
  /// - Throws: What `analyze` throws; `GroupError` where another process has failed.
  package static func shared(
    _ all: [(forecaster: Forecaster, series: Series)], on backend: any Backend,
    _ analyze: (Range<Int>, any Backend) throws -> [Analysis]
  ) throws -> [Analysis] {
    guard let shared = backend as? DistributedBackend, let group = shared.group, group.count > 1
    else {
      return try analyze(all.indices, backend)
    }
    do {
      let own = BatchShare.rows(of: all.indices, rank: group.rank, ranks: group.count)
      let findings = try analyze(own, shared.local).map(\.findings)
      let bytes = try group.gather(
        all: Array(JSONEncoder.ofAnyNumbers().encode(findings)), zero: 0)
      let decoder = JSONDecoder.ofAnyNumbers()
      let found = try bytes.flatMap { try decoder.decode([Findings].self, from: Data($0)) }
      return zip(found, all).map { Analysis($0, of: $1.series, with: $1.forecaster) }
    } catch { throw group.failure(error) }
  }

  /// What was found in a series, without the series.
  private struct Findings: Codable {
    struct Stretch: Codable {
      var part: Part
      var rows: Range<Int>
    }

    var parts: [Stretch]
    var targets: [TargetAnalysis]
    var comparisons: [Comparison]
    var season: Int?
    var future: [[Double]]
    var uncertainties: [Uncertainty]
    var futureUncertainties: [[[Double]]]
    var fans: [ForecastFan?]
  }

  private var findings: Findings {
    Findings(
      parts: parts.map { .init(part: $0.part, rows: $0.rows) }, targets: targets,
      comparisons: comparisons, season: season, future: future, uncertainties: uncertainties,
      futureUncertainties: futureUncertainties, fans: fans)
  }

  private init(_ findings: Findings, of series: Series, with forecaster: Forecaster) {
    self.init(
      series: series, parts: findings.parts.map { ($0.part, $0.rows) }, targets: findings.targets,
      comparisons: findings.comparisons, season: findings.season, future: findings.future,
      uncertainties: findings.uncertainties, futureUncertainties: findings.futureUncertainties,
      fans: findings.fans, time: series.time.extended(by: forecaster.horizon),
      limits: forecaster.limits)
  }
}
