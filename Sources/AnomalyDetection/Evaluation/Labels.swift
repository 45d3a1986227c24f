public import TimeSeries

/// Known anomalies, against which events and scores are measured.
public struct Labels: Hashable, Sendable {
  /// One known anomaly.
  public struct Label: Hashable, Sendable {
    /// From its first time to its last, as on a `TimeAxis`.
    public let span: ClosedRange<Double>
    /// The target that it is in; `nil` for all of them.
    public let target: String?

    /// A label from its parts.
    public init(span: ClosedRange<Double>, target: String? = nil) {
      self.span = span
      self.target = target
    }

    /// The rows that it covers; `nil` for none.
    ///
    /// - Parameters:
    ///   - axis: The times of the rows, which ascend.
    ///   - range: The rows that count.
    /// - Returns: The first and the last row.
    func rows(on axis: TimeAxis, in range: Range<Int>) -> ClosedRange<Int>? {
      let first = Self.firstRow(of: range) { axis.values[$0] >= span.lowerBound }
      let end = Self.firstRow(of: range) { axis.values[$0] > span.upperBound }
      return first < end ? first...end - 1 : nil
    }

    /// The first row from which on something holds; the end where it never does.
    private static func firstRow(of range: Range<Int>, where holds: (Int) -> Bool) -> Int {
      var range = range
      while !range.isEmpty {
        let middle = range.lowerBound + range.count / 2
        range =
          holds(middle) ? range.lowerBound..<middle : middle + 1..<range.upperBound
      }
      return range.lowerBound
    }
  }

  /// The labels.
  public let all: [Label]

  /// Labels from their parts.
  public init(_ all: [Label]) {
    self.all = all
  }

  /// Reads a file: in each line a date or time, or a first and a last one with a comma between them, and
  /// perhaps the name of a target as a third column, whose label it is then alone.
  ///
  /// A date is the whole day; rows without times are told by their numbers, as `TimeAxis.label(at:)` has
  /// them. Empty lines and those that begin with # are passed over; so is a first line that is no label
  /// and does not begin with a digit, which is a header. A cell in double quotes may have commas.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - axis: The times that the labels are among, whose order of day and month is theirs.
  ///   - targets: The names that a label may have.
  /// - Throws: `TimeSeriesError` where the file cannot be read, has no label, has a line that is none
  ///   or a name that is not that of a target.
  public init(path: String, axis: TimeAxis, targets: [String]) throws(TimeSeriesError) {
    let file = try SpanFile(path: path, of: "labels", axis: axis, columns: .spanAndName)
    for span in file.spans {
      guard let name = span.name, !targets.contains(name) else { continue }
      throw TimeSeriesError(
        file: path, row: span.row,
        reason: "'\(name)' is no target; there are \(targets.joined(separator: ", "))")
    }
    all = file.spans.map { Label(span: $0.values, target: $0.name) }
  }
}
