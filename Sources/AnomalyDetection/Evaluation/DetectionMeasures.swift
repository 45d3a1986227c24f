/// How well events and scores agree with known anomalies.
///
/// None of the numbers is point-adjusted.
public struct DetectionMeasures: Hashable, Sendable {
  /// The number of rows that were judged: those with a score.
  public let judgedRows: Int
  /// The number of known anomalies with a judged row; those that share a row are one.
  public let labelCount: Int
  /// Known anomalies that an event overlaps in at least one row, events that overlap none, and known
  /// anomalies without any event.
  ///
  /// Several events in one anomaly find it once.
  public let events: DetectionCounts
  /// The same of single judged rows.
  public let points: DetectionCounts
  /// The area under the curve of precision over recall of the scores, as average precision; `nil` where
  /// no judged row is a known anomaly.
  public let averagePrecision: Double?
  /// The volume under the surface of precision, recall and tolerance of the scores, VUS-PR; `nil` as
  /// above.
  ///
  /// By Paparrizos et al. (2022), with buffers of 0, 10, ... 100 rows and thresholds at 100 ranks.
  public let volumeUnderSurface: Double?
  /// Rows from the first judged one of a known anomaly to its first anomalous one, the mean over those
  /// that have an anomalous row; `nil` where none has.
  public let meanDelay: Double?
  /// Alarms for each 1,000 judged rows; `nil` where none was judged.
  public let alarmsPerThousandRows: Double?

  /// Measures what was found.
  ///
  /// - Parameters:
  ///   - rows: The rows that were to be judged.
  ///   - scores: The score of each of them; NaN where it was not judged, and is left out.
  ///   - anomalous: Whether each of them is an anomaly.
  ///   - events: The first and the last row of each event.
  ///   - alarms: The number of alarms.
  ///   - labels: The first and the last row of each known anomaly; those that share a row are one.
  public init(
    rows: Range<Int>, scores: [Double], anomalous: [Bool], events: [ClosedRange<Int>], alarms: Int,
    labels: [ClosedRange<Int>]
  ) {
    precondition(
      rows.count == scores.count && rows.count == anomalous.count, "a value for each row")
    let labels = labels.compactMap { $0.overlaps(rows) ? $0.clamped(to: ClosedRange(rows)) : nil }
      .merged()
    let judged = rows.filter { !scores[$0 - rows.lowerBound].isNaN }
    var isLabeled = [Bool](repeating: false, count: rows.count)
    for label in labels {
      for row in label { isLabeled[row - rows.lowerBound] = true }
    }

    var delays: [Int] = []
    var counted: [ClosedRange<Int>] = []
    for label in labels {
      let own = label.filter { !scores[$0 - rows.lowerBound].isNaN }
      guard let first = own.first else { continue }
      counted.append(label)
      if let hit = own.first(where: { anomalous[$0 - rows.lowerBound] }) {
        delays.append(hit - first)
      }
    }
    let found = counted.count { label in events.contains { $0.overlaps(label) } }
    let pairs = judged.map { row in
      (isKnown: isLabeled[row - rows.lowerBound], isFound: anomalous[row - rows.lowerBound])
    }

    judgedRows = judged.count
    labelCount = counted.count
    self.events = DetectionCounts(
      found: found,
      falseAlarms: events.count { event in !labels.contains { $0.overlaps(event) } },
      missed: counted.count - found)
    points = DetectionCounts(
      found: pairs.count { $0.isKnown && $0.isFound },
      falseAlarms: pairs.count { !$0.isKnown && $0.isFound },
      missed: pairs.count { $0.isKnown && !$0.isFound })
    let ranking = ScoreRanking(
      scores: judged.map { scores[$0 - rows.lowerBound] }, labels: pairs.map(\.isKnown))
    averagePrecision = ranking.averagePrecision
    volumeUnderSurface = ranking.volumeUnderSurface()
    meanDelay =
      delays.isEmpty ? nil : Double(delays.reduce(0, +)) / Double(delays.count)
    alarmsPerThousandRows =
      judged.isEmpty ? nil : Double(alarms) * 1000 / Double(judged.count)
  }
}

extension [ClosedRange<Int>] {
  /// The ranges in order, those that share a row as one.
  func merged() -> [ClosedRange<Int>] {
    var result: [ClosedRange<Int>] = []
    for range in sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = result.last, last.overlaps(range) {
        result[result.count - 1] =
          last.lowerBound...Swift.max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }
}
