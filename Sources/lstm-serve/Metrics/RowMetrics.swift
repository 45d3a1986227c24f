#if Service
  import AnomalyDetection
  import ResultText
  import Synchronization
  import TimeSeries

  /// What was found last, by model, and by series as far as there may be so many labels.
  final class RowMetrics: Sendable {
    private struct Last {
      var finding: LiveDetector.Finding
      var time: RowTime
    }

    private struct Counts {
      var rows = 0
      var anomalies = 0
      var alarms = 0
      /// By target, of whichever series a row came last.
      var last: [Last] = []
      /// By the name of the series, as the label has it.
      var lastOfSeries: [String: [Last]] = [:]
    }

    private let mostSeries: Int
    private let models: Mutex<[String: Counts]>

    /// - Parameters:
    ///   - models: The names of the models.
    ///   - mostSeries: Of so many series of a model, the first that come, the last row is told of each.
    init(models: [String], mostSeries: Int) {
      self.mostSeries = mostSeries
      self.models = Mutex(
        Dictionary(uniqueKeysWithValues: models.map { ($0, Counts()) }))
    }

    /// Takes the answer of a request into account.
    func add(_ answer: RowAnswer, of model: String) {
      models.withLock { models in
        var counts = models[model] ?? Counts()
        models[model] = nil
        for row in answer.rows {
          counts.rows += 1
          for target in row.answer.targets {
            if target.row.judgment.isAnomaly { counts.anomalies += 1 }
            if target.row.alarm != nil { counts.alarms += 1 }
          }
          let last = row.answer.targets.map { Last(finding: $0, time: row.time) }
          counts.last = last
          guard !row.key.isEmpty, mostSeries > 0 else { continue }
          let name = VisibleText.escaped(Panel.name(of: row.key))
          if counts.lastOfSeries[name] != nil || counts.lastOfSeries.count < mostSeries {
            counts.lastOfSeries[name] = last
          }
        }
        models[model] = counts
      }
    }

    /// Writes what was found.
    func write(to page: inout PrometheusPage) {
      let models = models.withLock { $0 }.sorted { $0.key < $1.key }
      func count(_ name: String, _ help: String, _ value: (Counts) -> Int) {
        page.add(
          name, help, kind: .counter,
          models.map { PrometheusPage.Sample([("model", $0)], Double(value($1))) })
      }
      count("rows_total", "Rows that were judged.") { $0.rows }
      count("anomalous_values_total", "Values of targets that are anomalies.") { $0.anomalies }
      count("alarms_total", "Alarms that were raised.") { $0.alarms }
      let all = models.flatMap { model, counts in
        counts.last.map { ([(name: "model", value: model)], $0) }
          + counts.lastOfSeries.sorted { $0.key < $1.key }.flatMap { series, last in
            last.map { ([(name: "model", value: model), ("series", series)], $0) }
          }
      }
      func each(_ name: String, _ help: String, _ value: (Last) -> Double?) {
        page.add(
          name, help,
          all.compactMap { labels, last in
            value(last).map {
              PrometheusPage.Sample(
                labels + [("target", VisibleText.escaped(last.finding.target))], $0)
            }
          })
      }
      each("last_value", "The value of the last row.") { $0.finding.row.judgment.actual }
      each("last_expected", "The forecast of the last row.") { $0.finding.row.judgment.expected }
      each("last_lower", "The value of the last row below which it is an anomaly.") {
        $0.finding.row.lowest.isNaN ? nil : $0.finding.row.lowest
      }
      each("last_upper", "The value of the last row above which it is an anomaly.") {
        $0.finding.row.highest.isNaN ? nil : $0.finding.row.highest
      }
      each("last_score", "How unusual the last row is; 1 is the threshold.") {
        $0.finding.row.judgment.score
      }
      each("last_anomaly", "Whether the last row is an anomaly.") {
        $0.finding.row.judgment.isAnomaly ? 1 : 0
      }
      each("last_row_timestamp_seconds", "The time of the last row.") {
        $0.time.moment.map { $0 / 1000 }
      }
    }
  }
#endif
