import AnomalyDetection
import LSTMCompute

/// How the network was trained, as a section of a report.
struct TrainingSection {
  let history: TrainingHistory

  func section() -> String {
    guard !history.epochs.isEmpty else { return "" }
    let hasValidation = history.epochs.contains { $0.validationLoss != nil }
    var html = "<details class=\"block\">\n<summary><h2>Training</h2> <span class=\"muted\">"
    html += "\(HTML.escape(Self.outcome(history)))</span></summary>\n"
    html += "<p class=\"legend\"><span><i class=\"key actual\"></i>training</span>"
    if hasValidation {
      html += "<span><i class=\"key expected dash\"></i>validation</span>"
    }
    html += "<span>Losses are on scaled values.</span></p>\n<div class=\"losses\">\n"
    return html + ReportCharts.losses(history) + "</div>\n</details>\n"
  }

  /// How a training ended, in one sentence without its full stop.
  static func outcome(_ history: TrainingHistory) -> String {
    let best = history.bestEpoch.map { "the weights of epoch \($0) were kept" } ?? "none was kept"
    let epochs = Findings.count(history.epochs.count, "epoch")
    return switch history.end {
    case .completed: "\(epochs), all that were asked for; \(best)"
    case .stoppedEarly:
      "Stopped after \(epochs), the last \(history.epochs.count - (history.bestEpoch ?? 0)) without "
        + "gain; \(best)"
    case .cancelled: "Stopped by Ctrl-C after \(epochs); \(best)"
    case .deviceFailed(let reason): "The device failed after \(epochs) (\(reason)); \(best)"
    case .diverged(let epoch): "The loss became infinite or not a number in epoch \(epoch); \(best)"
    }
  }
}
