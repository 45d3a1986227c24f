import AnomalyDetection
import TimeSeries

/// What is said of a row, as one line of JSON.
struct WatchLine {
  let time: RowTime
  let answer: LiveDetector.Answer

  /// The line with its end.
  var text: String { document.compact + "\n" }

  private var document: JSONValue {
    .object([
      (time.kind == .rowNumbers ? "row" : "time", Self.value(time)),
      ("targets", .array(answer.targets.map(Self.document))),
      ("joint", Self.joint(answer)),
    ])
  }

  /// A time as text, a number as one.
  private static func value(_ time: RowTime) -> JSONValue {
    switch time.kind {
    case .dates, .times: .string(time.label)
    case .numbers, .rowNumbers: .literal(time.label)
    }
  }

  /// A computed number, rounded as in the CSV files.
  static func rounded(_ value: Double?) -> JSONValue {
    value.flatMap { Numbers.rounded($0) }.map(JSONValue.literal) ?? .null
  }

  private static func document(_ finding: LiveDetector.Finding) -> JSONValue {
    let (row, judgment) = (finding.row, finding.row.judgment)
    var members: [(String, JSONValue)] = [
      ("target", .string(finding.target)), ("value", .optional(judgment.actual)),
      ("forecast", rounded(judgment.expected)), ("lower", rounded(row.lowest)),
      ("upper", rounded(row.highest)), ("score", rounded(judgment.score)),
      ("severity", rounded(judgment.severity)),
      ("kind", .optional(judgment.kind?.rawValue)), ("anomaly", .bool(judgment.isAnomaly)),
      ("alarm", .bool(row.alarm != nil)),
    ]
    for (name, event) in [("event", row.alarm), ("ended", row.ended)] {
      guard let event, let times = finding.times else { continue }
      members.append((name, document(event, times)))
    }
    return .object(members)
  }

  private static func document(_ event: Event, _ times: LiveDetector.EventTimes) -> JSONValue {
    .object([
      ("kind", .string(event.kind.rawValue)), ("direction", .string(event.direction.rawValue)),
      ("start", value(times.start)), ("end", value(times.end)), ("peak", value(times.peak)),
      ("score", rounded(event.peak.score)), ("severity", rounded(event.peak.severity)),
      ("rows", .integer(event.anomalousRows)),
    ])
  }

  private static func joint(_ answer: LiveDetector.Answer) -> JSONValue {
    guard let joint = answer.joint else { return .null }
    return .object([
      ("score", rounded(joint.value)), ("severity", rounded(Judgment.severity(joint.value))),
      ("target", .optional(joint.first.map { answer.targets[$0].target })),
    ])
  }
}
