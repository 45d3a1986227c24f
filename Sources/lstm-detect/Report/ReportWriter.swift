import LSTMCompute

/// Decides how a report's charts are drawn, and writes the report.
struct ReportWriter {
  private let library: ChartLibrary?

  /// - Throws: `CommandError` where dygraphs is asked for and not installed.
  init(style: ChartStyle) throws {
    library = style == .svg ? nil : ChartLibrary()
    if style == .dygraphs, library == nil {
      throw CommandError(
        description: "--charts dygraphs: there is no dygraphs in \(ChartLibrary.folder); install "
          + "the package libjs-dygraphs")
    }
  }

  func write(_ record: RunRecord, to file: StagedFile) throws {
    try file.write(ReportPage(record: record, library: library).render())
  }
}
