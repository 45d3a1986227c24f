#if Service
  import AnomalyDetection
  import ResultText
  import TimeSeries

  /// Rows to be judged.
  struct RowRequest: Sendable {
    /// The series that all of them belong to; `nil` where each row tells its own, or there is one.
    var series: String?
    var format: RowFormat
    var body: [UInt8]
    /// Whether rows that are not after the last known one are passed over; an error otherwise.
    var skipsKnown = false
    /// The most rows.
    var mostRows: Int
  }

  /// What is said of them.
  struct RowAnswer: Sendable {
    /// A row with what is said of it.
    struct Row: Sendable {
      var key: [String]
      var time: RowTime
      var answer: LiveDetector.Answer
    }

    var rows: [Row] = []
    /// The rows that were passed over.
    var skipped = 0
    /// The columns that tell series apart in the rows.
    var keyColumns: [String] = []

    /// What is said of each row, an object each, in order.
    var documents: [JSONValue] {
      rows.map { row in
        RowLine(
          time: row.time, answer: row.answer,
          key: zip(keyColumns, row.key).map { (column: $0, word: $1) }
        ).document
      }
    }
  }
#endif
