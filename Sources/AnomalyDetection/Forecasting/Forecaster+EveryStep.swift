import LSTMCompute
import TimeSeries

// Training a network with its head on every step of a window, and using it with the head on the last.

extension [PreparedSeries] {
  /// The windows to train on, and those held out.
  ///
  /// With a head on every step, the steps before the last are compared with target rows before the
  /// window's own. Those rows may be missing, and for windows held out they may have been fitted to.
  /// So missing targets weigh nothing, and the windows held out have a second copy of the targets, of
  /// which only the rows held out weigh anything.
  ///
  /// The series lie one after the other, and no window shows or is compared with rows of two.
  ///
  /// - Parameters:
  ///   - coding: What the network learns.
  ///   - season: The number of rows after which the series repeats itself.
  ///   - splits: Which rows of each series are fitted to and held out.
  ///   - first: The first row of a series that can be learnt.
  ///   - head: From which steps the network learns.
  ///   - most: The largest number of windows to train on, and four times that of those held out: of
  ///     more, every second, third and so on of each series is taken.
  /// - Returns: The windows.
  /// - Throws: `TimeSeriesError` where a part has no window or a value is too far off, or
  ///   `LSTMError.shapeMismatch` where the series are too long.
  func trainingSet(
    _ coding: TargetCoding, season: Int?, splits: [SplitPlan], from first: Int,
    head: FittingOptions.Head, most: Int = .max
  ) throws -> (training: WindowedSeries, validation: [Window]) {
    let shape = self[0]
    let fitted = try trainingRows(in: splits.map(\.training), from: first, most: most)
    let held =
      splits.allSatisfy(\.validation.isEmpty)
      ? map { _ in [] }
      : try trainingRows(in: splits.map(\.validation), from: first, most: most / 4)
    let coded = try map { prepared in
      let coded = coding.encode(prepared, season: season)
      try prepared.series.checkScaled(coded, columns: prepared.leadTargets)
      return coded
    }
    let targetCount = shape.series.targets.count
    let size = shape.horizon * targetCount
    let rowCount = reduce(0) { $0 + $1.series.rowCount }
    func windows(_ rows: [[Int]], after offset: Int = 0) -> [Window] {
      zip(offsets, rows).flatMap { start, rows in
        rows.map {
          Window(
            inputRow: Int32(start + $0 - shape.steps),
            targetRow: Int32((offset + start + $0) * (shape.hasDecoder ? shape.horizon : 1)))
        }
      }
    }
    func series(_ targets: [Float], _ weights: [Float]?) throws(LSTMError) -> WindowedSeries {
      try WindowedSeries(
        inputs: joinedInputs, inputSize: shape.inputSize, targets: targets,
        targetSize: shape.hasDecoder ? targetCount : size, steps: shape.steps,
        horizon: shape.hasDecoder ? shape.horizon : 1, windows: windows(fitted),
        targetWeights: weights)
    }
    let all = coded.count == 1 ? coded[0] : coded.flatMap { $0 }
    guard head == .every else { return (try series(all, nil), windows(held)) }
    let hasMissing = zip(self, splits).contains { prepared, split in
      prepared.series.targets.indices.contains { target in
        split.training.contains { prepared.series.isMissing(target: target, row: $0) }
      }
    }
    let hasHeld = held.contains { !$0.isEmpty }
    guard hasMissing || hasHeld || first > shape.steps else { return (try series(all, nil), []) }
    func weights(_ judged: (SplitPlan) -> Range<Int>) -> [Float] {
      zip(self, splits).flatMap { prepared, split in
        (0..<prepared.series.rowCount * size).map { cell in
          let start = cell / size
          let row = start + cell % size / targetCount
          let target = cell % targetCount
          return start >= first && judged(split).contains(row)
            && !prepared.series.isMissing(target: target, row: row) ? 1 : 0
        }
      }
    }
    let trained = weights(\.training)
    return hasHeld
      ? (try series(all + all, trained + weights(\.validation)), windows(held, after: rowCount))
      : (try series(all, trained), [])
  }

  /// The first rows of the forecasts to train on, or to validate with, of each series.
  ///
  /// - Throws: `TimeSeriesError` where there are none in any of them.
  private func trainingRows(
    in parts: [Range<Int>], from first: Int, most: Int
  ) throws(TimeSeriesError) -> [[Int]] {
    let rows = zip(self, parts).map { $0.trainingRows(in: $1, from: first) }
    let count = rows.reduce(0) { $0 + $1.count }
    guard count > 0 else {
      throw TimeSeriesError(
        file: self[0].series.path,
        reason:
          "\(parts.reduce(0) { $0 + $1.count }) rows hold no window of \(self[0].steps) followed by "
          + "\(self[0].horizon) whose targets are all there")
    }
    guard self.count > 1, count > most else { return rows }
    let stride = (count + most - 1) / Swift.max(1, most)
    // Each series begins at another of its rows, so that all days of the week are learnt.
    return rows.enumerated().map { series, rows in
      Swift.stride(from: series % stride, to: rows.count, by: stride).map { rows[$0] }
    }
  }
}

extension PreparedSeries {
  /// The targets' names, once for each lead.
  fileprivate var leadTargets: [String] { (0..<horizon).flatMap { _ in series.targets } }
}

extension Network {
  /// The network as forecasts are made with it: of a head on every step, on the last alone.
  func forForecasts() throws(LSTMError) -> Network {
    guard specification.head == .everyStep, specification.decoderSteps == nil else { return self }
    return try Network(specification: specification.with(head: .lastStep), parameters: parameters)
  }
}
