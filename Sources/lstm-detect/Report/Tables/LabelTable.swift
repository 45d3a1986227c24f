import AnomalyDetection
import ResultText

/// How well known anomalies were found, as a section of a report.
struct LabelTable {
  let evaluation: Evaluation

  func section() -> String {
    var html = "<section>\n<h2>Against the labels</h2>\n"
    for line in Findings.labels(evaluation) { html += "<p>\(HTML.escape(line)).</p>\n" }
    html +=
      "<div class=\"scroll\"><table>\n<caption class=\"hidden\">Events and scores against the labels</caption>\n"
    html += "<tr><th>target</th>"
    for name in [
      "labels", "found", "false events", "precision", "recall", "F1", "precision of rows",
      "recall of rows", "F1 of rows", "AUC-PR", "VUS-PR", "delay", "alarms per 1,000 rows",
    ] {
      html += "<th class=\"number\">\(name)</th>"
    }
    html += "</tr>\n"
    for target in evaluation.targets { html += row(HTML.escape(target.name), target.measures) }
    if let joint = evaluation.joint { html += row("<i>all together</i>", joint) }
    html +=
      "</table></div>\n<p class=\"muted\">An anomaly is found where an event overlaps it in at "
    html +=
      "least one row; nothing is point-adjusted. The delay is the mean number of rows from its "
    return html + "first judged row to the first anomalous one in it.</p>\n</section>\n"
  }

  private func row(_ name: String, _ measures: DetectionMeasures) -> String {
    let (events, points) = (measures.events, measures.points)
    let cells =
      [
        Numbers.readable(measures.labelCount), Numbers.readable(events.found),
        Numbers.readable(events.falseAlarms),
      ]
      + [
        events.precision, events.recall, events.f1, points.precision, points.recall, points.f1,
        measures.averagePrecision, measures.volumeUnderSurface,
      ].map(Findings.share)
      + [Numbers.readable(measures.meanDelay), Numbers.readable(measures.alarmsPerThousandRows)]
    return "<tr><td>\(name)</td>"
      + cells.map { "<td class=\"number\">\($0)</td>" }.joined() + "</tr>\n"
  }
}
