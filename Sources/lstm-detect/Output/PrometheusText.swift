import AnomalyDetection
import LSTMCompute
import ResultText
import TimeSeries

/// What was found last, in the text format that Prometheus reads: for the textfile collector of its node
/// exporter, or any other that takes files.
///
/// All are gauges: a file says how things stand after a run, and the next run begins to count anew.
struct PrometheusText {
  /// What is told of one target of one series.
  struct Target {
    var name: String
    /// The key of the series; `nil` where there is one.
    var series: String?
    /// The last row that was judged; `nil` where none was.
    var value: Double?
    var expected: Double?
    var lower: Double?
    var upper: Double?
    var score: Double?
    var isAnomaly = false
    /// How many rows were anomalies, and how many raised an alarm.
    var anomalies = 0
    var alarms = 0
  }

  var command: String
  /// The name of the model's file, and its checksum.
  var model: String
  var checksum: String
  /// The number of rows that were judged.
  var rows: Int
  /// The time of the last of them, in seconds since 1970; `nil` where rows have none.
  var lastTime: Double?
  var targets: [Target]

  /// The text.
  var text: String {
    var page = PrometheusPage(prefix: "lstm_detect_")
    let own = [(name: "model", value: model)]
    func each(_ name: String, _ help: String, _ value: (Target) -> Double?) {
      page.add(
        name, help,
        targets.compactMap { target in
          value(target).map { value in
            PrometheusPage.Sample(
              own + (target.series.map { [("series", $0)] } ?? []) + [("target", target.name)],
              value)
          }
        })
    }
    page.add(
      "info", "The model and the program that judged.",
      [
        PrometheusPage.Sample(
          own + [
            ("checksum", checksum), ("command", command), ("version", LibraryVersion.current),
          ], 1)
      ])
    page.add("rows", "Rows that were judged.", [PrometheusPage.Sample(own, Double(rows))])
    if let lastTime {
      page.add(
        "last_row_timestamp_seconds", "The time of the last row.",
        [PrometheusPage.Sample(own, lastTime)])
    }
    each("value", "The value of the last row.") { $0.value }
    each("expected", "The forecast of the last row.") { $0.expected }
    each("lower", "The value of the last row below which it is an anomaly.") { $0.lower }
    each("upper", "The value of the last row above which it is an anomaly.") { $0.upper }
    each("score", "How unusual the last row is; 1 is the threshold.") { $0.score }
    each("anomaly", "Whether the last row is an anomaly.") { $0.isAnomaly ? 1 : 0 }
    each("anomalous_rows", "Rows that are anomalies.") { Double($0.anomalies) }
    each("alarms", "Rows that raise an alarm.") { Double($0.alarms) }
    return page.text
  }
}

extension PrometheusText.Target {
  /// What an analysis says of a target.
  init(_ target: TargetAnalysis, series: String?) {
    self.init(name: target.name, series: series)
    if let last = target.judgedRows.last, let judgment = target.judgments.last {
      let place = last - target.judgedRows.lowerBound
      (value, expected, score) = (judgment.actual, judgment.expected, judgment.score)
      lower = target.lowest[place].isNaN ? nil : target.lowest[place]
      upper = target.highest[place].isNaN ? nil : target.highest[place]
      isAnomaly = judgment.isAnomaly
    }
    anomalies = target.judgments.count(where: \.isAnomaly)
    alarms = target.events.reduce(0) { $0 + $1.alarmRows.count }
  }
}

extension PrometheusText {
  /// What a run or a detection has found.
  ///
  /// - Parameters:
  ///   - outcome: What was found.
  ///   - model: The path of the model.
  init(_ outcome: Outcome, model: String) {
    self.init(
      command: outcome.run.command,
      model: model.split(separator: "/").last.map(String.init) ?? model,
      checksum: outcome.run.checksum, rows: 0,
      lastTime: nil, targets: [])
    let members: [(analysis: Analysis, name: String?)] =
      switch outcome {
      case .one(let record): [(record.analysis, nil)]
      case .several(let record): record.members.map { ($0.analysis, $0.name) }
      }
    for (analysis, name) in members {
      targets += analysis.targets.map { Target($0, series: name) }
      guard let judged = analysis.targets.first?.judgedRows, let last = judged.last else {
        continue
      }
      rows += judged.count
      if let time = analysis.series.time.moment(of: last) {
        lastTime = max(lastTime ?? -.infinity, time / 1000)
      }
    }
  }
}
