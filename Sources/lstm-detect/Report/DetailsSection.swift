import AnomalyDetection
import LSTMCompute
import ResultText

/// Everything that a run used, as a section of a report.
struct DetailsSection {
  let record: RunRecord

  func section() -> String {
    var html =
      "<details class=\"block\">\n<summary><h2>Everything that was used</h2></summary>\n<dl>\n"
    let facts: [(String, String)] = [
      ("version", LibraryVersion.current),
      ("device", record.device.reason),
      ("features", record.forecaster.features.joined(separator: ", ")),
      (
        "network",
        NetworkDescription.text(record.forecaster)
          + ", window \(Findings.count(record.forecaster.steps, "row"))"
      ),
      ("time in all", Numbers.duration(record.totalSeconds)),
    ]
    for (name, text) in facts {
      html += "<dt>\(name)</dt><dd>\(HTML.escape(text))</dd>\n"
    }
    for (name, value) in record.options {
      html +=
        "<dt>--\(HTML.escape(OptionRecord.option(name)))</dt><dd>\(HTML.escape(value.plain))</dd>\n"
    }
    for note in record.notes { html += "<dt>note</dt><dd>\(HTML.escape(note))</dd>\n" }
    return html + "</dl>\n</details>\n"
  }
}

extension JSONValue {
  /// The value as a user would type it.
  fileprivate var plain: String {
    switch self {
    case .null: "not given"
    case .string(let text): text
    case .array(let values): values.map(\.plain).joined(separator: ",")
    default: compact
    }
  }
}
