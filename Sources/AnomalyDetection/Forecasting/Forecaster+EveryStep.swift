import LSTMCompute
import TimeSeries

// Training a network with its head on every step of a window, and using it with the head on the last.

extension WindowedSeries {
  /// The same windows for a head on every step, whose steps before the last are compared with target
  /// rows before the window's own.
  ///
  /// Those rows may be missing, and for windows held out they may have been fitted to. So missing
  /// targets weigh nothing, and the windows held out have a second copy of the targets, of which only
  /// the rows held out weigh anything.
  ///
  /// - Parameters:
  ///   - series: The series, whose rows the target rows are.
  ///   - split: Which rows are held out.
  ///   - validation: The windows held out.
  /// - Returns: The windows to train on, and those held out.
  /// - Throws: `LSTMError.shapeMismatch` where the series is too long for two copies.
  func forEveryStep(
    of series: Series, split: SplitPlan, validation: [Window]
  ) throws(LSTMError) -> (training: WindowedSeries, validation: [Window]) {
    let hasMissing = series.targets.indices.contains { target in
      split.training.contains { series.isMissing(target: target, row: $0) }
    }
    guard hasMissing || !validation.isEmpty else { return (self, []) }
    let rows = targets.count / targetSize
    func weights(_ judged: Range<Int>) -> [Float] {
      (0..<rows * targetSize).map { index in
        let (row, target) = (index / targetSize, index % targetSize)
        return judged.contains(row) && !series.isMissing(target: target, row: row) ? 1 : 0
      }
    }
    let copies = validation.isEmpty ? [split.training] : [split.training, split.validation]
    let weighed = try WindowedSeries(
      inputs: inputs, inputSize: inputSize, targets: copies.flatMap { _ in targets },
      targetSize: targetSize, steps: steps, horizon: horizon, windows: windows,
      targetWeights: copies.flatMap(weights), rowMask: rowMask)
    return (
      weighed,
      validation.map { Window(inputRow: $0.inputRow, targetRow: $0.targetRow + Int32(rows)) }
    )
  }
}

extension Network {
  /// The network as forecasts are made with it: of a head on every step, on the last alone.
  func forForecasts() throws(LSTMError) -> Network {
    guard specification.head == .everyStep, specification.decoderSteps == nil else { return self }
    return try Network(specification: specification.with(head: .lastStep), parameters: parameters)
  }
}
