import LSTMCompute

/// Decides how a report's charts are drawn, and writes the report.
struct ReportWriter {
  private let isLive: Bool

  init(style: ChartStyle) {
    isLive = style != .svg
  }

  func write(_ content: ReportContent, to file: StagedFile) throws {
    try file.write(ReportPage(content: content, isLive: isLive).render())
  }
}
