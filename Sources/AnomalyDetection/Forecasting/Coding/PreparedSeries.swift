import LSTMCompute
import TimeSeries

/// A series as a network sees and learns it: scaled and coded once for training and forecasts.
struct PreparedSeries {
  /// The series as it came.
  let series: Series
  /// The same with its targets transformed.
  let coded: Series
  /// The same without outliers: what is looked back at.
  let seen: Series
  let steps: Int
  let horizon: Int
  /// Whether the network makes the rows of a forecast one after the other.
  let hasDecoder: Bool
  /// `[rows, inputSize]`, what the network sees.
  let inputs: [Float]
  let inputSize: Int
  let history: History
  /// For each target and lead the linear forecasts of all rows and of the one after the last; none
  /// without a linear model.
  let linear: [[[Double]]]

  /// Prepares a series.
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - steps: The number of rows in a window.
  ///   - horizon: The number of rows that are forecast.
  ///   - scaler: How features are scaled where there is no recipe.
  ///   - recipe: What the network sees; where it has no scales yet, they are found in `rows`.
  ///   - rows: The rows that are fitted to; `nil` where all is known.
  ///   - scalerKind: How what the network sees is scaled.
  ///   - hasDecoder: Whether the network has a decoder.
  ///   - known: What is looked back at, where that is known.
  /// - Throws: `TimeSeriesError` where the series has fewer rows than a window, lacks a column, or has
  ///   a value that is too far off.
  init(
    _ series: Series, steps: Int, horizon: Int, scaler: Scaler, recipe: inout Recipe?,
    fitting rows: Range<Int>? = nil, scalerKind: Scaler.Kind = .standard, hasDecoder: Bool,
    seen known: Series? = nil
  ) throws {
    self.series = series
    self.steps = steps
    self.horizon = horizon
    self.hasDecoder = hasDecoder
    guard var chosen = recipe else {
      // Checks sizes and scales as it goes.
      let plan = try WindowPlan(series: series, scaler: scaler, steps: steps, horizon: horizon)
      let all = try plan.forecastWindows(in: 0..<0)
      (coded, seen, inputs, inputSize) = (series, series, all.inputs, all.inputSize)
      history = History(series, horizon: horizon)
      linear = []
      return
    }
    let count = series.rowCount
    guard count >= steps else {
      throw TimeSeriesError(
        file: series.path,
        reason: "\(count) rows are too few: window \(steps) needs at least \(steps)")
    }
    let coded = series.transformed(by: chosen.transform)
    let seen = known ?? chosen.clean(coded, horizon: horizon)
    let history = History(seen, horizon: horizon)
    let linear = chosen.linear.map { model in
      series.targets.indices.map { target in
        (1...horizon).map { lead in
          [Double.nan]
            + model.forecast(target: target, lead: lead, rows: 1..<count + 1, of: history)
        }
      }
    }
    let columns = chosen.inputs.columns(
      of: seen, history: history, linear: (linear ?? []).map { $0[0] }, horizon: horizon)
    if let rows {
      chosen.inputs.fit(scalerKind, to: columns, in: rows)
      recipe = chosen
    }
    guard columns.count == chosen.inputs.scales.count else {
      throw DetectionError.dataMismatch(
        "the model sees \(chosen.inputs.scales.count) columns, and the data make \(columns.count)")
    }
    inputs = chosen.inputs.inputs(columns, rows: count)
    inputSize = columns.count
    self.coded = coded
    self.seen = seen
    self.history = history
    self.linear = linear ?? []
  }

  /// The rows to come of which a column that is known ahead has no value: they have no forecast.
  var unknownRows: Set<Int> {
    var rows: Set<Int> = []
    for name in series.known {
      for (row, value) in history.known(name).enumerated() where !value.isFinite {
        rows.insert(row)
      }
    }
    return rows
  }

  /// What a coded target is relative to.
  ///
  /// - Parameters:
  ///   - subject: What the network learns.
  ///   - season: The number of rows after which the series repeats itself.
  ///   - target: The target's number.
  ///   - lead: The lead, from 1.
  /// - Returns: One number for each row that is forecast first, and for the one after the last.
  func base(
    _ subject: FittingOptions.Subject, season: Int?, target: Int, lead: Int
  ) -> [Double] {
    let values = seen[series.targets[target]] ?? []
    let rows = 0...values.count
    func last(_ row: Int) -> Double { values[max(0, row - 1)] }
    switch subject {
    case .value: return rows.map { _ in 0 }
    case .change: return rows.map(last)
    case .season:
      let period = season ?? 1
      let back = (lead + period - 1) / period * period
      return rows.map { $0 + lead - 1 >= back ? values[$0 + lead - 1 - back] : last($0) }
    case .linear:
      guard !linear.isEmpty else { return rows.map(last) }
      return zip(rows, linear[target][lead - 1]).map { $1.isFinite ? $1 : last($0) }
    }
  }

  /// The first rows of the forecasts to train on, or to validate with: all rows of a forecast lie in
  /// the range, and no target of them is missing.
  ///
  /// - Throws: `TimeSeriesError` where there are none.
  func trainingRows(in rows: Range<Int>, from first: Int) throws(TimeSeriesError) -> [Int] {
    let candidates = rows.clamped(to: max(steps, first)..<max(steps, first, series.rowCount))
    var firstComplete = candidates.lowerBound
    var found: [Int] = []
    let hasMissing = series.targets.indices.filter { target in
      candidates.contains { series.isMissing(target: target, row: $0) }
    }
    for row in candidates {
      if hasMissing.contains(where: { series.isMissing(target: $0, row: row) }) {
        firstComplete = row + 1
      }
      let start = row - horizon + 1
      if start >= firstComplete { found.append(start) }
    }
    guard !found.isEmpty else {
      throw TimeSeriesError(
        file: series.path,
        reason:
          "\(rows.count) rows hold no window of \(steps) followed by \(horizon) whose targets "
          + "are all there")
    }
    return found
  }

  /// The windows to forecast from, one for each row.
  func windows(_ rows: Range<Int>, outputs: Int) throws(LSTMError) -> WindowedSeries {
    try WindowedSeries(
      inputs: inputs, inputSize: inputSize,
      targets: [Float](repeating: 0, count: outputs * (hasDecoder ? horizon : 1)),
      targetSize: outputs, steps: steps, horizon: hasDecoder ? horizon : 1,
      windows: rows.map { Window(inputRow: Int32($0 - steps), targetRow: 0) })
  }
}
