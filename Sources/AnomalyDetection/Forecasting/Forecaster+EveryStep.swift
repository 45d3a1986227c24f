import LSTMCompute
import TimeSeries

// Training a network with its head on every step of a window, and using it with the head on the last.

extension PreparedSeries {
  /// The windows to train on, and those held out.
  ///
  /// With a head on every step, the steps before the last are compared with target rows before the
  /// window's own. Those rows may be missing, and for windows held out they may have been fitted to.
  /// So missing targets weigh nothing, and the windows held out have a second copy of the targets, of
  /// which only the rows held out weigh anything.
  ///
  /// - Parameters:
  ///   - coding: What the network learns.
  ///   - season: The number of rows after which the series repeats itself.
  ///   - split: Which rows are fitted to and held out.
  ///   - first: The first row that can be learnt.
  ///   - head: From which steps the network learns.
  /// - Returns: The windows.
  /// - Throws: `TimeSeriesError` where a part has no window or a value is too far off, or
  ///   `LSTMError.shapeMismatch` where the series is too long.
  func trainingSet(
    _ coding: TargetCoding, season: Int?, split: SplitPlan, from first: Int,
    head: FittingOptions.Head
  ) throws -> (training: WindowedSeries, validation: [Window]) {
    let fitted = try trainingRows(in: split.training, from: first)
    let held = split.validation.isEmpty ? [] : try trainingRows(in: split.validation, from: first)
    let coded = coding.encode(self, season: season)
    try self.series.checkScaled(coded, columns: leadTargets)
    let size = horizon * self.series.targets.count
    func windows(_ rows: [Int], after offset: Int = 0) -> [Window] {
      rows.map {
        Window(
          inputRow: Int32($0 - steps), targetRow: Int32((offset + $0) * (hasDecoder ? horizon : 1)))
      }
    }
    func series(_ targets: [Float], _ weights: [Float]?) throws(LSTMError) -> WindowedSeries {
      try WindowedSeries(
        inputs: inputs, inputSize: inputSize, targets: targets,
        targetSize: hasDecoder ? self.series.targets.count : size, steps: steps,
        horizon: hasDecoder ? horizon : 1, windows: windows(fitted), targetWeights: weights)
    }
    guard head == .every else { return (try series(coded, nil), windows(held)) }
    let hasMissing = self.series.targets.indices.contains { target in
      split.training.contains { self.series.isMissing(target: target, row: $0) }
    }
    guard hasMissing || !held.isEmpty || first > steps else { return (try series(coded, nil), []) }
    func weights(_ judged: Range<Int>) -> [Float] {
      (0..<self.series.rowCount * size).map { cell in
        let start = cell / size
        let row = start + cell % size / self.series.targets.count
        let target = cell % self.series.targets.count
        return start >= first && judged.contains(row)
          && !self.series.isMissing(target: target, row: row) ? 1 : 0
      }
    }
    let copies = held.isEmpty ? [split.training] : [split.training, split.validation]
    return (
      try series(copies.flatMap { _ in coded }, copies.flatMap(weights)),
      windows(held, after: self.series.rowCount)
    )
  }

  /// The targets' names, once for each lead.
  private var leadTargets: [String] { (0..<horizon).flatMap { _ in series.targets } }
}

extension Network {
  /// The network as forecasts are made with it: of a head on every step, on the last alone.
  func forForecasts() throws(LSTMError) -> Network {
    guard specification.head == .everyStep, specification.decoderSteps == nil else { return self }
    return try Network(specification: specification.with(head: .lastStep), parameters: parameters)
  }
}
