import AnomalyDetection
import ResultText

extension Findings {
  /// How well known anomalies were found, in a few sentences without their full stops.
  static func labels(_ evaluation: Evaluation) -> [String] {
    let measures = evaluation.overall
    let place = evaluation.joint == nil ? "" : " in all targets together"
    guard measures.labelCount > 0 else {
      return ["No label overlaps a judged row, so that nothing is measured against them"]
    }
    let events = measures.events
    var lines = [
      "\(Numbers.readable(events.found)) of \(count(measures.labelCount, "labeled anomaly", "labeled anomalies")) "
        + "\(events.found == 1 ? "was" : "were") found\(place), beside "
        + "\(count(events.falseAlarms, "false event", "false events")): " + text(events),
      "Row by row: \(text(measures.points)); of the scores: AUC-PR "
        + "\(share(measures.averagePrecision)), VUS-PR \(share(measures.volumeUnderSurface))",
    ]
    var last =
      "\(Numbers.readable(measures.alarmsPerThousandRows)) alarms for each 1,000 judged rows"
    if let delay = measures.meanDelay {
      last +=
        "; a label's first anomalous row comes \(Numbers.readable(delay)) rows after its first one on "
        + "average"
    }
    lines.append(last)
    return lines
  }

  /// A share between 0 and 1 with three decimals.
  static func share(_ value: Double?) -> String {
    value.map { Numbers.fixed($0, decimals: 3) } ?? "n/a"
  }

  private static func text(_ counts: DetectionCounts) -> String {
    "precision \(share(counts.precision)), recall \(share(counts.recall)), F1 \(share(counts.f1))"
  }

  private static func count(_ count: Int, _ one: String, _ several: String) -> String {
    "\(Numbers.readable(count)) \(count == 1 ? one : several)"
  }
}
