package import AnomalyDetection
package import TimeSeries

/// What is said of a row that has come, as one line of JSON: by `watch` and by the service.
package struct RowLine {
  private let time: RowTime
  private let answer: LiveDetector.Answer
  private let key: [(column: String, word: String)]

  /// A line.
  ///
  /// - Parameters:
  ///   - time: The row's time.
  ///   - answer: What was found.
  ///   - key: The key columns with what tells the row's series, where the rows of several come together.
  package init(
    time: RowTime, answer: LiveDetector.Answer, key: [(column: String, word: String)] = []
  ) {
    self.time = time
    self.answer = answer
    self.key = key
  }

  /// The line with its end.
  package var text: String { document.compact + "\n" }

  /// The object.
  package var document: JSONValue {
    let series: [(String, JSONValue)] =
      key.isEmpty ? [] : [("series", .object(key.map { ($0.column, .string($0.word)) }))]
    return .object(
      series + [
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

  private static func document(_ finding: LiveDetector.Finding) -> JSONValue {
    let (row, judgment) = (finding.row, finding.row.judgment)
    var members: [(String, JSONValue)] = [
      ("target", .string(finding.target)), ("value", .optional(judgment.actual)),
      ("forecast", .rounded(judgment.expected)), ("lower", .rounded(row.lowest)),
      ("upper", .rounded(row.highest)), ("score", .rounded(judgment.score)),
      ("severity", .rounded(judgment.severity)),
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
      ("score", .rounded(event.peak.score)), ("severity", .rounded(event.peak.severity)),
      ("rows", .integer(event.anomalousRows)),
    ])
  }

  private static func joint(_ answer: LiveDetector.Answer) -> JSONValue {
    guard let joint = answer.joint else { return .null }
    return .object([
      ("score", .rounded(joint.value)), ("severity", .rounded(Judgment.severity(joint.value))),
      ("target", .optional(joint.first.map { answer.targets[$0].target })),
    ])
  }
}
