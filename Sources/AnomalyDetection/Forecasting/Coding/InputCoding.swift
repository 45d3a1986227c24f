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

  /// One of the columns that are seen.
  enum Column: Hashable {
    /// The values of a feature.
    case level(String)
    /// The changes of a target.
    case change(String)
    /// A target's value a season before the next row, less the last one.
    case season(String)
    /// The linear forecast of a target, by its number, less the last value.
    case linear(Int)
    /// A feature that is known ahead, in the row of a lead.
    case known(String, lead: Int)
    /// A number that the calendar says of the next row.
    case calendar(Int)
  }

  /// The columns that are seen, in their order.
  ///
  /// - Parameters:
  ///   - features: The features.
  ///   - targets: The targets.
  ///   - linear: The number of targets that have linear forecasts.
  ///   - horizon: The number of leads.
  /// - Returns: The columns.
  func layout(
    features: [String], targets: [String], linear: Int, horizon: Int
  ) -> [Column] {
    var columns: [Column] = []
    for name in features where kind != .changes || !targets.contains(name) {
      columns.append(.level(name))
    }
    for (index, name) in targets.enumerated() {
      if kind != .levels { columns.append(.change(name)) }
      if season != nil { columns.append(.season(name)) }
      if seesLinear, index < linear { columns.append(.linear(index)) }
    }
    for name in known { columns += (1...horizon).map { .known(name, lead: $0) } }
    if let calendar { columns += (0..<calendar.count).map { .calendar($0) } }
    return columns
  }

  /// The columns that are seen, not scaled yet.
  ///
  /// - Parameters:
  ///   - history: The columns of the series, with its targets transformed.
  ///   - features: The features.
  ///   - targets: The targets.
  ///   - linear: The number of targets that have linear forecasts.
  ///   - forecast: The linear forecast of a target, by its number, in a row.
  ///   - horizon: The number of leads.
  ///   - rows: The rows.
  /// - Returns: For each column its name and one number for each of the rows.
  func columns(
    of history: History, features: [String], targets: [String], linear: Int,
    forecast: (_ target: Int, _ row: Int) -> Double, horizon: Int, rows: Range<Int>
  ) -> [(name: String, values: [Double])] {
    let layout = layout(features: features, targets: targets, linear: linear, horizon: horizon)
    return layout.map { column in
      switch column {
      case .level(let name): return (name, Array(history[name][rows]))
      case .change(let name):
        let values = history[name]
        return ("Δ\(name)", rows.map { $0 > 0 ? values[$0] - values[$0 - 1] : 0 })
      case .season(let name):
        let values = history[name]
        let season = season ?? 1
        return (
          "season \(name)",
          rows.map { $0 + 1 >= season ? values[$0 + 1 - season] - values[$0] : 0 }
        )
      case .linear(let target):
        let name = targets[target]
        let values = history[name]
        return (
          "linear \(name)",
          rows.map { row in
            let expected = forecast(target, row + 1)
            return expected.isFinite ? expected - values[row] : 0
          }
        )
      case .known(let name, let lead):
        let values = history.known(name)
        return ("\(name)+\(lead)", rows.map { values[$0 + lead] })
      case .calendar(let place):
        return (
          "calendar \(place)",
          rows.map { row in calendar.map { history.calendar($0, at: row + 1)[place] } ?? 0 }
        )
      }
    }
  }

  /// Finds the scale and the limits of each column.
  ///
  /// - Parameters:
  ///   - kind: How columns are scaled.
  ///   - parts: The columns of each series, and its rows that are fitted to.
  mutating func fit(
    _ kind: Scaler.Kind,
    to parts: [(columns: [(name: String, values: [Double])], rows: Range<Int>)]
  ) {
    scales = []
    limits = []
    for (place, column) in (parts.first?.columns ?? []).enumerated() {
      let finite = parts.flatMap { $0.columns[place].values[$0.rows].lazy.filter(\.isFinite) }
      let scale = Scaler.Column(kind: kind, name: column.name, values: finite[...])
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
