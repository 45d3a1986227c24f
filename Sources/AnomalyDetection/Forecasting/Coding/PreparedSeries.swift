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
  ///   - recipe: What the network sees.
  ///   - hasDecoder: Whether the network has a decoder.
  ///   - known: What is looked back at, where that is known.
  /// - Throws: `TimeSeriesError` where the series has fewer rows than a window, lacks a column, or has
  ///   a value that is too far off.
  init(
    _ series: Series, steps: Int, horizon: Int, scaler: Scaler, recipe: Recipe?, hasDecoder: Bool,
    seen known: Series? = nil
  ) throws {
    guard let recipe else {
      try self.init(
        levelsOf: series, steps: steps, horizon: horizon, scaler: scaler, hasDecoder: hasDecoder)
      return
    }
    let unscaled = try UnscaledSeries(
      series, steps: steps, horizon: horizon, recipe: recipe, seen: known)
    try self.init(
      unscaled, steps: steps, horizon: horizon, recipe: recipe, hasDecoder: hasDecoder)
  }

  /// Scales the columns of a series, which are all that the network sees.
  private init(
    levelsOf series: Series, steps: Int, horizon: Int, scaler: Scaler, hasDecoder: Bool
  ) throws {
    // Checks sizes and scales as it goes.
    let plan = try WindowPlan(series: series, scaler: scaler, steps: steps, horizon: horizon)
    let all = try plan.forecastWindows(in: 0..<0)
    self.series = series
    self.steps = steps
    self.horizon = horizon
    self.hasDecoder = hasDecoder
    (coded, seen, inputs, inputSize) = (series, series, all.inputs, all.inputSize)
    history = History(series, horizon: horizon)
    linear = []
  }

  /// Scales what the network sees of a series.
  private init(
    _ unscaled: UnscaledSeries, steps: Int, horizon: Int, recipe: Recipe, hasDecoder: Bool
  ) throws {
    let columns = unscaled.columns
    guard columns.count == recipe.inputs.scales.count else {
      throw DetectionError.dataMismatch(
        "the model sees \(recipe.inputs.scales.count) columns, and the data make \(columns.count)")
    }
    inputs = recipe.inputs.inputs(columns, rows: unscaled.series.rowCount)
    inputSize = columns.count
    series = unscaled.series
    self.steps = steps
    self.horizon = horizon
    self.hasDecoder = hasDecoder
    coded = unscaled.coded
    seen = unscaled.seen
    history = unscaled.history
    linear = unscaled.linear
  }

  /// Prepares the series of a fit, and finds the scales of what the network sees in their rows.
  ///
  /// - Parameters:
  ///   - parts: The series, and their rows that are fitted to.
  ///   - options: Window, horizon, how to scale, and whether there is a decoder.
  ///   - scaler: How features are scaled where there is no recipe.
  ///   - recipe: What the network sees; gets its scales.
  /// - Returns: The series, in the same order.
  /// - Throws: As for one.
  static func fitting(
    _ parts: [FittingPart], options: FittingOptions, scaler: Scaler, recipe: inout Recipe?
  ) throws -> [PreparedSeries] {
    guard var chosen = recipe else {
      return try parts.map {
        try PreparedSeries(
          $0.series, steps: options.steps, horizon: options.horizon, scaler: scaler, recipe: nil,
          hasDecoder: options.hasDecoder)
      }
    }
    let unscaled = try parts.map {
      try UnscaledSeries(
        $0.series, steps: options.steps, horizon: options.horizon, recipe: chosen)
    }
    chosen.inputs.fit(
      options.scaler, to: zip(unscaled, parts).map { ($0.columns, $1.split.training) })
    recipe = chosen
    return try unscaled.map {
      try PreparedSeries(
        $0, steps: options.steps, horizon: options.horizon, recipe: chosen,
        hasDecoder: options.hasDecoder)
    }
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
    let linear = linear.isEmpty ? nil : linear[target][lead - 1]
    return (0...values.count).map { row in
      subject.base(
        of: values, season: season, lead: lead, row: row, linear: linear?[row] ?? .nan)
    }
  }

  /// The first rows of the forecasts to train on, or to validate with: all rows of a forecast lie in
  /// the range, and no target of them is missing.
  ///
  /// - Returns: None where no such rows are there.
  func trainingRows(in rows: Range<Int>, from first: Int) -> [Int] {
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
    return found
  }

  /// The windows of some series to forecast from, one for each of some rows of each.
  ///
  /// - Parameters:
  ///   - all: The series, at least one, prepared alike.
  ///   - rows: For each series the rows that are forecast first.
  ///   - outputs: The number of outputs of a row.
  /// - Returns: The windows, one series after the other. None shows rows of two.
  /// - Throws: `LSTMError.shapeMismatch` where the series are too long.
  static func windows(
    of all: [PreparedSeries], _ rows: [Range<Int>], outputs: Int
  ) throws(LSTMError) -> WindowedSeries {
    let first = all[0]
    let horizon = first.hasDecoder ? first.horizon : 1
    return try WindowedSeries(
      inputs: all.joinedInputs, inputSize: first.inputSize,
      targets: [Float](repeating: 0, count: outputs * horizon), targetSize: outputs,
      steps: first.steps, horizon: horizon,
      windows: zip(all.offsets, rows).flatMap { offset, rows in
        rows.map { Window(inputRow: Int32(offset + $0 - first.steps), targetRow: 0) }
      })
  }
}

/// What a network may see of a series, not scaled yet.
private struct UnscaledSeries {
  let series: Series
  let coded: Series
  let seen: Series
  let history: History
  let linear: [[[Double]]]
  let columns: [(name: String, values: [Double])]

  init(
    _ series: Series, steps: Int, horizon: Int, recipe: Recipe, seen known: Series? = nil
  ) throws {
    let count = series.rowCount
    guard count >= steps else {
      throw TimeSeriesError(
        file: series.path,
        reason: "\(count) rows are too few: window \(steps) needs at least \(steps)")
    }
    let coded = series.transformed(by: recipe.transform)
    let seen = known ?? recipe.clean(coded, horizon: horizon)
    let history = History(seen, horizon: horizon)
    let linear = recipe.linear.map { model in
      series.targets.indices.map { target in
        (1...horizon).map { lead in
          [Double.nan]
            + model.forecast(target: target, lead: lead, rows: 1..<count + 1, of: history)
        }
      }
    }
    let first = (linear ?? []).map { $0[0] }
    columns = recipe.inputs.columns(
      of: history, features: series.features, targets: series.targets, linear: first.count,
      forecast: { first[$0][$1] }, horizon: horizon, rows: 0..<count)
    self.series = series
    self.coded = coded
    self.seen = seen
    self.history = history
    self.linear = linear ?? []
  }
}

extension FittingOptions.Subject {
  /// What a coded target is relative to.
  ///
  /// - Parameters:
  ///   - values: What is looked back at of the target.
  ///   - season: The number of rows after which it repeats itself.
  ///   - lead: The lead, from 1.
  ///   - row: The row that is forecast first: all before it is known.
  ///   - linear: The linear forecast; NaN where there is none.
  /// - Returns: A value of the transformed target.
  func base(
    of values: [Double], season: Int?, lead: Int, row: Int, linear: Double
  ) -> Double {
    func last() -> Double { values[max(0, row - 1)] }
    switch self {
    case .value: return 0
    case .change: return last()
    case .season:
      let period = season ?? 1
      let back = (lead + period - 1) / period * period
      return row + lead - 1 >= back ? values[row + lead - 1 - back] : last()
    case .linear: return linear.isFinite ? linear : last()
    }
  }
}

extension [PreparedSeries] {
  /// What the network sees of all series, one after the other.
  var joinedInputs: [Float] {
    count == 1 ? self[0].inputs : flatMap(\.inputs)
  }

  /// The row of the joined inputs with which each series begins.
  var offsets: [Int] {
    var offset = 0
    return map { prepared in
      defer { offset += prepared.series.rowCount }
      return offset
    }
  }
}
