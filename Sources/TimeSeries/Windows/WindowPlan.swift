public import LSTMCompute

/// The windows of a series, scaled: what a network is trained on and forecasts from.
///
/// A window of target row `r` shows the rows `r - steps ..< r` and forecasts
/// `r ..< r + horizon`. The network's inputs are the series' features and its outputs
/// `[horizon, targets]`, both in the order of the series and scaled.
///
/// ```swift
/// let split = try SplitPlan(
///   series: series, trainUntil: .fraction(0.8), validation: 0.2, steps: 28)
/// let scaler = Scaler(kind: .standard, series: series, rows: split.training)
/// let plan = try WindowPlan(series: series, scaler: scaler, steps: 28)
/// let windows = try plan.trainingWindows(in: split.training)
/// ```
public struct WindowPlan: Sendable {
  /// `T`, the number of rows in a window.
  public let steps: Int
  /// The number of rows that a window forecasts.
  public let horizon: Int
  /// The number of rows of the series.
  public let rowCount: Int

  private let path: String
  /// Every row, scaled, with no windows yet.
  ///
  /// The targets go on for `horizon` rows of zeros, so that
  /// a window may forecast what has not been measured.
  private let rows: WindowedSeries
  private let hasMissingTarget: [Bool]

  /// The windows of a series.
  ///
  /// - Parameters:
  ///   - series: The series.
  ///   - scaler: A scaler that knows every column of the series.
  ///   - steps: `T`, the number of rows in a window.
  ///   - horizon: The number of rows that a window forecasts.
  /// - Throws: `TimeSeriesError` where the series has fewer rows than a window, or the scaler
  ///   lacks a column.
  public init(
    series: Series, scaler: Scaler, steps: Int, horizon: Int = 1
  ) throws(TimeSeriesError) {
    let rowCount = series.rowCount
    guard steps >= 1, horizon >= 1 else {
      throw TimeSeriesError(
        file: series.path,
        reason: "window \(steps) and horizon \(horizon): both must be 1 or more")
    }
    guard rowCount >= steps else {
      throw TimeSeriesError(
        file: series.path,
        reason: "\(counted(rowCount, "row")) \(rowCount == 1 ? "is" : "are") too few: window "
          + "\(steps) needs at least \(steps)")
    }
    let featureScales = try Self.scales(of: series.features, in: scaler, of: series.path)
    let targetScales = try Self.scales(of: series.targets, in: scaler, of: series.path)
    self.steps = steps
    self.horizon = horizon
    self.rowCount = rowCount
    path = series.path
    rows = try Self.rethrowing(series.path) { () throws(LSTMError) in
      try WindowedSeries(
        inputs: series.scaled(by: featureScales, padding: 0), inputSize: featureScales.count,
        targets: series.scaled(by: targetScales, padding: horizon),
        targetSize: targetScales.count, steps: steps, horizon: horizon, windows: [])
    }
    try series.checkScaled(rows.inputs, columns: series.features)
    try series.checkScaled(rows.targets, columns: series.targets)
    hasMissingTarget =
      series.missingTargets.allSatisfy(\.isEmpty)
      ? []
      : (0..<rowCount).map { row in
        series.targets.indices.contains { series.isMissing(target: $0, row: row) }
      }
  }

  /// The windows to train on, or to validate with, within some rows.
  ///
  /// All rows that a window forecasts lie in the range and none of their targets is missing. The
  /// rows that it is shown may lie before the range.
  ///
  /// - Parameter rows: The range of target rows.
  /// - Returns: The windows, in order of time.
  /// - Throws: `TimeSeriesError` where there is no such window.
  public func trainingWindows(in rows: Range<Int>) throws(TimeSeriesError) -> WindowedSeries {
    let candidates = rows.clamped(to: steps..<max(steps, rowCount))
    // The first row from which on `horizon` rows without a missing target have been seen.
    var firstComplete = candidates.lowerBound
    var targetRows: [Int] = []
    for row in candidates {
      if !hasMissingTarget.isEmpty && hasMissingTarget[row] { firstComplete = row + 1 }
      let first = row - horizon + 1
      if first >= firstComplete { targetRows.append(first) }
    }
    guard !targetRows.isEmpty else {
      throw TimeSeriesError(
        file: path,
        reason: "\(counted(rows.count, "row")) \(rows.count == 1 ? "holds" : "hold") no window of "
          + "\(counted(steps, "row")) followed by \(horizon) whose "
          + "targets are all there")
    }
    return try windows(targetRows)
  }

  /// The windows to forecast from: one for each target row of a range that has `steps` rows before.
  ///
  /// The target row may be `rowCount`, the first one of the future, and the rows that a window
  /// forecasts may reach beyond the end; the targets there are zeros.
  ///
  /// - Parameter rows: The range of target rows, up to `0 ..< rowCount + 1`.
  /// - Returns: The windows, in order of time; none where no row has `steps` rows before it.
  /// - Throws: `TimeSeriesError` where the series has too many rows for a device.
  public func forecastWindows(in rows: Range<Int>) throws(TimeSeriesError) -> WindowedSeries {
    try windows(rows.clamped(to: steps..<rowCount + 1))
  }

  private func windows(
    _ targetRows: some Collection<Int>
  ) throws(TimeSeriesError) -> WindowedSeries {
    try Self.rethrowing(path) { () throws(LSTMError) in
      try WindowedSeries(
        inputs: rows.inputs, inputSize: rows.inputSize, targets: rows.targets,
        targetSize: rows.targetSize, steps: steps, horizon: horizon,
        windows: targetRows.map {
          Window(inputRow: Int32($0 - steps), targetRow: Int32($0))
        })
    }
  }

  private static func scales(
    of names: [String], in scaler: Scaler, of path: String
  ) throws(TimeSeriesError) -> [Scaler.Column] {
    var scales: [Scaler.Column] = []
    for name in names {
      guard let scale = scaler[name] else {
        throw TimeSeriesError(
          file: path, column: name, reason: "the model was not fitted to this column")
      }
      scales.append(scale)
    }
    return scales
  }

  private static func rethrowing<Result>(
    _ path: String, _ body: () throws(LSTMError) -> Result
  ) throws(TimeSeriesError) -> Result {
    do {
      return try body()
    } catch {
      throw TimeSeriesError(file: path, reason: error.description)
    }
  }
}

extension Series {
  /// The largest scaled value, whose square a Float still holds.
  package static let largestScaled: Float = 1e18

  /// Throws where a scaled value is so far off that a loss, its square, is no Float any more.
  ///
  /// - Parameters:
  ///   - values: `[rows, columns]`, scaled; further rows may follow.
  ///   - columns: The names of the columns.
  /// - Throws: `TimeSeriesError` with the row and the column.
  package func checkScaled(
    _ values: [Float], columns: [String]
  ) throws(TimeSeriesError) {
    let limit = Self.largestScaled
    guard let index = values.firstIndex(where: { !($0.magnitude <= limit) }) else { return }
    let row = min(index / columns.count, rowCount - 1)
    let name = columns[index % columns.count]
    throw TimeSeriesError(
      file: path(of: row), row: fileRow(row), column: name,
      reason: "\(self[name]?[row] ?? .nan) is too far from the values that were trained on to be "
        + "scaled; expected at most \(limit) times their spread")
  }

  /// Some columns row by row, scaled: `[rows + padding, columns]`.
  ///
  /// Scaled in Double and only then rounded,
  /// because Float has no digits left for the small changes of large numbers.
  func scaled(by scales: [Scaler.Column], padding: Int) -> [Float] {
    let width = scales.count
    let count = (rowCount + padding) * width
    return Array(unsafeUninitializedCapacity: count) { buffer, initialized in
      buffer.initialize(repeating: 0)
      for (index, scale) in scales.enumerated() {
        var cell = index
        for value in self[scale.name] ?? [] {
          buffer[cell] = Float(scale.transform(value))
          cell += width
        }
      }
      initialized = count
    }
  }
}
