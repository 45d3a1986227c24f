import LSTMCompute

/// Decides how a report's charts are drawn, and writes the report.
struct ReportWriter {
  private let library: ChartLibrary?

  init(style: ChartStyle) {
    library = style == .svg ? nil : .embedded
  }

  func write(_ record: RunRecord, to file: StagedFile) throws {
    try file.write(ReportPage(record: record, library: library).render())
  }
}
