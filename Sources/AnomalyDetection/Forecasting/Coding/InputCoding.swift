import TimeSeries

/// What a network sees of a row.
struct InputCoding: Hashable, Sendable, Codable {
  /// What is seen of the targets.
  var kind: FittingOptions.Inputs
  /// The number of rows after which the series repeats itself: the value a season before the next row
  /// is seen, less the last one.
  var season: Int?
  /// What is seen of the next row's date.
  var calendar: CalendarTerms?
  /// The features that are known of the rows that are forecast, and seen.
  var known: [String]
  /// Whether the linear forecast of the next row is seen, less the last value.
  var seesLinear: Bool
  /// The scale of each column that is seen.
  var scales: [Scaler.Column] = []
  /// The smallest and the largest scaled value of each column: what is beyond is cut, because a
  /// network says nothing sensible of what is far from all that it was fitted to.
  var limits: [[Double]] = []

  /// The columns that are seen, not scaled yet.
  ///
  /// - Parameters:
  ///   - series: The series, with its targets transformed.
  ///   - history: Its columns.
  ///   - linear: For each target the linear forecast of each row and of the one after the last.
  ///   - horizon: The number of leads.
  /// - Returns: For each column its name and one number for each row.
  func columns(
    of series: Series, history: History, linear: [[Double]], horizon: Int
  ) -> [(name: String, values: [Double])] {
    let rows = 0..<series.rowCount
    var columns: [(name: String, values: [Double])] = []
    for name in series.features where kind != .changes || !series.targets.contains(name) {
      columns.append((name, series[name] ?? []))
    }
    for (index, name) in series.targets.enumerated() {
      let values = series[name] ?? []
      if kind != .levels {
        columns.append(("Δ\(name)", rows.map { $0 > 0 ? values[$0] - values[$0 - 1] : 0 }))
      }
      if let season {
        columns.append(
          (
            "season \(name)",
            rows.map { $0 + 1 >= season ? values[$0 + 1 - season] - values[$0] : 0 }
          ))
      }
      if seesLinear, linear.indices.contains(index) {
        columns.append(
          (
            "linear \(name)",
            rows.map { linear[index][$0 + 1].isFinite ? linear[index][$0 + 1] - values[$0] : 0 }
          ))
      }
    }
    for name in known {
      let values = history.known(name)
      for lead in 1...horizon {
        columns.append(("\(name)+\(lead)", rows.map { values[$0 + lead] }))
      }
    }
    if let calendar {
      let all = history.calendar(calendar)
      for place in 0..<calendar.count {
        columns.append(("calendar \(place)", rows.map { all[$0 + 1][place] }))
      }
    }
    return columns
  }

  /// Finds the scale and the limits of each column.
  ///
  /// - Parameters:
  ///   - kind: How columns are scaled.
  ///   - columns: The columns.
  ///   - rows: The rows that are fitted to.
  mutating func fit(
    _ kind: Scaler.Kind, to columns: [(name: String, values: [Double])], in rows: Range<Int>
  ) {
    scales = []
    limits = []
    for (name, values) in columns {
      let finite = values[rows].filter(\.isFinite)
      let scale = Scaler.Column(kind: kind, name: name, values: finite[...])
      scales.append(scale)
      let lowest = scale.transform(finite.min() ?? 0)
      let highest = scale.transform(finite.max() ?? 0)
      let margin: Double = (highest - lowest) / 4
      limits.append([lowest - margin, highest + margin])
    }
  }

  /// The network's inputs, `[rows, columns]`; 0, the middle, for what is not known.
  func inputs(_ columns: [(name: String, values: [Double])], rows: Int) -> [Float] {
    let width = columns.count
    var inputs = [Float](repeating: 0, count: rows * width)
    for (place, column) in columns.enumerated() {
      let scale = scales[place]
      let limit = limits[place]
      for row in 0..<rows where column.values[row].isFinite {
        let scaled = scale.transform(column.values[row])
        inputs[row * width + place] = Float(min(max(scaled, limit[0]), limit[1]))
      }
    }
    return inputs
  }
}
